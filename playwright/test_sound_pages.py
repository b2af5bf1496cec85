"""Sites for sounds and for measurements as visitors use them: files of any rate, the microphone, pasted and sent rows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hearing_models
import numpy as np
import pytest
from harness import QUIET, ROOT, SHARED, Served, Watched
from harness import edgeweb as command
from playwright.sync_api import Browser, Page, Playwright, expect

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
MODELS = SHARED / "models"
EXACT = '\n[compress]\nprecision = "fp32"\n'
SITES: dict[str, tuple[Callable[[Path], Path], str, list[str]]] = {
    "tones": (
        hearing_models.low_or_high, "[audio]\nrate = 16000\nwindow = 8000\nhop = 8000", ["low", "high", "neither"],
    ),
    "loud": (hearing_models.loudness, 'task = "voice-activity-detection"\n[audio]\nrate = 16000', []),
    "pitch": (hearing_models.pitches, 'task = "pitch-detection"\n[audio]\nrate = 16000\nnormalise = "unit"', []),
    "half": (hearing_models.halver, "[audio]\nrate = 16000", []),
    "thermostat": (
        hearing_models.forecaster,
        'task = "time-series-forecasting"\n[series]\ncolumns = ["temperature", "power"]\nmean = [19.5, 0.5]\n'
        "std = [2.0, 0.5]\nthreshold = 21.5", [],
    ),
    "smooth": (hearing_models.smoother, 'task = "anomaly-detection"\n[series]\nthreshold = 0.05', []),
}  # fmt: skip


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Path], Served]) -> Served:
    folder = tmp_path_factory.mktemp("hearing")
    for name, (make, settings, labels) in SITES.items():
        own = folder / "models" / name
        own.mkdir(parents=True)
        make(own / "model.onnx")
        (own / "edgeweb.toml").write_text(settings + EXACT)
        if labels:
            (own / "labels.txt").write_text("\n".join(labels))
        done = command("build", own / "model.onnx", "-o", folder / "sites" / name)
        assert done.returncode == 0, done.stderr
    return serve(folder / "sites")


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("tones")
    return {rate: hearing_models.tone(folder / f"{rate}.wav", rate, [400, 3000, 0, 400]) for rate in (16_000, 44_100)}


@pytest.fixture(scope="module")
def microphone(driver: Playwright, tones: dict[int, Path]) -> Iterator[Browser]:
    """A Chromium whose microphone plays the tones."""
    fakes = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    fakes.append(f"--use-file-for-fake-audio-capture={tones[44_100]}")
    browser = driver.chromium.launch(executable_path=path, args=[*QUIET, *fakes, "--no-sandbox"])
    yield browser
    browser.close()


def opened(page: Page, url: str) -> Page:
    page.goto(url)
    page.locator("html[data-edgeweb=sealed]").wait_for(timeout=60_000)
    page.evaluate("() => document.addEventListener('edge-result', (event) => { window.last = event.detail })")
    return page


def given(page: Page, file: Path) -> Any:
    """What the page answers to a file."""
    page.evaluate("() => { window.last = undefined }")
    page.locator("input[type=file]").first.set_input_files(file)
    page.wait_for_function("() => window.last", timeout=60_000)
    return page.evaluate("() => JSON.parse(JSON.stringify({ ...window.last, samples: undefined }))")


def clean(page: Page) -> None:
    page.evaluate(AXE.read_text() + "; 0")
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    assert [each["id"] for each in found["violations"]] == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def parts(result: Any) -> list[tuple[str, float, float]]:
    return [(each["label"], round(each["start"], 1), round(each["end"], 1)) for each in result["segments"]]


def test_sounds_of_any_rate_are_heard_alike(
    sites: Served, tones: dict[int, Path], watch: Callable[..., Watched]
) -> None:
    watched = watch(viewport={"width": 390, "height": 800})
    page = opened(watched.page, f"{sites.url}tones/")
    heard = [given(page, tones[rate]) for rate in (16_000, 44_100)]
    wanted = [("low", 0.0, 0.5), ("high", 0.5, 1.0), ("neither", 1.0, 1.5), ("low", 1.5, 2.0)]
    assert [parts(each) for each in heard] == [wanted, wanted]
    assert heard[0]["labels"][0]["label"] == "low"
    scores = [[each["score"] for each in sorted(one["labels"], key=lambda each: each["label"])] for one in heard]
    assert np.abs(np.subtract(*scores)).max() < 1e-3
    expect(page.locator("section.answer .winner")).to_contain_text("low")
    clean(page)
    assert not watched.foreign(sites.url) and not [line for line in watched.console if "error" in line.lower()]


def test_a_state_goes_from_window_to_window_and_from_piece_to_piece(
    sites: Served, tones: dict[int, Path], watch: Callable[..., Watched]
) -> None:
    page = opened(watch().page, f"{sites.url}loud/")
    whole = given(page, tones[16_000])
    assert parts(whole) == [("speech", 0.0, 1.0), ("speech", 1.5, 2.0)]
    # The threshold is the visitor's; the curve stays.
    page.get_by_label("Threshold").fill("0.99")
    expect(page.locator("edgeweb-timeline .item")).to_have_count(2)
    pieces = page.evaluate(
        """async () => {
          const model = document.querySelector('edge-model').firstElementChild.model
          const samples = Float32Array.from({ length: 9000 }, (_, i) => 0.4 * Math.sin(i / 6))
          const whole = await model.predict({ samples, rate: 16000 })
          const curve = []
          for (const [from, to, stream] of [[0, 1000, 'more'], [1000, 5001, 'more'], [5001, 9000, 'end']]) {
            curve.push(...(await model.predict({ samples: samples.slice(from, to), rate: 16000 }, { stream })).curve)
          }
          return { whole: whole.curve, curve }
        }"""
    )
    assert pieces["whole"] == pieces["curve"] and len(pieces["curve"]) == 36


def test_pitch_is_told_as_notes(sites: Served, tones: dict[int, Path], firefox: Browser) -> None:
    page = opened(firefox.new_page(), f"{sites.url}pitch/")
    # 400 Hz lies between G4 and A flat; 3 kHz is beyond the model's bins.
    assert {label for label, *_ in parts(given(page, tones[44_100]))} == {"G4"}
    page.context.close()


def test_a_new_sound_is_compared_with_the_old_one(
    sites: Served, tones: dict[int, Path], watch: Callable[..., Watched]
) -> None:
    page = opened(watch().page, f"{sites.url}half/")
    given(page, tones[16_000])
    size = page.evaluate("() => [window.last.samples.length, Math.max(...window.last.samples)]")
    assert size[0] == 32_000 and abs(size[1] - 0.25) < 0.01
    with page.expect_download() as download:
        page.get_by_role("button", name="Download WAV").click()
    assert download.value.path().stat().st_size == 44 + 2 * 32_000
    page.get_by_role("radio", name="Before").check(force=True)
    expect(page.locator("audio:not([hidden])")).to_have_attribute("aria-label", "Play: Before")


def test_the_microphone_is_heard_live_with_the_network_closed(sites: Served, microphone: Browser) -> None:
    page = opened(microphone.new_page(), f"{sites.url}loud/")
    page.get_by_role("button", name="Use the microphone").click()
    expect(page.locator("edgeweb-timeline .part").first).to_be_visible(timeout=20_000)
    expect(page.locator(".speed")).to_contain_text("the sound")
    clean(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Use the microphone")).to_be_visible()
    expect(page.locator("edgeweb-timeline .part").first).to_be_visible()
    page.context.close()


def test_a_page_that_takes_no_sound_has_no_microphone(sites: Served) -> None:
    rules = json.loads((sites.folder / "thermostat" / "headers.json").read_text())["rules"]
    assert "microphone=()" in rules[0]["headers"]["Permissions-Policy"]
    rules = json.loads((sites.folder / "loud" / "headers.json").read_text())["rules"]
    assert "microphone=(self)" in rules[0]["headers"]["Permissions-Policy"]


def test_measurements_are_charted_with_what_was_expected(
    sites: Served, tmp_path: Path, watch: Callable[..., Watched]
) -> None:
    data = hearing_models.thermostat()[:200]
    file = tmp_path / "room.csv"
    np.savetxt(file, data, delimiter=",", header="temperature,power", comments="", fmt="%.3f")
    page = opened(watch(viewport={"width": 390, "height": 800}).page, f"{sites.url}thermostat/")
    result = given(page, file)
    expected = np.array(result["predicted"]).ravel()
    assert result["start"] == 24 and len(expected) == 177
    assert np.abs(expected[:-1] - data[24:, 0]).max() < 0.2
    beyond = np.flatnonzero(expected > 21.5) + 24
    rows = [row for alarm in result["alarms"] for row in range(alarm["start"], alarm["end"] + 1)]
    assert rows == beyond.tolist() and len(rows) > 0
    clean(page)
    page.get_by_role("spinbutton", name="Alarm").fill("40")
    expect(page.locator(".headline")).to_contain_text("No alarm")
    page.get_by_label("Measurements").fill("1;2\n3;x")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text('Line 2 has "x"')


def test_rows_that_are_sent_are_followed_with_the_server_gone(sites: Served, watch: Callable[..., Watched]) -> None:
    watched = watch()
    page = opened(watched.page, f"{sites.url}smooth/")
    watched.page.context.set_offline(True)
    send = "(rows) => { for (const row of rows) window.postMessage(row, location.origin) }"
    wave = np.sin(np.arange(60) / 20)
    page.evaluate(send, [{"row": {"value": value}} for value in wave.tolist()])
    expect(page.locator(".headline")).to_contain_text("No alarm")
    expect(page.locator("section.answer")).to_contain_text("60 rows received")
    page.evaluate(send, [{"value": 3.0}, {"value": "no"}, {"type": "for others"}])
    expect(page.locator(".headline")).to_contain_text("1 alarm")
    expect(page.locator("section.answer")).to_contain_text("1 message without a number")


def test_speech_is_found_where_its_authors_found_it(
    tmp_path: Path, serve: Callable[[Path], Served], watch: Callable[..., Watched]
) -> None:
    folder = MODELS / "silero-vad"
    if not folder.exists():
        pytest.skip(f"{folder} is not there")
    shutil.copy(folder / "model.onnx", tmp_path / "model.onnx")
    settings = 'task = "voice-activity-detection"\n[audio]\nrate = 16000\nwindow = 512\ncontext = 64'
    (tmp_path / "edgeweb.toml").write_text(settings + EXACT)
    done = command("build", tmp_path / "model.onnx", "-o", tmp_path / "site")
    assert done.returncode == 0, done.stderr
    page = opened(watch().page, serve(tmp_path / "site").url)
    curve = given(page, folder / "samples" / "speech.wav")["curve"]
    (wanted,) = json.loads((folder / "meta.json").read_text())["expect"]
    assert np.abs(np.array(curve) - wanted["probs"][: len(curve)]).max() < 1e-3
