"""The docs as a site: every page has its place, and what leads nowhere is found."""

from __future__ import annotations

import tomllib
from pathlib import Path

import make_docs

ROOT = Path(__file__).resolve().parent.parent
PAGE = '<link rel="canonical" href="https://docs.example/"><h1 id="top">A</h1>{0}'
GOOD = '<a href="../#top">up</a> <a href="#top">here</a> <a href="https://other.example/">away</a> <img src="../a.png">'
BAD = (
    '<a href="../nothing/">1</a> <a href="../#nowhere">2</a> <img src="b.png">'
    '<script src="https://cdn.example/x.js"></script> <link rel="stylesheet" href="//fonts.example/f.css">'
)


def test_every_page_has_its_place_and_every_place_its_page() -> None:
    pages = list(make_docs.named(tomllib.loads((ROOT / "docs" / "zensical.toml").read_text("utf-8"))["project"]["nav"]))
    assert make_docs.forgotten(pages) == []
    assert [page for page in pages if not (ROOT / page).is_file()] == [] and len(pages) == len(set(pages)) > 20


def test_what_leads_nowhere_or_is_fetched_from_elsewhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    for name, text in (("index.html", ""), ("good/index.html", GOOD), ("bad/index.html", BAD)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(PAGE.format(text))
    assert list(make_docs.broken(tmp_path)) == [
        "bad/index.html fetches //fonts.example/f.css from elsewhere",
        "bad/index.html fetches https://cdn.example/x.js from elsewhere",
        "bad/index.html leads to ../#nowhere, which that page does not have",
        "bad/index.html leads to ../nothing/, which is not there",
        "bad/index.html leads to b.png, which is not there",
    ]


def test_a_source_that_is_linked_stands_on_the_page() -> None:
    text = "[a page](text.md), [its script](../tools/step.py), [a folder](../tests/toy), [away](https://other.example/x.py)"
    made = make_docs.with_sources(text, "docs/hub.md", ["docs/hub.md", "docs/text.md"])
    first, _, source = made.partition("\n## Source\n")
    kept = "[a page](text.md), [its script](#source--tools-step-py), a folder, [away](https://other.example/x.py)"
    assert first == kept and "### ../tools/step.py {#source--tools-step-py}" in source
    assert (ROOT / "tools" / "step.py").read_text("utf-8") in source
