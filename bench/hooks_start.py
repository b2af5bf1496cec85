"""`make bench-hooks`: from navigation to the first result of a hook, beside a page written by hand with stock Pyodide.

Both do the same with the same model: Python makes the feeds, ONNX Runtime Web runs them, Python reads the outputs. Cold: a
new browser profile. Warm: the browser closed and opened again on it. In turns, each first every other time; medians.
"""

from __future__ import annotations

import gzip
import json
import platform
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import brotli
import edgeweb
from cold_start import QUIET, SETTLE_MS, Page, hand_page, site_headers
from playwright.sync_api import Playwright, sync_playwright
from throttled import Line, StaticServer

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "builder" / "edgeweb" / "sample" / "model.onnx"
PYODIDE = ROOT / "web" / "node_modules" / "pyodide"
STOCK = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
LINES = {"unthrottled": (None, 0.0), "10 Mbit/s, 40 ms": (10e6, 0.04)}
ROUNDS = 3
# The compiled code and the files are stored some seconds after they were used.
LINGER_MS = 4000
SIDE = 32
HOOKS = f"""
import statistics


def preprocess(value, model):
    numbers = [float(word) for word in value.split()]
    return {{"image": [[[[numbers[(i + j) % len(numbers)] for j in range({SIDE})] for i in range({SIDE})]]]}}


def postprocess(outputs, model):
    (scores,) = outputs.values()
    scores = scores.reshape(-1).tolist()
    return {{"best": scores.index(max(scores)), "mean": round(statistics.fmean(scores), 3)}}
"""
# The same for a page that hands over plain lists.
LISTS = (
    HOOKS.replace("(value, model)", "(value)")
    .replace("(outputs, model)", "(scores)")
    .replace("    (scores,) = outputs.values()\n    scores = scores.reshape(-1).tolist()\n", "")
)
# The first result as soon as the page can give one; what it is must agree.
ASK = """() => document.addEventListener('edge-ready', async ({ detail: model }) => {
  globalThis.result = (await model.predict('0 0.25 0.5')).value
  globalThis.answered = performance.now()
}, true)"""
BY_HAND = """() => addEventListener('hand-result', ({ detail }) => {
  globalThis.result = detail
  globalThis.answered = performance.now()
})"""


def pages(scratch: Path) -> list[Page]:
    """The site and the page by hand, around the sample's model."""
    model = scratch / "digits.onnx"
    shutil.copy(SAMPLE, model)
    (scratch / "hooks.py").write_text(HOOKS)
    (scratch / "edgeweb.toml").write_text("[hooks]\nfile = 'hooks.py'\ninput = 'text'\n")
    site = edgeweb.build(model, scratch / "site").path
    headers = site_headers(site)
    ours = Page("edgeweb", site, ("br", "gzip"), {**headers, "/index.html": headers["/"]}, ASK)
    hand = hand_page(scratch / "hand", model)
    for name in STOCK:
        shutil.copy(PYODIDE / name, hand.folder)
    shutil.copy(ROOT / "bench" / "hand" / "hooks.html", hand.folder / "index.html")
    (hand.folder / "hooks.py").write_text(LISTS)
    for file in [hand.folder / name for name in (*STOCK, "index.html", "hooks.py")]:
        # As usual hosts do, though the library is a zip already.
        Path(f"{file}.gz").write_bytes(gzip.compress(file.read_bytes(), 6, mtime=0))
    return [ours, Page("by hand", hand.folder, hand.codings, hand.headers, BY_HAND)]


def python_bytes(ours: Page, theirs: Page) -> dict[str, float]:
    """What Python alone takes on the wire: ours after brotli, the stock files after gzip and, made alike, after brotli."""
    own = json.loads((ours.folder / "edgeweb.json").read_text())["python"]["wireBytes"]
    gzipped = sum((theirs.folder / f"{name}.gz").stat().st_size for name in STOCK)
    alike = sum(len(brotli.compress((theirs.folder / name).read_bytes())) for name in STOCK)
    return {"edgeweb": own, "gzip": gzipped, "brotli": alike, "ratio": own / gzipped, "ratioToBrotli": own / alike}


def visit(driver: Playwright, page: Page, server: StaticServer, meter: Line, profile: str) -> tuple[float, Any, int]:
    """Milliseconds from navigation to the first result, the result, and the bytes sent until then."""
    chromium = shutil.which("chromium") or "chromium"
    context = driver.chromium.launch_persistent_context(profile, executable_path=chromium, args=QUIET)
    try:
        context.add_init_script(f"({page.script})()")
        tab = context.pages[0]
        tab.wait_for_timeout(SETTLE_MS)
        before = meter.sent
        tab.goto(server.url)
        tab.wait_for_function("() => globalThis.answered !== undefined", timeout=120_000)
        sent = meter.sent - before
        found = tab.evaluate("() => [globalThis.answered, globalThis.result]")
        tab.wait_for_timeout(LINGER_MS)
        return found[0], found[1], sent
    finally:
        context.close()


def starts(driver: Playwright, page: Page, line: tuple[float | None, float]) -> dict[str, Any]:
    """One cold and one warm visit, and the bytes of each up to its first result."""
    meter = Line(*line)
    server = StaticServer(page.folder, meter, page.codings, page.headers)
    with tempfile.TemporaryDirectory() as profile:
        cold, result, cold_bytes = visit(driver, page, server, meter, profile)
        warm, again, warm_bytes = visit(driver, page, server, meter, profile)
    server.close()
    if result != again:
        raise SystemExit(f"{page.name} gave {result}, then {again}")
    return {"cold": cold, "warm": warm, "coldBytes": cold_bytes, "warmBytes": warm_bytes, "result": result}


def main() -> None:
    """Print a table, and write bench/results/hooks_start.json."""
    rows: dict[str, Any] = {"machine": platform.platform(), "rounds": ROUNDS, "lines": {}}
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as driver:
        both = pages(Path(scratch))
        rows["pythonBytes"] = python_bytes(*both)
        print(f"{'bytes of Python':<32}{rows['pythonBytes']}")
        for name, line in LINES.items():
            found: dict[str, list[dict[str, Any]]] = {page.name: [] for page in both}
            for number in range(ROUNDS):
                for page in both if number % 2 == 0 else both[::-1]:
                    found[page.name].append(starts(driver, page, line))
                    last = found[page.name][-1]
                    print(
                        f"  {name}, {page.name}: {last['cold']:.0f} ms, {last['warm']:.0f} ms",
                        file=sys.stderr,
                        flush=True,
                    )
            results = {json.dumps(each["result"], sort_keys=True) for rounds in found.values() for each in rounds}
            best = {json.loads(text)["best"] for text in results}
            if len(best) != 1:
                raise SystemExit(f"the pages differ: {results}")
            keys = ("cold", "warm", "coldBytes", "warmBytes")
            medians = {
                page: {key: statistics.median(each[key] for each in rounds) for key in keys}
                for page, rounds in found.items()
            }
            ours, theirs = medians["edgeweb"], medians["by hand"]
            ratios = {key: ours[key] / theirs[key] for key in keys if theirs[key]}
            rows["lines"][name] = {**medians, "ratios": ratios}
            for key, ratio in ratios.items():
                print(f"{name:<20}{key:<12}{ours[key]:>14,.0f}{theirs[key]:>14,.0f}{ratio:>8.3f}")
    (ROOT / "bench" / "results" / "hooks_start.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
