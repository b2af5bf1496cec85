"""What a memory snapshot, made on the device and kept there, would save of Python's start: in Chromium, beside ours.

Three ways to the same interpreter, in turns, each in a browser just started on a profile that knows all files: stock files;
our compiled and pruned library; a snapshot of the second, read back from the browser's cache and checked against its
SHA-256, as everything that is kept here is.
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
from cold_start import QUIET, SETTLE_MS
from hooks_start import HOOKS, PYODIDE, SAMPLE, STOCK
from playwright.sync_api import sync_playwright
from throttled import Line, StaticServer

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 5
ABOUT = """
  const { loadPyodide } = await import('./pyodide.mjs')
  const info = { arch: 'wasm32', abi_version: '2026_0', platform: 'pyemscripten_2026_0', version: '314.0.7', python: '3.14' }
  const about = { indexURL: './', lockFileContents: JSON.stringify({ info, packages: {} }) }
  const pruned = { ...about, stdLibURL: new URL('./pruned.zip', location.href).href }
  const cache = await caches.open('snapshot')
"""
MAKE = f"""async () => {{{ABOUT}
  const start = performance.now()
  const snapshot = (await loadPyodide({{ ...pruned, _makeSnapshot: true }})).makeMemorySnapshot()
  const made = performance.now() - start
  await cache.put('./snapshot', new Response(snapshot))
  return [made, snapshot.length]
}}"""
START = f"""async (way) => {{{ABOUT}
  const restored = async () => {{
    const bytes = await (await cache.match('./snapshot')).arrayBuffer()
    await crypto.subtle.digest('SHA-256', bytes)
    return loadPyodide({{ ...pruned, _loadSnapshot: new Uint8Array(bytes) }})
  }}
  const start = performance.now()
  const python = await (way === 'snapshot' ? restored() : loadPyodide(way === 'stock' ? about : pruned))
  if (python.runPython('1 + 1') !== 2) throw new Error('no Python')
  const took = performance.now() - start
  // The browser stores compiled code some seconds later.
  await new Promise((done) => setTimeout(done, 3000))
  return took
}}"""


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
        profile = str(root / "profile")

        def visited(script: str, *given: str) -> Any:
            context = driver.chromium.launch_persistent_context(
                profile, executable_path=shutil.which("chromium"), args=QUIET
            )
            try:
                tab = context.pages[0]
                tab.wait_for_timeout(SETTLE_MS)
                tab.goto(server.url)
                return tab.evaluate(script, *given)
            finally:
                context.close()

        made, size = visited(MAKE)
        times: dict[str, list[float]] = {"stock": [], "pruned": [], "snapshot": []}
        for number in range(ROUNDS + 1):
            for way, found in times.items():
                took = visited(START, way)
                # The first round fills the browser's own caches.
                if number:
                    found.append(took)
        server.close()
    medians = {way: round(statistics.median(found)) for way, found in times.items()}
    result = {
        "machine": platform.platform(), "rounds": ROUNDS, "startMs": medians, "snapshotBytes": size,
        "madeMs": round(made),
    }  # fmt: skip
    (ROOT / "bench" / "results" / "python_snapshot.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
