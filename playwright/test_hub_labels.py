"""Folders with models of pictures and texts, as the Hub has them: a visitor's own labels get transformers' scores."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import SHARED, Served, Watched, edgeweb
from playwright.sync_api import Browser, Page, expect

HUB = SHARED / "hub"
pytestmark = pytest.mark.skipif(not HUB.is_dir(), reason=f"the folders as the Hub has them are not at {HUB}")

SCORE = 2e-3
PREDICT = """async ([picture, labels, options]) => {
  const { load } = await import('./edgeweb.js')
  globalThis.asked ??= await load()
  const bytes = Uint8Array.from(atob(picture), (each) => each.charCodeAt(0))
  return globalThis.asked.predict({ image: new Blob([bytes], { type: 'image/png' }), labels }, options)
}"""
Scores = list[tuple[str, float]]


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The site of a folder, built once."""
    root = tmp_path_factory.mktemp("labelled")

    def build(name: str) -> Path:
        if not (root / name).is_dir():
            done = edgeweb("build", HUB / name, "-o", root / name)
            assert done.returncode == 0, done.stderr
        return root / name

    return build


def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HUB / name / "expected.json").read_text())
    return found


def asked(page: Page, picture: str, labels: list[str], **options: str) -> Scores:
    data = base64.b64encode((HUB / "_inputs" / picture).read_bytes()).decode()
    answer = page.evaluate(PREDICT, [data, labels, options])
    assert answer["task"] == "classification"
    return [(each["label"], each["score"]) for each in answer["labels"]]


def answers_as_expected(page: Page, name: str) -> None:
    for case in expected(name)["cases"]:
        labels, wanted = case["input"]["candidate_labels"], case["output"]
        found = asked(page, case["input"]["image"], labels)
        assert [label for label, _ in found] == [each["label"] for each in wanted]
        assert [score for _, score in found] == pytest.approx([each["score"] for each in wanted], abs=SCORE)


@pytest.mark.parametrize("name", ["clip", "clip-split"])
def test_the_scores_are_those_of_transformers(
    name: str, labelled: Callable[[str], Path], serve: Callable[[Path], Served], watch: Callable[..., Watched]
) -> None:
    out, page = labelled(name), watch().page
    manifest = json.loads((out / "edgeweb.json").read_text())
    assert (manifest["task"], manifest["matching"]["template"]) == (
        expected(name)["pipeline"], expected(name)["hypothesis_template"],
    )  # fmt: skip
    page.goto(serve(out).url)
    answers_as_expected(page, name)
    alone = asked(page, "sq.png", ["東京 café"])
    twice = asked(page, "sq.png", ["a fox", "a fox"])
    assert [label for label, _ in alone + twice] == ["東京 café", "a fox", "a fox"]
    assert [score for _, score in alone + twice] == pytest.approx([1, 0.5, 0.5])
    assert dict(asked(page, "sq.png", ["a fox", "a bank"], template="{}!")) != dict(
        asked(page, "sq.png", ["a fox", "a bank"])
    )


def test_what_a_visitor_types_is_held_against_the_picture(
    labelled: Callable[[str], Path], serve: Callable[[Path], Served], watch: Callable[..., Watched]
) -> None:
    page = watch().page
    page.goto(serve(labelled("clip")).url)
    page.get_by_label("What may be in it").fill("a fox, a bank\na film")
    page.locator("input[type=file]").first.set_input_files(HUB / "_inputs" / "sq.png")
    best = expected("clip")["cases"][0]["output"][0]["label"]
    expect(page.locator("edgeweb-image .answer")).to_contain_text(best)


def test_firefox_answers_alike(
    labelled: Callable[[str], Path], serve: Callable[[Path], Served], firefox: Browser
) -> None:
    context = firefox.new_context()
    page = context.new_page()
    page.goto(serve(labelled("clip")).url)
    answers_as_expected(page, "clip")
    context.close()
