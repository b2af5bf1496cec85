"""Times the sample site beside the same page written by hand with ONNX Runtime Web, side by side in one run.

Cold: a new browser profile. Repeat: the browser closed and opened again on the same profile. Both pages answer one run of
the model on the same numbers, from navigation to the answer. Latency: medians of many runs once the page is at rest, in
turns, one thread each.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import platform
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import edgeweb
from playwright.sync_api import BrowserContext, Playwright, sync_playwright
from throttled import Line, StaticServer, site_headers

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "builder" / "edgeweb" / "sample" / "model.onnx"
ORT = ROOT / "web" / "node_modules" / "onnxruntime-web" / "dist"
QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SETTLE_MS = 3000
STEADY_MS = 8000
# The compiled code is stored some seconds after it was made; a reader stays as long.
LINGER = "() => new Promise((done) => setTimeout(() => done(globalThis.answered), 4000))"
LINES = {"unthrottled": (None, 0.0), "10 Mbit/s, 40 ms": (10e6, 0.04)}

# Each page runs the model once as soon as it is ready and notes when the answer was there.
EDGEWEB = """([name, dims, count, picture]) => {
  document.addEventListener('edge-ready', async ({ detail: model }) => {
    globalThis.once = async () => { await model.run({ [name]: { type: 'float32', dims, data: new Float32Array(count).fill(0.5) } }) }
    const blob = new Blob([Uint8Array.from(atob(picture), (c) => c.charCodeAt(0))], { type: 'image/png' })
    globalThis.look = () => model.predict(blob)
    await globalThis.once()
    globalThis.answered = performance.now()
  }, true)
}"""
HAND = """([name, dims, count, picture]) => {
  addEventListener('hand-ready', async () => {
    globalThis.once = () => globalThis.predict(name, dims, new Float32Array(count).fill(0.5))
    const blob = new Blob([Uint8Array.from(atob(picture), (c) => c.charCodeAt(0))], { type: 'image/png' })
    globalThis.look = () => globalThis.classify(blob, name, dims)
    await globalThis.once()
    globalThis.answered = performance.now()
  })
}"""
MANY = """async ([what, count]) => {
  const times = []
  for (let i = 0; i < count; i++) {
    const start = performance.now()
    await globalThis[what]()
    times.push(performance.now() - start)
  }
  return times
}"""


@dataclass(frozen=True)
class Page:
    """One of the two contestants."""

    name: str
    folder: Path
    codings: tuple[str, ...]
    headers: dict[str, dict[str, str]]
    script: str


def hand_page(folder: Path, model: Path) -> Page:
    """The hand-written page with the files it needs, gzipped as a usual host would."""
    folder.mkdir()
    for source in (
        ROOT / "bench" / "hand" / "index.html",
        *(ORT / n for n in ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")),
    ):
        shutil.copy(source, folder)
    shutil.copy(model, folder / "model.onnx")
    for file in list(folder.iterdir()):
        Path(f"{file}.gz").write_bytes(gzip.compress(file.read_bytes(), 6, mtime=0))
    cached = {"/*": {"Cache-Control": "public, max-age=3600"}, "/index.html": {"Cache-Control": "no-cache"}}
    isolated = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}
    return Page(
        "by hand", folder, ("gzip",), {source: {**headers, **isolated} for source, headers in cached.items()}, HAND
    )


def edgeweb_page(folder: Path) -> Page:
    headers = site_headers(folder)
    return Page("edgeweb", folder, ("br", "gzip"), {**headers, "/index.html": headers["/"]}, EDGEWEB)


class Bench:
    """Visits pages with one browser and one model's feed."""

    def __init__(self, driver: Playwright, feed: list[Any]) -> None:
        self.driver, self.feed = driver, feed
        self.chromium = shutil.which("chromium") or shutil.which("chromium-browser") or "chromium"

    def visit(self, page: Page, url: str, profile: str, measure: Callable[[Any], Any]) -> Any:
        """One visit in a new browser process on `profile`; `measure` gets the page when it has answered."""
        context: BrowserContext = self.driver.chromium.launch_persistent_context(
            profile, executable_path=self.chromium, args=QUIET
        )
        try:
            context.add_init_script(f"({page.script})({json.dumps(self.feed)})")
            tab = context.pages[0]
            # A visitor's browser has been running for a while; a new one is busy with itself for its first seconds.
            tab.wait_for_timeout(SETTLE_MS)
            tab.goto(url)
            tab.wait_for_function("() => globalThis.answered !== undefined", timeout=600_000)
            return measure(tab)
        finally:
            context.close()

    def starts(self, page: Page, line: tuple[float | None, float], rounds: int) -> list[dict[str, float]]:
        """Cold and repeat visits: milliseconds to the first answer, and bytes that crossed the line."""
        found = []
        for _ in range(rounds):
            meter = Line(*line)
            server = StaticServer(page.folder, meter, page.codings, page.headers)
            with tempfile.TemporaryDirectory() as profile:
                cold = self.visit(page, server.url, profile, lambda tab: tab.evaluate(LINGER))
                cold_bytes = meter.sent
                repeat = self.visit(page, server.url, profile, lambda tab: tab.evaluate("() => globalThis.answered"))
            server.close()
            found.append(
                {"cold": cold, "repeat": repeat, "coldBytes": cold_bytes, "repeatBytes": meter.sent - cold_bytes}
            )
        return found

    def latencies(self, pages: list[Page], rounds: int, runs: int) -> dict[str, dict[str, float]]:
        """Median milliseconds of a run, and from a picture to its label, in turns so that both see the same machine."""
        found: dict[str, dict[str, list[float]]] = {page.name: {"once": [], "look": []} for page in pages}

        def measure(tab: Any) -> dict[str, list[float]]:
            # The first seconds compile the hot code once more and fill the caches; a visitor's later runs do neither.
            tab.wait_for_timeout(STEADY_MS)
            return {what: tab.evaluate(MANY, [what, runs])[runs // 5 :] for what in ("once", "look")}

        for _ in range(rounds):
            for page in pages:
                server = StaticServer(page.folder, Line(), page.codings, page.headers)
                with tempfile.TemporaryDirectory() as profile:
                    times = self.visit(page, server.url, profile, measure)
                server.close()
                for what, values in times.items():
                    found[page.name][what] += values
        return {name: {what: statistics.median(v) for what, v in times.items()} for name, times in found.items()}


def median(rows: list[dict[str, float]], key: str) -> float:
    return statistics.median(row[key] for row in rows)


def run(model: Path, rounds: int, lines: list[str]) -> dict[str, Any]:
    """Everything, as the JSON that is written."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as driver:
        site = edgeweb.build(model, Path(scratch) / "site")
        info = site.manifest.inputs[0]
        dims = [dim if isinstance(dim, int) else 1 for dim in info.shape or []]
        count = 1
        for dim in dims:
            count *= dim
        pages = [edgeweb_page(site.path), hand_page(Path(scratch) / "hand", model)]
        picture = base64.b64encode((model.parent / "examples" / "example-1.png").read_bytes()).decode()
        bench = Bench(driver, [info.name, dims, count, picture])
        starts: dict[str, Any] = {}
        for line in lines:
            values = LINES[line]
            rows = {page.name: [] for page in pages}
            for number in range(rounds):
                # In turns, and each first every other time: what the machine does beside must not favour one.
                for page in pages if number % 2 == 0 else pages[::-1]:
                    rows[page.name] += bench.starts(page, values, 1)
                    print(f"  {line}, {page.name}: {rows[page.name][-1]['cold']:.0f} ms", file=sys.stderr, flush=True)
            starts[line] = {name: {key: median(found, key) for key in found[0]} for name, found in rows.items()}
        latency = bench.latencies(pages, rounds, 100)
    return {
        "model": model.parent.name,
        "modelBytes": model.stat().st_size,
        "machine": platform.platform(),
        "rounds": rounds,
        "starts": starts,
        "latencyMs": latency,
    }


def table(found: dict[str, Any]) -> str:
    lines = [f"{'':<34}{'edgeweb':>12}{'by hand':>12}{'ratio':>9}"]

    def row(name: str, ours: float, theirs: float, unit: str) -> None:
        lines.append(
            f"{name:<34}{ours:>9.{0 if unit != 'ms*' else 2}f} {unit.strip('*'):<2}{theirs:>9.{0 if unit != 'ms*' else 2}f} {unit.strip('*'):<2}{ours / theirs if theirs else float('nan'):>8.3f}"
        )

    for line, pages in found["starts"].items():
        ours, theirs = pages["edgeweb"], pages["by hand"]
        row(f"cold, {line}", ours["cold"], theirs["cold"], "ms")
        row(f"repeat, {line}", ours["repeat"], theirs["repeat"], "ms")
    row("bytes on the wire, cold", ours["coldBytes"] / 1000, theirs["coldBytes"] / 1000, "KB")
    row("bytes on the wire, repeat", ours["repeatBytes"] / 1000, theirs["repeatBytes"] / 1000, "KB")
    for name, what in (("latency, numbers to numbers", "once"), ("latency, picture to label", "look")):
        row(name, found["latencyMs"]["edgeweb"][what], found["latencyMs"]["by hand"][what], "ms*")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=SAMPLE)
    parser.add_argument("--lines", nargs="*", choices=list(LINES), default=list(LINES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "cold_start.json")
    given = parser.parse_args()
    found = run(given.model, given.rounds, given.lines)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(table(found))


if __name__ == "__main__":
    main()
