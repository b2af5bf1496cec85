"""The examples that make their own model, from the script to the answer in Chromium, equal to the model natively."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from hosts import built
from make_example import made
from pages import Visit, visiting
from playwright.sync_api import Browser, expect
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
