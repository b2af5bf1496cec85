"""`make bench-dev`: from saving a file to the page that shows it, `edgeweb dev` beside vite for a plain page.

Both are real servers with a page open in the same browser. edgeweb: the title in `edgeweb.toml` is changed; the model is
tried, the site built, the page loaded anew with the model in it, and shown. vite: the title in `index.html` is changed, so
the page, which is one heading and one script, is loaded anew. In turns, medians of as many rounds as ROUNDS says.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import edgeweb
from playwright.sync_api import Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "builder" / "edgeweb" / "sample"
VITE = ROOT / "bench" / "vite"
RESULTS = ROOT / "bench" / "results" / "dev.json"
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
ROUNDS = 10
# Neither browser nor server is busy with the round before.
SETTLE_MS = 1500
PLAIN = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Plain</title></head>
<body><h1>{title}</h1><script type="module" src="/main.js"></script></body></html>
"""


@dataclass(frozen=True)
class Side:
    """One of the two: where its page is, how its title is changed, and where that is seen."""

    name: str
    url: str
    start: float
    save: Callable[[str], object]
    heading: Callable[[Page, str], Locator]


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def ours(scratch: Path) -> Iterator[Side]:
    folder = scratch / "ours"
    shutil.copytree(SAMPLE, folder)
    settings = folder / "edgeweb.toml"
    rest = settings.read_text().split("\n", 1)[1]
    begun = time.monotonic()
    command = [sys.executable, "-m", "edgeweb.cli", "dev", str(folder / "model.onnx"), "--port", "0", "--json"]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'builder'}{os.pathsep}{ROOT / 'server'}"}
    with ended(
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    ) as it:
        assert it.stdout is not None
        url = json.loads(it.stdout.readline())["url"]

        def save(title: str) -> None:
            settings.write_text(f"title = {json.dumps(title)}\n{rest}")

        def heading(page: Page, title: str) -> Locator:
            # Shown, and not only loaded: what is coming lies unseen over the last one.
            return page.frame_locator("#stage iframe:not(.coming)").get_by_role("heading", name=title, exact=True)

        yield Side("edgeweb dev", url, begun, save, heading)


@contextmanager
def theirs(scratch: Path) -> Iterator[Side]:
    folder = scratch / "theirs"
    folder.mkdir()
    page = folder / "index.html"
    (folder / "main.js").write_text("document.body.dataset.ready = ''\n")
    begun = time.monotonic()
    command = [
        "node",
        str(VITE / "node_modules" / "vite" / "bin" / "vite.js"),
        str(folder),
        "--host",
        "127.0.0.1",
        "--port",
        "0",
    ]
    page.write_text(PLAIN.format(title="Digits"))
    with ended(
        subprocess.Popen(
            command,
            cwd=VITE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "NO_COLOR": "1"},
        )
    ) as it:
        assert it.stdout is not None
        line = next(line for line in it.stdout if "http://" in line)
        url = f"http://{line.split('http://')[1].split()[0]}"
        yield Side(
            "vite", url, begun, lambda title: page.write_text(PLAIN.format(title=title)),
            lambda tab, title: tab.get_by_role("heading", name=title, exact=True),
        )  # fmt: skip


def measured(scratch: Path) -> dict[str, object]:
    with ours(scratch) as own, theirs(scratch) as other, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=[*QUIET, "--no-sandbox"])
        tabs: dict[str, Page] = {}
        first: dict[str, float] = {}
        for side in (own, other):
            tabs[side.name] = browser.new_context().new_page()
            tabs[side.name].goto(side.url)
            title = "Handwritten digits" if side is own else "Digits"
            side.heading(tabs[side.name], title).wait_for(timeout=60_000)
            first[side.name] = time.monotonic() - side.start
        times: dict[str, list[float]] = {own.name: [], other.name: []}
        for number in range(ROUNDS + 1):
            for side in (own, other) if number % 2 else (other, own):
                page, title = tabs[side.name], f"Round {number}"
                page.wait_for_timeout(SETTLE_MS)
                start = time.monotonic()
                side.save(title)
                side.heading(page, title).wait_for(timeout=60_000)
                # The first warms caches up, on both sides.
                if number:
                    times[side.name].append(time.monotonic() - start)
        version = browser.version
        browser.close()
    return {
        "measured": time.strftime("%Y-%m-%d"),
        "machine": f"{os.cpu_count()} cores, {platform.system()}",
        "chromium": version,
        "vite": json.loads((VITE / "node_modules" / "vite" / "package.json").read_text())["version"],
        "edgeweb": edgeweb.__version__,
        "rounds": ROUNDS,
        "start seconds": {name: round(seconds, 2) for name, seconds in first.items()},
        "save to shown, seconds": {
            name: {
                "median": round(statistics.median(found), 3),
                "least": round(min(found), 3),
                "most": round(max(found), 3),
            }
            for name, found in times.items()
        },
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        found = measured(Path(scratch))
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
