"""`make bench-traps`: how long an answer takes for which the cut runtime lacks a function, beside a cold start with the whole one.

The runtime is cut too far on purpose: it lacks what a session is made with, what the proof runs, what another size needs, or
what a pool's thread does. Milliseconds from navigation to the first answer, or the longest of a second load and its runs;
medians. An answer is in time when it takes no longer than a cold start and two seconds.
"""

from __future__ import annotations

import json
import platform
import statistics
import sys
import tempfile
import time
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "playwright"), str(ROOT / "bench")]

import edgeweb  # noqa: E402
import msgspec  # noqa: E402
import pytest  # noqa: E402
from cold_start import Bench, edgeweb_page  # noqa: E402
from edgeweb.files import webdist  # noqa: E402
from edgeweb.machine import browsers  # noqa: E402
from edgeweb.runtime import profiling, specialise, tiers  # noqa: E402
from edgeweb.runtime.wasm import Module  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from runtime import ANSWER  # noqa: E402
from test_traps import branching, joined, without  # noqa: E402
from throttled import Line, StaticServer  # noqa: E402

ROUNDS, LATE_MS, MOST_MS = 3, 2000, 8000
# The longest of some runs, and why another runtime was taken.
LONGEST = """async ([threads, sizes]) => {
  const { load } = await import(new URL('edgeweb.js', location.href))
  const start = performance.now()
  const model = threads === 0 ? document.querySelector('edge-model').model : await load(undefined, { threads })
  // A pool's threads may meet the trap while it is loaded.
  const times = [performance.now() - start]
  for (const rows of sizes) {
    const matrix = { type: 'float32', dims: [rows, 7, 3], data: Float32Array.from({ length: rows * 21 }, (_, i) => Math.sin(i) * 1e3) }
    const begin = performance.now()
    await model.run({ matrix })
    times.push(performance.now() - begin)
  }
  return [Math.max(...times), model.backend.why]
}"""
SIZES = [1, 2, 17, 100, 1000, 48_000]


def sites(folder: Path) -> dict[str, Path]:
    """The whole one, and one for each stage."""
    model = branching(folder / "branching.onnx")
    whole = edgeweb.build(model, folder / "whole", precision="fp32", specialise=False)
    web = webdist.find()
    runtime = Module.parse(b"".join(web.path(name).read_bytes() for name in web.runtimes["wasm"].wasm))
    contents = {path: (whole.path / path).read_bytes() for path in whole.manifest.files}

    def entered(*threads: int, varied: bool, proven: bool = True) -> bytes:
        site = whole.manifest if proven else msgspec.structs.replace(whole.manifest, golden=[])
        known = profiling.profile(browsers.find(), contents, site, runtime, threads=threads, varied=varied)
        return b64decode(known.entered)

    one, single, two = (
        entered(1, varied=False),
        entered(1, varied=True),
        entered(2, varied=True),
    )
    stages = {
        "load": one[: len(one) // 2] + bytes(len(one) - len(one) // 2),
        "first run": entered(1, varied=False, proven=False),
        "later run": one,
        "thread": without(joined(single, two), without(two, single)),
    }
    found = {"whole": whole.path}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiers, "profiles", lambda _: None)
        plain = specialise._plain
        for name, bits in stages.items():
            patch.setattr(specialise, "_measured", lambda web, whole, *_, bits=bits: plain(web, whole, bits, "a bench"))
            found[name] = edgeweb.build(model, folder / name.replace(" ", "-"), precision="fp32").path
    with pytest.MonkeyPatch.context() as patch:
        # One whose start is stored, and that has seen nothing but what its golden case is like.
        runs = profiling._runs
        patch.setattr(profiling, "_runs", lambda site: list(runs(site))[:1])
        patch.setattr(profiling, "key", lambda *_: "bench")
        patch.setattr(specialise, "_keep", lambda *_: None)
        found["stored"] = edgeweb.build(model, folder / "stored", precision="fp32").path
    return found


def measure(bench: Bench, folder: Path, stage: str) -> tuple[float, bool]:
    """Milliseconds, and whether the whole runtime answered."""
    page = replace(edgeweb_page(folder), script=ANSWER)
    server = StaticServer(page.folder, Line(), page.codings, page.headers)

    def look(tab: Any) -> tuple[float, bool]:
        if stage in ("whole", "load", "first run"):
            answered, why = tab.evaluate("() => [globalThis.answered, globalThis.backend.why]")
            return answered, bool(why)
        if stage == "offline":
            tab.wait_for_timeout(MOST_MS)
            server.close()
        longest, why = tab.evaluate(LONGEST, [2 if stage == "thread" else 0 if stage == "offline" else 1, SIZES])
        return longest, bool(why)

    with tempfile.TemporaryDirectory() as profile:
        found: tuple[float, bool] = bench.visit(page, server.url, profile, look)
    if stage != "offline":
        server.close()
    return found


def main() -> None:
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as driver:
        made = sites(Path(scratch))
        bench = Bench(driver, [])
        for stage in (*made, "offline"):
            rounds = [measure(bench, made.get(stage, made["later run"]), stage) for _ in range(ROUNDS)]
            assert all(whole == (stage != "whole") for _, whole in rounds), (stage, rounds)
            found[stage] = statistics.median(took for took, _ in rounds)
            limit = found["whole"] + LATE_MS
            print(f"{stage:<12}{found[stage]:>8.0f} ms  {'in time' if found[stage] <= limit else 'late'}", flush=True)
    about = {"machine": platform.platform(), "rounds": ROUNDS, "when": time.strftime("%Y-%m-%d")}
    (ROOT / "bench" / "results" / "traps.json").write_text(json.dumps({**about, "ms": found}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
