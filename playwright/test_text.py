"""Pages for texts: classes, vectors, blanks, spans and answers that are written, each asked through its page alone."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
import text_models
from harness import ROOT, edgeweb
from hosts import Host
from pages import Visit, visiting
from playwright.sync_api import Browser, Page, expect
from tokenizers import Tokenizer

pytest_plugins = ("site_fixtures",)

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
MAKERS: dict[str, Callable[[Path], Path]] = {
    "sentiment": text_models.sentiment, "tagger": text_models.tagger, "blanks": text_models.blanks, "vectors": text_models.vectors,
    "gallery": text_models.vectors, "decoder": text_models.decoder, "chat": lambda folder: text_models.decoder(folder, chat=True),
}  # fmt: skip


GALLERY = ["the film was good", "the film was great", "paris is in france", "rome is the capital of italy"]
TITLES = {
    "sentiment": "Film reviews", "tagger": "People and places", "blanks": "Fill the gap", "vectors": "Alike in meaning",
    "gallery": "Find the closest", "decoder": "Story teller", "chat": "Story chat",
}  # fmt: skip
# Presses Stop as soon as a word is there: the model of this test writes hundreds in a second.
STOP_AT_ONCE = """() => {
  const inside = (element) => element?.shadowRoot
  const chat = inside(inside(document.querySelector('edge-model > *')).querySelector('edgeweb-chat'))
  const watch = new MutationObserver(() => {
    const stop = [...chat.querySelectorAll('button')].find((each) => each.textContent === 'Stop')
    if (!stop || !/[1-9]\\d* tokens?/.test(chat.querySelector('.facts')?.textContent ?? '')) return
    watch.disconnect()
    stop.click()
  })
  watch.observe(chat, { childList: true, subtree: true, characterData: true })
}"""


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    found: dict[str, Path] = {}

    def make(name: str) -> Path:
        if name not in found:
            folder = tmp_path_factory.mktemp(name)
            model = MAKERS[name](folder / "model")
            (model.parent / "edgeweb.toml").write_text(
                f'title = "{TITLES[name]}"\nexamples = ["The film was bad.", "the fox"]\n'
                + ('gallery = "texts.csv"\n' if name == "gallery" else "")
            )
            (model.parent / "texts.csv").write_text(
                "id,text\n" + "".join(f"{i},{text}\n" for i, text in enumerate(GALLERY))
            )
            done = edgeweb("build", model, "--precision", "fp32", "-o", folder / "site")
            assert done.returncode == 0, done.stderr
            found[name] = folder
        return found[name]

    return make


@pytest.fixture
def visit(browser: Browser, host: Host, made: Callable[[str], Path]) -> Iterator[Callable[[str], Visit]]:
    with visiting(browser) as go:
        yield lambda name: go(host(made(name) / "site").url)


def ask(visit: Visit, text: str, others: str = "") -> dict[str, Any]:
    """By keyboard alone."""
    page = visit.page
    page.locator("#text").fill(text)
    if others:
        page.locator("#others").fill(others)
    return visit.result(lambda: page.locator("#text").press("Control+Enter"))


def clean(visit: Visit) -> None:
    """Nothing asked for from elsewhere; nothing for axe to find and no sideways scrolling on a phone, seen in Chromium."""
    page = visit.page
    assert visit.foreign() == []
    if page.context.browser is None or page.context.browser.browser_type.name != "chromium":
        return
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []


def test_classes(visit: Callable[[str], Visit]) -> None:
    opened = visit("sentiment")
    page = opened.page
    result = ask(opened, "The film was great, and good!")
    assert [each["label"] for each in result["labels"]] == ["positive", "negative"]
    # Scores are 0 and 3 + 2, and softmax is in the site.
    assert math.isclose(result["labels"][0]["score"], 1 / (1 + math.exp(-5)), abs_tol=1e-5)
    expect(page.locator(".answer .winner")).to_contain_text("positive")
    bad = opened.result(lambda: page.get_by_role("button", name="The film was bad.").click())
    assert bad["labels"][0]["label"] == "negative"
    page.locator("#lines").fill("good\nboring\n\ngreat film\n")
    page.get_by_role("button", name="Classify all").click()
    expect(page.locator("edgeweb-lines td.is")).to_have_text(["positive", "negative", "positive"])
    clean(opened)
    page.locator("#text").fill("  ")
    page.get_by_role("button", name="Classify", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Write a text first.")


@pytest.mark.alike
def test_spans(visit: Callable[[str], Visit]) -> None:
    opened = visit("tagger")
    text = "Angela Merkel lives in New York. É Paris!"
    result = ask(opened, text)
    found = [(each["label"], each["text"]) for each in result["spans"]]
    assert found == [("PER", "Angela Merkel"), ("LOC", "New York"), ("LOC", "Paris")]
    assert all(text[each["start"] : each["end"]] == each["text"] for each in result["spans"])
    expect(opened.page.locator(".marked mark")).to_have_count(3)
    expect(opened.page.locator(".legend li")).to_have_text(["PER 1", "LOC 2"])
    clean(opened)


@pytest.mark.alike
def test_blanks(visit: Callable[[str], Visit]) -> None:
    opened = visit("blanks")
    page = opened.page
    best = ask(opened, "The capital of Italy is [MASK].")["labels"][0]
    assert best["label"] == "rome"
    page.locator("#text").fill("The capital of France is ")
    page.locator("#text").press("End")
    page.get_by_role("button", name="Insert blank").click()
    assert opened.result(lambda: page.locator("#text").press("Control+Enter"))["labels"][0]["label"] == "paris"
    expect(page.locator(".fill").first).to_contain_text("The capital of France is paris")
    clean(opened)
    page.locator("#text").fill("No blank")
    page.locator("#text").press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("The text has no blank.")


ANOTHER = """async (text) => {
  const model = await (await import(new URL('edgeweb.js', location.href))).load()
  return model.predict(text)
}"""


def vector_of(folder: Path, text: str) -> np.ndarray:
    """What the model natively makes of a text, of length 1."""
    session = ort.InferenceSession(str(folder / "model" / "model.onnx"))
    ids = np.array([Tokenizer.from_file(str(folder / "model" / "tokenizer.json")).encode(text).ids])
    mean = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0].mean(axis=0)
    found: np.ndarray = mean / np.linalg.norm(mean)
    return found


def test_a_text_finds_its_like_in_a_gallery(visit: Callable[[str], Visit], made: Callable[[str], Path]) -> None:
    opened = visit("gallery")
    expect(opened.page.get_by_text("closest in meaning among 4 others")).to_be_visible()
    folder = made("gallery")
    asked = "the film was bad"
    own = vector_of(folder, asked)
    right = {text: float(own @ vector_of(folder, text)) for text in GALLERY}
    matches = ask(opened, asked)["matches"]
    assert [each["id"] for each in matches] == sorted(right, key=lambda text: -right[text])
    assert np.allclose([each["score"] for each in matches], sorted(right.values(), reverse=True), atol=1e-5)
    expect(opened.page.locator(".fill").first).to_contain_text(matches[0]["id"])
    assert opened.page.evaluate(ANOTHER, asked)["matches"] == matches, "the page has no network any more"


@pytest.mark.alike
def test_vectors(visit: Callable[[str], Visit], made: Callable[[str], Path]) -> None:
    opened = visit("vectors")
    texts = ["the film was good", "the film was great", "paris is in france"]
    right = [vector_of(made("vectors"), text) for text in texts]
    vector = ask(opened, texts[0])["vector"]
    assert np.allclose(vector, right[0], atol=1e-5)
    matches = ask(opened, texts[0], "\n".join(texts[1:]))["matches"]
    scores = {each["id"]: each["score"] for each in matches}
    assert np.allclose([scores[text] for text in texts[1:]], [right[0] @ each for each in right[1:]], atol=1e-5)
    expect(opened.page.locator(".fill")).to_have_count(2)
    clean(opened)


def at_most(page: Page, tokens: int) -> None:
    """Typed: filled in by Playwright, Firefox puts it behind the number that is there."""
    field = page.get_by_label("Most tokens")
    field.press("Control+a")
    field.press_sequentially(str(tokens))


def greedy(folder: Path, prompt: list[int], count: int) -> list[int]:
    """The likeliest tokens, natively, with all of them read anew each time."""
    session = ort.InferenceSession(str(folder / "model.onnx"))
    nothing = np.zeros((1, 2, 0, 4), np.float32)
    ids = list(prompt)
    for _ in range(count):
        whole = np.array([ids])
        feeds = {"input_ids": whole, "attention_mask": np.ones_like(whole), "position_ids": np.arange(len(ids))[None]}
        kept = {f"past_key_values.0.{name}": nothing for name in ("key", "value")}
        ids.append(int(session.run(["logits"], {**feeds, **kept})[0][0, -1].argmax()))
    return ids[len(prompt) :]


@pytest.mark.alike
def test_a_text_is_written(visit: Callable[[str], Visit], made: Callable[[str], Path]) -> None:
    opened = visit("decoder")
    page, folder = opened.page, made("decoder") / "model"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    result = opened.result(lambda: (page.locator("#ask").fill("the fox"), page.locator("#ask").press("Enter")))
    prompt = tokenizer.encode("the fox").ids
    assert result["text"] == tokenizer.decode(greedy(folder, prompt, result["tokens"]))
    assert (result["finish"], result["tokens"]) == ("length", 128 - len(prompt))
    # It is as long as the model reads: there is nothing to be continued.
    expect(page.locator(".turn .facts").first).to_contain_text("tokens/s · the model holds no more")
    expect(page.get_by_role("button", name="Continue")).to_have_count(0)
    # Streamed, the same for a seed, and no longer than asked for.
    drawn = """async () => {
      const { load } = await import(new URL('edgeweb.js', location).href)
      const model = await load()
      const seen = []
      const draw = (seed) => model.predict('the fox', { temperature: 1, topK: 20, topP: 0.9, maxTokens: 12, seed, onText: ({ text }) => seen.push(text) })
      const texts = [await draw(1), await draw(1), await draw(2)].map(({ text }) => text)
      const stop = new AbortController()
      const code = await model.predict('the fox', { maxTokens: 100, signal: stop.signal, onText: () => stop.abort() }).catch((error) => error.code)
      const failed = await model.predict('the fox', { maxTokens: 100, onText: () => { throw new Error('mine') } }).catch((error) => error.message)
      const after = await model.predict('the fox', { maxTokens: 3 })
      const wrong = await model.predict("the fox", { topK: NaN }).catch((error) => error.message)
      return { texts, seen, code, failed, wrong, after: after.text }
    }"""
    told = page.evaluate(drawn)
    assert told["texts"][0] == told["texts"][1] != told["texts"][2]
    # At most once a frame, and at last all of it.
    assert 3 <= len(told["seen"]) <= 39
    assert told["seen"][-1] == told["texts"][2].rstrip("\ufffd")
    assert (told["code"], told["after"]) == ("aborted", tokenizer.decode(greedy(folder, prompt, 3)))
    assert (told["failed"], told["wrong"]) == ("onText failed: mine.", "topK is NaN.")
    clean(opened)


def test_a_conversation_goes_on(visit: Callable[[str], Visit], made: Callable[[str], Path]) -> None:
    opened = visit("chat")
    page, folder = opened.page, made("chat") / "model"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    page.get_by_text("How it writes").click()
    at_most(page, 6)

    def say(text: str) -> str:
        return str(
            opened.result(lambda: (page.locator("#ask").fill(text), page.locator("#ask").press("Enter")))["text"]
        )

    first = "<|im_start|>user\nwho<|im_end|>\n<|im_start|>assistant\n"
    asked = tokenizer.encode(first).ids
    one = say("who")
    assert one == tokenizer.decode(greedy(folder, asked, 6))
    again = tokenizer.encode(f"{first}{one}<|im_end|>\n<|im_start|>user\nwhy<|im_end|>\n<|im_start|>assistant\n").ids
    assert say("why") == tokenizer.decode(greedy(folder, again, 6))
    expect(page.locator(".turn.mine")).to_have_count(2)
    # Stopped at any word: what is there stays, and the next message is answered at once.
    at_most(page, 4000)
    page.get_by_role("button", name="New chat").click()
    page.evaluate(STOP_AT_ONCE)
    page.locator("#ask").fill("once upon")
    page.locator("#ask").press("Enter")
    expect(page.locator(".turn .facts").first).to_contain_text("stopped")
    written = page.locator(".turn .said").last.inner_text().strip()
    assert 0 < len(written) < len("once upon a time there was a little fox. ") * 5
    at_most(page, 2)
    say("why")
    clean(opened)


@pytest.mark.alike
@pytest.mark.parametrize("name", ["sms-spam-tfidf"])
def test_a_model_that_takes_texts_as_they_are(name: str, browser: Browser, host: Host, tmp_path: Path) -> None:
    shared = ROOT.parent / "shared" / "models" / name
    if not shared.is_dir():
        pytest.skip(f"{shared} is absent")
    done = edgeweb("build", shared / "model.onnx", "--precision", "fp32", "-o", tmp_path / "site")
    assert "text-classification" in done.stderr + done.stdout, done.stderr
    meta = json.loads((shared / "meta.json").read_text("utf-8"))
    texts = json.loads((shared / "samples" / "sms.json").read_text("utf-8"))
    with visiting(browser) as go:
        page = go(host(tmp_path / "site").url)
        page.page.locator("#lines").fill("\n".join(text.replace("\n", " ") for text in texts))
        page.page.get_by_role("button", name="Classify all").click()
        expect(page.page.locator("edgeweb-lines td.is")).to_have_text(meta["expect"][0]["want"])
        assert ask(page, texts[1])["labels"][0]["label"] == "spam"
