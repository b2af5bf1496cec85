"""What hooks return as the page shows it, and the fields of a row: by the page alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import edgeweb
import models
import pytest
from edgeweb.hooks_api.ndarray import maker
from edgeweb.python.hooks_child import value_of
from harness import ROOT, Served
from hosts import built
from pages import Visit, visiting
from PIL import Image
from playwright.sync_api import Browser, Page, expect

OVER = maker(numpy=False)
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"

# One site for all of them: the width of the picture says which form comes back.
PICTURES = """
import edgeweb

picture = None


def preprocess(value, model):
    global picture
    picture = value
    return {"matrix": [[[1.0, 2.0, 3.0]]]}


def postprocess(outputs, model):
    height, width, _ = picture.shape
    numbers = outputs["doubled"].reshape(-1)
    box = {"score": 0.75, "x": 4, "y": 5, "width": 20, "height": 10}
    if width == 40:
        return {"task": "detection", "boxes": [{**box, "label": "owl"}, {**box, "label": "wren", "x": 8, "y": 18}]}
    if width == 41:
        mask = [[0 if row < 10 else 1 + (column > 20) for column in range(width)] for row in range(height)]
        return {"task": "segmentation", "mask": mask, "labels": ["background", "left", "right"]}
    if width == 42:
        return {"task": "image", "image": picture[::-1]}
    if width == 43:
        return {"task": "embedding", "vector": numbers}
    if width == 44:
        return {"task": "similarity", "matches": [{"id": "near", "score": 0.9}, {"id": "far", "score": 0.1}]}
    if width == 45:
        return {"task": "regression", "values": numbers}
    if width == 46:
        return {"task": "tensors", "outputs": {"numbers": numbers, "whole": edgeweb.Array([2**60])}}
    if width == 47:
        return {"task": "detection", "boxes": [{**box, "label": "owl", "width": "wide"}]}
    return {"anything": [1, None, "else"]}
"""
ROWS = """
def preprocess(value, model):
    return {"matrix": [[[value["age"], value["height"], len(value["name"])]]]}


def postprocess(outputs, model):
    return {"task": "regression", "values": outputs["doubled"].reshape(-1)}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("forms")
    model = models.scale(made / "double.onnx")
    for width in range(40, 49):
        colours = [(5 * column % 256, 8 * row % 256, 90) for row in range(30) for column in range(width)]
        picture = Image.new("RGB", (width, 30))
        picture.putdata(colours)
        picture.save(made / f"{width}.png")
    (made / "row.json").write_text(json.dumps({"age": 40, "height": 1.5, "name": "Ada"}))
    for name, source, table in (
        ("pictures", PICTURES, 'examples = ["40.png"]\n[hooks]\ninput = "image"\n'),
        ("rows", ROWS, 'examples = ["row.json"]\n[hooks]\ninput = "row"\ncolumns = ["age", "height", "name"]\n'),
        ("free", ROWS, 'examples = ["row.json"]\n[hooks]\ninput = "row"\n'),
    ):
        (made / f"{name}.py").write_text(source)
        (made / f"{name}.toml").write_text(table)
        built(model, made / "sites" / name, "--config", made / f"{name}.toml", "--hooks", made / f"{name}.py")
    return made


@pytest.fixture(scope="module")
def sites(folder: Path, serve: Callable[[Path], Served]) -> Served:
    return serve(folder / "sites")


@pytest.fixture(scope="module")
def pictures(chromium: Browser, sites: Served) -> Iterator[Visit]:
    with visiting(chromium, reduced_motion="reduce") as go:
        yield go(f"{sites.url}pictures/")


@pytest.fixture
def shown(pictures: Visit, folder: Path) -> Callable[[int], dict[str, Any]]:
    """The result for a picture of that width, which CPython gives as well."""
    native = edgeweb.Local(folder / "pictures.py", folder / "double.onnx")

    def ask(width: int) -> dict[str, Any]:
        path = folder / f"{width}.png"
        found, wanted = pictures.result(lambda: pictures.pick(path)), native.predict(value_of("image", path, OVER))
        arrays = {key: value for key, value in wanted.items() if not isinstance(value, edgeweb.Array)}
        if "task" in wanted and wanted["task"] != "tensors":
            assert {**found, **arrays} == found
        return {"page": found, "native": wanted}

    return ask


def answer_of(page: Page) -> Any:
    return page.locator("edgeweb-hooks .answer")


def test_boxes_are_drawn_and_listed(pictures: Visit, shown: Callable[[int], dict[str, Any]]) -> None:
    shown(40)
    answer = answer_of(pictures.page)
    scene = answer.get_by_role("img", name="Your picture, with 2 places marked")
    expect(scene).to_be_visible()
    expect(answer.locator(".tag")).to_have_text(["owl 75.0%", "wren 75.0%"])
    whole, box = scene.bounding_box(), answer.locator("rect.edge").first.bounding_box()
    assert whole is not None and box is not None
    assert box["x"] - whole["x"] == pytest.approx(whole["width"] * 4 / 40, abs=3)
    assert box["width"] == pytest.approx(whole["width"] * 20 / 40, abs=4)
    second = answer.get_by_role("button", name="wren")
    second.press("Enter")
    expect(second).to_have_attribute("aria-pressed", "true")
    expect(answer.locator("g.chosen rect.edge")).to_have_attribute("x", "8")


def test_masks_are_laid_over_the_picture(pictures: Visit, shown: Callable[[int], dict[str, Any]]) -> None:
    found = shown(41)
    assert found["page"]["mask"] == found["native"]["mask"].reshape(-1).tolist()
    answer = answer_of(pictures.page)
    classes = answer.get_by_role("list", name="Classes").get_by_role("button")
    # What is merely behind is not coloured, until somebody asks for it.
    expect(classes).to_have_text(["left34.1%", "background33.3%", "right32.5%"])
    assert [each.get_attribute("aria-pressed") for each in classes.all()] == ["true", "false", "true"]
    pixel = """(canvas, [x, y]) => Array.from(canvas.getContext('2d').getImageData(x, y, 1, 1).data)"""
    canvas = answer.locator("edgeweb-mask canvas")
    assert canvas.evaluate(pixel, [0, 0])[3] == 0 and canvas.evaluate(pixel, [0, 29])[3] > 0
    classes.first.press("Space")
    expect(classes.first).to_have_attribute("aria-pressed", "false")
    assert canvas.evaluate(pixel, [0, 29])[3] == 0 and canvas.evaluate(pixel, [40, 29])[3] > 0


def test_a_picture_that_was_made_is_shown(pictures: Visit, shown: Callable[[int], dict[str, Any]]) -> None:
    found = shown(42)
    image, wanted = found["page"]["image"], found["native"]["image"]
    assert (image["width"], image["height"], wanted.shape) == (42, 30, (30, 42, 3))
    assert [byte for at, byte in enumerate(image["data"]) if at % 4 < 3] == list(wanted.tobytes())
    made = answer_of(pictures.page).get_by_role("img", name="The picture that was made, 42 × 30 pixels")
    data = made.evaluate("(canvas) => Array.from(canvas.getContext('2d').getImageData(0, 0, 42, 30).data)")
    assert data == image["data"]
    with pictures.page.expect_download() as download:
        answer_of(pictures.page).get_by_role("button", name="Download PNG").click()
    with Image.open(download.value.path()) as kept:
        assert kept.convert("RGB").tobytes() == wanted.tobytes()


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (43, ["3 numbers; as a vector of length 7.48331", "2,\n 4,\n 6"]),
        (44, ["near", "far", "score 0.9"]),
        (45, ["2, 4, 6"]),
        (46, ['"dims"', "1152921504606847000"]),
        (48, ['"anything": [\n  1,\n  null,\n  "else"']),
    ],
)
def test_everything_else_is_words(
    pictures: Visit, shown: Callable[[int], dict[str, Any]], width: int, words: list[str]
) -> None:
    shown(width)
    for part in words:
        assert part in answer_of(pictures.page).inner_text()
    expect(answer_of(pictures.page).get_by_role("button", name="Copy as JSON")).to_be_visible()


def test_a_malformed_form_is_an_error_of_the_hooks(pictures: Visit, folder: Path) -> None:
    pictures.pick(folder / "47.png")
    alert = answer_of(pictures.page).get_by_role("alert")
    expect(alert).to_contain_text("boxes[0].width is a str, not a number", timeout=20_000)
    assert pictures.result(lambda: pictures.example(0))["task"] == "detection"
    assert pictures.foreign() == []


def test_a_row_is_filled_in_and_brought(chromium: Browser, sites: Served) -> None:
    with visiting(chromium) as go:
        at = go(f"{sites.url}rows/")
        assert at.result(lambda: at.example(0))["values"] == [80, 3, 6]
        expect(at.page.get_by_label("name")).to_have_value("Ada")
        at.page.get_by_label("age").fill("20")
        at.page.get_by_label("name").fill("Grace")
        assert at.result(at.page.get_by_role("button", name="Run").click)["values"] == [40, 3, 10]
        expect(answer_of(at.page)).to_contain_text("40, 3, 10")


def test_a_row_is_written_as_json(chromium: Browser, sites: Served) -> None:
    with visiting(chromium) as go:
        at = go(f"{sites.url}free/")
        field, run = at.page.get_by_label("A row, as JSON"), at.page.get_by_role("button", name="Run")
        field.fill('{"age": 1, "height": 2, "name": "abc"}')
        assert at.result(run.click)["values"] == [2, 4, 6]
        for _ in range(2):
            assert at.result(lambda: at.example(0))["values"] == [80, 3, 6]
            expect(field).to_have_value(re.compile('"name": "Ada"'))
            field.fill("")


def test_looks_and_reads_well(pictures: Visit, folder: Path) -> None:
    """No horizontal scrolling, and nothing for axe to find in what draws over a picture."""
    page = pictures.page
    page.evaluate(AXE.read_text("utf-8"))
    for number in (40, 41):
        pictures.result(lambda number=number: pictures.pick(folder / f"{number}.png"))  # type: ignore[misc]
        expect(answer_of(page).get_by_role("img").first).to_be_visible()
        for width, theme in ((390, "dark"), (1280, "light")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            assert page.evaluate("() => document.documentElement.scrollWidth") <= width
            found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
            assert [(rule["id"], [node["html"][:160] for node in rule["nodes"]]) for rule in found["violations"]] == []
