"""The pages in docs/examples: a site embedded in a page of one's own, plain and in React, on a host with and without rules."""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness import ROOT, Watched
from made import Made
from playwright.sync_api import Page, Route, expect

Watch = Callable[..., Watched]
Host = Callable[[Path, dict[str, str]], str]
EXAMPLES = ROOT / "docs" / "examples"
SAMPLE = ROOT / "builder" / "edgeweb" / "sample"
# What a person reads in two of the sample's pictures.
READS = {2: "3", 3: "5"}
# What docs/examples/README.md says an embedding page needs, and nothing more.
POLICY = (
    "default-src 'none'; script-src 'self' blob: 'wasm-unsafe-eval'; worker-src blob:; connect-src 'self'; img-src blob:; "
    "require-trusted-types-for 'script'; trusted-types edgeweb lit-html"
)
ISOLATED = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}
# A picture that is being decoded waits until the test says so: work that can be stopped for certain.
HOLD_PICTURES = """(() => {
  const decode = createImageBitmap
  let go
  globalThis.hold = () => { globalThis.held = new Promise((done) => { go = done }) }
  globalThis.letGo = () => go()
  globalThis.createImageBitmap = async (...given) => { await globalThis.held; return decode(...given) }
})()"""

# With the npm package, as a bundler would resolve it.
NPM_PAGE = """<!doctype html>
<html lang="en"><title>npm</title><link rel="icon" href="data:,">
<script type="importmap">{"imports": {"edgeweb": "./npm/dist/index.js", "edgeweb/element": "./npm/dist/element.js"}}</script>
<edge-model src="digits/"></edge-model>
<script type="module">
  import 'edgeweb/element'
  import * as edgeweb from 'edgeweb'
  globalThis.edgeweb = edgeweb
</script></html>"""
NPM_CALLS = """async () => {
  const { isEdgewebError, load } = globalThis.edgeweb
  const nothing = await load('nothing').catch((error) => [isEdgewebError(error), error.message])
  const model = await load('digits')
  const refused = await model.run({}).catch((error) => [isEdgewebError(error), error.code])
  const [{ name, type, shape }] = model.manifest.inputs
  const dims = shape.map((size) => (typeof size === 'number' ? size : 1))
  const outputs = await model.run({ [name]: { type, dims, data: new Float32Array(dims.reduce((a, b) => a * b, 1)) } })
  await model.close()
  return [nothing, refused, outputs.logits.dims]
}"""

THREADS = """async () => {
  const { load } = await import('./digits/edgeweb.js')
  const model = await load('digits/', { threads: 3 })
  await model.close()
  return model.backend.threads
}"""


@pytest.fixture(scope="module")
def digits(made: Made) -> Path:
    return made("digits")


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """Any static host; some send headers with their pages."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(folder: Path, headers: dict[str, str]) -> str:
        class Pages(http.server.SimpleHTTPRequestHandler):
            def end_headers(self) -> None:
                if self.path.endswith("/"):
                    for name, value in headers.items():
                        self.send_header(name, value)
                super().end_headers()

            def log_message(self, *_: object) -> None:
                pass

        servers.append(
            http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Pages, directory=str(folder)))
        )
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def plain(digits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plain page with its site beside it, as its README says."""
    folder = tmp_path_factory.mktemp("plain")
    shutil.copy(EXAMPLES / "plain" / "index.html", folder)
    shutil.copytree(digits, folder / "digits")
    (folder / "favicon.ico").touch()
    return folder


@pytest.fixture(scope="module")
def react(digits: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The React app with its site in public/, and the packages that its README installs."""
    folder = tmp_path_factory.mktemp("react")
    shutil.copytree(EXAMPLES / "react", folder, dirs_exist_ok=True)
    shutil.copytree(digits, folder / "public" / "digits")
    (folder / "public" / "favicon.ico").touch()
    (folder / "node_modules").symlink_to(ROOT / "web" / "node_modules")
    return folder


def npx(folder: Path, *words: str) -> None:
    """Run a command of the README, in the example's folder."""
    command = [str(folder / "node_modules" / ".bin" / words[0]), *words[1:]]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def bundled(folder: Path, *options: str) -> Path:
    words = ["main.tsx", "index.html", "--loader:.html=copy", "--bundle", "--format=esm", "--outdir=public"]
    npx(folder, "esbuild", *words, *options)
    return folder / "public"


def digit(number: int) -> str:
    return str(SAMPLE / "examples" / f"example-{number}.png")


def complaints(watched: Watched) -> list[str]:
    return [line for line in watched.console if line.startswith(("error", "pageerror", "warning"))]


def assert_left_alone(page: Page) -> None:
    """edgeweb closes the network of its own page only."""
    assert page.evaluate("document.documentElement.dataset.edgeweb") is None
    assert page.locator("meta[http-equiv]").count() == 0
    assert page.evaluate("() => fetch('digits/edgeweb.json', { cache: 'no-store' }).then(({ ok }) => ok)")
    assert page.evaluate("async () => (await navigator.serviceWorker.getRegistrations()).length") == 0


def assert_nothing_runs(page: Page) -> None:
    """Each model has a worker, in a frame of its own."""
    expect(page.locator("iframe")).to_have_count(0)
    for _ in range(100):
        if not page.workers:
            return
        page.wait_for_timeout(50)
    raise AssertionError([worker.url for worker in page.workers])


def hold_model(page: Page) -> list[Route]:
    """Keep the model's file on its way until `release`."""
    held: list[Route] = []
    page.route("**/assets/model-*", lambda route: held.append(route))
    return held


def release(page: Page, held: list[Route]) -> None:
    for route in held:
        route.continue_()
    page.unroute("**/assets/model-*")


@pytest.mark.parametrize("headers", [{}, ISOLATED], ids=["no headers", "isolated"])
def test_the_plain_page_reads_digits(headers: dict[str, str], plain: Path, host: Host, watch: Watch) -> None:
    watched = watch()
    page = watched.page
    page.goto(host(plain, headers))
    expect(page.get_by_text("Checked on this device")).to_be_visible(timeout=60_000)
    output = page.locator("#output")
    page.get_by_role("button", name="Load", exact=True).click()
    expect(output).to_contain_text("Ready: wasm", timeout=30_000)
    assert page.evaluate(THREADS) == (3 if headers else 1)
    assert page.locator("#progress").evaluate("({ value, max }) => value === max && max > 5e5")
    page.locator("#picture").set_input_files(digit(2))
    expect(output).to_contain_text(f"{READS[2]}: ", timeout=20_000)
    page.get_by_role("button", name="Run on zeros").click()
    expect(output).to_have_text("logits [1,10]: 10 numbers", timeout=20_000)
    page.locator("edge-model input[type=file]").first.set_input_files(digit(3))
    expect(page.locator("edgeweb-image").get_by_text("%").first).to_be_visible(timeout=20_000)
    assert_left_alone(page)
    assert complaints(watched) == []


def test_the_plain_page_explains_and_stops(plain: Path, host: Host, watch: Watch) -> None:
    page = watch().page
    page.add_init_script(HOLD_PICTURES)
    held = hold_model(page)
    page.goto(host(plain, {}))
    output, stop, load = page.locator("#output"), page.locator("#stop"), page.locator("#load")
    load.click()
    # The page's element loads as well, which takes its time where other tests run beside this one.
    page.wait_for_function("() => document.getElementById('progress').value > 3e5", timeout=90_000)
    stop.click()
    expect(output).to_have_text("Stopped.")
    release(page, held)
    load.click()
    expect(output).to_contain_text("Ready", timeout=60_000)
    picture = page.locator("#picture")
    picture.set_input_files({"name": "notes.png", "mimeType": "image/png", "buffer": b"this is no picture"})
    expect(output).to_contain_text("The model cannot use this.", timeout=20_000)
    page.evaluate("hold()")
    picture.set_input_files(digit(2))
    stop.click()
    expect(output).to_have_text("Stopped.")
    page.evaluate("letGo()")
    picture.set_input_files(digit(3))
    expect(output).to_contain_text(f"{READS[3]}: ", timeout=20_000)


def test_the_npm_package_opens_a_site(digits: Path, tmp_path: Path, host: Host, watch: Watch) -> None:
    shutil.copytree(digits, tmp_path / "digits")
    (tmp_path / "index.html").write_text(NPM_PAGE)
    subprocess.run(["node", ROOT / "packages" / "npm" / "build.mjs", tmp_path / "npm"], check=True, timeout=60)
    page = watch().page
    address = host(tmp_path, {})
    page.goto(address)
    expect(page.get_by_text("Checked on this device")).to_be_visible(timeout=60_000)
    nothing, refused, dims = page.evaluate(NPM_CALLS)
    assert nothing[0] is False and f"no site of edgeweb at {address}nothing/" in nothing[1]
    assert refused == [True, "input"] and dims == [1, 10]


def test_the_policy_below_is_the_one_that_the_readme_gives() -> None:
    readme = (EXAMPLES / "README.md").read_text("utf-8")
    assert [directive for directive in POLICY.split("; ")[1:] if directive not in readme] == []


def test_the_react_example_has_no_type_error(react: Path) -> None:
    """Also in edgeweb.d.ts itself, which the option would pass over."""
    npx(react, "tsc", "-p", ".", "--skipLibCheck", "false")


@pytest.mark.parametrize("ruled", [False, True], ids=["development, no headers", "production, with a policy"])
def test_the_react_app_reads_digits_and_closes(ruled: bool, react: Path, host: Host, watch: Watch) -> None:
    """In development React mounts everything twice: what it takes away at once must be stopped."""
    public = bundled(react, *(["--minify"] if ruled else []))
    watched = watch()
    page = watched.page
    page.goto(host(public, {**ISOLATED, "Content-Security-Policy": POLICY} if ruled else {}))
    by_hand = page.get_by_role("region", name="By hand")
    for number in (2, 3):
        expect(page.get_by_text("Checked on this device")).to_be_visible(timeout=60_000)
        expect(page.get_by_text("ready on wasm")).to_be_visible(timeout=60_000)
        by_hand.locator("input").set_input_files(digit(number))
        expect(by_hand.get_by_role("listitem").first).to_contain_text(f"{READS[number]}: ", timeout=20_000)
        page.locator("edge-model input[type=file]").first.set_input_files(digit(number))
        expect(page.get_by_text(f"read {READS[number]}")).to_be_visible(timeout=20_000)
        expect(page.locator("iframe")).to_have_count(2)
        assert_left_alone(page)
        page.get_by_role("button", name="Take both away").click()
        assert_nothing_runs(page)
        page.get_by_role("button", name="Bring both back").click()
    assert complaints(watched) == []


def test_the_react_app_stops(react: Path, host: Host, watch: Watch) -> None:
    watched = watch()
    page = watched.page
    page.add_init_script(HOLD_PICTURES)
    held = hold_model(page)
    with page.expect_request("**/assets/model-*"):
        page.goto(host(bundled(react), {}))
    expect(page.get_by_label("Loading")).to_be_visible()
    with page.expect_event("requestfailed", lambda request: "/assets/model-" in request.url):
        page.get_by_role("button", name="Take both away").click()
    assert_nothing_runs(page)
    release(page, held)
    page.get_by_role("button", name="Bring both back").click()
    by_hand = page.get_by_role("region", name="By hand")
    expect(by_hand).to_be_visible(timeout=60_000)
    page.evaluate("hold()")
    by_hand.locator("input").set_input_files(digit(2))
    by_hand.get_by_role("button", name="Stop").click()
    expect(by_hand.get_by_role("alert")).to_have_text("Stopped.")
    page.evaluate("letGo()")
    by_hand.locator("input").set_input_files(digit(3))
    expect(by_hand.get_by_role("listitem").first).to_contain_text(f"{READS[3]}: ", timeout=20_000)
    assert complaints(watched) == []
