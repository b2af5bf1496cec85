"""The compute worker as a process: it dies, runs out of memory, loses its graphics processor or sits on a weak device."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import models
import pytest
from harness import QUIET, Served, Watched, edgeweb
from made import Made
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

Watch = Callable[..., Watched]
# Workers are made in a frame of the page; noted where the test finds them, also whenever one is given a call.
NOTE_WORKERS = """(() => {
  const Original = globalThis.Worker
  if (Original === undefined) return
  globalThis.Worker = class extends Original {
    constructor(...given) { super(...given); (globalThis.top.workersMade ??= []).push(this) }
    postMessage(message, ...more) {
      super.postMessage(message, ...more)
      if (message.type === 'call') (globalThis.top.callsGiven ??= []).push(this)
    }
  }
})()"""
LOAD = "const { load } = await import('./edgeweb.js'); const model = await load({})"


def ready(page: Page) -> None:
    expect(page.get_by_text("Checked on this device")).to_be_visible(timeout=60_000)


@pytest.fixture(scope="module")
def slow_site(made: Made, serve: Callable[[Path], Served]) -> Served:
    return serve(made("slow"))


@pytest.fixture(scope="module")
def digits(made: Made, serve: Callable[[Path], Served]) -> Served:
    return serve(made("digits"))


RUN_AND_KILL = """async (kills) => {
  const { load } = await import('./edgeweb.js')
  const model = await load()
  const [made, given] = [() => globalThis.workersMade.length, () => globalThis.callsGiven?.length ?? 0]
  const feeds = (size) => ({ matrix: { type: 'float32', dims: [size, size], data: new Float32Array(size * size).fill(0.001) } })
  const [before, earlier] = [made(), given()]
  const running = model.run(feeds(700)).then((out) => out.product.dims.join(), (error) => error.code)
  for (let kill = 0; kill < kills; kill++) {
    for (let i = 0; i < 3000 && given() === earlier + kill; i++) await new Promise((done) => setTimeout(done, 20))
    await new Promise((done) => setTimeout(done, 50))
    globalThis.callsGiven.at(-1).terminate()
  }
  // A death that nobody notices is to fail, and not to hold up all the tests.
  const outcome = await Promise.race([running, new Promise((done) => setTimeout(() => done('pending'), 90_000))])
  if (outcome === 'pending') return { outcome }
  return { outcome, replaced: made() - before, after: (await model.run(feeds(4))).product.dims.join() }
}"""


def test_a_killed_worker_is_replaced_and_the_call_repeated(slow_site: Served, watch: Watch) -> None:
    watched = watch()
    watched.page.context.add_init_script(NOTE_WORKERS)
    watched.page.goto(slow_site.url)
    ready(watched.page)
    found = watched.page.evaluate(RUN_AND_KILL, 1)
    assert found["outcome"] == "700,700"
    assert found["replaced"] >= 1
    assert found["after"] == "4,4"


def test_a_call_that_kills_twice_is_given_up_and_the_model_still_works(slow_site: Served, watch: Watch) -> None:
    watched = watch()
    watched.page.context.add_init_script(NOTE_WORKERS)
    watched.page.goto(slow_site.url)
    ready(watched.page)
    found = watched.page.evaluate(RUN_AND_KILL, 2)
    assert found["outcome"] == "worker-died"
    assert found["after"] == "4,4"


# A busy browser grants a worker its lock late; here it has to wait for the page, which took it before there was a worker.
LATE_LOCKS = """(() => {
  if (globalThis !== globalThis.top) return
  const [random, held] = [crypto.getRandomValues.bind(crypto), new Map()]
  let count = 0
  crypto.getRandomValues = (array) => array instanceof Uint32Array && array.length === 4 ? array.fill(++count) : random(array)
  for (let i = 1; i < 9; i++) {
    const name = `edgeweb worker ${[i, i, i, i].join('-')}`
    void navigator.locks.request(name, () => new Promise((done) => held.set(name, done)))
  }
  globalThis.letGo = (name) => setTimeout(() => held.get(name)?.(), 2000)
})();
(() => {
  const Original = globalThis.Worker
  if (Original === undefined) return
  globalThis.Worker = class extends Original {
    postMessage(message, ...more) {
      if (message.type === 'prepare') globalThis.top.letGo(message.alive)
      super.postMessage(message, ...more)
    }
  }
})()"""


def test_a_worker_that_gets_its_lock_late_is_missed_when_killed_at_once(slow_site: Served, watch: Watch) -> None:
    watched = watch()
    watched.page.context.add_init_script(LATE_LOCKS)
    watched.page.context.add_init_script(NOTE_WORKERS)
    watched.page.goto(slow_site.url)
    ready(watched.page)
    assert watched.page.evaluate(RUN_AND_KILL, 1)["outcome"] == "700,700"


def test_too_large_an_input_is_an_error_not_a_dead_page(
    tmp_path: Path, serve: Callable[[Path], Served], watch: Watch
) -> None:
    done = edgeweb("build", models.outer(tmp_path / "outer.onnx"), "-o", tmp_path / "site")
    assert done.returncode == 0, done.stderr
    watched = watch()
    watched.page.context.add_init_script(NOTE_WORKERS)
    watched.page.goto(serve(tmp_path / "site").url)
    ready(watched.page)
    found = watched.page.evaluate("""async () => {
      const { load } = await import('./edgeweb.js')
      const model = await load()
      const feeds = (size) => ({ column: { type: 'float32', dims: [size, 1], data: new Float32Array(size).fill(1) } })
      const before = workersMade.length
      const code = await model.run(feeds(32700)).then(() => 'ran', (error) => error.code)
      return { code, tried: workersMade.length - before, after: (await model.run(feeds(4))).sum.data[0] }
    }""")
    # Its more modest replacement ran out of memory too.
    assert found == {"code": "memory", "tried": 1, "after": 16}


def test_the_page_closes_its_network_and_the_model_loads_on(digits: Served, watch: Watch) -> None:
    """After the seal nothing is fetched any more; `load()` takes its bytes from the store."""
    watched = watch()
    page = watched.page
    page.goto(digits.url)
    expect(page.locator("html[data-edgeweb=sealed]")).to_be_attached(timeout=60_000)
    watched.requests.clear()
    found = page.evaluate("""async (url) => {
      const out = {}
      out.fetch = await fetch('edgeweb.json').then(() => 'reached', () => 'blocked')
      out.image = await new Promise((done) => { const i = new Image(); i.onload = () => done('reached'); i.onerror = () => done('blocked'); i.src = 'assets/none.png' })
      out.script = await import('./assets/none.js').then(() => 'reached', () => 'blocked')
      out.rtc = typeof RTCPeerConnection
      const { load } = await import('./edgeweb.js')
      const model = await load()
      const [{ name, shape }] = model.manifest.inputs
      const dims = shape.map((d) => (typeof d === 'number' ? d : 1))
      const input = { type: 'float32', dims, data: new Float32Array(dims.reduce((a, b) => a * b, 1)) }
      out.outputs = Object.keys(await model.run({ [name]: input })).length
      out.parity = model.backend.parity
      return out
    }""", digits.url)  # fmt: skip
    assert found == {"fetch": "blocked", "image": "blocked", "script": "blocked", "rtc": "undefined", "outputs": 1, "parity": "passed"}  # fmt: skip


AT_ONCE = """async () => {
  const { load } = await import('./edgeweb.js')
  const several = () => Promise.all([load(), load(), load()])
  // While the page still starts, and when it has no network any more.
  const models = await several()
  while (document.documentElement.dataset.edgeweb !== 'sealed') await new Promise((done) => setTimeout(done, 50))
  models.push(...await several())
  const { name, shape } = models[0].manifest.inputs[0]
  const dims = shape.map((size) => (typeof size === 'number' ? size : 1))
  const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => i % 7)
  const answers = []
  for (const model of models) answers.push(Object.values(await model.run({ [name]: { type: 'float32', dims, data } })).map((out) => out.data.join()).join())
  return answers
}"""


@pytest.mark.parametrize("name", ["chromium", "firefox"])
def test_models_that_load_at_once_have_bytes_of_their_own(
    name: str, digits: Served, request: pytest.FixtureRequest
) -> None:
    page: Page = request.getfixturevalue(name).new_page()
    page.goto(digits.url, wait_until="commit")
    answers = page.evaluate(AT_ONCE)
    page.close()
    assert len(answers) == 6 and len(set(answers)) == 1 and answers[0]


def test_a_weak_device_runs_it(digits: Served, driver: Playwright, tmp_path: Path) -> None:
    """Six times slower and with little memory for scripts: it takes longer, and works."""
    context: BrowserContext = driver.chromium.launch_persistent_context(
        str(tmp_path / "profile"),
        executable_path=shutil.which("chromium") or "chromium",
        args=[*QUIET, "--no-sandbox", "--js-flags=--max-old-space-size=512"],
    )
    try:
        page = context.pages[0]
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 6})
        page.goto(digits.url)
        expect(page.get_by_text("Checked on this device")).to_be_visible(timeout=120_000)
        page.get_by_role("button", name="Example 1").click()
        expect(page.get_by_text("%").first).to_be_visible(timeout=60_000)
    finally:
        context.close()


@pytest.fixture(scope="module", params=["jspi", "asyncify"])
def gpu(driver: Playwright, request: pytest.FixtureRequest) -> Iterator[Browser]:
    """A Chromium whose WebGPU is SwiftShader: slow, and right. Without JSPI the page has to take the other build."""
    path = shutil.which("chromium") or "chromium"
    args = ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]
    browser = driver.chromium.launch(executable_path=path, args=[*QUIET, *args])
    yield browser
    browser.close()


def test_webgpu_gives_the_builders_numbers(gpu: Browser, digits: Served, request: pytest.FixtureRequest) -> None:
    flavour = request.node.callspec.params["gpu"]
    context = gpu.new_context()
    try:
        if flavour == "asyncify":
            context.add_init_script("delete WebAssembly.Suspending; delete WebAssembly.promising")
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda it: asked.append(it.url))
        page.goto(digits.url + "report/")
        found = page.evaluate("""async () => {
          const { load } = await import('../edgeweb.js')
          const model = await load('../', { backend: 'webgpu' })
          return model.backend
        }""")
        assert (found["name"], found["parity"]) == ("webgpu", "passed"), found
        assert any(flavour in url and url.endswith(".wasm") for url in asked), asked
        assert not any(re.search(r"threaded-[0-9a-f]{8}\.wasm$", url) for url in asked), asked
    finally:
        context.close()
