"""What a memory snapshot, made on the device and kept there, would save of Python's start: in Chromium, beside ours.

Three ways to the same interpreter, in turns, in one page: stock files; our compiled and pruned library; a snapshot of the
second, read back from the browser's cache and checked against its SHA-256, as everything that is kept here is.
"""

from __future__ import annotations

import json
import platform
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

import edgeweb
from cold_start import QUIET
from hooks_start import HOOKS, PYODIDE, SAMPLE, STOCK
from playwright.sync_api import sync_playwright
from throttled import Line, StaticServer

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 7
MEASURE = """async () => {
  const { loadPyodide } = await import('./pyodide.mjs')
  const about = { indexURL: './', lockFileContents: '{"info": {"arch": "wasm32", "abi_version": "2026_0", "platform": "pyemscripten_2026_0", "version": "314.0.7", "python": "3.14"}, "packages": {}}' }
  const pruned = { ...about, stdLibURL: new URL('./pruned.zip', location.href).href }
  const check = (python) => { if (python.runPython('1 + 1') !== 2) throw new Error('no Python') }
  const timed = async (work) => {
    const start = performance.now()
    check(await work())
    return performance.now() - start
  }
  const cache = await caches.open('snapshot')
  const making = performance.now()
  const whole = await loadPyodide({ ...pruned, _makeSnapshot: true })
  const snapshot = whole.makeMemorySnapshot()
  const made = performance.now() - making
  await cache.put('./snapshot', new Response(snapshot))
  const restored = async () => {
    const bytes = await (await cache.match('./snapshot')).arrayBuffer()
    await crypto.subtle.digest('SHA-256', bytes)
    return loadPyodide({ ...pruned, _loadSnapshot: new Uint8Array(bytes) })
  }
  const times = { stock: [], pruned: [], snapshot: [] }
  for (let i = 0; i < ROUNDS; i++) {
    times.stock.push(await timed(() => loadPyodide(about)))
    times.pruned.push(await timed(() => loadPyodide(pruned)))
    times.snapshot.push(await timed(restored))
  }
  return { times, made, bytes: snapshot.length }
}"""


def main() -> None:
    """Print the medians, and write bench/results/python_snapshot.json."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as driver:
        root = Path(scratch)
        shutil.copy(SAMPLE, root / "digits.onnx")
        (root / "hooks.py").write_text(HOOKS)
        (root / "edgeweb.toml").write_text("[hooks]\nfile = 'hooks.py'\ninput = 'text'\n")
        site = edgeweb.build(root / "digits.onnx", root / "site")
        assert site.manifest.python is not None
        page = root / "page"
        page.mkdir()
        for name in STOCK:
            shutil.copy(PYODIDE / name, page)
        shutil.copy(site.path / site.manifest.python.library, page / "pruned.zip")
        (page / "index.html").write_text("<!doctype html><title>snapshot</title>")
        server = StaticServer(page, Line(), (), {"/*": {"Cache-Control": "public, max-age=3600"}})
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        tab = browser.new_page()
        tab.set_default_timeout(300_000)
        tab.goto(server.url)
        found: dict[str, Any] = tab.evaluate(MEASURE.replace("ROUNDS", str(ROUNDS)))
        browser.close()
        server.close()
    medians = {way: round(statistics.median(times)) for way, times in found["times"].items()}
    result = {
        "machine": platform.platform(), "rounds": ROUNDS, "startMs": medians, "snapshotBytes": found["bytes"],
        "madeMs": round(found["made"]),
    }  # fmt: skip
    (ROOT / "bench" / "results" / "python_snapshot.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
