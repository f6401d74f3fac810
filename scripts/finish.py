#!/usr/bin/env python3
"""Finishes what trunk has built, before it moves to dist/ (trunk's post_build hook).

- Moves the inline start script into a file: the page's policy allows no inline script.
- Names the worker's files after the build, since trunk does not hash them.
- In a release, runs wasm-opt (the page for size, the worker for speed) and splits the page's program in two.
"""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

from split import split

STAGING = Path(os.environ["TRUNK_STAGING_DIR"])
RELEASE = os.environ.get("TRUNK_PROFILE") == "release"
BUILD = os.environ.get("AUDITSCOPE_BUILD", "dev")
WASM_OPT = Path("node_modules/binaryen/bin/wasm-opt")
# The import that `src/bin/app.rs` declares, and in a release `scripts/rest.js` answers.
LOADER = "loadRestOfProgram"

# Functions, by name, that run only once somebody opens something. What is named here wrongly is loaded early, by a
# request that blocks: tests/e2e/start.test.mjs finds that there is none. What shows or hides is the same code for all.
LATER = re.compile(
    r"^(?!<leptos::show|.*ArcMemo<bool>)(?!.*cockpit::connect::(restore|storage))"
    r"(<*&?(auditscope::(sources|(query|state)::coverage|query::(logql|merge|csv_export)|model::(explain|json_tree)"
    r"|state::asking::ask"
    r"|views::start::__component_(intake|sample_button)::.closure#0.::.closure"
    r"|views::cockpit::live::(explore|follow)|worker::loki|worker::pairs|worker::pool::(Pool>::(?!start_workers|new)|lines)"
    r"|query::syntax::complete|views::search::suggest::Suggestions>::ask|views::parts::(separator|virtual_list)"
    r"|state::app::App>::(open_row|open_event::.closure|find_line)|state::engine::Engine>::(detail|find_event))"
    r"|plotters|gloo_net|csv|serde_json)\b"
    r"|core::slice::sort::.*(FileToLoad|syntax::complete::Candidate)"
    r"|.*TypedChildrenFn<.*cockpit::__component_cockpit_dialog\b"
    r"|.*worker::pool::Watcher as .*(worker_died|scan_progress)"
    r"|.*time_control::__component_(from_to|presets|zone_picker)\b"
    r"|.*auditscope::views::(coverage|table|timeline|detail|facets|sources|skipped|help"
    r"|cockpit::(choose|load|selector|commands|connect)"
    r"|shell::(Explorer|Centre|Tabs|__component_(explorer|centre|tabs)))\b)"
)

# What rustc and simd128 emit. `--all-features` would let wasm-opt emit what browsers reject.
FEATURES = [
    "simd", "bulk-memory", "nontrapping-float-to-int", "sign-ext", "mutable-globals", "reference-types", "multivalue",
]


def move_inline_script() -> None:
    """Fails if the page is left with inline script or if trunk's page has none."""
    page = STAGING / "index.html"
    html = page.read_text()
    moved = 0

    def to_file(match: re.Match[str]) -> str:
        nonlocal moved
        moved += 1
        text = with_loader(match.group(1).strip()) + "\n"
        name = f"start-{hashlib.sha256(text.encode()).hexdigest()[:16]}.js"
        (STAGING / name).write_text(text)
        return f'<script type="module" src="./{name}"></script>'

    html = re.sub(r'<script type="module"[^>]*>(.+?)</script>', to_file, html, flags=re.S)
    if moved == 0 or (RELEASE and re.search(r"<script(?![^>]*\bsrc=)", html)):
        sys.exit("finish.py: trunk's page has changed its shape: look at its <script> elements")
    page.write_text(html)


def with_loader(script: str) -> str:
    """Tells the start script where the rest of the program is."""
    rest = list(STAGING.glob("app*_rest.wasm"))
    loader = f"globalThis.{LOADER} = () => dispatchEvent(new Event('rest-of-program'));\n"
    if rest:
        loader = Path("scripts/rest.js").read_text().replace("REST", rest[0].name)
    before, start, after = script.partition("const wasm = await init(")
    if not start:
        sys.exit("finish.py: trunk's start script has changed its shape")
    return before + loader + start + after


def name_worker_files() -> None:
    for path in [STAGING / "worker_loader.js", STAGING / "worker.js"]:
        if path.exists():
            text = path.read_text()
            path.write_text(re.sub(r"(worker(?:_bg\.wasm|\.js))(?=['\"`])", rf"\1?v={BUILD}", text))


def wasm_opt(path: Path, *flags: str) -> None:
    features = [f"--enable-{feature}" for feature in FEATURES]
    # npm's binaryen comes as a script for Node.
    command = ["node", WASM_OPT, *flags, *features, path, "-o", path]
    subprocess.run([str(part) for part in command], check=True)


def optimise() -> None:
    for path in sorted(STAGING.glob("*.wasm")):
        before = path.stat().st_size
        if path.name.startswith("worker"):
            wasm_opt(path, APART, "-O3", *STRIPPED)
            print(f"finish: {path.name}: {before:,} to {path.stat().st_size:,} bytes")
        else:
            rest = in_two(path)
            print(f"finish: {path.name}: {before:,} to {path.stat().st_size:,} bytes and {rest.stat().st_size:,} later")


# What answers requests is not put together into one function: browsers compile anew what runs often, and all of it
# took a tenth of a second of the first load.
APART = "--no-inline=*worker*serve*"
STRIPPED = ["--strip-debug", "--strip-producers"]


def in_two(path: Path) -> Path:
    rest = path.with_name(path.name.replace("_bg.wasm", "_rest.wasm"))
    # Before wasm-opt: it merges functions of the same code under one of their names.
    split(path, rest, LATER, LOADER, wasm_opt)
    for part in [path, rest]:
        wasm_opt(part, "-Oz", *STRIPPED)
    script = path.with_name(path.name.replace("_bg.wasm", ".js"))
    script.write_text(script.read_text() + "\nexport const firstPart = () => wasm;\n")
    return rest


if RELEASE:
    optimise()
move_inline_script()
name_worker_files()
