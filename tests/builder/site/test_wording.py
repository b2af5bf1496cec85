"""The words of the page: two whole languages, a user's own over them, and what a file of words may not say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from edgeweb.cli import main
from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.files import webdist
from edgeweb.site import wording
from tiny import ROOT


def keys(table: dict[str, Any], place: str = "") -> set[str]:
    """Every sentence by its place; the forms for numbers, which languages have more or fewer of, as one."""
    found: set[str] = set()
    for key, each in table.items():
        plural = isinstance(each, dict) and "other" in each and set(each) <= wording._PLURALS
        found |= keys(each, f"{place}{key}.") if isinstance(each, dict) and not plural else {place + key}
    return found


def own(folder: Path, table: object, **config: str) -> wording.Wording:
    (folder / "own.json").write_text(json.dumps(table), "utf-8")
    return wording.of(Config(strings="own.json", **config), folder)


@pytest.mark.parametrize("kind", sorted(webdist.find().interfaces))
def test_the_builder_puts_words_in_as_the_browser_half_does(kind: str) -> None:
    """The English interfaces are made by web/strings.mjs: the same rules, in the other language."""
    web = webdist.find()
    shipped = web.path(web.interfaces[kind]).read_bytes()
    assert wording.of(Config(), ROOT).interface(kind, web) == shipped


def test_german_is_whole() -> None:
    german, english = (wording.strings(lang) for lang in ("de", "en"))
    assert keys(german) == keys(english)
    assert wording.of(Config(lang="de-AT"), ROOT).document == german["document"]
    del german["lang"], german["dir"]
    wording._check(german, english, Path("de.json"))
    # Few are the same in both: names and abbreviations.
    said = [wording.of(Config(lang=lang), ROOT).interface("image", webdist.find()) for lang in ("de", "en")]
    assert b"Drop it here" in said[1] and b"Drop it here" not in said[0]


def test_errors_in_the_table_are_worded_so_in_the_source() -> None:
    """They are found by their English form: one that was reworded would not be translated any more."""
    source = "".join(path.read_text("utf-8") for path in (ROOT / "web" / "src").rglob("*.ts")).replace("\\'", "'")
    flat = re.sub(r"\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}", "{}", source)
    flat = flat.replace("needs {} {} at once, and there {} {}.", "needs {} rows at once, and there are {}.")
    unknown = [each for each in wording.strings("en")["errors"] if re.sub(r"\{\w+\}", "{}", each) not in flat]
    assert unknown == []


def test_a_table_of_ones_own_lies_over_the_others(tmp_path: Path) -> None:
    found = own(tmp_path, {"lang": "ar", "image": {"progress": "{of} / {done}", "preview": "صورة"}})
    assert (found.lang, found.dir) == ("ar", "rtl")
    script = found.interface("image", webdist.find()).decode()
    # By the places of the English gaps; one that leaves its gap out is still called.
    assert '"progress":"{1} / {0}"' in script
    assert '"preview":{"other":"صورة"}' in script
    assert '"drop":"Add a picture"' in script
    assert own(tmp_path, {"status": {"ready": "Geht"}}, lang="de").table["status"]["label"] == "Modell"
    assert own(tmp_path, {"lang": "xx", "dir": "rtl"}).dir == "rtl"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"lang": "fr", "image": {"dorp": "x"}}, 'Write "drop" instead'),
        ({"lang": "fr", "results": {"example": "{m}"}}, "Its gaps are: {n}"),
        ({"lang": "fr", "image": {"drop": ["x"]}}, "It is not a text"),
        ({"lang": "fr", "results": {"example": {"one": "{n}"}}}, 'Add the form "other"'),
        ({"lang": "fr", "image": "x"}, "It is not a section"),
        ({"lang": "fr", "dir": "up"}, 'Write "ltr" or "rtl"'),
        ({"lang": "../en"}, "Write it like fr or pt-BR"),
        ({"image": {}}, "does not say its language"),
        ([], "It holds no JSON object"),
    ],
)
def test_wrong_tables_are_refused(table: object, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        own(tmp_path, table)
    assert said in str(raised.value)


def test_the_command_line_prints_and_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["strings", "de"]) == 0
    assert json.loads(capsys.readouterr().out)["common"]["result"] == "Ergebnis"
    (tmp_path / "edgeweb.toml").write_text('lang = "fr"')
    model = ROOT / "builder" / "edgeweb" / "sample" / "model.onnx"
    given = ["build", str(model), "--config", str(tmp_path / "edgeweb.toml"), "-o", str(tmp_path / "site")]
    assert main(given) == 2
    assert 'There are no words for the language "fr". edgeweb has' in capsys.readouterr().err
