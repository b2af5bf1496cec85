"""`make bench-dev`: from saving a file to the page that shows it, `edgeweb dev` beside vite for a plain page.

All are real servers with a page open in one browser. edgeweb: the configuration, the labels, the hooks, the data or the
model is saved; the site is built, the page loaded anew with what was entered, and there is an answer to it. vite: the
title in `index.html` is changed, so the page, which is one heading and one script, is loaded anew. In turns, medians of
as many rounds as ROUNDS says.
"""

from __future__ import annotations

import json
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import edgeweb
import onnx
from playwright.sync_api import Browser, FrameLocator, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "playwright")]

import models  # noqa: E402

SAMPLE = ROOT / "builder" / "edgeweb" / "sample"
VITE = ROOT / "bench" / "vite"
RESULTS = ROOT / "bench" / "results" / "dev.json"
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
ROUNDS = 10
# Neither browser nor server is busy with the round before.
SETTLE_MS = 1000
WAIT_MS = 60_000
# The site that is shown, and not the next one, which lies unseen over it: its release, as soon as its model is there.
RELEASE = """() => document.querySelector('#stage iframe:not(.coming)')?.contentDocument
  ?.querySelector('edge-model')?.firstElementChild?.model?.manifest.release"""
HOOKS = """
def postprocess(outputs, model):
    return {{"labels": [{{"label": "Number {}", "score": 0.9}}]}}
"""
PLAIN = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Plain</title></head>
<body><h1>Round {}</h1><script type="module" src="/main.js"></script></body></html>
"""


@dataclass(frozen=True)
class Change:
    """What is saved in a round, and the text that is to be seen then, if there is one that tells."""

    name: str
    save: Callable[[int], object]
    text: str = ""


@dataclass(frozen=True)
class Side:
    """A server, what is changed of what it serves, and what is done on its page before."""

    name: str
    url: str
    begun: float
    changes: Sequence[Change]
    begin: Callable[[FrameLocator], object]


@contextmanager
def started(command: Sequence[object]) -> Iterator[Callable[[], str]]:
    """A process, and its next line of standard output."""
    paths = f"{ROOT / 'builder'}{os.pathsep}{ROOT / 'server'}"
    process = subprocess.Popen(
        [*map(str, command)], env={**os.environ, "PYTHONPATH": paths, "NO_COLOR": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process.stdout.readline
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def ours(
    name: str, words: Sequence[object], changes: Sequence[Change], begin: Callable[[FrameLocator], object]
) -> Iterator[Side]:
    begun = time.monotonic()
    with started([sys.executable, "-m", "edgeweb.cli", "dev", *words, "--port", 0, "--json"]) as line:
        yield Side(name, json.loads(line())["url"], begun, changes, begin)


@contextmanager
def theirs(folder: Path) -> Iterator[Side]:
    folder.mkdir()
    (folder / "main.js").write_text("document.body.dataset.ready = ''\n")
    page = folder / "index.html"
    page.write_text(PLAIN.format("none"))
    begun = time.monotonic()
    binary = VITE / "node_modules" / "vite" / "bin" / "vite.js"
    with started(["node", binary, folder, "--host", "127.0.0.1", "--port", "0"]) as line:
        told = next(text for text in iter(line, "") if "http://" in text)
        url = f"http://{told.split('http://')[1].split()[0]}"
        change = Change("plain page", lambda number: page.write_text(PLAIN.format(number)), "Round {}")
        yield Side("vite", url, begun, [change], lambda _: None)


def picture(frame: FrameLocator) -> None:
    frame.locator(".examples .thumb").first.click()
    frame.locator("section.answer").first.wait_for(timeout=WAIT_MS)


def row(frame: FrameLocator) -> None:
    frame.get_by_label("weight", exact=True).fill("1.5")
    frame.get_by_label("redness", exact=True).fill("-3")
    frame.get_by_role("button", name="Predict", exact=True).click()
    frame.locator("section.answer").first.wait_for(timeout=WAIT_MS)


def digits(folder: Path) -> Sequence[Change]:
    """The sample: its title, its labels, and its model with another comment in it."""
    shutil.copytree(SAMPLE, folder)
    settings, proto = folder / "edgeweb.toml", onnx.load(folder / "model.onnx")
    rest = settings.read_text().split("\n", 1)[1]

    def model(number: int) -> None:
        # Other bytes and the same size: each weight a little larger.
        weights = next(each for each in proto.graph.initializer if each.data_type == onnx.TensorProto.FLOAT)
        weights.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(weights) * 1.0001, weights.name))
        onnx.save(proto, folder / "model.onnx")

    return [
        Change("configuration", lambda number: settings.write_text(f'title = "Round {number}"\n{rest}'), "Round {}"),
        Change("labels", lambda number: (folder / "labels.txt").write_text(
            "".join(f"{each} of round {number}\n" for each in range(10))), "of round {}"),
        Change("model", model),
    ]  # fmt: skip


def hooks(folder: Path) -> Sequence[Change]:
    """The sample with a hook that names the answer."""
    shutil.copytree(SAMPLE, folder)
    file = folder / "hooks.py"
    file.write_text(HOOKS.format("none"))
    return [Change("hooks", lambda number: file.write_text(HOOKS.format(number)), "Number {}")]


def table(folder: Path) -> Sequence[Change]:
    """A table with its rows."""
    folder.mkdir()
    models.fruit(folder / "fruit.onnx")
    rows = folder / "rows.csv"

    def save(number: int) -> None:
        drawn = random.Random(number)
        lines = [f"{drawn.random():.3f},{drawn.gauss(0, 9):.3f},{drawn.choice(['north', 'south'])}" for _ in range(60)]
        rows.write_text("\n".join(["weight,redness,orchard", *lines, ""]))

    save(-1)
    return [Change("data", save)]


def shown(page: Page, change: Change, number: int, before: object) -> None:
    """Waits until the change is to be seen, with the answer to what was entered."""
    if before is not None:
        page.wait_for_function(f"(before) => ![undefined, before].includes(({RELEASE})())", arg=before, timeout=WAIT_MS)
        frame = page.frame_locator("#stage iframe:not(.coming)")
        frame.locator("section.answer").first.wait_for(timeout=WAIT_MS)
    if change.text:
        within = page if before is None else frame
        within.get_by_text(change.text.format(number)).first.wait_for(timeout=WAIT_MS)


def opened(browser: Browser, side: Side) -> tuple[Page, float]:
    """The page of a side with something entered, and the seconds from the command to the page."""
    page = browser.new_context().new_page()
    page.goto(side.url)
    if side.name == "vite":
        page.get_by_role("heading").wait_for(timeout=WAIT_MS)
    else:
        page.wait_for_function(f"() => ({RELEASE})() !== undefined", timeout=WAIT_MS)
    seconds = time.monotonic() - side.begun
    side.begin(page.frame_locator("#stage iframe:not(.coming)"))
    return page, seconds


def timed(page: Page, side: Side, change: Change, number: int) -> float:
    page.wait_for_timeout(SETTLE_MS)
    before = None if side.name == "vite" else page.evaluate(RELEASE)
    start = time.monotonic()
    change.save(number)
    shown(page, change, number, before)
    return time.monotonic() - start


def measured(scratch: Path) -> dict[str, object]:
    own, hooked, fruit = (scratch / name for name in ("digits", "hooked", "fruit"))
    sides = [
        lambda: ours("digits", [own / "model.onnx"], digits(own), picture),
        lambda: ours(
            "digits with hooks", [hooked / "model.onnx", "--hooks", hooked / "hooks.py"], hooks(hooked), picture
        ),
        lambda: ours("table", [fruit / "fruit.onnx", "--data", fruit / "rows.csv"], table(fruit), row),
        lambda: theirs(scratch / "plain"),
    ]
    first: dict[str, float] = {}
    times: dict[str, list[float]] = {}
    with sync_playwright() as driver, ExitStack() as running:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=[*QUIET, "--no-sandbox"])
        tabs: list[tuple[Side, Page]] = []
        # One after the other, as a user starts one.
        for side in (running.enter_context(begin()) for begin in sides):
            page, first[side.name] = opened(browser, side)
            tabs.append((side, page))
        for number in range(ROUNDS + 1):
            for side, page in tabs:
                for change in side.changes:
                    took = timed(page, side, change, number)
                    # The first warms caches up, on all sides.
                    if number:
                        times.setdefault(f"{change.name}, {side.name}", []).append(took)
        version = browser.version
        browser.close()
    return {
        "measured": time.strftime("%Y-%m-%d"),
        "machine": f"{os.cpu_count()} cores, {platform.system()}",
        "chromium": version,
        "vite": json.loads((VITE / "node_modules" / "vite" / "package.json").read_text())["version"],
        "edgeweb": edgeweb.__version__,
        "rounds": ROUNDS,
        "command to page, seconds": {name: round(seconds, 2) for name, seconds in first.items()},
        "save to shown, seconds": {name: spread(found) for name, found in times.items()},
    }


def spread(found: Sequence[float]) -> dict[str, float]:
    whole = {"median": statistics.median(found), "least": min(found), "most": max(found)}
    return {name: round(value, 3) for name, value in whole.items()}


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        found = measured(Path(scratch))
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
