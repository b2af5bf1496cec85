"""Folders of text models as the Hub has them, with no option: the answers of transformers' own pipelines, and the pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import SHARED, Served, Watched, each, edgeweb
from playwright.sync_api import Browser, Page, expect

HUB = SHARED / "hub"
pytestmark = pytest.mark.skipif(not HUB.is_dir(), reason=f"the folders from the Hub are not at {HUB}")

PREDICT = """async ([input, options]) => {
  const { load } = await import('./edgeweb.js')
  globalThis.asked ??= await load()
  return JSON.parse(JSON.stringify(await globalThis.asked.predict(input, options)))
}"""
FOLDERS = each(
    ["bert-mnli", "bert-ner", "bert-qa", "bert-mlm", "bert-st"],
    "bert-cls", "bert-cls-hub", "bert-embed", "bert-rerank", "roberta-cls", "distilbert-cls",
)  # fmt: skip
# One of each mechanism.
FIREFOX = ["bert-qa"]
NEAR = 2e-3
Made = Callable[[str], Path]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The site of a folder, built once."""
    root = tmp_path_factory.mktemp("hub")

    def build(name: str) -> Path:
        if not (root / name).is_dir():
            done = edgeweb("build", HUB / name, "-o", root / name)
            assert done.returncode == 0, done.stderr
        return root / name

    return build


def asked(case: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    given = case["input"]
    if "text_pair" in given:
        return {"text": given["text"], "pair": given["text_pair"]}, {}
    if "candidate_labels" in given:
        options = {"template": given["hypothesis_template"], "several": given["multi_label"]}
        return {"text": given["text"], "labels": given["candidate_labels"]}, options
    return (given if "question" in given else given["text"]), {}


def figures(result: dict[str, Any]) -> tuple[list[Any], list[float]]:
    """What is equal to the letter, and what nearly is."""
    match result["task"]:
        case "embedding":
            return [], result["vector"]
        case "answers":
            found = result["answers"]
            return [(each["text"], each["start"], each["end"]) for each in found], [each["score"] for each in found]
        case "spans":
            found = result["spans"]
            return [(each["label"], each["start"], each["end"]) for each in found], [each["score"] for each in found]
    found = result["labels"]
    return [(each["label"], each.get("sequence")) for each in found], [each["score"] for each in found]


def right(output: Any) -> tuple[list[Any], list[float]]:
    """The same of a pipeline's answer."""
    if isinstance(output, dict):
        return [(label, None) for label in output["labels"]], output["scores"]
    if not output or not isinstance(output[0], dict):
        return [], output
    scores = [each["score"] for each in output]
    if "answer" in output[0]:
        return [(each["answer"], each["start"], each["end"]) for each in output], scores
    if "entity_group" in output[0]:
        return [(each["entity_group"], each["start"], each["end"]) for each in output], scores
    return [(each.get("token_str", each.get("label")), each.get("sequence")) for each in output], scores


def cases(folder: str) -> list[tuple[Any, dict[str, Any], Any]]:
    found: list[tuple[Any, dict[str, Any], Any]] = []
    for file in sorted((HUB / folder).glob("expected*.json")):
        for case in json.loads(file.read_text())["cases"]:
            texts = case["input"].get("text")
            if isinstance(texts, list):
                found += [(text, {}, output) for text, output in zip(texts, case["output"], strict=True)]
            else:
                found.append((*asked(case), case["output"]))
    return found


def alike(page: Page, folder: str) -> None:
    for value, options, output in cases(folder):
        (same, near), (words, scores) = figures(page.evaluate(PREDICT, [value, options])), right(output)
        assert same == words, value
        assert near == pytest.approx(scores, abs=NEAR), value


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_answers_as_in_python(
    folder: str, hub: Made, serve: Callable[[Path], Served], watch: Callable[..., Watched]
) -> None:
    page = watch().page
    page.goto(serve(hub(folder)).url)
    alike(page, folder)


@pytest.mark.parametrize("folder", FIREFOX)
def test_in_firefox_too(folder: str, hub: Made, serve: Callable[[Path], Served], firefox: Browser) -> None:
    page = firefox.new_page()
    page.goto(serve(hub(folder)).url)
    alike(page, folder)
    page.close()


def opened(name: str, hub: Made, serve: Callable[[Path], Served], watch: Callable[..., Watched]) -> Page:
    page = watch().page
    page.goto(serve(hub(name)).url)
    return page


def test_the_page_marks_an_answer_in_its_text(
    hub: Made, serve: Callable[[Path], Served], watch: Callable[..., Watched]
) -> None:
    page = opened("bert-qa", hub, serve, watch)
    page.get_by_label("Your question").fill("Where does Angela live ?")
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.get_by_text("Give a text that has the answer.")).to_be_visible()
    page.get_by_label("The text that has the answer").fill("Angela lives in Berlin and works for a bank .")
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator(".best-answer")).to_contain_text("in Berlin")
    expect(page.locator("mark.best")).to_contain_text("in Berlin")
    expect(page.get_by_role("list", name="Other answers").locator("li")).to_have_count(2)
    page.locator("#lines").fill('question,context\nWho works ?,"Angela works, for a bank ."\n')
    page.get_by_role("button", name="Answer all").click()
    expect(page.locator("edgeweb-lines tbody tr")).to_have_count(1)
    expect(page.locator("edgeweb-lines th")).to_have_text(["answer", "score", "question", "context"])


def test_the_page_takes_labels_of_the_visitor(
    hub: Made, serve: Callable[[Path], Served], watch: Callable[..., Watched]
) -> None:
    page = opened("bert-mnli", hub, serve, watch)
    page.get_by_role("textbox", name="Your text").fill("A great film.")
    page.get_by_label("Labels, one a line or with commas").fill("film, bank\nweather")
    page.get_by_role("button", name="Sort", exact=True).click()
    expect(page.locator("edgeweb-text .answer")).to_contain_text("film")
    expect(page.locator("edgeweb-text .answer")).to_contain_text("33")
    page.get_by_label("Several may be true at once").check()
    expect(page.get_by_text("This is the result for the values before your changes.")).to_be_visible()
    page.get_by_role("button", name="Sort", exact=True).click()
    expect(page.locator("edgeweb-text .answer")).to_contain_text("46")


def test_the_page_ranks_passages(hub: Made, serve: Callable[[Path], Served], watch: Callable[..., Watched]) -> None:
    page = opened("bert-rerank", hub, serve, watch)
    page.get_by_label("What you look for").fill("A great film.")
    page.get_by_label("Passages, one a line").fill(
        "Angela lives in Berlin\nIt rains today in London and Paris, a bad ending!\n"
    )
    page.get_by_role("button", name="Rank", exact=True).click()
    items = page.locator("edgeweb-text .fills li")
    expect(items).to_have_count(2)
    expect(items.first).to_contain_text("It rains today")
    expect(items.first).to_contain_text("0.520")
