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
Open = Callable[[Path], Page]


def drawn(name: str, level: int) -> Any:
    file = io.BytesIO()
    Image.new("RGB", (40, 60), (level, level, level)).save(file, "PNG")
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
