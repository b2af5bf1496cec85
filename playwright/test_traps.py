"""A runtime that was cut to its site gives the same bits; where it lacks a function the whole one answers, online and off."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import brotli
import edgeweb
import models
import msgspec
import numpy as np
import pytest
from edgeweb import manifest
from edgeweb.files import webdist
from edgeweb.machine import browsers
from edgeweb.runtime import profiling, specialise, tiers
from edgeweb.runtime.wasm import Module
from harness import Served
from hosts import Host
from offline import complete, installed
from playwright.sync_api import Browser, Page
from visits import fresh

pytest_plugins = ("site_fixtures",)
# Every element is used, so that a wrong one shows; a size of a million is one that several threads share.
RUN = """async ([threads, sizes]) => {
  const { load } = await import(new URL('edgeweb.js', location.href))
  const model = await load(undefined, { threads })
  const feeds = (rows) => ({ type: 'float32', dims: [rows, 7, 3], data: Float32Array.from({ length: rows * 21 }, (_, i) => Math.fround(Math.sin(i) * 1e3)) })
  const answers = []
  for (const rows of sizes) {
    const { data } = Object.values(await model.run({ matrix: feeds(rows) }))[0]
    const hash = await crypto.subtle.digest('SHA-256', data)
    answers.push(Array.from(new Uint8Array(hash)).join())
  }
  const { backend } = model
  await model.close()
  return { answers, why: backend.why, threads: backend.threads }
}"""
WHY = "The runtime that was cut to the model lacked a part that was needed: the whole runtime runs instead."
SIZES = [1, 2, 3, 4, 5, 7, 16, 17, 31, 64, 100, 1000, 48_000]
Cut = Callable[[bytes], Path]


def branching(path: Path) -> Path:
    """Rows of any number: large ones are shared out by Softmax, which several threads do, and small ones get Sin."""
    helper, kind = models.helper, models.TensorProto.FLOAT
    shape: list[int | str] = ["rows", 7, 3]

    def branch(name: str, operator: str) -> models.onnx.GraphProto:
        nodes = [helper.make_node(operator, ["matrix"], [name])]
        return helper.make_graph(nodes, name, [], [helper.make_tensor_value_info(name, kind, shape)])

    nodes = [
        helper.make_node("ReduceMax", ["matrix"], ["most"], keepdims=0),
        helper.make_node("Greater", ["most", "limit"], ["large"]),
        helper.make_node(
            "If", ["large"], ["answer"], then_branch=branch("shares", "Softmax"), else_branch=branch("sines", "Sin")
        ),
    ]
    limit = {"limit": np.array(100, np.float32)}
    return models.save(path, nodes, [("matrix", kind, shape)], [("answer", kind, shape)], limit)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return branching(tmp_path_factory.mktemp("model") / "branching.onnx")


@pytest.fixture(scope="module")
def whole(model: Path, tmp_path_factory: pytest.TempPathFactory) -> edgeweb.Site:
    return edgeweb.build(model, tmp_path_factory.mktemp("whole") / "site", precision="fp32", specialise=False)


@pytest.fixture(scope="module")
def runtime() -> Module:
    web = webdist.find()
    return Module.parse(b"".join(web.path(name).read_bytes() for name in web.runtimes["wasm"].wasm))


@pytest.fixture(scope="module")
def enter(whole: edgeweb.Site, runtime: Module) -> Callable[..., bytes]:
    """What the site enters, with so many threads."""
    contents = {path: (whole.path / path).read_bytes() for path in whole.manifest.files}

    @cache
    def entered(threads: int, *, varied: bool, proven: bool = True) -> bytes:
        """Not `proven`: without a golden case a page makes a session and runs nothing."""
        site = whole.manifest if proven else msgspec.structs.replace(whole.manifest, golden=[])
        browser = browsers.find({"PATH": "/usr/bin"})
        found = profiling.profile(browser, contents, site, runtime, threads=[threads], varied=varied)
        return b64decode(found.entered)

    return entered


@pytest.fixture(scope="module")
def everything(enter: Callable[..., bytes]) -> bytes:
    """With one thread and with more: what threads do to each other differs."""
    return joined(*(enter(threads, varied=True) for threads in (1, 2, 4)))


@pytest.fixture(scope="module")
def cut(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cut]:
    """The model's site with only these functions of the runtime."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(specialise, "brotli_form", lambda data, slowest: brotli.compress(data, quality=1))
        patch.setattr(tiers, "profiles", lambda _: None)

        @cache
        def made(entered: bytes) -> Path:
            plain = specialise._plain
            patch.setattr(
                specialise, "_measured", lambda web, whole, *_: plain(web, whole, entered, "what a test wants")
            )
            site = edgeweb.build(model, tmp_path_factory.mktemp("cut") / "site", precision="fp32")
            assert site.manifest.runtimes["wasm"].cut is not None
            return site.path

        yield made


def joined(*profiles: bytes) -> bytes:
    return specialise._joined(profiles)


def without(entered: bytes, others: bytes) -> bytes:
    return bytes(a & ~b for a, b in zip(entered, others, strict=True))


def run(page: Page, threads: int, sizes: list[int] = SIZES) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(RUN, [threads, sizes])
    # On a busy machine a worker may be given up, and one with a single thread takes its place.
    assert found["threads"] in {threads, 1}
    return found


def wasm(requests: list[str]) -> list[str]:
    """Which .wasm a page asked for, without their hashes."""
    return [url.rsplit("/", 1)[1].rsplit("-", 1)[0] for url in requests if url.endswith(".wasm")]


@pytest.fixture(scope="module")
def right(whole: edgeweb.Site, chromium: Browser, serve: Callable[[Path], Served]) -> dict[str, Any]:
    """What the whole runtime answers."""
    with fresh(chromium, service_workers="block") as context:
        page = context.new_page()
        page.goto(serve(whole.path).url)
        return run(page, 1)


def test_it_gives_the_same_bits(
    browser: Browser, everything: bytes, cut: Cut, serve: Callable[[Path], Served], right: dict[str, Any]
) -> None:
    with fresh(browser, service_workers="block") as context:
        page = context.new_page()
        requests: list[str] = []
        context.on("request", lambda request: requests.append(request.url))
        page.add_init_script(
            "document.addEventListener('edge-ready', ({ detail }) => { globalThis.own = detail.backend.why }, true)"
        )
        page.goto(serve(cut(everything)).url)
        page.wait_for_function("() => globalThis.own")
        # Which paths several threads take is chance: what they met too late is answered all the same, and remembered.
        trapped = page.evaluate("() => globalThis.own.length") > 0
        for threads in (1, 2, 4):
            found = run(page, threads)
            assert found["answers"] == right["answers"]
            assert threads > 1 or trapped or found["why"] == []
        assert wasm(requests)[0] == "ort-wasm-cut"


@pytest.mark.parametrize("stage", ["load", "first", "later", "thread"])
def test_a_trap_is_answered(
    browser: Browser,
    stage: str,
    enter: Callable[..., bytes],
    everything: bytes,
    cut: Cut,
    serve: Callable[[Path], Served],
    right: dict[str, Any],
) -> None:
    """Whatever a runtime lacks: what a session is made with, what the proof needs, another size, or a pool's thread."""
    one = enter(1, varied=False)
    entered = {
        "load": one[: len(one) // 2] + bytes(len(one) - len(one) // 2),
        "first": enter(1, varied=False, proven=False),
        "later": one,
        "thread": without(everything, without(enter(2, varied=True), enter(1, varied=True))),
    }[stage]
    threads = 2 if stage == "thread" else 1
    with fresh(browser, service_workers="block") as context:
        page = context.new_page()
        requests: list[str] = []
        context.on("request", lambda request: requests.append(request.url))
        page.goto(serve(cut(entered)).url)
        found = run(page, threads)
        for _ in range(4):
            # What a pool's threads come upon is chance: a busy machine may leave all of it to one.
            if found["why"] or stage != "thread":
                break
            page.reload()
            found = run(page, threads)
        assert found["answers"] == right["answers"]
        assert found["why"] == [WHY]
        assert {"ort-wasm-cut", "ort-wasm-simd-threaded"} <= set(wasm(requests))
        # It is remembered: the next visit starts with the whole one.
        requests.clear()
        page.reload()
        assert run(page, threads)["answers"] == right["answers"]
        assert set(wasm(requests)) <= {"ort-wasm-simd-threaded"}


def test_a_trap_without_a_network_is_answered(
    browser: Browser, enter: Callable[..., bytes], cut: Cut, host: Host, right: dict[str, Any]
) -> None:
    server = host(cut(enter(1, varied=False)))
    with fresh(browser) as context:
        page = installed(context, server)
        # The service worker fetches the whole one for such a case, when the page is idle.
        complete(page, server)
        server.close()
        found = run(page, 1)
        assert found["answers"] == right["answers"]
        assert found["why"] == [WHY]


def test_the_report_has_what_it_takes_to_cut_it_again(everything: bytes, cut: Cut, runtime: Module) -> None:
    folder = cut(everything)
    report = json.loads((folder / "report.json").read_text())["runtime"]
    again = specialise.cut(runtime, b64decode(report["entered"]))
    site = manifest.read(folder)
    (path,) = site.runtimes["wasm"].wasm
    assert hashlib.sha256(again).hexdigest() == site.files[path].sha256
    assert hashlib.sha256((folder / site.runtimes["full"].wasm[0]).read_bytes()).hexdigest() == report["source"]


def test_what_was_asked_for_ships(model: Path, tmp_path: Path, whole: edgeweb.Site) -> None:
    assert whole.manifest.runtimes["wasm"].cut is None
    assert list(whole.manifest.runtimes) == ["wasm"]
    assert {"step": "runtime", "outcome": "the whole runtime ships, as asked for"} in whole.report["steps"]
