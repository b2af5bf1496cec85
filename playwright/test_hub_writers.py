"""Folders of decoders as the Hub has them: the ids that transformers' own pipeline wrote, and the page of a conversation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import SHARED, Served, Watched, each, edgeweb
from playwright.sync_api import Browser, Page, expect

HUB = SHARED / "hub"
pytestmark = pytest.mark.skipif(not HUB.is_dir(), reason=f"the folders of the Hub are not at {HUB}")

WRITE = """async ([input, options]) => {
  const { load } = await import('./edgeweb.js')
  globalThis.asked ??= await load()
  const { milliseconds, ...result } = await globalThis.asked.predict(input, options)
  return result
}"""
Open = Callable[..., Page]


@pytest.fixture
def opened(tmp_path: Path, serve: Callable[[Path], Served], watch: Callable[..., Watched]) -> Open:
    """The page of a folder's site, built with no option but the folder, or with these lines of edgeweb.toml."""

    def open_site(name: str, lines: str = "", page: Page | None = None) -> Page:
        out, config = tmp_path / "site", tmp_path / "edgeweb.toml"
        config.write_text(lines)
        done = edgeweb("build", HUB / name, "-o", out, *(["--config", config] if lines else []))
        assert done.returncode == 0, done.stderr
        page = watch().page if page is None else page
        page.goto(serve(out).url)
        expect(page.get_by_text("hecked on this device").first).to_be_visible(timeout=60_000)
        return page

    return open_site


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((HUB / name / "expected.json").read_text())["cases"]
    return found


def same(page: Page, name: str) -> None:
    """Ids and texts are those of transformers."""
    for case in cases(name):
        asked, right = case["input"], case["output"]
        options = {"maxTokens": asked["max_new_tokens"], "repetitionPenalty": asked["repetition_penalty"]}
        told = page.evaluate(WRITE, [asked["messages"], options])
        assert (told["task"], told["ids"], told["text"]) == ("text", right["ids"], right["text"]), asked


@pytest.mark.parametrize("name", each(["gpt2-nopast", "llama-chat"], "gpt2", "llama-chat-hub"))
def test_a_decoder_writes_what_transformers_writes(name: str, opened: Open) -> None:
    page = opened(name)
    same(page, name)
    if name == "gpt2":
        told = page.evaluate(WRITE, ["Once upon a time", {"maxTokens": 24, "repetitionPenalty": 1}])
        assert told["ids"] == cases(name)[0]["output"]["ids"], "a text is a message"


def test_a_decoder_writes_the_same_in_firefox(opened: Open, firefox: Browser) -> None:
    context = firefox.new_context()
    same(opened("llama-chat", page=context.new_page()), "llama-chat")
    context.close()


def test_what_genai_builds_writes(opened: Open) -> None:
    page = opened("llama-genai-int4")
    told = page.evaluate(WRITE, [[{"role": "user", "content": "Once upon a time"}], {"maxTokens": 8}])
    assert told["task"] == "text" and len(told["ids"]) == 8
    assert page.evaluate(WRITE, [[{"role": "user", "content": "Once upon a time"}], {"maxTokens": 8}]) == told


def test_a_conversation_with_all_that_belongs_to_it(opened: Open) -> None:
    page = opened("llama-chat", lines='[text]\nsystem = "Answer like a fox."\n')
    right = next(case for case in cases("llama-chat") if case["input"]["messages"][0]["role"] == "system")
    page.get_by_text("How it writes").click()
    expect(page.get_by_label("System prompt")).to_have_value("Answer like a fox.")
    page.get_by_label("Most tokens").fill("24")
    page.get_by_role("textbox", name="Your message").fill("Once upon a time")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("button", name="Ask again")).to_be_visible(timeout=30_000)
    said = page.locator("edgeweb-chat").evaluate("(chat) => chat.turns.at(-1).answer")
    assert said == right["output"]["text"], "the site's own system prompt"
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".turn .facts").last).to_contain_text("48 tokens", timeout=30_000)
    page.get_by_label("Keep on this device").check()
    page.reload()
    expect(page.locator(".turn.mine")).to_have_count(1, timeout=60_000)
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_role("textbox", name="Your message")).to_have_value("Once upon a time")
    page.get_by_label("Keep on this device").uncheck()
    page.reload()
    expect(page.get_by_role("textbox", name="Your message")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(0)


def test_markdown_is_shown_and_nothing_of_it_runs(opened: Open) -> None:
    page = opened("llama-chat")
    text = (
        "**bold** [good](https://example.org/) [bad](javascript:alert(1)) ![pic](https://example.org/p.png)\n\n"
        "<img src=x onerror=alert(1)>\n\n- one\n- two\n\n```\ncode\n```"
    )
    page.locator("edgeweb-chat").evaluate(
        "(chat, answer) => { chat.turns = [{ asked: 'q', answer, tokens: 1, milliseconds: 1, ended: 'stop', truncated: true }] }",
        text,
    )
    answer = page.locator(".formatted")
    expect(answer.locator("strong")).to_have_text("bold")
    expect(answer.locator("li")).to_have_count(2)
    expect(answer.locator("pre")).to_have_text("code")
    expect(answer.locator("img")).to_have_count(0)
    expect(answer.locator("a")).to_have_count(1)
    expect(answer.locator("a")).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(answer).to_contain_text("<img src=x")
    expect(page.get_by_text("its oldest part was left out")).to_be_visible()
