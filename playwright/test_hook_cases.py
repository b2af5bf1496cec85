"""Whatever a hook file does ends in a clear message or its result; nothing is sent, and the page works on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import models
import pytest
from harness import Served
from harness import edgeweb as command
from hook_cases import ANYTHING, CASES, Case
from playwright.sync_api import Browser, Page

# A file that becomes each of the cases in turn: the input is its source. So one interpreter is enough while it lives.
HOOKS = """
import types
import edgeweb

now = {}


def preprocess(value, model):
    name, _, source = value.partition("\\n")
    module = now["module"] = types.ModuleType("case")
    module.edgeweb = edgeweb
    exec(compile(source, name, "exec"), module.__dict__)
    return module.preprocess(value, model)


def postprocess(outputs, model):
    found = getattr(now["module"], "postprocess", None)
    return "no postprocess" if found is None else found(outputs, model)
"""
ASK = """async (text) => {
  globalThis.own ??= await (await import(new URL('edgeweb.js', location.href))).load()
  try { return { right: (await own.predict(text)).value } }
  catch (error) { return { code: error.code, message: error.message, hint: error.hint } }
}"""
GOOD = next(case for case in CASES if case.name == "good")


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Browser:
    found: Browser = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Path], Served]) -> Served:
    folder = tmp_path_factory.mktemp("cases")
    (folder / "own.py").write_text(HOOKS)
    (folder / "edgeweb.toml").write_text('[hooks]\nfile = "own.py"\ninput = "text"\nseconds = 5\n')
    models.scale(folder / "double.onnx")
    built = command("build", folder / "double.onnx", "-o", folder / "site", "--precision", "fp32")
    assert built.returncode == 0, built.stderr
    return serve(folder / "site")


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


def ask(page: Page, case: Case, sink: str) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(ASK, f"{case.name}.py\n{case.source.replace('SINK', sink)}")
    return found


# What depends on the engine, and not on Python: stacks, memory, deadlines and ways out.
ENGINES = ("nested", "recursion", "loop", "waits for ever", "memory", "hard exit", "pyfetch", "js.fetch", "JavaScript")


def every() -> Iterator[Any]:
    """Copies, as pytest puts together what has the same case, and would start an interpreter for every change of browser."""
    for name in ("chromium", "firefox"):
        for case in CASES:
            if name == "chromium" or case.name in ENGINES:
                yield pytest.param(name, replace(case), id=f"{name}-{case.name.replace(' ', '-')}")


@pytest.mark.parametrize(
    ("browser", "case"),
    list(every()),
    indirect=["browser"],
    # Otherwise every case would start a page, and an interpreter, of its own.
    scope="module",
)
def test_it_ends_well(
    asked: tuple[Page, list[str]], site: Served, origin_sink: tuple[str, list[str]], case: Case
) -> None:
    page, requests = asked
    found = ask(page, case, origin_sink[0])
    if case.error:
        assert found.get("code") in ("hook", "memory"), found
        assert any(words in found["message"] for words in case.error), found
        assert found["hint"]
    elif isinstance(case.result, tuple):
        assert found.get("right") in case.result, found
    else:
        assert case.result is not ANYTHING and found.get("right", ANYTHING) == case.result, found
    assert ask(page, GOOD, "")["right"] == GOOD.result, "the page works on"
    assert [url for url in requests if not url.startswith((site.url, "blob:", "data:"))] == []
    assert origin_sink[1] == []
