"""Python packages in real browsers: pydantic with its compiled core checks a form's row, also when the host is gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import edgeweb
import models
import pytest
from harness import edgeweb as command
from hosts import Host
from playwright.sync_api import Browser, Page, expect

pytest_plugins = ("site_fixtures",)

HOOKS = """# /// script
# requires-python = ">=3.11"
# dependencies = ["pydantic", "./orchard"]
# ///
import os
from decimal import Decimal

from pydantic import BaseModel, Field, ValidationError

import orchard


class Fruit(BaseModel):
    weight: float = Field(gt=0, lt=3)
    redness: Decimal
    picked: orchard.Day


def preprocess(value, model):
    try:
        fruit = Fruit.model_validate(value)
    except ValidationError as error:
        raise ValueError("; ".join(f"{'.'.join(e['loc'])}: {e['msg']}" for e in error.errors())) from None
    return {"matrix": [[[fruit.weight, float(fruit.redness), fruit.picked.day]]]}


def postprocess(outputs, model):
    library = os.path.getsize(LIBRARY) if os.path.exists(LIBRARY) else 0
    return {"numbers": outputs["doubled"], "tool": tool(), "library": library}


def tool():
    import pydantic_core
    return pydantic_core.to_json({"price": Decimal("1.50")}).decode()


LIBRARY = "/lib/python314.zip"
"""
ORCHARD = "import datetime\n\nDay = datetime.date\n"
ROW = {"weight": "1.5", "redness": "0.25", "picked": "2026-05-17"}
SEALED = "() => document.documentElement.dataset.edgeweb === 'sealed'"
ASK = """async (row) => {
  globalThis.own ??= await (await import(new URL('edgeweb.js', location.href))).load()
  try { return (await own.predict(row)).value } catch (error) { return { message: error.message } }
}"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    (folder / "own.py").write_text(HOOKS)
    (folder / "orchard").mkdir()
    (folder / "orchard" / "__init__.py").write_text(ORCHARD)
    (folder / "row.json").write_text(json.dumps(ROW))
    (folder / "edgeweb.toml").write_text(
        'examples = ["row.json"]\n[hooks]\nfile = "own.py"\ninput = "row"\ncolumns = ["weight", "redness", "picked"]\n'
    )
    models.scale(folder / "double.onnx")
    built = command("build", folder / "double.onnx", "-o", folder / "site")
    assert built.returncode == 0, built.stderr
    return folder


def ask(page: Page, row: dict[str, str]) -> Any:
    return page.evaluate(ASK, row)


WANTED = {"numbers": [[[3.0, 0.5, 34.0]]], "tool": '{"price":"1.50"}'}


def test_cpython_gives_the_same(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(made)
    assert edgeweb.Local(made / "own.py", made / "double.onnx").predict(ROW) == {**WANTED, "library": 0}


@pytest.mark.alike
def test_pydantic_checks_a_form_with_and_without_its_host(browser: Browser, made: Path, host: Host) -> None:
    site = json.loads((made / "site" / "edgeweb.json").read_text())
    # The part of the standard library that came first is enough.
    wanted = {**WANTED, "library": site["files"][site["python"]["library"]]["bytes"]}
    server = host(made / "site")
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(server.url)
        expect(page.get_by_text("Works without a network").first).to_be_visible(timeout=90_000)
        assert ask(page, ROW) == wanted
        server.close()
        page.reload()
        page.wait_for_function(SEALED, timeout=90_000)
        assert ask(page, ROW) == wanted
        for name, text in {**ROW, "weight": "-1", "redness": "much"}.items():
            page.get_by_label(name).fill(text)
        page.get_by_role("button", name="Run").click()
        said = "weight: Input should be greater than 0; redness: Input should be a valid decimal"
        expect(page.get_by_role("alert").filter(has_text=said)).to_be_visible(timeout=20_000)
