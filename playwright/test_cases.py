"""Models whose meaning was guessed wrong once: what `predict()`, the form and the CSV say of them now."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness import SHARED, Served, Watched, edgeweb
from PIL import Image
from playwright.sync_api import Page, expect

CASES = SHARED / "cases"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason=f"the shared cases are not at {CASES}")

SHARE = re.compile(r"\d\s?%")
Watch = Callable[..., Watched]
Case = Callable[..., tuple[Page, dict[str, Any]]]
PREDICT = """async (input) => {
  const { load } = await import('./edgeweb.js')
  globalThis.asked ??= await load()
  const plain = (_, value) => typeof value === 'bigint' ? Number(value) : Number.isNaN(value) ? null
    : ArrayBuffer.isView(value) ? [...value] : value
  return JSON.parse(JSON.stringify(await globalThis.asked.predict(input), plain))
}"""
RUN = """async (feeds) => {
  const { load } = await import('./edgeweb.js')
  globalThis.asked ??= await load()
  const of = ([name, { dims, data }]) => [name, { type: 'float32', dims, data: Float32Array.from(data) }]
  const out = await globalThis.asked.run(Object.fromEntries(Object.entries(feeds).map(of)))
  return Object.fromEntries(Object.entries(out).map(([name, { data }]) => [name, [...data].map(Number)]))
}"""
PICTURE = """async ([width, height]) => {
  const { load } = await import('./edgeweb.js')
  globalThis.asked ??= await load()
  const data = new Uint8ClampedArray(width * height * 4).map((_, i) => i % 4 === 3 ? 255 : (i * 2654435761 >>> 13) % 256)
  const plain = (_, value) => typeof value === 'bigint' ? Number(value) : Number.isNaN(value) ? null
    : ArrayBuffer.isView(value) ? [...value].slice(0, 64) : value
  return JSON.parse(JSON.stringify(await globalThis.asked.predict(new ImageData(data, width, height)), plain))
}"""


def drawn() -> Any:
    """A picture file."""
    file = io.BytesIO()
    Image.new("RGB", (96, 64), (200, 120, 40)).save(file, "PNG")
    return {"name": "picture.png", "mimeType": "image/png", "buffer": file.getvalue()}


@pytest.fixture
def case(tmp_path: Path, serve: Callable[[Path], Served], watch: Watch) -> Case:
    """The page of a case, with the manifest of its site."""

    def open_case(name: str, **settings: Any) -> tuple[Page, dict[str, Any]]:
        out, config = tmp_path / "site", tmp_path / "edgeweb.toml"
        config.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items()))
        done = edgeweb("build", CASES / name / "model.onnx", "-o", out, *(["--config", config] if settings else []))
        assert done.returncode == 0, done.stderr
        watched = watch()
        watched.page.goto(serve(out).url)
        expect(watched.page.get_by_text("hecked on this device").first).to_be_visible(timeout=60_000)
        return watched.page, json.loads((out / "edgeweb.json").read_text())

    return open_case


def arrays(name: str, which: str) -> dict[str, Any]:
    with np.load(CASES / name / f"{which}.npz") as found:
        return dict(found)


def sources(manifest: dict[str, Any]) -> dict[str, str]:
    return {each["claim"]: each["source"] for each in manifest["evidence"]}


def rows_of(name: str, columns: list[str]) -> list[dict[str, float]]:
    (table,) = arrays(name, "inputs").values()
    return [dict(zip(columns, map(float, row), strict=True)) for row in table]


@pytest.mark.parametrize("name", ["kmeans", "svc-binary-noprob"])
def test_the_models_own_label_is_the_answer(name: str, case: Case) -> None:
    page, manifest = case(name)
    columns = [column["name"] for column in manifest["tabular"]["columns"]]
    rows, expected = rows_of(name, columns), [str(label) for label in arrays(name, "expected")["label"]]
    told = [page.evaluate(PREDICT, row) for row in rows]
    assert [each["labels"] for each in told] == [[{"label": label, "score": None}] for label in expected]
    for column, value in rows[0].items():
        page.get_by_label(column, exact=True).fill(f"{value:g}")
    page.get_by_role("button", name="Predict", exact=True).click()
    expect(page.locator(".winner")).to_have_text(expected[0])
    page.locator("#paste").fill("\n".join([",".join(columns), *(",".join(map(str, row.values())) for row in rows)]))
    page.get_by_role("button", name="Predict rows").click()
    expect(page.locator("edgeweb-csv tbody tr")).to_have_count(len(rows))
    assert page.locator("edgeweb-csv tbody tr td:first-child").all_inner_texts() == expected
    expect(page.get_by_text(SHARE)).to_have_count(0)


def test_three_targets_are_three_values(case: Case) -> None:
    page, manifest = case("multi-regression")
    columns = [column["name"] for column in manifest["tabular"]["columns"]]
    expected = arrays("multi-regression", "expected")["variable"]
    for row, values in zip(rows_of("multi-regression", columns), expected, strict=True):
        told = page.evaluate(PREDICT, row)
        assert told["task"] == "regression"
        np.testing.assert_allclose(told["values"], values, rtol=1e-4)
    assert (manifest["task"], sources(manifest)["task"]) == ("tabular-regression", "file")


def test_labels_of_several_outputs_are_the_answer(case: Case) -> None:
    page, manifest = case("multioutput-classifier")
    columns = [column["name"] for column in manifest["tabular"]["columns"]]
    expected = arrays("multioutput-classifier", "expected")["label"]
    for row, labels in zip(rows_of("multioutput-classifier", columns), expected, strict=True):
        assert page.evaluate(PREDICT, row)["values"] == labels.tolist()


def test_inputs_with_defaults_can_be_fed(case: Case) -> None:
    page, _ = case("default-inputs")
    fed, expected = arrays("default-inputs", "inputs")["x"].tolist(), arrays("default-inputs", "expected")["y"].tolist()
    x = {"dims": [3], "data": fed}
    assert page.evaluate(RUN, {"x": x})["y"] == expected
    other = page.evaluate(RUN, {"x": x, "gain": {"dims": [1], "data": [10]}})
    assert other["y"] != expected


@pytest.mark.parametrize(
    ("name", "form", "size"),
    [("head-pose-3", "regression", 3), ("hf-vit-multilabel", "classification", 3), ("cat-dog-sigmoid", "classification", 2)],
)  # fmt: skip
def test_pictures_stay_pictures(name: str, form: str, size: int, case: Case) -> None:
    page, manifest = case(name, **({"labels": ["cat", "dog"]} if name == "cat-dog-sigmoid" else {}))
    told = page.evaluate(PICTURE, [96, 64])
    assert told["task"] == form
    page.locator("edgeweb-image .source input[type=file]").set_input_files(drawn())
    if form == "regression":
        assert len(told["values"]) == size
        expect(page.locator("dl.values dd")).to_have_count(size)
        expect(page.get_by_text(SHARE)).to_have_count(0)
        return
    expect(page.locator(".bar")).to_have_count(size)
    scores = [each["score"] for each in told["labels"]]
    assert len(scores) == size
    assert (sum(scores) == pytest.approx(1, abs=1e-5)) == (name == "cat-dog-sigmoid")
    assert sources(manifest)["probabilities"] == "file"


def test_a_depth_map_is_no_table_of_boxes(case: Case) -> None:
    page, manifest = case("hf-dpt-depth")
    told = page.evaluate(PICTURE, [96, 64])
    assert (told["task"], told["width"], told["height"]) == ("depth", 96, 64)
    assert "boxes" not in sources(manifest)


def test_the_architecture_tells_the_task(case: Case) -> None:
    page, manifest = case("hf-segformer")
    assert page.evaluate(PICTURE, [96, 64])["task"] == "segmentation"
    assert sources(manifest)["task"] == "file"


def test_an_angle_is_no_class(case: Case) -> None:
    page, manifest = case("yolo-obb-tiny")
    assert len(manifest["labels"]) == 15
    told = page.evaluate(PICTURE, [160, 160])
    assert told["task"] in ("detection", "tensors")
    assert {box["label"] for box in told.get("boxes", [])} <= set(manifest["labels"])


def test_a_value_of_a_text_is_no_class(case: Case) -> None:
    page, manifest = case("hf-bert-regression")
    told = page.evaluate(PREDICT, "a word")
    assert (told["task"], len(told["values"])) == ("regression", 1)
    assert sources(manifest)["task"] == "file"


def test_a_picture_among_numbers_is_still_a_picture(case: Case) -> None:
    page, _ = case("image-and-numbers")
    page.locator('input[type="file"][accept*="image"]').set_input_files(drawn())
    expect(page.get_by_text("Filled with picture.png")).to_be_visible()
    page.get_by_role("button", name="Run the model").click()
    expect(page.get_by_text("1 output ready")).to_be_visible()


def test_missing_values_of_trees(case: Case) -> None:
    page, manifest = case("xgb-missing")
    columns = [column["name"] for column in manifest["tabular"]["columns"]]
    expected = arrays("xgb-missing", "expected")
    rows = [{k: None if np.isnan(v) else v for k, v in row.items()} for row in rows_of("xgb-missing", columns)]
    for row, label, shares in zip(rows, expected["label"], expected["probabilities"], strict=True):
        told = page.evaluate(PREDICT, row)["labels"]
        assert (told[0]["label"], told[0]["score"]) == (str(label), pytest.approx(float(shares.max()), abs=1e-5))
    text = "\n".join(
        [",".join(columns), *(",".join("" if v is None else f"{v:.9g}" for v in row.values()) for row in rows)]
    )
    page.locator("#paste").fill(text)
    page.get_by_role("button", name="Predict rows").click()
    expect(page.locator("edgeweb-csv tbody tr")).to_have_count(len(rows))
    told = page.locator("edgeweb-csv tbody tr td:first-child").all_inner_texts()
    assert told == [str(label) for label in expected["label"]]
    # An empty field of the form is no fault.
    page.get_by_role("button", name="Predict", exact=True).click()
    expect(page.locator(".winner")).to_be_visible()


def test_missing_values_and_an_empty_category(case: Case) -> None:
    page, _ = case("titanic-missing")
    given, expected = arrays("titanic-missing", "inputs"), arrays("titanic-missing", "expected")
    names = list(given)
    for place, (label, shares) in enumerate(zip(expected["label"], expected["probabilities"], strict=True)):
        row = {name: given[name].ravel()[place].item() for name in names}
        row = {name: None if isinstance(v, float) and np.isnan(v) else v for name, v in row.items()}
        told = page.evaluate(PREDICT, row)["labels"]
        assert (told[0]["label"], told[0]["score"]) == (str(label), pytest.approx(float(shares.max()), abs=1e-5))
    page.locator("#paste").fill("pclass,sex,age,embarked\n1,male,,\n3,female,53.7,Q")
    page.get_by_role("button", name="Predict rows").click()
    expect(page.locator("edgeweb-csv tbody tr")).to_have_count(2)
