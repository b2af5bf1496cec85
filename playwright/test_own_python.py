"""The user's own Python in real browsers: the numbers of CPython, no way out of the page, and an end to every failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import edgeweb
import models
import pytest
from harness import Served
from harness import edgeweb as command
from playwright.sync_api import Browser, Page, expect

# What the text says is done: one site, so that it is built once and loaded once in each browser.
HOOKS = '''
import statistics
import edgeweb

calls = []


def preprocess(value, model):
    word, *rest = value.split()
    calls.append(word)
    if word == "loop":
        while True:
            pass
    if word == "raise":
        return {"matrix": nothing_of_this_name}
    if word == "shape":
        return {"matrix": edgeweb.Array([1.0, 2.0], "float32")}
    if word == "type":
        return {"matrix": edgeweb.Array([[[1, 2, 3]]])}
    if word == "deep":
        return preprocess(value, model)
    if word == "exit":
        raise SystemExit(1)
    numbers = [float(part) for part in rest]
    if word == "sync":
        first = model.run("triple", {"matrix": [[numbers]]})
        numbers = first["doubled"].reshape(-1).tolist()
    return {"matrix": edgeweb.Array(numbers, "float32").reshape(1, -1, 3) * 0.1 - 1}


async def postprocess(outputs, model):
    doubled = outputs["doubled"]
    found = {"numbers": doubled, "mean": statistics.fmean(doubled.reshape(-1)), "calls": len(calls), "names": model.names}
    if calls[-1] == "twice":
        again = await model.run("triple", {"matrix": doubled})
        found["again"] = again["doubled"][0, :, ::2]
    if calls[-1] == "grow":
        memory = bytearray(200_000_000)
        again = await model.run("triple", {"matrix": doubled})
        found["again"] = [len(memory), again["doubled"]]
    if calls[-1] == "late":
        import importlib
        found["late"] = importlib.import_module("colorsys").rgb_to_hsv(0.5, 0.25, 0.125)
        found["mime"] = importlib.import_module("email.mime.text").MIMEText("x").get_content_type()
    if calls[-1] == "out":
        found["out"] = ways_out()
    if calls[-1] == "set":
        return {1, 2}
    return found


def reset():
    calls.clear()


def ways_out():
    """What each way to send something says."""
    def attempt(work):
        try:
            return f"OPEN {work()!r}"
        except BaseException as error:
            return type(error).__name__

    def by_js(name):
        import js
        return getattr(js, name)

    def by_code():
        from pyodide.code import run_js
        return run_js("globalThis")

    def by_socket():
        import socket
        made = socket.socket()
        made.connect(("127.0.0.1", PORT))
        made.send(b"secret")
        return "sent"

    def by_urllib():
        import urllib.request
        return urllib.request.urlopen("http://127.0.0.1:PORT/secret", timeout=3).status

    def by_constructor():
        import pyodide_js
        return pyodide_js.constructor.constructor("return globalThis")()

    def by_import():
        import pyodide_js
        return pyodide_js.loadPackage("http://127.0.0.1:PORT/secret.whl")

    names = ["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "navigator", "postMessage", "self", "indexedDB", "caches"]
    found = {name: attempt(lambda name=name: by_js(name)) for name in names}
    for way in (by_code, by_socket, by_urllib, by_constructor, by_import):
        found[way.__name__] = attempt(way)
    return found
'''

ASK = """async (text) => {
  globalThis.own ??= await (await import(new URL('edgeweb.js', location.href))).load()
  try { return { right: (await own.predict(text)).value } }
  catch (error) { return { code: error.code, message: error.message, hint: error.hint, details: error.details ?? '' } }
}"""


@pytest.fixture(params=["chromium", "firefox"], scope="module")
def browser(request: pytest.FixtureRequest) -> Browser:
    found: Browser = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, origin_sink: tuple[str, list[str]]) -> Path:
    folder = tmp_path_factory.mktemp("hooks")
    port = origin_sink[0].rpartition(":")[2]
    (folder / "own.py").write_text(HOOKS.replace("PORT", port))
    (folder / "numbers.txt").write_text("plain 1 2 3")
    (folder / "edgeweb.toml").write_text(
        'examples = ["numbers.txt"]\n[hooks]\nfile = "own.py"\ninput = "text"\nseconds = 4\n'
    )
    models.scale(folder / "double.onnx")
    models.scale(folder / "triple.onnx", 3)
    built = command("build", folder / "double.onnx", folder / "triple.onnx", "-o", folder / "site")
    assert built.returncode == 0, built.stderr
    return folder


@pytest.fixture(scope="module")
def site(made: Path, serve: Callable[[Path], Served]) -> Served:
    return serve(made / "site")


@pytest.fixture(scope="module")
def native(made: Path) -> edgeweb.Local:
    return edgeweb.Local(made / "own.py", made / "double.onnx", made / "triple.onnx")


@pytest.fixture(scope="module")
def asked(browser: Browser, site: Served) -> Iterator[tuple[Page, list[str]]]:
    """A page that has closed its network, and every address that it asked for."""
    context = browser.new_context()
    requests: list[str] = []
    context.on("request", lambda request: requests.append(request.url))
    page = context.new_page()
    page.goto(site.url)
    page.wait_for_function("() => document.documentElement.dataset.edgeweb === 'sealed'", timeout=90_000)
    yield page, requests
    context.close()


def ask(page: Page, text: str) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(ASK, text)
    return found


def close(found: Any, wanted: Any) -> bool:
    """The same, but for the last bits of floats."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return found.keys() == wanted.keys() and all(close(found[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(close, found, wanted))
    return bool(found == pytest.approx(wanted)) if isinstance(wanted, float) else bool(found == wanted)


@pytest.mark.alike
@pytest.mark.parametrize("text", ["plain 1 2 3", "twice 1 2 3 4 5 6", "grow 0.5 0.25 0.125", "late 1 2 3"])
def test_the_numbers_are_those_of_cpython(
    asked: tuple[Page, list[str]], site: Served, native: edgeweb.Local, text: str
) -> None:
    page, requests = asked
    page.evaluate("() => globalThis.own?.reset()")
    native.reset()
    found, wanted = ask(page, text), native.predict(text)
    assert close(found.get("right"), wanted), (found, wanted)
    assert [url for url in requests if not url.startswith((site.url, "blob:", "data:"))] == []


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("raise", "hook", ["own.py failed in preprocess, line 15", "NameError"]),
        ("shape", "hook", ['input "matrix" has shape [2]', "[rows, columns, 3]"]),
        ("type", "hook", ['"matrix" is int64, not float32']),
        ("deep", "hook", ["RecursionError"]),
        ("exit", "hook", ["SystemExit: 1"]),
        ("set 1 2 3", "hook", ["a set that is not JSON"]),
        ("loop", "hook", ["more than 4 s"]),
        ("", "hook", ["ValueError: not enough values"]),
    ],
)
def test_a_failure_is_told_and_the_next_call_works(
    asked: tuple[Page, list[str]], text: str, code: str, words: list[str]
) -> None:
    page, _ = asked
    found = ask(page, text)
    assert found.get("code") == code and all(word in found["message"] for word in words), found
    if ", line " in found["message"]:
        assert 'File "own.py", line' in found["details"]
    assert ask(page, "plain 4 5 6")["right"]["mean"] == pytest.approx(2 * (0.5 - 1))


def test_a_hook_without_async_waits_where_the_browser_can(asked: tuple[Page, list[str]], native: edgeweb.Local) -> None:
    page, _ = asked
    page.evaluate("() => globalThis.own?.reset()")
    native.reset()
    found, wanted = ask(page, "sync 1 2 3"), native.predict("sync 1 2 3")
    if page.evaluate("() => 'Suspending' in WebAssembly"):
        assert close(found.get("right"), wanted), (found, wanted)
    else:
        assert "await model.run" in found["message"], found


def test_python_has_no_way_out(asked: tuple[Page, list[str]], origin_sink: tuple[str, list[str]]) -> None:
    page, _ = asked
    found = ask(page, "out 1 2 3")["right"]["out"]
    opened = {way: said for way, said in found.items() if said.startswith("OPEN")}
    # A socket of Emscripten's connects to nothing; what is "sent" stays in it.
    assert set(opened) <= {"by_socket", "by_import"}, found
    page.wait_for_timeout(1000)
    assert origin_sink[1] == []


def test_the_page_itself(asked: tuple[Page, list[str]]) -> None:
    page, _ = asked
    page.get_by_label("Text").fill("plain 10 20 30")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("pre.json")).to_contain_text('"mean": 2', timeout=20_000)
    # The example is offered, and fills the field.
    page.get_by_role("button", name="numbers.txt").click()
    expect(page.get_by_label("Text")).to_have_value("plain 1 2 3")
    expect(page.locator("pre.json")).to_contain_text('"mean": -1.59', timeout=20_000)
    page.get_by_label("Text").fill("raise")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert").filter(has_text="own.py failed in preprocess, line 15")).to_be_visible(
        timeout=20_000
    )
    trace = page.locator("pre.trace")
    expect(trace).to_be_hidden()
    page.get_by_text("Traceback of").click()
    expect(trace).to_contain_text('File "own.py", line 15')


def test_it_works_without_its_host(browser: Browser, made: Path, serve: Callable[[Path], Served]) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(serve(made / "site").url)
    page.wait_for_function("() => document.documentElement.dataset.edgeweb === 'sealed'", timeout=90_000)
    expect(page.get_by_text("Works without a network").first).to_be_visible(timeout=60_000)
    context.set_offline(True)
    page.reload()
    page.wait_for_function("() => document.documentElement.dataset.edgeweb === 'sealed'", timeout=90_000)
    assert ask(page, "late 1 2 3")["right"]["mime"] == "text/plain"
    context.close()
