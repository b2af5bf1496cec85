"""Pages in another language: German, which edgeweb has, and an invented one from right to left that a user brings."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import models
import pytest
from harness import ROOT, Served, Watched
from hosts import built
from playwright.sync_api import expect

SAMPLE = ROOT / "builder" / "edgeweb" / "sample"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
Watch = Callable[..., Watched]
# Long words and some of each kind: whole sentences, gaps, forms for numbers.
ARABIC = {
    "dir": "rtl",
    "common": {"result": "النتيجة", "clear": "مسح"},
    "status": {"checked": "تم التحقق على هذا الجهاز", "runsOn": "يعمل على"},
    "privacy": {"badge": "مغلق:", "closedRest": "لم تعد هذه الصفحة قادرة على الاتصال بأي شيء على الإطلاق"},
    "tabular": {
        "form": "صف واحد",
        "predict": "توقع",
        "rowsDone": {"one": "صف واحد", "two": "صفان", "few": "{n} صفوف", "many": "{n} صفًا", "other": "{n} صف"},
    },
}
# Everything that is shown or read aloud.
TEXT = """() => {
  const said = []
  const visit = (root) => {
    for (const node of root.childNodes) {
      if (node.nodeType === 3) said.push(node.data)
      if (node.nodeType !== 1 || ['SCRIPT', 'STYLE'].includes(node.tagName)) continue
      for (const name of ['aria-label', 'title', 'placeholder', 'alt']) if (node.hasAttribute(name)) said.push(node.getAttribute(name))
      visit(node)
      if (node.shadowRoot) visit(node.shadowRoot)
    }
  }
  visit(document.documentElement)
  return said.map((text) => text.trim().replace(/\\s+/g, ' ')).filter(Boolean)
}"""


def sentences(table: dict[str, Any]) -> Iterator[str]:
    for each in table.values():
        yield from sentences(each) if isinstance(each, dict) else [each]


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Path], Served]) -> Served:
    folder = shutil.copytree(SAMPLE, tmp_path_factory.mktemp("german") / "sample")
    config = folder / "edgeweb.toml"
    config.write_text('lang = "de"\n' + config.read_text("utf-8"), "utf-8")
    return serve(built(folder / "model.onnx", folder / "site", "--precision", "fp32"))


@pytest.fixture(scope="module")
def arabic(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Path], Served]) -> Served:
    folder = tmp_path_factory.mktemp("arabic")
    (folder / "ar.json").write_text(json.dumps(ARABIC), "utf-8")
    (folder / "edgeweb.toml").write_text('lang = "ar"\nstrings = "ar.json"\n', "utf-8")
    return serve(built(models.fruit(folder / "fruit.onnx"), folder / "site"))


def test_a_german_page_says_nothing_in_english(german: Served, watch: Watch) -> None:
    watched = watch()
    page = watched.page
    page.goto(german.url)
    expect(page.get_by_text("Auf diesem Gerät geprüft")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Beispiel 1").click()
    # The numbers as they are written there.
    expect(page.get_by_role("status").filter(has_text=re.compile(r"Ergebnis: 7, \d+,\d\s%"))).to_be_attached(
        timeout=20_000
    )
    page.locator("details.privacy summary").first.click()
    page.get_by_text("Einzelheiten zum Modell").click()
    expect(page.get_by_text("Wo das Modell läuft")).to_be_visible()
    english, own = (json.loads((ROOT / "web" / "strings" / f"{lang}.json").read_text("utf-8")) for lang in ("en", "de"))
    foreign = {each for each in sentences(english) if len(each) > 3} - set(sentences(own))
    assert [text for text in page.evaluate(TEXT) if text in foreign] == []
    assert page.evaluate(
        "() => [document.documentElement.lang, document.querySelector('edge-model').firstChild.lang]"
    ) == ["de", "de"]
    # One interface, and nothing more for its words.
    assert len({url for url in watched.requests if "/ui-" in url}) == 1


def test_what_goes_wrong_before_the_interface_is_said_in_german(german: Served, watch: Watch) -> None:
    page = watch(service_workers="block").page
    page.route("**/edgeweb.json", lambda route: route.abort())
    page.goto(german.url)
    expect(page.get_by_role("alert").filter(has_text="Die Seite ist nicht erreichbar. Prüfen Sie")).to_be_visible(
        timeout=60_000
    )
    expect(page.get_by_role("button", name="Erneut versuchen")).to_be_visible()


def test_from_right_to_left_nothing_overflows_and_axe_finds_nothing(arabic: Served, watch: Watch) -> None:
    page = watch(viewport={"width": 390, "height": 900}).page
    page.goto(arabic.url)
    expect(page.get_by_text("تم التحقق على هذا الجهاز")).to_be_visible(timeout=60_000)
    page.get_by_label("weight").fill("150")
    page.get_by_label("redness").fill("0.9")
    page.get_by_label("orchard").select_option("south")
    page.get_by_role("button", name="توقع").click()
    expect(page.get_by_text("apple").first).to_be_visible(timeout=20_000)
    # Not in the table: in English.
    expect(page.get_by_text("Many rows")).to_be_visible()
    page.locator("input[type=file]").first.set_input_files(
        {
            "name": "rows.csv",
            "mimeType": "text/csv",
            "buffer": b"redness,weight,orchard\n0.1,90,north\n0.95,160,south\n",
        }
    )
    expect(page.get_by_text("صفان").first).to_be_visible(timeout=20_000)
    page.locator("details.privacy summary").first.click()
    assert page.evaluate("() => getComputedStyle(document.querySelector('edge-model').firstChild).direction") == "rtl"
    title = page.get_by_role("heading", level=1).locator("bdi").bounding_box()
    assert title is not None
    assert title["x"] + title["width"] > 300
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    assert [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found["violations"]] == []


def test_what_a_german_page_writes_into_a_field_it_reads_again(
    tmp_path: Path, serve: Callable[[Path], Served], watch: Watch
) -> None:
    (tmp_path / "edgeweb.toml").write_text('lang = "de"\n', "utf-8")
    page = watch().page
    page.goto(serve(built(models.scale(tmp_path / "double.onnx"), tmp_path / "site")).url)
    # A comma stands between numbers, so none is within one.
    expect(page.get_by_text("24 von 24 Werten")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Modell ausführen").click()
    expect(page.get_by_text("doubled").first).to_be_visible(timeout=20_000)
