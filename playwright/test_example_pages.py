"""The examples, from the script to the answer in Chromium: of the model natively, live from a camera and a microphone."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from harness import QUIET, ROOT, SHARED, Served
from hosts import built
from make_example import made
from pages import Visit, visiting
from PIL import Image
from playwright.sync_api import Browser, Locator, Playwright, expect
from tokenizers import Tokenizer

WORDS = ("day", "season")


@pytest.fixture(scope="module")
def visit(chromium: Browser, serve: Callable[[Path], object]) -> Iterator[Callable[[Path], Visit]]:
    with visiting(chromium) as go:
        yield lambda folder: go(serve(folder).url)  # type: ignore[attr-defined]


@pytest.mark.thorough
def test_the_table_predicts_what_the_pipeline_does(tmp_path: Path, visit: Callable[[Path], Visit]) -> None:
    here = made("table", tmp_path)
    with (here / "rows.csv").open() as file:
        head, *rows = list(csv.reader(file))
    opened = visit(built(here / "model.onnx", tmp_path / "dist", "--data", here / "rows.csv"))
    session = ort.InferenceSession(here / "model.onnx")
    for row in rows[:3]:
        cells = dict(zip(head[:-1], row[:-1], strict=True))
        feeds = {name: np.array([[cell]], object if name in WORDS else np.float32) for name, cell in cells.items()}
        for index, (name, cell) in enumerate(cells.items()):
            field = opened.page.locator(f"#column-{index}")
            if name in WORDS:
                field.select_option(cell)
            else:
                field.fill(cell)
        button = opened.page.get_by_role("button", name="Predict", exact=True)
        ((right,),) = session.run(None, feeds)[0]
        assert opened.result(button.click)["values"] == [pytest.approx(float(right), rel=1e-4)]
    assert opened.foreign() == []


@pytest.mark.thorough
def test_the_search_finds_what_the_model_does(tmp_path: Path, visit: Callable[[Path], Visit]) -> None:
    model = made("search", tmp_path) / "model"
    site = built(model, tmp_path / "dist")
    opened = visit(site)
    session = ort.InferenceSession(model / "model.onnx")
    tokens = Tokenizer.from_file(str(model / "tokenizer.json"))

    def vector(text: str) -> np.ndarray:
        ids = np.array([tokens.encode(text).ids])
        return np.asarray(session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0])

    asked = "pictures from the camera"
    texts = json.loads((site / "edgeweb.json").read_text("utf-8"))["gallery"]["ids"]
    right = sorted(texts, key=lambda text: -float(vector(text) @ vector(asked)))
    assert "camera" in right[0]
    opened.page.locator("#text").fill(asked)
    matches = opened.result(lambda: opened.page.locator("#text").press("Control+Enter"))["matches"]
    assert [each["id"] for each in matches][:3] == right[:3]
    assert opened.foreign() == []


def given(opened: Visit, picture: Path) -> dict[str, Any]:
    """What the page says of a picture."""
    picker = opened.page.locator("edgeweb-image .source input[type=file]")
    return opened.result(lambda: picker.set_input_files(picture))


@pytest.mark.thorough
def test_sketches_are_named(tmp_path: Path, visit: Callable[[Path], Visit]) -> None:
    here = made("pictures", tmp_path)
    opened = visit(built(here / "model.onnx", tmp_path / "dist", "--data", here / "pictures"))
    expect(opened.page.get_by_role("application", name="Pad to draw on")).to_be_visible()
    for name in ("house", "fish", "bicycle"):
        assert given(opened, here / "examples" / f"{name}.png")["labels"][0]["label"] == name
    assert opened.foreign() == []


@pytest.mark.thorough
def test_a_photo_of_a_painting_finds_it(tmp_path: Path, visit: Callable[[Path], Visit]) -> None:
    here = made("gallery", tmp_path)
    opened = visit(built(here / "model.onnx", tmp_path / "dist"))
    for photo, right in (("on-the-wall", "Portrait in indigo"), ("postcard", "Seascape in coral")):
        first, second = given(opened, here / "examples" / f"{photo}.jpg")["matches"][:2]
        assert first["id"] == right and first["score"] > second["score"]
        expect(opened.page.get_by_role("img", name=right)).to_be_visible()
    assert opened.foreign() == []


def test_the_thermostat_goes_on_without_its_server(tmp_path: Path, chromium: Browser) -> None:
    here = made("thermostat", tmp_path)
    page_of = here / "page"
    built(here / "model.onnx", page_of / "model", "--data", here / "rows.csv")
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "-d", str(page_of)]
    context = chromium.new_context()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        address = server.stdout.readline().split("(")[1].split(")")[0]
        try:
            page = context.new_page()
            page.goto(address)
            badge = page.locator("#server")
            page.wait_for_function("() => Number(document.getElementById('decisions').textContent) > 9", timeout=60_000)
            expect(badge).to_have_text("The server answers", timeout=20_000)
            page.evaluate("async () => { await navigator.serviceWorker.ready }")
            server.kill()
            server.wait()
            for _ in range(2):
                expect(badge).to_contain_text("still deciding", timeout=20_000)
                page.wait_for_function("() => Number(document.getElementById('alone').textContent) > 3", timeout=60_000)
                expect(page.locator("#heat")).to_have_text(re.compile(r"heat \d+ %"))
                page.reload()
        finally:
            server.kill()
    context.close()


@contextmanager
def sensing(driver: Playwright, kind: str, file: Path) -> Iterator[Callable[[str], Visit]]:
    """A Chromium whose camera (`video`) or microphone (`audio`) plays a file."""
    fakes = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    fakes.append(f"--use-file-for-fake-{kind}-capture={file}")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    browser = driver.chromium.launch(executable_path=path, args=[*QUIET, *fakes, "--no-sandbox"])
    try:
        with visiting(browser) as go:
            yield go
    finally:
        browser.close()


def film(path: Path, image: Image.Image) -> Path:
    """Of one picture, as Chromium's own camera shows it."""
    y, cb, cr = (np.asarray(plane) for plane in image.convert("RGB").convert("YCbCr").split())
    head = f"YUV4MPEG2 W{image.width} H{image.height} F30:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(head + 2 * (b"FRAME\n" + y.tobytes() + cb[::2, ::2].tobytes() + cr[::2, ::2].tobytes()))
    return path


def followed(opened: Visit) -> Locator:
    """What is drawn over the camera's picture, once the page has told how fast that goes."""
    opened.page.get_by_role("button", name="Use camera").click()
    pace = opened.page.locator("edgeweb-camera .pace")
    expect(pace).to_contain_text("pictures a second", timeout=60_000)
    assert float(pace.inner_text().split()[0]) > 0
    return opened.page.locator("edgeweb-camera canvas")


@pytest.mark.thorough
def test_the_camera_is_drawn_as_the_model_does(
    tmp_path: Path, driver: Playwright, serve: Callable[[Path], Served]
) -> None:
    here = made("style", tmp_path, "60")
    site = built(here / "model.onnx", tmp_path / "dist", "--precision", "fp32")
    # Wider than the model's picture: it is shown as a whole, and not worked on in parts.
    picture = Image.open(here / "photo-1.jpg").resize((640, 360))
    with sensing(driver, "video", film(tmp_path / "film.y4m", picture)) as go:
        opened = go(serve(site).url)
        shown = followed(opened).evaluate(
            "(c) => { const s = new OffscreenCanvas(320, 180).getContext('2d'); s.drawImage(c, 0, 0, 320, 180);"
            " return [c.width / c.height, Array.from(s.getImageData(0, 0, 320, 180).data)] }"
        )
        assert opened.foreign() == []
    photo = np.asarray(picture.resize((320, 240)), np.float32).transpose(2, 0, 1)[None] / 255
    (right,) = ort.InferenceSession(here / "model.onnx").run(None, {"photo": photo})
    wanted = Image.fromarray((right[0].transpose(1, 2, 0) * 255).round().clip(0, 255).astype(np.uint8)).resize(
        (320, 180)
    )
    drawn = np.array(shown[1]).reshape(180, 320, 4)
    assert shown[0] == pytest.approx(16 / 9, rel=0.01) and drawn[..., 3].min() == 255
    assert np.abs(drawn[..., :3] - np.asarray(wanted, float)).mean() < 12


@pytest.mark.thorough
def test_a_cup_before_the_camera_is_found(tmp_path: Path, driver: Playwright, serve: Callable[[Path], Served]) -> None:
    folder = SHARED / "models" / "yolox-nano-coco"
    if not folder.exists():
        pytest.skip(f"{folder} is absent")
    config = ROOT / "examples" / "detector" / "edgeweb.toml"
    site = built(folder / "model.onnx", tmp_path / "dist", "--config", config, "--precision", "fp32")
    coffee = Image.open(folder / "samples" / "coffee.jpg")
    with sensing(driver, "video", film(tmp_path / "film.y4m", coffee)) as go:
        opened = go(serve(site).url)
        canvas = followed(opened)
        found = opened.page.evaluate("() => results.at(-1).right")
        assert opened.foreign() == []
        cup = next(box for box in found["boxes"] if box["label"] == "cup")
        marked = canvas.evaluate("(c) => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v)")
    assert cup["score"] > 0.7 and marked
    assert 0.55 < cup["height"] / cup["width"] / (278 / 259) < 1.8


def spoken(path: Path, resonances: tuple[int, ...]) -> Path:
    """Four seconds of a voice with these resonances: pulses through three filters, unlike the example's own voices."""
    rate, pitch = 16000, 118
    sound = np.zeros(4 * rate)
    sound[:: rate // pitch] = 1.0
    # As heard before a mouth, six decibels softer for each octave.
    for i in range(1, len(sound)):
        sound[i] += 0.97 * sound[i - 1]
    for place in resonances:
        radius, turn = np.exp(-np.pi * 90 / rate), 2 * np.pi * place / rate
        out = np.zeros_like(sound)
        for i, value in enumerate(sound):
            out[i] = value + 2 * radius * np.cos(turn) * out[i - 1] - radius**2 * out[i - 2]
        sound = out
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((sound / np.abs(sound).max() * 12000).astype("<i2").tobytes())
    return path


@pytest.mark.thorough
def test_a_vowel_is_heard_live(tmp_path: Path, driver: Playwright, serve: Callable[[Path], Served]) -> None:
    here = made("speech", tmp_path, "600")
    site = built(here / "model.onnx", tmp_path / "dist")
    see, father = spoken(tmp_path / "see.wav", (270, 2290, 3010)), spoken(tmp_path / "father.wav", (730, 1090, 2440))
    with sensing(driver, "audio", father) as go:
        opened = go(serve(site).url)
        heard = opened.result(lambda: opened.page.locator("input[type=file]").first.set_input_files(see))
        assert heard["labels"][0]["label"] == "ee (see)"
        opened.page.get_by_role("button", name="Use the microphone").click()
        expect(opened.page.locator("section.answer")).to_contain_text("ah (father)", timeout=30_000)
        assert opened.foreign() == []
