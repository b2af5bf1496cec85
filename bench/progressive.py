"""Times the first answer of a model of several MB with a draft that goes ahead and without one, on the same line.

`python bench/progressive.py`: the sentence model at int8, built twice from the same sentences, over 10 Mbit/s with round
trips of 40 ms. A visit is a new browser profile; its clock runs from navigation to the first answer, and to the first of the
whole model.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import edgeweb
import numpy as np
from compress_data import CONTESTS
from playwright.sync_api import Browser, sync_playwright
from throttled import Line, StaticServer, site_headers

ROOT = Path(__file__).resolve().parent.parent
LINES = {"10 Mbit/s, 40 ms": (10e6, 0.04)}
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
# The answers are to eight tokens; memory is that of the whole worker at its end, where the browser tells it.
WATCH = """document.addEventListener('edge-ready', async ({ detail: model }) => {
  const seen = globalThis.seen = { draft: model.backend.draft }
  const tokens = (fill) => ({ type: 'int64', dims: [1, 8], data: new BigInt64Array(8).fill(fill) })
  const ask = () => model.run(Object.fromEntries(model.manifest.inputs.map(({ name }) => [name, tokens(name === 'token_type_ids' ? 0n : 1n)])))
  await ask()
  seen.first = performance.now()
  const pauses = []
  let upgraded = false
  model.upgraded.then(() => { upgraded = true; seen.upgraded = performance.now() })
  while (!upgraded) {
    const begin = performance.now()
    await ask()
    pauses.push(performance.now() - begin)
    await new Promise((done) => setTimeout(done, 100))
  }
  await ask()
  seen.whole = performance.now()
  seen.longest = Math.max(0, ...pauses)
}, true)"""


def sites(folder: Path, count: int) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """(name, site, its first variant) of both builds."""
    contest = next(each for each in CONTESTS if each.name == "minilm-l6")
    model, feeds = contest.model(), contest.data(count).feeds
    length = max(feed["input_ids"].shape[1] for feed in feeds)
    padded = {
        name: np.concatenate([np.pad(feed[name], ((0, 0), (0, length - feed[name].shape[1]))) for feed in feeds])
        for name in feeds[0]
    }
    np.savez(folder / "sentences.npz", **padded)
    for name, progressive in (("whole", "false"), ("draft first", "true")):
        settings = folder / f"{progressive}.toml"
        settings.write_text(f'[compress]\nprecision = "int8"\nprogressive = {progressive}\n', "utf-8")
        out = folder / progressive
        command = [sys.executable, "-m", "edgeweb.cli", "build", str(model), "-o", str(out)]
        subprocess.run([*command, "--config", str(settings), "--data", str(folder / "sentences.npz")], check=True)
        (variant,) = json.loads((out / "edgeweb.json").read_text("utf-8"))["variants"]
        yield name, out, variant


def visit(browser: Browser, folder: Path, line: Line) -> dict[str, Any]:
    headers = site_headers(folder)
    server = StaticServer(folder, line, ("br", "gzip"), {**headers, "/index.html": headers["/"]})
    context = browser.new_context()
    try:
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(server.url, wait_until="commit")
        for _ in range(1200):
            found: dict[str, Any] = page.evaluate("globalThis.seen ?? {}")
            if "whole" in found:
                return found
            page.wait_for_timeout(100)
        raise TimeoutError(f"{folder} did not answer")
    finally:
        context.close()
        server.close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--visits", type=int, default=3)
    options.add_argument("--sentences", type=int, default=60)
    options.add_argument("--chromium", default="/usr/bin/chromium")
    given = options.parse_args()
    results: dict[str, Any] = {
        "machine": platform.platform(), "edgeweb": edgeweb.__version__, "model": "minilm-l6, int8",
        "visits": given.visits, "unit": "ms from navigation, medians", "lines": {},
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        built = list(sites(Path(folder), given.sentences))
        browser = driver.chromium.launch(executable_path=given.chromium, args=QUIET)
        results["browser"] = f"Chromium {browser.version}"
        results["forms"] = {name: _form(variant) for name, _, variant in built}
        for line, (rate, round_trip) in LINES.items():
            seen: dict[str, list[dict[str, Any]]] = {name: [] for name, _, _ in built}
            for _ in range(given.visits):
                for name, site, _ in built:
                    seen[name].append(visit(browser, site, Line(rate, round_trip)))
            results["lines"][line] = {name: _medians(visits) for name, visits in seen.items()}
        browser.close()
    text = json.dumps(results, indent=1)
    (ROOT / "bench" / "results" / "progressive.json").write_text(text + "\n", "utf-8")
    print(text)


def _form(variant: dict[str, Any]) -> dict[str, Any]:
    draft = variant.get("draft")
    return {
        "wireBytes": variant["wireBytes"],
        "agreement": variant["agreement"],
        "draft": draft and {"wireBytes": draft["wireBytes"], "agreement": draft["agreement"]},
    }


def _medians(visits: list[dict[str, Any]]) -> dict[str, Any]:
    keys = ("first", "whole", "longest")
    return {
        "draft": all(each["draft"] for each in visits),
        **{key: round(statistics.median(each[key] for each in visits)) for key in keys},
    }


if __name__ == "__main__":
    main()
