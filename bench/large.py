"""`make bench-large`: time and memory of building large models, one at a time, and of loading them in Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import large_model
import memory

ROOT = Path(__file__).resolve().parent.parent
SIZES = [int(word) for word in os.environ.get("MEGABYTES", "200 1200 1900 2600").split()]
# In the page: load the model, which proves it against the golden case, and run it once.
LOAD = """async (url) => {
  const { load } = await import(url + 'edgeweb.js')
  const began = performance.now()
  try {
    const model = await load(url, { backend: 'wasm' })
    const started = performance.now() - began
    await model.run({ ids: { type: 'int64', dims: [8], data: new BigInt64Array(8) } })
    return { parity: model.backend.parity, startMs: Math.round(started), error: null }
  } catch (error) { return { parity: null, startMs: null, error: String(error) } }
}"""


def browse(site: Path) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    command = [sys.executable, "-m", "edgeweb.cli", "serve", str(site), "--port", "0", "--json"]
    peak, stop = [0], threading.Event()

    def sample() -> None:
        while not stop.wait(0.1):
            peak[0] = max(peak[0], *(memory.of(pid) for pid in memory.family(os.getpid()) if _is_renderer(pid)), 0)

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server, sync_playwright() as driver:
        url = json.loads(server.stdout.readline())["url"]  # type: ignore[union-attr]
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(600_000)
        page.goto(url + "report/")
        sampler = threading.Thread(target=sample)
        sampler.start()
        found: dict[str, Any] = page.evaluate(LOAD, url)
        stop.set()
        sampler.join()
        browser.close()
        server.terminate()
    return {**found, "rendererBytes": peak[0]}


def _is_renderer(pid: int) -> bool:
    try:
        return "--type=renderer" in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


def one(megabytes: int, folder: Path) -> dict[str, Any]:
    source = large_model.write(folder / "model", megabytes * 1_000_000, external=megabytes > 1000)
    size = sum(file.stat().st_size for file in source.parent.iterdir())
    began = time.monotonic()
    used = memory.run([sys.executable, "-m", "edgeweb.cli", "build", str(source), "-o", str(folder / "site")])
    row = {"bytes": size, "code": used.code, "seconds": round(time.monotonic() - began, 1), "peakBytes": used.peak}
    return {**row, "ratio": round(used.peak / size, 2), "chromium": browse(folder / "site") if used.code == 0 else None}


if __name__ == "__main__":
    rows = []
    for megabytes in SIZES:
        with tempfile.TemporaryDirectory() as scratch:
            rows.append(one(megabytes, Path(scratch)))
        print(json.dumps(rows[-1]), flush=True)
    (ROOT / "bench" / "results" / "large.json").write_text(json.dumps(rows, indent=1) + "\n")
