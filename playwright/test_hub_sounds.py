"""Folders of the Hub that hear or speak, in browsers: what transformers' own pipelines answered, and their pages."""

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

Watch = Callable[..., Watched]
Open = Callable[..., Page]
PREDICT = """async ([sound, text, options]) => {
  const { load } = await import('./edgeweb.js')
  globalThis.asked ??= await load()
  const input = sound === null ? text : new Blob([Uint8Array.from(atob(sound), (c) => c.charCodeAt(0))])
  const { samples, ...rest } = await globalThis.asked.predict(input, options)
  return samples ? { ...rest, size: samples.length, peak: samples.reduce((a, b) => Math.max(a, Math.abs(b)), 0) } : rest
}"""


@pytest.fixture
def site(tmp_path: Path, serve: Callable[[Path], Served], watch: Watch) -> Open:
    def opened(name: str) -> Page:
        done = edgeweb("build", HUB / name, "-o", tmp_path / "site")
        assert done.returncode == 0, done.stderr
        watched = watch()
        watched.page.goto(serve(tmp_path / "site").url)
        expect(watched.page.locator(".ready").first).to_be_visible(timeout=60_000)
        return watched.page

    return opened


def asked(page: Page, name: str, **options: Any) -> tuple[Any, Any]:
    """What the page's model says of the case of a folder, and what transformers said."""
    (case,) = json.loads((HUB / name / "expected.json").read_text())["cases"]
    sound = (HUB / "_inputs" / case["input"]["audio"]).read_bytes()
    return page.evaluate(PREDICT, [base64.b64encode(sound).decode(), "", options]), case["output"]


@pytest.mark.parametrize("name", each(["ast"], "wav2vec2-cls"))
def test_sounds_are_what_transformers_says(name: str, site: Open) -> None:
    told, known = asked(site(name), name)
    assert {each["label"]: each["score"] for each in told["labels"]} == pytest.approx(
        {each["label"]: each["score"] for each in known}, abs=2e-3
    )


def test_letters_of_frames_are_the_text(site: Open, firefox: Browser) -> None:
    page = site("wav2vec2-ctc")
    told, known = asked(page, "wav2vec2-ctc", timestamps="word")
    assert told["text"] == known["text"] == " ".join(each["text"] for each in told["segments"])
    assert 0 <= told["segments"][0]["start"] < told["segments"][-1]["end"] <= 2
    page.locator("input[type=file]").set_input_files(HUB / "_inputs" / "a.wav")
    expect(page.locator("edgeweb-transcript .text")).to_have_text(known["text"], timeout=30_000)
    page.locator("edgeweb-transcript ol button").first.click()
    player = page.locator(".given audio")
    assert player.evaluate(
        "(audio) => audio.paused ? new Promise((done) => { audio.onplay = () => done(true) }) : true"
    )
    with page.expect_download() as saved:
        page.get_by_role("button", name="Subtitles").click()
    assert saved.value.path().read_text().startswith("WEBVTT")
    with firefox.new_context() as context:
        other = context.new_page()
        other.goto(page.url)
        again, _ = asked(other, "wav2vec2-ctc", timestamps="word")
        assert (again["text"], again["segments"]) == (told["text"], told["segments"])


def test_a_decoder_writes_what_transformers_wrote(site: Open) -> None:
    told, known = asked(site("whisper"), "whisper", maxTokens=20)
    assert (told["ids"], told["text"], told["language"]) == (known["ids"], known["text"], "en")


def test_a_text_becomes_a_sound(site: Open) -> None:
    page = site("vits")
    told = page.evaluate(PREDICT, [None, "Hello world", {}])
    assert (told["task"], told["rate"]) == ("audio", 16_000) and told["size"] > 1000 and 0 < told["peak"] < 1.01
    page.get_by_role("textbox").fill("Hello")
    page.get_by_role("button", name="Speak").click()
    expect(page.locator("edgeweb-sound audio:visible")).to_have_count(1, timeout=30_000)
    with page.expect_download() as saved:
        page.locator("edgeweb-sound .button").click()
    assert saved.value.path().read_bytes()[:4] == b"RIFF"
