"""Splits a program in two: what the first paint runs, and the rest, which is fetched after it.

Whole functions move; no instruction is read. Functions are sorted so that those to move come last: in the rest every
index then means what it meant before, and its bodies are copied as they are. In the first part a stub stands in for each:
it has the rest loaded unless it is there, and calls it through the table.

Needs the functions' names, demangled; after it both parts still want `wasm-opt`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

TYPE, IMPORT, FUNCTION, TABLE, GLOBAL, EXPORT, ELEMENT, CODE = 1, 2, 3, 4, 6, 7, 9, 10
HEADER = b"\0asm\1\0\0\0"
FUNC, TABLE_KIND, MEMORY, GLOBAL_KIND = 0, 1, 2, 3
FUNCREF = 0x70
# The rest imports everything from one module of this name: the first part.
FIRST = "p"
#: Functions that are not worth a stub.
SMALL_BYTES = 60
#: A global of the first part: not 0 once the rest is there.
READY = "restIsThere"


def leb(number: int) -> bytes:
    out = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def signed_leb(number: int) -> bytes:
    """For `i32.const`; `number` is not negative."""
    plain = leb(number)
    return plain if plain[-1] < 0x40 else plain[:-1] + bytes([plain[-1] | 0x80, 0])


def vector(items: list[bytes]) -> bytes:
    return leb(len(items)) + b"".join(items)


def text(name: str) -> bytes:
    encoded = name.encode()
    return leb(len(encoded)) + encoded


class Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def leb(self) -> int:
        number = shift = 0
        while True:
            byte = self.byte()
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    def take(self, length: int) -> bytes:
        self.at += length
        return self.data[self.at - length : self.at]

    def text(self) -> str:
        return self.take(self.leb()).decode()

    def since(self, start: int) -> bytes:
        return self.data[start : self.at]

    def limits(self) -> tuple[int, int, int | None]:
        flags = self.byte()
        return flags, self.leb(), self.leb() if flags & 1 else None

    def items(self) -> Iterator[int]:
        yield from range(self.leb())


@dataclass
class Module:
    sections: list[tuple[int, bytes]]
    #: Parameters of each function type.
    parameters: list[int] = field(default_factory=list)
    #: Type of each function, imported ones first.
    types: list[int] = field(default_factory=list)
    imported: dict[str, int] = field(default_factory=dict)
    #: Reference type, flags, least and greatest size of each table; encoded type of each global and memory.
    tables: list[tuple[int, int, int, int | None]] = field(default_factory=list)
    globals: list[bytes] = field(default_factory=list)
    memories: list[bytes] = field(default_factory=list)
    exports: list[tuple[str, int, int]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)

    @staticmethod
    def read(path: Path) -> "Module":
        reader = Reader(path.read_bytes())
        if reader.take(8) != HEADER:
            raise ValueError(f"{path} is no WebAssembly")
        module = Module([])
        while reader.at < len(reader.data):
            kind, length = reader.byte(), reader.leb()
            content = reader.take(length)
            module.sections.append((kind, content))
            module._note(kind, Reader(content))
        return module

    def _note(self, kind: int, reader: Reader) -> None:
        if kind == TYPE:
            for _ in reader.items():
                if reader.byte() != 0x60:
                    raise ValueError("a type that is no function's")
                self.parameters.append(len(reader.take(reader.leb())))
                reader.take(reader.leb())
        elif kind == IMPORT:
            for _ in reader.items():
                reader.text()
                name, what = reader.text(), reader.byte()
                if what != FUNC:
                    raise ValueError(f"the import {name} is no function")
                self.imported[name] = len(self.types)
                self.types.append(reader.leb())
        elif kind == FUNCTION:
            self.types += [reader.leb() for _ in reader.items()]
        elif kind == TABLE:
            self.tables = [(reader.byte(), *reader.limits()) for _ in reader.items()]
        elif kind == 5:
            for _ in reader.items():
                start = reader.at
                reader.limits()
                self.memories.append(reader.since(start))
        elif kind == GLOBAL:
            for _ in reader.items():
                self.globals.append(reader.take(2))
                # A constant: an opcode, a number, the end.
                reader.take(1), reader.leb(), reader.take(1)
        elif kind == EXPORT:
            self.exports = [(reader.text(), reader.byte(), reader.leb()) for _ in reader.items()]
        elif kind == CODE:
            self.bodies = [reader.take(reader.leb()) for _ in reader.items()]
        elif kind == 0 and reader.text() == "name":
            while reader.at < len(reader.data):
                part, length = reader.byte(), reader.leb()
                inner = Reader(reader.take(length))
                if part == 1:
                    # Crates' hashes stand in brackets: they differ from build to build.
                    self.names = {inner.leb(): re.sub(r"\[[0-9a-f]+\]", "", inner.text()) for _ in inner.items()}

    @property
    def defined(self) -> range:
        return range(len(self.imported), len(self.types))

    def write(self, path: Path, replaced: dict[int, bytes], names: dict[int, str]) -> None:
        """The module with some sections replaced, and only functions' names."""
        kept = [(kind, replaced.get(kind, content)) for kind, content in self.sections if kind]
        listed = vector([leb(index) + text(name) for index, name in sorted(names.items())])
        kept.append((0, text("name") + b"\1" + leb(len(listed)) + listed))
        path.write_bytes(HEADER + b"".join(bytes([kind]) + leb(len(content)) + content for kind, content in kept))


def code(bodies: list[bytes]) -> bytes:
    return vector([leb(len(body)) + body for body in bodies])


def split(
    path: Path, rest_path: Path, moves: re.Pattern[str], loader: str, wasm_opt: Callable[..., None]
) -> tuple[int, int]:
    """Moves what `moves` finds by name, and what only that calls, from `path` to `rest_path`.

    `loader` begins the name of the imported function `(i32) -> ()` that has the rest loaded at once; `wasm_opt` runs
    that program on a file in place. Gives the numbers of functions kept and moved.
    """
    order_by_reach(path, moves, wasm_opt)
    module = Module.read(path)
    first_moved = next(index for index in module.defined if module.names[index].startswith("z"))
    loaders = [index for name, index in module.imported.items() if loader in name]
    funcrefs = [at for at, table in enumerate(module.tables) if table[0] == FUNCREF]
    if len(loaders) != 1 or funcrefs != [0]:
        raise ValueError(f"imports named {loader}: {len(loaders)}; tables of functions: {funcrefs}")
    slots_from = module.tables[0][2]
    rest = write_rest(module, rest_path, first_moved, slots_from, wasm_opt)
    write_first(module, path, first_moved, slots_from, loaders[0], rest)
    return first_moved, len(module.types) - first_moved


def order_by_reach(path: Path, moves: re.Pattern[str], wasm_opt: Callable[..., None]) -> None:
    """Sorts the functions: first what is reached without `moves`, then the others; their names tell (a…, z…)."""
    module = Module.read(path)
    # The compiler lets a function stand for others of the same code, small ones mostly, under one of their names.
    big = {index for index, body in zip(module.defined, module.bodies) if len(body) > SMALL_BYTES}
    chosen = {index for index in big if moves.search(module.names.get(index, ""))}
    gone = b"\0\0\x0b"
    bodies = [gone if index in chosen else body for index, body in zip(module.defined, module.bodies)]
    probe = path.with_suffix(".probe")
    module.write(probe, {CODE: code(bodies)}, {index: str(index) for index in module.defined})
    wasm_opt(probe, "--remove-unused-module-elements", "-g")
    reached = {int(name) for name in Module.read(probe).names.values() if name.isdigit()} - chosen
    probe.unlink()
    names = {index: f"{'a' if index in reached else 'z'}{index:06}" for index in module.defined}
    module.write(path, {}, names)
    wasm_opt(path, "--reorder-functions-by-name", "-g")


def write_rest(module: Module, path: Path, first_moved: int, slots_from: int, wasm_opt: Callable[..., None]) -> set[str]:
    """Gives the names of what the rest takes from the first part."""
    imports = [("f", index, bytes([FUNC]) + leb(of)) for index, of in enumerate(module.types[:first_moved])]
    for at, (kind, flags, least, _) in enumerate(module.tables):
        size = least + (len(module.types) - first_moved if at == 0 else 0)
        imports.append(("t", at, bytes([TABLE_KIND, kind, 0]) + leb(size)))
    imports += [("m", at, bytes([MEMORY]) + memory) for at, memory in enumerate(module.memories)]
    imports += [("g", at, bytes([GLOBAL_KIND]) + of) for at, of in enumerate(module.globals)]
    moved = range(first_moved, len(module.types))
    sections = {
        TYPE: dict(module.sections)[TYPE],
        IMPORT: vector([text(FIRST) + text(f"{kind}{index}") + what for kind, index, what in imports]),
        FUNCTION: vector([leb(module.types[index]) for index in moved]),
        ELEMENT: vector([b"\0\x41" + signed_leb(slots_from) + b"\x0b" + vector([leb(index) for index in moved])]),
        CODE: code(module.bodies[first_moved - len(module.imported) :]),
    }
    path.write_bytes(HEADER + b"".join(bytes([kind]) + leb(len(c)) + c for kind, c in sorted(sections.items())))
    wasm_opt(path, "--remove-unused-module-elements")
    return imported_names(path)


def imported_names(path: Path) -> set[str]:
    """What is left of the imports is what the rest uses."""
    reader, names = Reader(path.read_bytes()[8:]), set()
    while reader.at < len(reader.data):
        kind, inner = reader.byte(), Reader(reader.take(reader.leb()))
        for _ in inner.items() if kind == IMPORT else []:
            inner.text()
            names.add(inner.text())
            SKIP[inner.byte()](inner)
    return names


SKIP = {
    FUNC: lambda reader: reader.leb(),
    TABLE_KIND: lambda reader: (reader.byte(), reader.limits()),
    MEMORY: lambda reader: reader.limits(),
    GLOBAL_KIND: lambda reader: reader.take(2),
}


def write_first(module: Module, path: Path, first_moved: int, slots_from: int, loader: int, wanted: set[str]) -> None:
    """Stubs for what moved, room in the table for it, and exports of what the rest takes."""
    ready = len(module.globals)
    bodies = module.bodies[: first_moved - len(module.imported)]
    for index in range(first_moved, len(module.types)):
        bodies.append(stub(module, index, slots_from + index - first_moved, loader, ready))
    moved = len(module.types) - first_moved
    tables = []
    for at, (kind, flags, least, most) in enumerate(module.tables):
        more = moved if at == 0 else 0
        most = b"" if most is None else leb(most + more)
        tables.append(bytes([kind, flags]) + leb(least + more) + most)
    exports = [text(name) + bytes([kind]) + leb(index) for name, kind, index in module.exports]
    kinds = {"f": FUNC, "t": TABLE_KIND, "m": MEMORY, "g": GLOBAL_KIND}
    exports += [text(name) + bytes([kinds[name[0]]]) + leb(int(name[1:])) for name in sorted(wanted)]
    exports.append(text(READY) + bytes([GLOBAL_KIND]) + leb(ready))
    own = dict(module.sections)
    replaced = {
        TABLE: vector(tables),
        # A number that can change, 0 at first.
        GLOBAL: leb(ready + 1) + own[GLOBAL][len(leb(ready)) :] + b"\x7f\1\x41\0\x0b",
        EXPORT: vector(exports),
        CODE: code(bodies),
    }
    module.write(path, replaced, {})


def stub(module: Module, index: int, slot: int, loader: int, ready: int) -> bytes:
    of = module.types[index]
    load = b"\x23" + leb(ready) + b"\x45\x04\x40\x41" + signed_leb(slot + 1) + b"\x10" + leb(loader) + b"\x0b"
    arguments = b"".join(b"\x20" + leb(at) for at in range(module.parameters[of]))
    return b"\0" + load + arguments + b"\x41" + signed_leb(slot) + b"\x11" + leb(of) + b"\0\x0b"
