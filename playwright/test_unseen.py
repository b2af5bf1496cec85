"""Each model on a runtime that was measured and cut for it: golden cases without a trap, and 200 feeds that nobody saw, all with the whole runtime's bits."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import edgeweb
import numpy as np
import pytest
from edgeweb.inputs import golden
from edgeweb.machine import browsers
from edgeweb.manifest import Manifest
from edgeweb.runtime import profiling
from harness import SHARED, THOROUGH
from hosts import Host
from playwright.sync_api import Browser

pytest_plugins = ("site_fixtures",)
MODELS = SHARED / "models"
pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason=f"the shared models are not at {MODELS}")
QUICK = ("digits-mlp", "test_tfidfvectorizer_tf_onlybigrams_skip0")
FEEDS, MOST_ELEMENTS, SECONDS = 200 if THOROUGH else 20, 1 << 18, 20
# `seconds`: how long new feeds may take together; None: exactly `most` of them. A hash for each answer, the sentence for each error.
RUN = """async ([threads, golden, feeds, seconds]) => {
  const { load } = await import(new URL('edgeweb.js', location.href))
  const model = await load(undefined, { threads, backend: 'wasm' })
  const KINDS = { float32: Float32Array, float64: Float64Array, float16: Uint16Array, int8: Int8Array, uint8: Uint8Array, int16: Int16Array,
    uint16: Uint16Array, int32: Int32Array, uint32: Uint32Array, int64: BigInt64Array, uint64: BigUint64Array, bool: Uint8Array }
  let seed = 7
  const random = () => (seed = (Math.imul(seed, 48271) + 11) >>> 0) / 2 ** 32
  const WORDS = ['', 'a', 'b c', 'ß', 'word', 'two words', '漢字']
  const made = ({ type, dims, low, high, data: given }) => {
    if (given) return { type, dims, data: type === 'string' ? given : new KINDS[type](Uint8Array.from(atob(given), (c) => c.charCodeAt(0)).buffer) }
    const count = dims.reduce((a, b) => a * b, 1)
    if (type === 'string') return { type, dims, data: Array.from({ length: count }, () => WORDS[Math.floor(random() * WORDS.length)]) }
    const data = new KINDS[type](count)
    const number = (value) => (data instanceof BigInt64Array || data instanceof BigUint64Array ? BigInt(Math.floor(value)) : value)
    for (let i = 0; i < count; i++) data[i] = number(low + (high - low) * random())
    return { type, dims, data }
  }
  const answer = async (given) => {
    try {
      const outputs = await model.run(Object.fromEntries(Object.entries(given).map(([name, how]) => [name, made(how)])))
      let text = ''
      for (const [name, { dims, data }] of Object.entries(outputs)) {
        const bytes = Array.isArray(data) ? new TextEncoder().encode(JSON.stringify(data)) : data
        text += `${name} ${dims} ${new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))};`
      }
      return text
    } catch (error) { return `${error.code}: ${error.message}` }
  }
  const first = []
  for (const given of golden) first.push(await answer(given))
  const unharmed = model.backend.why.length === 0
  const others = []
  let trapped = -1
  const end = performance.now() + seconds * 1000
  for (const given of feeds) {
    if (performance.now() > end) break
    others.push(await answer(given))
    if (trapped < 0 && model.backend.why.some((why) => why.includes('cut to the model'))) trapped = others.length
  }
  const { backend } = model
  await model.close()
  return { first, others, unharmed, trapped, threads: backend.threads, parity: backend.parity, why: backend.why }
}"""


def models() -> Iterator[Any]:
    found = [*MODELS.glob("*/model.onnx"), *MODELS.glob("_onnx-node-tests/*/model.onnx")]
    for path in sorted(found, key=lambda each: each.parent.name):
        name = path.parent.name
        yield pytest.param(path, id=name, marks=[] if name in QUICK else [pytest.mark.thorough])


def golden_feeds(site: Manifest) -> list[dict[str, Any]]:
    def packed(given: Any) -> dict[str, Any]:
        values = golden.make_input(given)
        data = given.strings if given.strings is not None else base64.b64encode(values.tobytes()).decode()
        return {"type": given.type, "dims": given.dims, "data": data}

    return [{given.name: packed(given) for given in case.inputs} for case in site.golden or []]


def unseen(site: Manifest) -> list[dict[str, Any]]:
    """Of sizes and magnitudes that the builder does not try; where nothing is open, of other values."""
    rng = np.random.default_rng(11)
    given = {each.name: each for each in site.golden[0].inputs} if site.golden else {}
    axes = profiling._open(site.inputs)
    feeds = []
    for _ in range(4 * FEEDS):
        step = int(rng.choice([1, 1, 8, 32]))
        sizes = {axis: int(rng.integers(1, 13)) * step for axis in axes}
        factor = float(rng.choice([1, 1, 1, 0.01, 30, -1]))
        made = {info.name: profiling._feed(info, given.get(info.name), sizes, factor) for info in site.inputs}
        elements = sum(int(np.prod(feed["dims"])) for feed in made.values())
        # What is handed to a page at once has its limit as well.
        if not axes and len(feeds) * elements > MOST_ELEMENTS * 64:
            break
        if not axes or elements <= MOST_ELEMENTS:
            feeds.append(made)
    return feeds[:FEEDS]


@pytest.fixture(scope="module")
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path] | str:
    """The model's site with its own runtime and with the whole one, or why there is none."""
    folder = tmp_path_factory.mktemp("pair")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDGEWEB_BROWSER", str(browsers.find({"PATH": "/usr/bin"})))
        try:
            whole = edgeweb.build(request.param, folder / "whole", precision="fp32", specialise=False)
        except edgeweb.EdgewebError as error:
            return str(error)
        cut = edgeweb.build(request.param, folder / "cut", precision="fp32")
    about = cut.manifest.runtimes["wasm"].cut
    assert about is not None and "entered in Chromium" in about.by, cut.report["steps"]
    return cut.path, whole.path


@pytest.mark.alike
@pytest.mark.parametrize("pair", list(models()), indirect=True)
def test_the_same_bits_or_the_whole_runtime(
    pair: tuple[Path, Path] | str, browser: Browser, host: Host, record_property: Any
) -> None:
    if isinstance(pair, str):
        pytest.skip(pair)
    site = edgeweb.manifest.read(pair[0])
    first, others = golden_feeds(site), unseen(site)
    for threads in (1, 2, 4):
        found = []
        for folder in pair:
            # What the last one learnt of this site is forgotten.
            context = browser.new_context(service_workers="block")
            page = context.new_page()
            page.goto(host(folder).url)
            given = others[: len(found[0]["others"])] if found else others
            found.append(page.evaluate(RUN, [threads, first, given, 600 if found else SECONDS]))
            context.close()
        cut, whole = found
        record_property(f"threads-{threads}", f"{len(cut['others'])} feeds, trapped at {cut['trapped']}")
        print(f"{folder.parent.name} {threads}: {len(cut['others'])} feeds, trapped at {cut['trapped']}, {cut['why']}")
        assert whole["trapped"] == -1
        assert cut["unharmed"], cut["why"]
        assert cut["first"] == whole["first"]
        differing = [
            (at, *both)
            for at, both in enumerate(zip(cut["others"], whole["others"], strict=True))
            if len(set(both)) > 1
        ]
        assert differing == []
        assert len(cut["others"]) > 0
