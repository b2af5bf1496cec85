"""Sliders under the numbers of a table: the answer follows them, and it is what the model itself says of the new row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from harness import SHARED, edgeweb
from hosts import Host
from pages import Visit, visiting
from playwright.sync_api import Browser, expect

pytest_plugins = ("site_fixtures",)

# A row of each data set, in the order of the columns.
ROWS: dict[str, list[float | str]] = {
    "iris-pytorch": [5.9, 3.0, 4.2, 1.5],
    "diabetes-gbr": [0.04, 0.05, 0.06, 0.02, -0.04, -0.03, -0.04, 0.01, 0.02, -0.02],
    "penguins-mixed-inputs": [46.5, 17.9, 192.0, 3500.0, "Dream", "FEMALE"],
}


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    found: dict[str, Path] = {}

    def make(name: str) -> Path:
        model = SHARED / "models" / name / "model.onnx"
        if not model.is_file():
            pytest.skip(f"{model} is absent")
        if name not in found:
            out = tmp_path_factory.mktemp(name) / "site"
            done = edgeweb("build", model, "--precision", "fp32", "-o", out)
            assert done.returncode == 0, done.stderr
            found[name] = out
        return found[name]

    return make


@pytest.fixture
def visit(browser: Browser, host: Host, tables: Callable[[str], Path]) -> Iterator[Callable[[str], Visit]]:
    with visiting(browser) as go:
        yield lambda name: go(host(tables(name)).url)


def native(name: str, row: list[float | str]) -> dict[str, np.ndarray]:
    """The model's own outputs for a row."""
    session = ort.InferenceSession(str(SHARED / "models" / name / "model.onnx"))
    inputs = session.get_inputs()
    kinds = {"tensor(string)": object, "tensor(float)": np.float32}
    cells = [row] if len(inputs) == 1 else [[cell] for cell in row]
    feeds = {each.name: np.array([cell], kinds[each.type]) for each, cell in zip(inputs, cells, strict=True)}
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(None, feeds), strict=True))


def assert_right(name: str, row: list[float | str], result: dict[str, Any]) -> None:
    found = native(name, row)
    if result["task"] == "regression":
        (values,) = found.values()
        assert np.allclose(result["values"], values.ravel(), rtol=1e-4)
        return
    scores = max(found.values(), key=lambda each: each.size if each.dtype == np.float32 else 0).ravel()
    shares = scores if np.isclose(scores.sum(), 1, atol=1e-3) else np.exp(scores) / np.exp(scores).sum()
    assert np.allclose(
        sorted((each["score"] for each in result["labels"]), reverse=True), sorted(shares, reverse=True), atol=1e-4
    )


@pytest.mark.alike
@pytest.mark.parametrize("name", ROWS)
def test_the_answer_follows_a_slider(name: str, visit: Callable[[str], Visit], tables: Callable[[str], Path]) -> None:
    opened, row = visit(name), list(ROWS[name])
    page = opened.page
    columns = json.loads((tables(name) / "edgeweb.json").read_text())["tabular"]["columns"]
    expect(page.locator(".what-if")).to_have_count(0)
    for index, cell in enumerate(row):
        field = page.locator(f"#column-{index}")
        if columns[index].get("choices"):
            field.select_option(str(cell))
        else:
            field.fill(str(cell))
    assert_right(name, row, opened.result(lambda: page.get_by_role("button", name="Predict", exact=True).click()))
    sliders = page.locator(".what-if")
    expect(sliders).to_have_count(sum(isinstance(cell, float) for cell in row))
    for place in (0, 2):
        # Two steps of the keyboard from the middle, then its end.
        sliders.nth(place).focus()
        for key in ("ArrowRight", "End"):
            result = opened.result(lambda key=key: page.keyboard.press(key))  # type: ignore[misc]
            row[place] = float(page.locator(f"#column-{place}").input_value())
            assert_right(name, row, result)
        base = ROWS[name][place]
        assert row[place] == pytest.approx(2 * float(base), rel=1e-5)
    expect(page.locator(".stale")).to_have_count(0)
