"""Models whose inputs or outputs are not what most have: `run()` takes and gives what ONNX Runtime does."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness import SHARED, Served, Watched
from hosts import built
from playwright.sync_api import expect

CASES = SHARED / "cases"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason=f"the cases are not at {CASES}")

# Each of the feeds on one model, not on the site's own page, which loads by itself; what is refused says why.
RUN = """async (several) => {
  const { load } = await import('../edgeweb.js')
  const model = await load('../')
  const answers = []
  for (const feeds of several) {
    const given = Object.fromEntries(Object.entries(feeds).map(([name, { dims, data }]) => [name, { type: 'float32', dims, data: Float32Array.from(data) }]))
    answers.push(await model.run(given).then(
      (found) => Object.fromEntries(Object.entries(found).map(([name, { dims, data }]) => [name, { dims, data: Array.from(data, Number) }])),
      (error) => error.message))
  }
  return [answers, model.backend.parity]
}"""


def fed(*values: float, scalar: bool = False) -> dict[str, Any]:
    return {"dims": [] if scalar else [len(values)], "data": list(values)}


def test_inputs_with_defaults_may_be_fed(
    tmp_path: Path, serve: Callable[[Path], Served], watch: Callable[..., Watched]
) -> None:
    """In a runtime that begins with the model's session, too."""
    page = watch(service_workers="block").page
    page.goto(serve(built(CASES / "default-inputs" / "model.onnx", tmp_path / "site")).url + "report/")
    x = fed(1, 2, 3)
    several = [
        {"x": x},
        {"x": x, "gain": fed(10, scalar=True)},
        {"x": x, "gain": fed(10, scalar=True), "offset": fed(-1)},
        {"x": x, "gain": fed(10, 20)},
        {"gain": fed(10, scalar=True)},
        {"x": x, "gian": fed(10, scalar=True)},
    ]
    answers, parity = page.evaluate(RUN, several)
    assert parity == "passed"
    assert [each["y"]["data"] for each in answers[:3]] == [[3, 5, 7], [11, 21, 31], [9, 19, 29]]
    assert answers[3:] == [
        'Input "gain" has shape [2].', 'Input "x" is missing.', 'The model has no input "gian".',
    ]  # fmt: skip


def test_parts_of_a_sequence_are_outputs(
    tmp_path: Path, serve: Callable[[Path], Served], watch: Callable[..., Watched]
) -> None:
    page = watch(service_workers="block").page
    case = CASES / "multioutput-classifier"
    page.goto(serve(built(case / "model.onnx", tmp_path / "site", "--no-specialise")).url + "report/")
    given, right = (np.load(case / f"{name}.npz") for name in ("inputs", "expected"))
    rows = given["X"]
    ((found,), _) = page.evaluate(RUN, [{"X": {"dims": list(rows.shape), "data": rows.ravel().tolist()}}])
    np.testing.assert_array_equal(found["label"]["data"], right["label"].ravel())
    for place in (0, 1):
        part = found[f"probabilities_{place}"]
        wanted = right[f"probabilities.{place}"]
        np.testing.assert_allclose(np.reshape(part["data"], part["dims"]), wanted, rtol=1e-4, atol=1e-6)


def test_a_text_gets_values(tmp_path: Path, serve: Callable[[Path], Served], watch: Callable[..., Watched]) -> None:
    """A text model that was trained on values, one or several with names: the numbers alone, on the page and in the table."""
    case = CASES / "hf-bert-regression"
    folder = shutil.copytree(case, tmp_path / "bert")
    page = watch(viewport={"width": 390, "height": 900}).page
    page.goto(serve(built(folder / "model.onnx", tmp_path / "site", "--no-specialise")).url)
    page.get_by_role("textbox", name="Your text").fill("f g h")
    page.get_by_role("button", name="Predict", exact=True).click()
    answer = page.locator("edgeweb-text .answer")
    expect(answer.locator(".one-value")).to_have_text(re.compile(r"^0\.00882"))
    expect(answer).not_to_contain_text("%")
    page.locator("#lines").fill("f g h\ngood\n")
    page.get_by_role("button", name="Predict all").click()
    table = page.locator("edgeweb-lines table")
    expect(table.locator("th")).to_have_text(["value", "text"])
    expect(table.locator("tbody tr").first.locator("td")).to_have_text([re.compile(r"^0\.00882"), "f g h"])
