"""`edgeweb dev` in real browsers: a saved file shows on the page, what was entered stays, errors lie over the last good site."""

from __future__ import annotations

import base64
import json
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import models
import onnx
import pytest
from harness import ROOT, environment
from made import Made
from playwright.sync_api import Browser, FrameLocator, Page, expect
from visits import fresh

pytest_plugins = ("site_fixtures",)

SAMPLE = ROOT / "builder" / "edgeweb" / "sample"
LOADS_MS = 40_000
# Playwright's own way never ends in a frame of Firefox.
CHOOSE = """(input, picture) => {
  const carried = new DataTransfer()
  carried.items.add(new File([Uint8Array.from(atob(picture), (each) => each.charCodeAt(0))], 'three.png', { type: 'image/png' }))
  input.files = carried.files
  input.dispatchEvent(new Event('change', { bubbles: true }))
}"""


@contextmanager
def running(command: str, *words: object, port: int = 0) -> Iterator[str]:
    """The address of a server that is one of edgeweb's commands."""
    whole = [sys.executable, "-m", "edgeweb.cli", command, *map(str, words), "--port", str(port), "--json"]
    process = subprocess.Popen(whole, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"edgeweb {command} did not start"
        yield json.loads(line)["url"]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


developing = partial(running, "dev")


def site(page: Page) -> FrameLocator:
    """The site that is shown, and not one that is on its way."""
    return page.frame_locator("#stage iframe:not(.coming)")


def shows(page: Page, title: str) -> FrameLocator:
    expect(site(page).get_by_role("heading", level=1, name=title, exact=True)).to_be_visible(timeout=LOADS_MS)
    return site(page)


@contextmanager
def opened(browser: Browser, url: str) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what it complained about or asked others for."""
    with fresh(browser) as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        context.on(
            "request",
            lambda asked: said.append(asked.url) if not asked.url.startswith((url, "blob:", "data:")) else None,
        )
        page.goto(url)
        yield page, said


def digits(folder: Path) -> Path:
    shutil.copytree(SAMPLE, folder)
    return folder / "model.onnx"


def retitled(folder: Path, title: str) -> None:
    settings = folder / "edgeweb.toml"
    rest = (
        [line for line in settings.read_text().splitlines() if not line.startswith("title")]
        if settings.exists()
        else []
    )
    settings.write_text("\n".join([f"title = {json.dumps(title)}", *rest]) + "\n")


def test_a_saved_file_shows_with_the_picture_that_was_chosen(browser: Browser, tmp_path: Path) -> None:
    model = digits(tmp_path / "digits")
    with developing(model) as url, opened(browser, url) as (page, said):
        frame = shows(page, "Handwritten digits")
        assert page.title() == "Handwritten digits"
        picture = base64.b64encode((tmp_path / "digits" / "examples" / "example-3.png").read_bytes()).decode()
        frame.locator("input[type=file]").first.evaluate(CHOOSE, picture)
        best = frame.locator("edgeweb-image .winner").first
        expect(best).to_be_visible(timeout=LOADS_MS)
        before = best.inner_text().split()[0]
        words = (tmp_path / "digits" / "labels.txt").read_text().split()
        (tmp_path / "digits" / "labels.txt").write_text("".join(f"the digit {word}\n" for word in words))
        # The same picture, with the answer in the new words.
        expect(site(page).locator("edgeweb-image")).to_contain_text(f"the digit {before}", timeout=LOADS_MS)
        expect(page.locator("#mark")).to_contain_text("dev")
        assert said == []


def test_what_was_typed_and_asked_stays(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "fruit").mkdir()
    model = models.fruit(tmp_path / "fruit" / "fruit.onnx")
    with developing(model) as url, opened(browser, url) as (page, said):
        frame = shows(page, "Fruit")
        frame.get_by_label("weight", exact=True).fill("1.5")
        frame.get_by_label("redness", exact=True).fill("-3")
        orchard = frame.get_by_label("orchard", exact=True)
        orchard.select_option("north") if orchard.evaluate("each => each.localName") == "select" else orchard.fill(
            "north"
        )
        frame.get_by_role("button", name="Predict", exact=True).click()
        expect(frame.locator("section.answer")).to_contain_text("lemon", timeout=LOADS_MS)
        retitled(tmp_path / "fruit", "Orchard")
        frame = shows(page, "Orchard")
        expect(frame.get_by_label("redness", exact=True)).to_have_value("-3")
        expect(frame.get_by_label("orchard", exact=True)).to_have_value("north")
        expect(frame.locator("section.answer")).to_contain_text("lemon", timeout=LOADS_MS)
        # By their names, also where they stand elsewhere.
        proto = onnx.load(model)
        turned = list(reversed(proto.graph.input))
        del proto.graph.input[:]
        proto.graph.input.extend(turned)
        onnx.save(proto, model)
        retitled(tmp_path / "fruit", "Turned")
        frame = shows(page, "Turned")
        expect(frame.locator("#column-0")).to_have_value("north")
        expect(frame.get_by_label("weight", exact=True)).to_have_value("1.5")
        expect(frame.get_by_label("redness", exact=True)).to_have_value("-3")
        assert said == []


@pytest.mark.alike
def test_an_error_lies_over_the_last_good_site_and_goes_away(browser: Browser, tmp_path: Path) -> None:
    model = digits(tmp_path / "digits")
    settings = tmp_path / "digits" / "edgeweb.toml"
    whole = settings.read_text()
    with developing(model) as url, opened(browser, url) as (page, _):
        shows(page, "Handwritten digits")
        settings.write_text(whole.replace("title", "titel"))
        fault = page.get_by_role("alert").filter(has_text="could not be built")
        expect(fault).to_contain_text('unknown key "titel"', timeout=LOADS_MS)
        expect(fault).to_contain_text("Did you mean title?")
        shows(page, "Handwritten digits")
        fault.get_by_role("button", name="Close").click()
        expect(fault).to_be_hidden()
        settings.write_text(whole.replace("title", "tilte"))
        expect(fault).to_contain_text('"tilte"', timeout=LOADS_MS)
        settings.write_text(whole.replace("Handwritten", "Written"))
        shows(page, "Written digits")
        expect(fault).to_be_hidden()


def test_a_model_that_is_none_yet_is_an_error_that_ends_with_the_model(chromium: Browser, tmp_path: Path) -> None:
    model = tmp_path / "fruit.onnx"
    model.write_bytes(b"to be exported")
    with developing(model) as url, opened(chromium, url) as (page, said):
        fault = page.get_by_role("alert").filter(has_text="could not be built")
        expect(fault).to_contain_text("There is no site yet", timeout=LOADS_MS)
        models.fruit(tmp_path / "new").replace(model)
        shows(page, "Fruit")
        expect(fault).to_be_hidden()
        assert said == []


@pytest.mark.thorough
def test_a_page_goes_on_when_dev_is_started_again(chromium: Browser, tmp_path: Path) -> None:
    model, port = digits(tmp_path / "digits"), free()
    with fresh(chromium) as context:
        page = context.new_page()
        with developing(model, port=port) as url:
            page.goto(url)
            shows(page, "Handwritten digits")
        expect(page.locator("#mark")).to_contain_text("stopped", timeout=LOADS_MS)
        retitled(tmp_path / "digits", "Again")
        with developing(model, port=port):
            shows(page, "Again")


@pytest.mark.thorough
def test_a_site_that_was_served_at_this_address_before_gives_way(chromium: Browser, made: Made, tmp_path: Path) -> None:
    port = free()
    with fresh(chromium) as context:
        page = context.new_page()
        with running("serve", made("double"), port=port) as url:
            page.goto(url)
            kept = "navigator.serviceWorker.getRegistration().then((found) => found?.active != null)"
            page.wait_for_function(f"() => {kept}", timeout=LOADS_MS)
        with developing(digits(tmp_path / "digits"), port=port):
            page.goto(url)
            shows(page, "Handwritten digits")
            assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0


def free() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_nothing_of_it_is_in_a_built_site(made: Made) -> None:
    own = [path.read_bytes() for path in (ROOT / "web" / "dist" / "dev").iterdir()]
    assert len(own) == 3
    marks = [b"edgeweb-dev", *(data[at : at + 80] for data in own for at in range(0, len(data) - 80, 400))]
    for path in made("digits").rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        assert not [mark for mark in marks if mark in data], path
