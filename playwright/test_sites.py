"""Three sites with Python of their own, as examples/ has them, on real models: the page alone, and the numbers of CPython."""

from __future__ import annotations

import json
import re
import shutil
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import edgeweb
import pytest
from edgeweb.hooks_api.ndarray import maker
from edgeweb.python.hooks_child import value_of
from harness import ROOT, SHARED, Served
from hosts import built
from pages import Visit, visiting
from playwright.sync_api import Browser, expect

OVER = maker(numpy=False)
MODELS, EXAMPLES = SHARED / "models", ROOT / "examples"
pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason=f"the shared models are not at {MODELS}")

# Each example: models by the names that they get here, and the samples that the page offers.
SITES = {
    "ocr": ({"find": "ppocr-v4-det", "read": "ppocr-v4-rec"}, ["ocr.png", "line1.png", "line2.png"]),
    "voice": ({"vad": "silero-vad"}, ["speech.wav"]),
    "filetype": ({"magika": "magika-filetype"}, [f"sample.{kind}" for kind in ("csv", "html", "json", "onnx", "png", "py")]),
}  # fmt: skip


@pytest.fixture(params=["chromium", "firefox"], scope="module")
def browser(request: pytest.FixtureRequest) -> Browser:
    found: Browser = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples with models and samples beside them, built into `sites`."""
    made = tmp_path_factory.mktemp("examples")
    for name, (parts, samples) in SITES.items():
        place = shutil.copytree(EXAMPLES / name, made / name)
        for part in parts.values():
            for file in [*(MODELS / part / "samples").iterdir(), *(MODELS / part).glob("labels.txt")]:
                shutil.copy(file, place)
        for called, part in parts.items():
            shutil.copy(MODELS / part / "model.onnx", place / f"{called}.onnx")
        settings = place / "edgeweb.toml"
        settings.write_text(f"examples = {json.dumps(samples)}\n{settings.read_text()}")
        built([place / f"{called}.onnx" for called in parts], made / "sites" / name, "--precision", "fp32")
    return made


@pytest.fixture(scope="module")
def sites(folder: Path, serve: Callable[[Path], Served]) -> Served:
    return serve(folder / "sites")


@pytest.fixture
def visit(browser: Browser, sites: Served) -> Iterator[Callable[[str], Visit]]:
    with visiting(browser) as go:
        yield lambda name: go(f"{sites.url}{name}/")


def local(folder: Path, name: str) -> edgeweb.Local:
    place = folder / name
    labels = (place / "labels.txt").read_text("utf-8").splitlines() if name == "filetype" else []
    return edgeweb.Local(place / "hooks.py", *(place / f"{called}.onnx" for called in SITES[name][0]), labels=labels)


def expected(model: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((MODELS / model / "meta.json").read_text("utf-8"))["expect"][-1]
    return found


@pytest.mark.thorough
@pytest.mark.alike
def test_text_is_read_from_pictures(visit: Callable[[str], Visit], folder: Path) -> None:
    at, native, lines = visit("ocr"), local(folder, "ocr"), expected("ppocr-v4-rec")["want"]
    assert lines == ["Hello World 2024", "invoice total 42.50"]
    answer = at.page.locator("edgeweb-hooks .answer")
    pictures = {name: folder / "ocr" / name for name in SITES["ocr"][1]}

    found = at.result(lambda: at.pick(pictures["ocr.png"]))
    wanted = native.predict(value_of("image", pictures["ocr.png"], OVER))
    assert found["text"] == wanted["text"] == "\n".join(lines)
    for box, native_box in zip(found["boxes"], wanted["boxes"], strict=True):
        assert box == pytest.approx(native_box, abs=1)
        assert box["score"] == pytest.approx(native_box["score"], abs=1e-3)
    expect(answer.locator(".words")).to_have_text("\n".join(lines))
    # Over the picture, where it stands there, and in a list for those who do not see it.
    drawn = answer.locator("edgeweb-boxes svg text")
    expect(drawn).to_have_text(lines)
    answer.get_by_text("2 lines, one by one").click()
    answer.get_by_role("button", name=lines[1]).focus()
    expect(answer.locator("edgeweb-boxes g").nth(1)).to_contain_class("chosen")
    answer.get_by_role("button", name="Hide labels").click()
    expect(drawn).to_have_count(0)

    assert at.result(lambda: at.paste(pictures["line1.png"]))["text"] == lines[0]
    assert at.result(lambda: at.drop(pictures["line2.png"]))["text"] == lines[1]
    assert at.result(lambda: at.example(0))["text"] == "\n".join(lines)
    assert at.foreign() == []


@pytest.mark.thorough
def test_speech_is_followed_from_sound_to_sound(visit: Callable[[str], Visit], folder: Path, tmp_path: Path) -> None:
    at, native, wanted = visit("voice"), local(folder, "voice"), expected("silero-vad")["probs"]
    silence = tmp_path / "silence.wav"
    with wave.open(str(silence), "wb") as file:
        file.setparams((1, 2, 16_000, 16_000, "NONE", ""))
        file.writeframes(bytes(32_000))
    speech = folder / "voice" / "speech.wav"
    answer = at.page.locator("edgeweb-hooks .answer")

    first = at.result(lambda: at.example(0))
    assert first == {**native.predict(value_of("audio", speech, OVER)), **first}
    assert [part["label"] for part in first["segments"]] == ["speech"] * 3
    expect(answer.get_by_role("img", name="Waveform of 0:05.0 with 3 parts marked")).to_be_visible()
    expect(answer.locator("edgeweb-timeline path.wave")).to_have_attribute("d", re.compile("^M0.5 "))
    answer.get_by_role("button", name="0:01.7").press("Enter")
    at.page.wait_for_function(
        "() => document.querySelector('edge-model').firstElementChild.shadowRoot.querySelector('edgeweb-hooks').shadowRoot.querySelector('audio').currentTime >= 1.7"
    )
    # State and samples left over go from sound to sound, until it starts anew.
    second = at.result(lambda: at.pick(silence))
    assert second["segments"] == []
    assert first["curve"] + second["curve"] == pytest.approx(wanted, abs=1e-3)
    at.page.get_by_role("button", name="Start anew").click()
    expect(answer).to_have_text("The answer appears here.")
    assert at.result(lambda: at.pick(speech))["curve"] == pytest.approx(first["curve"], abs=1e-6)
    assert at.foreign() == []


@pytest.mark.alike
def test_files_are_told_apart_by_their_bytes(visit: Callable[[str], Visit], folder: Path) -> None:
    at, native, wanted = visit("filetype"), local(folder, "filetype"), sorted(expected("magika-filetype")["labels"])
    best = []
    for place, name in enumerate(SITES["filetype"][1]):
        found = at.result(lambda place=place: at.example(place))["labels"]  # type: ignore[misc]
        scores = {
            label["label"]: label["score"]
            for label in native.predict((folder / "filetype" / name).read_bytes())["labels"]
        }
        assert {label["label"]: label["score"] for label in found} == pytest.approx(scores, abs=1e-4)
        best.append(max(found, key=lambda label: label["score"])["label"])
        expect(at.page.locator("edgeweb-hooks .winner")).to_contain_text(best[-1])
    assert sorted(best) == wanted
    assert at.foreign() == []
