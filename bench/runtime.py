"""`make bench-runtime`: what a runtime that is cut to its model saves, beside the whole one, side by side in one run.

For each model up to three sites, which differ by their runtime alone: `whole`; `cut`, which makes its session at every
visit; and `stored`, which begins with it, where the builder makes such a one. Bytes of the .wasm as it is and with brotli;
from navigation to the first answer with a new profile, on a measured line and without one; and one run of the model once
the page is at rest, in turns, with as many threads as the page takes. `needed whole`: visits that had to fetch the whole
runtime after all.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import edgeweb
import pytest
from cold_start import LINES, Bench, Page, edgeweb_page
from edgeweb.errors import EdgewebError
from edgeweb.site import runtimes
from playwright.sync_api import sync_playwright
from throttled import Line, StaticServer

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "models"
# One run on an input as large as the golden case's, as soon as the model is ready.
ANSWER = """() => {
  const KINDS = { float32: Float32Array, float64: Float64Array, float16: Uint16Array, int8: Int8Array, uint8: Uint8Array, int16: Int16Array,
    uint16: Uint16Array, int32: Int32Array, uint32: Uint32Array, int64: BigInt64Array, uint64: BigUint64Array, bool: Uint8Array }
  document.addEventListener('edge-ready', async ({ detail: model }) => {
    const feeds = Object.fromEntries(model.manifest.golden[0].inputs.map(({ name, type, dims }) => {
      const count = dims.reduce((a, b) => a * b, 1)
      return [name, { type, dims, data: type === 'string' ? Array(count).fill('a') : new KINDS[type](count) }]
    }))
    globalThis.once = () => model.run(feeds)
    await globalThis.once()
    globalThis.answered = performance.now()
    globalThis.backend = model.backend
  }, true)
}"""
MANY = """async (count) => {
  const times = []
  const end = performance.now() + 4000
  for (let i = 0; i < count && performance.now() < end; i++) {
    const begin = performance.now()
    await globalThis.once()
    times.push(performance.now() - begin)
  }
  return times
}"""
AT_REST_MS = 4000


def wasm_bytes(site: edgeweb.Site) -> tuple[int, int]:
    """Of the runtime that a visit starts with: as it is, and with brotli."""
    entries = [site.manifest.files[path] for path in site.manifest.runtimes["wasm"].wasm]
    return sum(e.bytes for e in entries), sum(e.encodings.get("br", e.bytes) for e in entries)


def measured(bench: Bench, pages: dict[str, Page], rounds: int) -> dict[str, Any]:
    """Medians of the times, in turns."""
    found: dict[str, dict[str, list[float]]] = {name: {line: [] for line in (*LINES, "run")} for name in pages}
    needed = 0
    for number in range(rounds):
        order = list(pages.items())[:: 1 if number % 2 == 0 else -1]
        for line, values in LINES.items():
            for name, page in order:
                with tempfile.TemporaryDirectory() as profile:
                    server = StaticServer(page.folder, Line(*values), page.codings, page.headers)

                    def look(tab: Any, rest: bool = line == "unthrottled") -> tuple[float, list[float], list[str]]:
                        answered, why = tab.evaluate("() => [globalThis.answered, globalThis.backend.why]")
                        if rest:
                            tab.wait_for_timeout(AT_REST_MS)
                        return answered, tab.evaluate(MANY, 60) if rest else [], why

                    answered, runs, why = bench.visit(page, server.url, profile, look)
                    server.close()
                found[name][line].append(answered)
                found[name]["run"] += runs[len(runs) // 5 :]
                needed += name != "whole" and any("cut to the model" in each for each in why)
    times = {name: {key: statistics.median(each) for key, each in rows.items()} for name, rows in found.items()}
    return {**times, "neededWhole": needed}


def built(model: Path, folder: Path, name: str) -> edgeweb.Site:
    """One of the sites."""
    with pytest.MonkeyPatch.context() as patch:
        if name == "cut":
            patch.setattr(runtimes, "unsuited", lambda *_: "the bench wants to see what it saves")
        return edgeweb.build(model, folder, precision="fp32", specialise=name != "whole")


def one(bench: Bench, model: Path, rounds: int) -> dict[str, Any]:
    """All sites of a model."""
    with tempfile.TemporaryDirectory() as scratch:
        sites = {name: built(model, Path(scratch) / name, name) for name in ("stored", "cut", "whole")}
        about_start = sites["stored"].manifest.runtimes["wasm"].cut
        if about_start is None or not about_start.restores:
            del sites["stored"]
        pages = {name: replace(edgeweb_page(site.path), script=ANSWER) for name, site in sites.items()}
        sizes = {name: dict(zip(("raw", "brotli"), wasm_bytes(site), strict=True)) for name, site in sites.items()}
        cut = sites["cut"].manifest.runtimes["wasm"].cut
        about = {"modelBytes": weight(model), "wasm": sizes, "kept": cut and cut.kept}
        return {**about, **measured(bench, pages, rounds)}


def row(name: str, found: dict[str, Any]) -> str:
    lines = []
    for way in (key for key in ("stored", "cut") if key in found):
        cut, whole, size = found[way], found["whole"], found["wasm"][way]
        ratios = "".join(f"{cut[key] / whole[key]:>10.3f}" for key in (*LINES, "run"))
        times = "".join(f"{cut[key]:>8.0f} /{whole[key]:>6.0f}" for key in LINES)
        sizes = f"{size['raw'] / 1e6:>6.2f}{size['brotli'] / 1e6:>7.3f}"
        lines.append(f"{name:<28}{way:<7}{sizes}{times}{ratios}{found['neededWhole']:>4}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--models", nargs="*", help="folders under the shared models")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "runtime.json")
    given = parser.parse_args()
    paths = sorted(SHARED.glob("[!_]*/model.onnx"), key=weight)
    if given.models:
        paths = [SHARED / name / "model.onnx" for name in given.models]
    print(
        f"{'model':<28}{'':<7}{'MB':>6}{'brotli':>7}{'ms, no line':>16}{'10 Mbit/s':>16}{'ratios: cold':>10}{'10 Mbit':>10}{'run':>10}"
    )
    found: dict[str, Any] = {}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        bench = Bench(driver, [])
        for path in paths:
            name = path.parent.name
            try:
                found[name] = one(bench, path, given.rounds)
            except EdgewebError as error:
                print(f"{name}: {error}", file=sys.stderr)
                continue
            print(row(name, found[name]), flush=True)
            # An hour for a collection: what was measured is kept.
            given.out.write_text(json.dumps(summary(found, given.rounds), indent=1) + "\n", "utf-8")
    print(json.dumps(summary(found, given.rounds)["medians"], indent=1))


def weight(path: Path) -> int:
    """Bytes of the model, with those that lie beside it."""
    return sum(each.stat().st_size for each in path.parent.iterdir() if each.suffix in {".onnx", ".bin", ".data"})


SMALL = 1_000_000


def summary(found: dict[str, Any], rounds: int) -> dict[str, Any]:
    """With medians over the models of each way, and over what a site gets (`shipped`): the stored one where there is one."""
    slow, line = LINES

    def medians(pairs: list[tuple[dict[str, Any], str]]) -> dict[str, Any]:
        if not pairs:
            return {}
        over = {key: [each[way][key] / each["whole"][key] for each, way in pairs] for key in (slow, line, "run")}
        sizes = [each["wasm"][way]["brotli"] / 1e6 for each, way in pairs]
        small = [each[way][line] / each["whole"][line] for each, way in pairs if each["modelBytes"] < SMALL]
        found = {"models": len(pairs), "brotliMB": statistics.median(sizes)}
        found |= {f"ratio {key}": statistics.median(each) for key, each in over.items()}
        return found | ({f"ratio {line}, models below 1 MB": statistics.median(small)} if small else {})

    ways = {way: [(each, way) for each in found.values() if way in each] for way in ("stored", "cut")}
    ways["shipped"] = [(each, "stored" if "stored" in each else "cut") for each in found.values()]
    about = {"machine": platform.platform(), "rounds": rounds, "when": time.strftime("%Y-%m-%d")}
    return {**about, "medians": {way: medians(pairs) for way, pairs in ways.items()}, "models": found}


if __name__ == "__main__":
    main()
