"""The page as a visitor meets it: examples, files, forms, keyboard, errors, and its look at every size and theme."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from harness import ROOT, Served, Watched
from made import Made
from playwright.sync_api import Locator, Page, expect

SAMPLE = ROOT / "builder" / "edgeweb" / "sample"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
Watch = Callable[..., Watched]


@pytest.fixture(scope="module")
def digits(made: Made, serve: Callable[[Path], Served]) -> Served:
    return serve(made("digits"))


@pytest.fixture(scope="module")
def fruit(made: Made, serve: Callable[[Path], Served]) -> Served:
    return serve(made("fruit"))


@pytest.fixture(scope="module")
def matrix(made: Made, serve: Callable[[Path], Served]) -> Served:
    return serve(made("double"))


def ready(watched: Watched, site: Served) -> Watched:
    watched.page.goto(site.url)
    expect(watched.page.get_by_text("Checked on this device")).to_be_visible(timeout=60_000)
    return watched


def result(watched: Watched) -> Locator:
    return watched.page.locator("edge-model").get_by_role("list").first


def complaints(watched: Watched) -> list[str]:
    return [line for line in watched.console if not line.startswith(("log", "debug", "info"))]


def test_what_is_behind_the_fold(digits: Served, watch: Watch) -> None:
    """A visitor reads that the page is ready; who asks finds what runs, how it was checked, and how fast it is."""
    page = ready(watch(), digits).page
    expect(page.get_by_text("processor (WebAssembly)")).to_have_count(0)
    page.get_by_role("button", name="Example 1").click()
    expect(page.get_by_text("Answered in")).to_be_visible(timeout=20_000)
    page.locator(".ready summary").click()
    expect(page.locator(".facts")).to_contain_text("processor (WebAssembly)")
    expect(page.locator(".facts")).to_contain_text("ame numbers as the original model")
    expect(page.locator(".facts")).to_contain_text(re.compile(r"Last answer\s*[\d.]+ ?m?s"))
    # The claim about privacy waits for the page to have closed its network.
    expect(page.locator(".privacy summary").first).to_contain_text("Private: runs on your device.", timeout=60_000)


def test_an_example_is_one_click(digits: Served, watch: Watch) -> None:
    watched = ready(watch(), digits)
    watched.page.get_by_role("button", name="Example 1").click()
    expect(watched.page.get_by_role("status").filter(has_text="Result: 7")).to_be_attached(timeout=20_000)
    assert watched.foreign(digits.url) == []
    assert complaints(watched) == []


def test_a_drawing_is_read_while_it_grows(digits: Served, watch: Watch) -> None:
    watched = ready(watch(), digits)
    page = watched.page
    pad = page.get_by_role("application", name="Pad to draw on")
    place = pad.bounding_box()
    assert place is not None
    corners = [(0.28, 0.2), (0.72, 0.2), (0.42, 0.82)]
    points = [(place["x"] + x * place["width"], place["y"] + y * place["height"]) for x, y in corners]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=8)
    expect(page.locator("edgeweb-image .winner")).to_contain_text("7", timeout=20_000)
    page.mouse.up()
    said = page.get_by_role("status")
    expect(said.filter(has_text="Result: 7")).to_be_attached()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The result appears here.")).to_be_visible()
    # By keys alone: up, pen down, a line down, pen up.
    pad.focus()
    for key in [*["ArrowUp"] * 8, "Space", *["ArrowDown"] * 16, "Space"]:
        page.keyboard.press(key)
    expect(said.filter(has_text="Result: 1")).to_be_attached(timeout=20_000)
    before = pad.screenshot()
    page.get_by_role("button", name="Swap black and white").click()
    expect(said.filter(has_text="Result: 1")).to_be_attached(timeout=20_000)
    assert pad.screenshot() != before, "the sample reads both"
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Draw here")).to_be_visible()
    assert complaints(watched) == []


def test_dropped_text_is_refused_and_the_page_goes_on(digits: Served, watch: Watch) -> None:
    watched = ready(watch(), digits)
    picker = watched.page.locator("input[type=file]").first
    picker.set_input_files({"name": "notes.png", "mimeType": "image/png", "buffer": b"this is no picture"})
    expect(watched.page.get_by_text("not a picture").first).to_be_visible(timeout=20_000)
    picker.set_input_files(str(SAMPLE / "examples" / "example-2.png"))
    expect(watched.page.locator("edgeweb-image").get_by_text("%").first).to_be_visible(timeout=20_000)


def test_predict_reads_every_example(digits: Served, watch: Watch) -> None:
    """The pre-processing in the browser is the one that the sample was checked with natively."""
    watched = watch()
    # Another page of the same host: the site's own may load no picture once it is closed.
    watched.page.goto(digits.url + "report/")
    found = watched.page.evaluate("""async () => {
      const { load } = await import('../edgeweb.js')
      const model = await load()
      const winners = []
      for (const path of model.manifest.examples) {
        const image = new Image()
        image.src = '../' + path
        await image.decode()
        const { labels } = await model.predict(image)
        winners.push([labels[0].label, labels[0].score])
      }
      await model.close()
      return winners
    }""")
    assert len({label for label, _ in found}) == len(found) == 6
    assert all(score > 0.9 for _, score in found), found


def test_tabular_form_and_csv(fruit: Served, watch: Watch) -> None:
    watched = ready(watch(), fruit)
    page = watched.page
    page.get_by_label("weight").fill("150")
    page.get_by_label("redness").fill("0.9")
    page.get_by_label("orchard").select_option("south")
    page.get_by_role("button", name="Predict").first.click()
    expect(page.get_by_text("apple").first).to_be_visible(timeout=20_000)
    rows = "redness,weight,orchard\n0.1,90,north\n0.95,160,south\n"
    file = page.locator("input[type=file]").first
    file.set_input_files({"name": "rows.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    expect(page.get_by_role("cell", name="lemon").first).to_be_visible(timeout=20_000)
    # A cell that is none is named by its line.
    wrong = "redness,weight,orchard\n0.1,90,north\nred,160,south\n"
    file.set_input_files({"name": "rows.csv", "mimeType": "text/csv", "buffer": wrong.encode()})
    expect(page.get_by_text(re.compile("[Ll]ine 3.*redness")).first).to_be_visible(timeout=20_000)
    assert complaints(watched) == []


def test_works_by_keyboard_alone(digits: Served, watch: Watch) -> None:
    watched = ready(watch(), digits)
    focused = """() => {
      let element = document.activeElement
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
      return element?.querySelector('img')?.alt ?? ''
    }"""
    for _ in range(25):
        watched.page.keyboard.press("Tab")
        if watched.page.evaluate(focused) == "Example 1":
            break
    else:
        pytest.fail("Tab never came to the first example")
    watched.page.keyboard.press("Enter")
    expect(watched.page.get_by_role("status").filter(has_text="Result: 7")).to_be_attached(timeout=20_000)


def enter(kind: str, page: Page) -> None:
    """What a visitor would, so that there is a result to be seen."""
    if kind == "digits":
        page.get_by_role("button", name="Example 1").click()
        expect(page.locator("edgeweb-image").get_by_text("%").first).to_be_visible(timeout=20_000)
    elif kind == "fruit":
        page.get_by_role("textbox", name="weight").fill("150")
        page.get_by_role("textbox", name="redness").fill("0.9")
        page.get_by_label("orchard").select_option("south")
        page.get_by_role("button", name="Predict").first.click()
        expect(page.get_by_text("apple").first).to_be_visible(timeout=20_000)
    else:
        page.get_by_role("button", name="Run").first.click()
        expect(page.get_by_text("doubled").first).to_be_visible(timeout=20_000)


@pytest.mark.parametrize("kind", ["digits", "fruit", "matrix"])
def test_looks_and_reads_well(kind: str, request: pytest.FixtureRequest, watch: Watch) -> None:
    """At every size and theme: no horizontal scrolling, nothing for axe to find, and something to see."""
    # Without motion a theme is there at once, and not half of the one before.
    watched = ready(watch(reduced_motion="reduce"), request.getfixturevalue(kind))
    page = watched.page
    page.evaluate(AXE.read_text("utf-8"))
    for width, theme in product((390, 1280), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        enter(kind, page)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width, theme
        found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
        wrong = [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found["violations"]]
        assert wrong == [], (width, theme)
        assert len(page.screenshot()) > 5000, (width, theme)
    assert complaints(watched) == []
