"""What a hook finds in the standard library is there at its first call, in the browser as natively, whatever it catches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import edgeweb
import models
import pytest
from harness import Served
from harness import edgeweb as command
from playwright.sync_api import Browser

# No builder sees what these import, so no site has it from the start; and none of them may notice that.
FINDS = """
import importlib


def find(name):
    try:
        return importlib.import_module(name).__name__
    except BaseException as error:
        return type(error).__name__
"""
# Every way of a first call to ask, after the file has changed what it keeps and what it is given.
HOOKS = f"""
import asyncio
import contextlib
import edgeweb
{FINDS}
kept = []


async def several(*names):
    async def one(name):
        return find(name)
    made = [asyncio.create_task(one(name)) for name in names]
    return [await each for each in made]


def preprocess(value, model):
    kept.append(value)
    if value == "before":
        kept.append(find("wave"))
    if value == "task before":
        return later()
    return {{"matrix": edgeweb.Array([[[1.0, 2.0, 3.0]]], "float32")}}


async def later():
    kept.append(await several("wave", "xml.dom.minidom"))
    first = await model_of("double")
    return {{"matrix": first}}


async def model_of(name):
    return edgeweb.Array([[[float(len(kept)), 2.0, 3.0]]], "float32")


def postprocess(outputs, model):
    doubled = outputs["doubled"]
    doubled[:] = doubled + 1
    kept.append(len(kept))
    if kept[0] == "after":
        kept.append([find(name) for name in ("wave", "xml.dom.minidom", "urllib.request", "csv")])
    if kept[0] == "suppressed":
        with contextlib.suppress(BaseException):
            kept.append(importlib.import_module("csv").list_dialects())
    if kept[0] == "fails":
        find("wave")
        raise ValueError(str(kept))
    return told(doubled) if kept[0].startswith("task") else {{"kept": kept, "doubled": doubled}}


async def told(doubled):
    kept.append(await several("csv", "colorsys"))
    return {{"kept": kept, "doubled": doubled}}
"""
# Of a package and of the file itself, while they are imported; each has one of its own.
PACKAGE = f"{FINDS}\nfound = find('colorsys')\n"
AT_IMPORT = f"""
import edgeweb
import orchard
import orchard.row
{FINDS}
found = [orchard.found, orchard.row.found, find("wave")]


def preprocess(value, model):
    return {{"matrix": edgeweb.Array([[[1.0, 2.0, 3.0]]], "float32")}}


def postprocess(outputs, model):
    return found
"""
# A model of its own, and so an interpreter that has no more of the library than the site.
FIRST = """async (text) => {
  const own = await (await import(new URL('edgeweb.js', location.href))).load()
  try { return { right: (await own.predict(text)).value } }
  catch (error) { return { message: error.message } }
  finally { own.close() }
}"""


def site_of(folder: Path, source: str, table: str = "") -> Path:
    folder.mkdir()
    (folder / "own.py").write_text(source)
    (folder / "edgeweb.toml").write_text(f'[hooks]\nfile = "own.py"\ninput = "text"\n{table}')
    models.scale(folder / "double.onnx")
    built = command("build", folder / "double.onnx", "-o", folder / "site", "--precision", "fp32")
    assert built.returncode == 0, built.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Path], Served]) -> dict[str, Served]:
    folder = tmp_path_factory.mktemp("late")
    package = folder / "orchard"
    package.mkdir()
    (package / "__init__.py").write_text(PACKAGE)
    (package / "row.py").write_text("from orchard import found\n")
    called = site_of(folder / "called", HOOKS)
    imported = site_of(folder / "imported", AT_IMPORT, 'packages = ["../orchard"]\n')
    return {"called": serve(called), "imported": serve(imported)}


def test_a_browser_here_cannot_wait(old_firefox: Browser) -> None:
    assert not old_firefox.new_page().evaluate("() => 'Suspending' in WebAssembly")


def firsts(browser: Browser, site: Served, texts: list[str]) -> list[dict[str, Any]]:
    """What each text gives as the first call of an interpreter."""
    page = browser.new_page()
    page.goto(site.url)
    page.wait_for_function("() => document.documentElement.dataset.edgeweb === 'sealed'", timeout=90_000)
    found = [page.evaluate(FIRST, text) for text in texts]
    page.close()
    return found


def natively(folder: Path, text: str) -> dict[str, Any]:
    return {"right": edgeweb.Local(folder / "own.py", folder / "double.onnx").predict(text)}


@pytest.mark.parametrize(
    ("name", "texts"),
    # Chromium can wait for the library, but not in a task.
    [("old_firefox", ["before", "after", "suppressed", "task"]), ("chromium", ["after", "task before"])],
)
def test_the_first_call_finds_it(
    request: pytest.FixtureRequest, sites: dict[str, Served], name: str, texts: list[str]
) -> None:
    browser, folder = request.getfixturevalue(name), sites["called"].folder.parent
    wanted = [natively(folder, text) for text in texts]
    assert "NotFound" not in str(wanted) and "xml.dom.minidom" in str(wanted)
    *found, failure = firsts(browser, sites["called"], [*texts, "fails"])
    assert found == wanted
    assert "ValueError: ['fails', 1]" in failure["message"]


def test_an_import_finds_it(old_firefox: Browser, sites: dict[str, Served]) -> None:
    assert firsts(old_firefox, sites["imported"], ["x"]) == [{"right": ["colorsys", "colorsys", "wave"]}]
