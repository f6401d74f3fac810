#!/usr/bin/env python3
"""Finishes what trunk has built, before it moves to dist/ (trunk's post_build hook).

- Moves the inline start script into a file: the page's policy allows no inline script.
- Names the worker's files after the build, since trunk does not hash them.
- In a release, runs wasm-opt: the page for size, the worker for speed.
"""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

STAGING = Path(os.environ["TRUNK_STAGING_DIR"])
RELEASE = os.environ.get("TRUNK_PROFILE") == "release"
BUILD = os.environ.get("AUDITSCOPE_BUILD", "dev")
WASM_OPT = Path("node_modules/binaryen/bin/wasm-opt")

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
        text = match.group(1).strip() + "\n"
        name = f"start-{hashlib.sha256(text.encode()).hexdigest()[:16]}.js"
        (STAGING / name).write_text(text)
        return f'<script type="module" src="./{name}"></script>'

    html = re.sub(r'<script type="module"[^>]*>(.+?)</script>', to_file, html, flags=re.S)
    if moved == 0 or (RELEASE and re.search(r"<script(?![^>]*\bsrc=)", html)):
        sys.exit("finish.py: trunk's page has changed its shape: look at its <script> elements")
    page.write_text(html)


def name_worker_files() -> None:
    for path in [STAGING / "worker_loader.js", STAGING / "worker.js"]:
        if path.exists():
            text = path.read_text()
            path.write_text(re.sub(r"(worker(?:_bg\.wasm|\.js))(?=['\"`])", rf"\1?v={BUILD}", text))


def optimise() -> None:
    for path in sorted(STAGING.glob("*.wasm")):
        goal = "-O3" if path.name.startswith("worker") else "-Oz"
        features = [f"--enable-{feature}" for feature in FEATURES]
        before = path.stat().st_size
        # npm's binaryen comes as a script for Node.
        command = ["node", WASM_OPT, goal, *features, "--strip-debug", "--strip-producers", path, "-o", path]
        subprocess.run([str(part) for part in command], check=True)
        print(f"finish: wasm-opt {goal} {path.name}: {before:,} to {path.stat().st_size:,} bytes")


move_inline_script()
name_worker_files()
if RELEASE:
    optimise()
