"""Models of an encoder and a decoder, as exporters give them: their texts and ids are those of transformers' pipelines."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import SHARED, Served, Watched, each, edgeweb
from playwright.sync_api import Browser, Page, expect

HUB = SHARED / "hub"
pytestmark = pytest.mark.skipif(not HUB.is_dir(), reason=f"the folders of the Hub are not at {HUB}")

# What predict() calls the options of transformers' generate().
OPTIONS = {"num_beams": "beams", "max_new_tokens": "maxTokens", "repetition_penalty": "repetitionPenalty"}
ASK = """async ([input, picture, options]) => {
  const { load } = await import('./edgeweb.js')
  globalThis.asked ??= await load()
  const given = picture ? new Blob([Uint8Array.from(atob(input), (c) => c.charCodeAt(0))], { type: 'image/png' }) : input
  const { ids, text } = await globalThis.asked.predict(given, options)
  return { ids: ids.map(Number), text }
}"""


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Path], Served]) -> Callable[[str], str]:
    """The address of a folder's site, built once."""
    made: dict[str, str] = {}

    def site(name: str) -> str:
        if name not in made:
            out = tmp_path_factory.mktemp("hub") / name
            done = edgeweb("build", HUB / name, "-o", out)
            assert done.returncode == 0, done.stderr
            made[name] = serve(out).url
        return made[name]

    return site


def answers(page: Page, name: str) -> None:
    """Every case of a folder."""
    for case in json.loads((HUB / name / "expected.json").read_text())["cases"]:
        given = case["input"]
        picture = "image" in given
        asked = base64.b64encode((HUB / "_inputs" / given["image"]).read_bytes()).decode() if picture else given["text"]
        options = {OPTIONS[key]: value for key, value in given.items() if key in OPTIONS}
        found = page.evaluate(ASK, [asked, picture, options])
        assert found == {key: case["output"][key] for key in ("ids", "text")}, (name, given)


@pytest.mark.parametrize("name", each(["t5", "trocr"], "bart"))
def test_chromium_writes_what_transformers_writes(name: str, sites: Any, watch: Callable[..., Watched]) -> None:
    watched = watch()
    watched.page.goto(sites(name))
    answers(watched.page, name)


def test_firefox_writes_what_transformers_writes(sites: Any, firefox: Browser) -> None:
    page = firefox.new_page()
    page.goto(sites("bart"))
    answers(page, "bart")
    page.close()


def test_the_page_takes_a_text_and_shows_another(sites: Any, watch: Callable[..., Watched]) -> None:
    page = watch().page
    page.goto(sites("bart"))
    expect(page.get_by_text("hecked on this device").first).to_be_visible(timeout=60_000)
    case = next(
        case
        for case in json.loads((HUB / "bart" / "expected.json").read_text())["cases"]
        if case["output"]["text"].strip()
    )
    page.get_by_text("How it writes").click()
    page.get_by_label("Beams", exact=True).fill(str(case["input"]["num_beams"]))
    page.get_by_label("Most tokens").fill(str(case["input"]["max_new_tokens"]))
    page.get_by_role("textbox", name="Your text").fill(case["input"]["text"])
    page.get_by_role("button", name="Write", exact=True).click()
    result = page.get_by_role("region", name="Result")
    expect(result.get_by_role("button", name="Copy answer")).to_be_visible(timeout=30_000)
    assert result.locator(".written").text_content() == case["output"]["text"]
    # Lines of a file are written about in the same way.
    page.get_by_label("Texts, one a line").fill("\n".join([case["input"]["text"], "hello"]))
    page.get_by_role("button", name="Write all").click()
    expect(page.get_by_role("heading", name="2 texts written")).to_be_visible(timeout=30_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download results").click()
    assert "fufufu" in Path(download.value.path()).read_text("utf-8-sig")
