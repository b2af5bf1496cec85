"""A runtime that begins with its sessions made: the same bits without the model, and the whole one answers what it cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
import edgeweb
import models
import numpy as np
import pytest
from edgeweb.machine import browsers
from edgeweb.runtime import profiling, restored, specialise
from edgeweb.runtime.wasm_image import LOST
from harness import Served
from hosts import Host
from offline import complete, installed
from playwright.sync_api import Browser, BrowserContext, Page
from test_traps import SIZES, WHY, branching, wasm
from visits import begin, fresh, running

pytest_plugins = ("site_fixtures",)
RUN = """async ([threads, sizes]) => {
  const { load } = await import(new URL('edgeweb.js', location.href))
  const model = await load(undefined, threads ? { threads } : {})
  const answers = []
  for (const rows of sizes) {
    const data = Float32Array.from({ length: rows * 21 }, (_, i) => Math.fround(Math.sin(i) * 1e3))
    const [made] = Object.values(await model.run({ matrix: { type: 'float32', dims: [rows, 7, 3], data } }))
    const hash = await crypto.subtle.digest('SHA-256', made.data)
    answers.push(Array.from(new Uint8Array(hash)).join())
  }
  const { backend } = model
  await model.close()
  return { answers, why: backend.why, threads: backend.threads }
}"""
PICTURE = """async () => {
  const { load } = await import(new URL('edgeweb.js', location.href))
  const model = await load()
  const picture = new ImageData(Uint8ClampedArray.from({ length: 50 * 40 * 4 }, (_, i) => (i * 37) % 256), 50, 40)
  const { values } = await model.predict(picture)
  const { backend } = model
  await model.close()
  return { values, why: backend.why }
}"""
PICK = """async (places) => {
  const { load } = await import(new URL('edgeweb.js', location.href))
  const model = await load()
  try {
    const { picked } = await model.run({ places: { type: 'int64', dims: [places.length], data: BigInt64Array.from(places.map(BigInt)) } })
    return { picked: Array.from(picked.data) }
  } catch (error) {
    return { error: [error.code, error.message] }
  } finally {
    await model.close()
  }
}"""
ISOLATED = {
    "content-type": "text/html",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
}
Build = Callable[..., edgeweb.Site]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    def built(model: Path, **options: Any) -> edgeweb.Site:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("EDGEWEB_BROWSER", str(browsers.find({"PATH": "/usr/bin"})))
            patch.setattr(specialise, "brotli_form", lambda data, slowest: brotli.compress(data, quality=1))
            return edgeweb.build(model, tmp_path_factory.mktemp("built") / "site", precision="fp32", **options)

    return built


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return branching(tmp_path_factory.mktemp("model") / "branching.onnx")


@pytest.fixture(scope="module")
def site(model: Path, build: Build) -> edgeweb.Site:
    return build(model)


@pytest.fixture(scope="module")
def narrow(model: Path, build: Build) -> edgeweb.Site:
    """Nothing was tried but the golden case's size, which takes one of the two branches."""
    runs = profiling._runs
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(profiling, "_runs", lambda site: list(runs(site))[:1])
        patch.setattr(profiling, "key", lambda *_: "narrow")
        patch.setattr(specialise, "_keep", lambda *_: None)
        return build(model)


@pytest.fixture(scope="module")
def astray(model: Path, build: Build) -> edgeweb.Site:
    """Half of what the sessions left in the memory is not there."""
    chosen, visited = restored._Making.chosen, restored._Making.visited

    def fewer(self: restored._Making, taken: Any, read: Any) -> Any:
        kinds = chosen(self, taken, read)
        heap = self.runtime.stack_top // 64
        kinds[heap + 1 :: 2] = LOST
        return kinds

    def unproven(self: restored._Making, wasm: bytes, counters: int) -> set[int]:
        return visited(self, wasm, counters) if counters else set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(restored._Making, "chosen", fewer)
        patch.setattr(restored._Making, "visited", unproven)
        patch.setattr(profiling, "key", lambda *_: "astray")
        patch.setattr(specialise, "_keep", lambda *_: None)
        return build(model)


@pytest.fixture(scope="module")
def right(model: Path, build: Build, chromium: Browser, serve: Callable[[Path], Served]) -> list[str]:
    """What the whole runtime answers."""
    with fresh(chromium, service_workers="block") as context:
        page = context.new_page()
        page.goto(serve(build(model, specialise=False).path).url)
        found: dict[str, Any] = page.evaluate(RUN, [1, SIZES])
        return list(found["answers"])


def opened(context: BrowserContext, url: str) -> tuple[Page, list[str]]:
    """A page that starts nothing by itself: index.html fetches, before it closes its network, what a trap needs."""
    page = context.new_page()
    requests: list[str] = []
    context.on("request", lambda request: requests.append(request.url))
    context.route(f"{url}own.html", lambda route: route.fulfill(body="<!doctype html>", headers=ISOLATED))
    page.goto(f"{url}own.html")
    return page, requests


def asked_for_a_model(site: edgeweb.Site, requests: list[str]) -> bool:
    paths = [path for path, entry in site.manifest.files.items() if entry.role == "model"]
    assert paths
    return any(url.endswith(path) for url in requests for path in paths)


def test_the_same_bits_without_the_model(
    browser: Browser, site: edgeweb.Site, serve: Callable[[Path], Served], right: list[str]
) -> None:
    cut = site.manifest.runtimes["wasm"].cut
    assert cut is not None and cut.restores == 1
    with fresh(browser, service_workers="block") as context:
        page, requests = opened(context, serve(site.path).url)
        found = page.evaluate(RUN, [None, SIZES])
        assert found == {"answers": right, "why": [], "threads": 1}
        assert set(wasm(requests)) == {"ort-wasm-cut"}
        assert not asked_for_a_model(site, requests)


@pytest.mark.alike
def test_more_threads_have_the_whole_runtime(
    browser: Browser, site: edgeweb.Site, serve: Callable[[Path], Served], right: list[str]
) -> None:
    with fresh(browser, service_workers="block") as context:
        page, requests = opened(context, serve(site.path).url)
        found = page.evaluate(RUN, [2, SIZES])
        assert (found["answers"], found["why"]) == (right, [])
        # On a busy machine a worker may be given up, and one with a single thread takes its place.
        assert found["threads"] in {2, 1}
        assert "ort-wasm-simd-threaded" in wasm(requests)
        # It is not remembered.
        requests.clear()
        page.reload()
        assert page.evaluate(RUN, [None, SIZES]) == {"answers": right, "why": [], "threads": 1}
        assert "ort-wasm-simd-threaded" not in wasm(requests)
    with fresh(browser, service_workers="block") as context:
        # Where it is not to be had, one thread does.
        context.route("**/ort-wasm-simd-threaded*.wasm", lambda route: route.abort())
        page, _ = opened(context, serve(site.path).url)
        assert page.evaluate(RUN, [2, SIZES]) == {"answers": right, "why": [], "threads": 1}


@pytest.mark.parametrize("name", ["narrow", "astray"])
def test_what_it_cannot_the_whole_one_answers(
    browser: Browser, name: str, request: pytest.FixtureRequest, serve: Callable[[Path], Served], right: list[str]
) -> None:
    """A function that is not there, and a pointer into memory that is not."""
    site: edgeweb.Site = request.getfixturevalue(name)
    cut = site.manifest.runtimes["wasm"].cut
    assert cut is not None and cut.restores == 1
    with fresh(browser, service_workers="block") as context:
        page, requests = opened(context, serve(site.path).url)
        found = page.evaluate(RUN, [None, SIZES])
        assert (found["answers"], found["why"]) == (right, [WHY])
        assert asked_for_a_model(site, requests)


@pytest.mark.alike
def test_also_without_a_network(browser: Browser, narrow: edgeweb.Site, host: Host, right: list[str]) -> None:
    server = host(narrow.path)
    with fresh(browser) as context:
        page = installed(context, server)
        complete(page, server)
        server.close()
        found = page.evaluate(RUN, [None, SIZES])
        assert (found["answers"], found["why"]) == (right, [WHY])


def test_also_on_a_page_that_has_just_closed_its_network(
    browser: Browser, narrow: edgeweb.Site, host: Host, right: list[str]
) -> None:
    """What the service worker has not fetched by then it fetches when it is asked."""
    with fresh(browser) as context:
        page = begin(context, host(narrow.path).url)
        assert running(page).ready
        found = page.evaluate(RUN, [None, SIZES])
        assert (found["answers"], found["why"]) == (right, [WHY])


@pytest.mark.alike
def test_what_is_the_inputs_fault_is_not_remembered(
    browser: Browser, build: Build, tmp_path: Path, serve: Callable[[Path], Served]
) -> None:
    """The whole runtime tells the reason; the next visit begins with the session made all the same."""
    helper, kind = models.helper, models.TensorProto
    path = models.save(
        tmp_path / "picks.onnx",
        [helper.make_node("Gather", ["table", "places"], ["picked"])],
        [("places", kind.INT64, ["count"])],
        [("picked", kind.FLOAT, ["count"])],
        {"table": np.arange(4, dtype=np.float32)},
    )
    site = build(path)
    cut = site.manifest.runtimes["wasm"].cut
    assert cut is not None and cut.restores == 1
    with fresh(browser, service_workers="block") as context:
        page, requests = opened(context, serve(site.path).url)
        found = page.evaluate(PICK, [2, 99])
        assert found["error"][0] == "runtime" and "99" in found["error"][1]
        assert "ort-wasm-simd-threaded" in wasm(requests)
        requests.clear()
        page.reload()
        assert page.evaluate(PICK, [1, 2]) == {"picked": [1, 2]}
        assert set(wasm(requests)) <= {"ort-wasm-cut"}


@pytest.mark.alike
def test_the_graphs_around_a_model_are_in_it(
    browser: Browser, build: Build, tmp_path: Path, serve: Callable[[Path], Served]
) -> None:
    helper, kind = models.helper, models.TensorProto.FLOAT
    nodes = [
        helper.make_node("GlobalAveragePool", ["picture"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights"], ["scores"]),
    ]
    weights = {"weights": np.random.default_rng(3).normal(size=(3, 4)).astype(np.float32)}
    path = models.save(
        tmp_path / "colours.onnx", nodes, [("picture", kind, [1, 3, 32, 32])], [("scores", kind, [1, 4])], weights
    )
    found = []
    for options in ({}, {"specialise": False}):
        site = build(path, **options)
        cut = site.manifest.runtimes["wasm"].cut
        assert (cut and cut.restores) == (3 if not options else None)
        with fresh(browser, service_workers="block") as context:
            page, requests = opened(context, serve(site.path).url)
            found.append(page.evaluate(PICTURE))
            assert asked_for_a_model(site, requests) == bool(options)
    assert found[0] == found[1]
    assert len(found[0]["values"]) == 4
