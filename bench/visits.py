"""`make bench`, second part: a site's first visit, its repeat visit and its start without a network, what each keeps the
main thread busy with, and the browser's memory against the model's bytes.

Every visit is a new browser process on the same profile. Blocking time is what each main-thread task takes beyond 50 ms,
summed until the answer is there. Memory is the largest resident size (proportional, PSS) of the browser's processes while
the page loads and answers, less that of the same browser with an empty page.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import edgeweb
from cold_start import QUIET, SAMPLE, SETTLE_MS, edgeweb_page
from playwright.sync_api import Playwright, sync_playwright
from throttled import Line, StaticServer

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "models"
LARGER = ("minilm-l6-int8", "ultraface-rfb-320")
# One run on an input of ones as soon as the model is ready: an open first dimension is 1, any other 16.
ANSWER = """() => {
  document.addEventListener('edge-ready', async ({ detail: model }) => {
    const feeds = Object.fromEntries(model.manifest.inputs.map(({ name, type, shape }) => {
      const dims = shape.map((dim, at) => (typeof dim === 'number' ? dim : at === 0 ? 1 : 16))
      const count = dims.reduce((a, b) => a * b, 1)
      return [name, { type, dims, data: type === 'int64' ? new BigInt64Array(count).fill(1n) : new Float32Array(count).fill(0.5) }]
    }))
    await model.run(feeds)
    globalThis.answered = performance.now()
  }, true)
}"""
TASKS = """() => {
  globalThis.longTasks = []
  new PerformanceObserver((list) => globalThis.longTasks.push(...list.getEntries().map((e) => [e.startTime, e.duration])))
    .observe({ type: 'longtask', buffered: true })
}"""
FINISHED = "() => globalThis.answered !== undefined"
SEALED = "() => document.documentElement.dataset.edgeweb === 'sealed'"
# The service worker has kept everything, and Chromium has written the compiled code.
KEPT = """() => navigator.serviceWorker.ready.then(() => new Promise((done) => setTimeout(done, 4000)))"""


class Memory(threading.Thread):
    """Samples the proportional set size of all processes that use a profile."""

    def __init__(self, profile: str) -> None:
        super().__init__(daemon=True)
        self.profile, self.peak, self.stop = profile, 0, threading.Event()

    def run(self) -> None:
        while not self.stop.wait(0.05):
            self.peak = max(self.peak, sum(_pss(process) for process in self._processes()))

    def _processes(self) -> list[Path]:
        found: list[Path] = []
        parents: dict[int, int] = {}
        roots: set[int] = set()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                parents[int(process.name)] = int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if self.profile.encode() in (process / "cmdline").read_bytes():
                    roots.add(int(process.name))
            except (OSError, IndexError, ValueError):
                continue
        for pid in parents:
            at: int | None = pid
            while at and at not in roots:
                at = parents.get(at)
            if at:
                found.append(Path(f"/proc/{pid}"))
        return found


def _pss(process: Path) -> int:
    try:
        text = (process / "smaps_rollup").read_text()
        return next(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0


def visit(driver: Playwright, url: str | None, profile: str, last: bool = False) -> dict[str, float]:
    """One visit: milliseconds to the answer, blocking milliseconds, the longest task, peak bytes."""
    memory = Memory(profile)
    context = driver.chromium.launch_persistent_context(
        profile, executable_path=shutil.which("chromium") or "chromium", args=QUIET
    )
    try:
        context.add_init_script(f"({ANSWER})(); ({TASKS})()")
        tab = context.pages[0]
        tab.wait_for_timeout(SETTLE_MS)
        memory.start()
        if url is None:
            tab.wait_for_timeout(2000)
            return {"peak": memory.peak}
        tab.goto(url)
        tab.wait_for_function(FINISHED, timeout=120_000)
        answered = tab.evaluate("() => globalThis.answered")
        tab.wait_for_function(SEALED, timeout=60_000)
        tasks = tab.evaluate("() => globalThis.longTasks")
        if not last:
            tab.evaluate(KEPT)
        loading = [duration for start, duration in tasks if start < answered]
        return {
            "answered": answered,
            "blocking": sum(duration - 50 for duration in loading),
            "longestTask": max((duration for _, duration in tasks), default=0),
            "peak": memory.peak,
        }
    finally:
        memory.stop.set()
        context.close()


def life(driver: Playwright, model: Path, rounds: int) -> dict[str, Any]:
    """Medians over `rounds` lives of a profile: first visit, repeat visits, and starts with the server gone."""
    with tempfile.TemporaryDirectory() as scratch:
        site = edgeweb.build(model, Path(scratch) / "site", force=True)
        page = edgeweb_page(site.path)
        rows: dict[str, list[dict[str, float]]] = {"first": [], "repeat": [], "offline": []}
        with tempfile.TemporaryDirectory() as profile:
            empty = visit(driver, None, profile)["peak"]
        for number in range(rounds):
            with tempfile.TemporaryDirectory() as profile:
                server = StaticServer(page.folder, Line(), page.codings, page.headers)
                rows["first"].append(visit(driver, server.url, profile))
                visit(driver, server.url, profile)  # this one makes the compiled code that later ones find
                rows["repeat"].append(visit(driver, server.url, profile))
                server.close()
                rows["offline"].append(visit(driver, server.url, profile, last=True))
            times = ", ".join(f"{name} {found[-1]['answered']:.0f} ms" for name, found in rows.items())
            print(f"  {model.parent.name}, round {number + 1}: {times}", file=sys.stderr, flush=True)
        medians = {
            name: {key: statistics.median(row[key] for row in found) for key in found[0]}
            for name, found in rows.items()
        }
    for row in medians.values():
        row["peak"] -= empty
    return {"modelBytes": model.stat().st_size, "emptyPagePeak": empty, **medians}


def table(found: dict[str, Any]) -> str:
    lines = [
        f"{'model':<20}{'visit':<9}{'answer ms':>10}{'to first':>9}{'blocking ms':>12}{'longest':>9}{'peak MB':>9}{'x model':>9}"
    ]
    for name, rows in found["models"].items():
        for visit_name in ("first", "repeat", "offline"):
            row = rows[visit_name]
            lines.append(
                f"{name:<20}{visit_name:<9}{row['answered']:>10.0f}{row['answered'] / rows['first']['answered']:>9.3f}"
                f"{row['blocking']:>12.0f}{row['longestTask']:>9.0f}{row['peak'] / 1e6:>9.0f}{row['peak'] / rows['modelBytes']:>9.1f}"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--models", nargs="*", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "visits.json")
    given = parser.parse_args()
    models = given.models or [SAMPLE, *(p for n in LARGER if (p := SHARED / n / "model.onnx").is_file())]
    with sync_playwright() as driver:
        found = {model.parent.name: life(driver, model, given.rounds) for model in models}
    whole = {"machine": platform.platform(), "rounds": given.rounds, "when": time.strftime("%Y-%m-%d"), "models": found}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(whole, indent=1) + "\n", "utf-8")
    print(table(whole))


if __name__ == "__main__":
    main()
