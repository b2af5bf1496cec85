"""A form that samples have taught: filled in with what is usual, ranges under its numbers, and nothing that must be known."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from harness import SHARED, Served, edgeweb
from pages import Visit, visiting
from playwright.sync_api import Browser, expect

pytest_plugins = ("site_fixtures",)
MODEL = SHARED / "cases" / "titanic-missing" / "model.onnx"
pytestmark = pytest.mark.skipif(not MODEL.is_file(), reason=f"{MODEL} is absent")

REFUSED = """async (row) => {
  const { load } = await import('./edgeweb.js')
  globalThis.asked ??= await load()
  return globalThis.asked.predict(row).then(() => '', (error) => error.code + ': ' + error.message)
}"""


def samples(folder: Path) -> Path:
    lines = ["id,Pclass,sex,age,embarked,survived"]
    lines += [
        f"{i},{1 + i % 3 % 2},{'male' if i % 3 else 'female'},{18 + i % 50 if i % 5 else ''},S,1" for i in range(90)
    ]
    path = folder / "passengers.csv"
    path.write_text("\n".join(lines))
    return path


def native(pclass: int, sex: str, age: float, embarked: str) -> float:
    """How sure the model is of its best class."""
    session = ort.InferenceSession(str(MODEL))
    feeds: dict[str, Any] = {
        "pclass": np.array([[pclass]], np.int64), "sex": np.array([[sex]], object),
        "age": np.array([[age]], np.float32), "embarked": np.array([[embarked]], object),
    }  # fmt: skip
    (shares,) = session.run(["probabilities"], feeds)
    return float(shares.max())


@pytest.mark.alike
def test_a_form_that_samples_taught(tmp_path: Path, browser: Browser, serve: Callable[[Path], Served]) -> None:
    done = edgeweb("build", MODEL, "--data", samples(tmp_path), "--precision", "fp32", "-o", tmp_path / "site")
    assert done.returncode == 0, done.stderr
    for said in ('taken "Pclass" for "pclass"', 'ignored "id", "survived"'):
        assert f"passengers.csv: {said}" in done.stdout
    with visiting(browser) as go:
        visit: Visit = go(serve(tmp_path / "site").url)
        page = visit.page
        press = page.get_by_role("button", name="Predict", exact=True).click
        best = lambda act: visit.result(act)["labels"][0]["score"]  # noqa: E731
        age, embarked = page.get_by_label("age", exact=True), page.get_by_label("embarked", exact=True)
        expect(page.get_by_text("Filled in with values to start from.")).to_be_visible()
        usual = float(age.input_value())
        assert best(press) == pytest.approx(native(1, "male", usual, "S"), abs=1e-5)
        slider = page.get_by_label("Other values of age")
        slider.focus()
        assert best(lambda: page.keyboard.press("Home")) == pytest.approx(native(1, "male", 15, "S"), abs=1e-5)
        expect(age).to_have_value("15")
        # What is not known is no fault, and neither is what no sample had.
        page.get_by_role("button", name="Clear").click()
        expect(age).to_have_attribute("placeholder", "not known")
        press()
        expect(page.locator("[aria-invalid]")).to_have_count(1)
        page.get_by_label("pclass", exact=True).select_option("3")
        assert best(press) == pytest.approx(native(3, "", float("nan"), ""), abs=1e-5)
        embarked.select_option(label="Another…")
        page.get_by_label("Another value for embarked").fill("X")
        age.fill("200")
        assert best(press) == pytest.approx(native(3, "", 200, "X"), abs=1e-5)
        embarked.select_option(label="(empty)")
        assert best(press) == pytest.approx(native(3, "", 200, ""), abs=1e-5)
        assert re.search('input: "pclass" has no value', page.evaluate(REFUSED, {"pclass": None, "sex": "male"}))
        assert page.evaluate(REFUSED, {"pclass": 3}) == ""
        # A press ends where it began, whatever is said meanwhile of the field that it leaves.
        age.fill("1.2.3")
        press(position={"x": 20, "y": 4})
        expect(age).to_be_focused()
        expect(page.get_by_text("1 field needs attention.")).to_be_visible()
