"""Pages that are asked something besides: a question about a picture, or labels of the visitor's for a sound."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asked_models
from harness import Served, Watched
from hearing_models import tone
from hosts import built
from PIL import Image
from playwright.sync_api import Page, expect

FAILS = """async (input) => {
  const { load } = await import('./edgeweb.js')
  globalThis.asked ??= await load()
  const picture = new ImageData(20, 30)
  const told = Object.fromEntries(Object.entries(input).map(([key, value]) => [key, value === 'picture' ? picture : value]))
  return globalThis.asked.predict(told.only ?? told).then(() => '', (error) => error.message)
}"""
# How much of the left and of the right half is coloured.
HALVES = """(canvas) => {
  const { data, width, height } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  const halves = [0, 0]
  for (let i = 0; i < width * height; i++) if (data[4 * i + 3] > 0) halves[Number(i % width >= width / 2)] += 2 / (width * height)
  return halves.map((share) => Math.round(share * 4) / 4)
}"""
Open = Callable[[Path], Page]


def drawn(name: str, level: int, size: tuple[int, int] = (40, 60)) -> Any:
    file = io.BytesIO()
    Image.new("RGB", size, (level, level, level)).save(file, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": file.getvalue()}


def test_a_question_about_a_document_is_answered(
    tmp_path: Path, serve: Callable[[Path], Served], watch: Callable[..., Watched]
) -> None:
    page = watch().page
    page.goto(serve(built(asked_models.documents(tmp_path / "paper"), tmp_path / "site")).url)
    page.locator("input[type=file]").first.set_input_files(drawn("light.png", 250))
    expect(page.get_by_text("Now ask something about it.")).to_be_visible(timeout=60_000)
    page.get_by_label("Your question about it").fill("is the film good?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".answer .words")).to_have_text("good")
    page.locator("input[type=file]").first.set_input_files(drawn("dark.png", 5))
    expect(page.locator(".answer .words")).to_have_text("bad")
    for given, why in (
        ({"only": "picture"}, "there is none"), ({"image": "picture"}, "there is none"),
        ({"image": "picture", "question": " "}, "there is none"), ({"question": "is it good?"}, "no picture"),
        ({"image": "picture", "question": "good " * 40}, "longer than what this model can read"),
    ):  # fmt: skip
        assert why in page.evaluate(FAILS, given)


def test_labels_of_the_visitors_are_held_against_a_sound(
    tmp_path: Path, serve: Callable[[Path], Served], watch: Callable[..., Watched]
) -> None:
    page = watch().page
    page.goto(serve(built(asked_models.tones(tmp_path / "ear"), tmp_path / "site")).url)
    page.locator("input[type=file]").first.set_input_files(tone(tmp_path / "low.wav", 8000, [300]))
    expect(page.get_by_text("Now write what may be heard.")).to_be_visible(timeout=60_000)
    page.get_by_label("What may be heard").fill("bad, good")
    expect(page.locator(".winner")).to_have_text("good")
    page.locator("input[type=file]").first.set_input_files(tone(tmp_path / "high.wav", 8000, [3000], seconds=1.5))
    expect(page.locator(".winner")).to_have_text("bad")
    expect(page.get_by_text("only its first")).to_be_visible()
    sound = {"samples": [], "rate": 8000}
    assert "no labels" in page.evaluate(FAILS.replace("told.only ?? told", "new Float32Array(9000)"), sound)


def test_what_a_visitor_points_at_is_selected(
    tmp_path: Path, serve: Callable[[Path], Served], watch: Callable[..., Watched]
) -> None:
    page = watch().page
    page.goto(serve(built(asked_models.selector(tmp_path / "select"), tmp_path / "site")).url)
    page.locator("input[type=file]").first.set_input_files(drawn("street.png", 128, (60, 40)))
    expect(page.get_by_text("Now click what you want in the picture.")).to_be_visible(timeout=60_000)
    scene = page.locator("edgeweb-pointing .scene")
    box = scene.bounding_box()
    assert box is not None
    across, down = box["width"], box["height"]
    scene.click(position={"x": across * 0.25, "y": down * 0.5})
    selected(page, [1, 0])
    scene.click(position={"x": across * 0.75, "y": down * 0.5})
    selected(page, [0, 1])
    scene.click(position={"x": across * 0.75, "y": down * 0.2}, modifiers=["Shift"])
    selected(page, [1, 0])
    page.get_by_role("button", name="Take back the last point").click()
    selected(page, [0, 1])
    # With keys alone: the middle, moved to the left.
    scene.focus()
    for key in (*["ArrowLeft"] * 5, "Enter"):
        page.keyboard.press(key)
    selected(page, [1, 0])
    around = {"image": "picture", "boxes": [{"x": 0, "y": 0, "width": 9, "height": 9}]}
    assert "takes points, and no boxes" in page.evaluate(FAILS, around)


def selected(page: Page, halves: list[int]) -> None:
    canvas = page.locator("edgeweb-pointing canvas").element_handle()
    page.wait_for_function(
        f"([canvas, halves]) => JSON.stringify(({HALVES})(canvas)) === JSON.stringify(halves)", arg=[canvas, halves]
    )
