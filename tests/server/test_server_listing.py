"""The list of the sites in a folder: what it says of each, in which language, and what it leaves out."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from edgeweb.schema.tasks import Task
from edgeweb_server import words
from edgeweb_server.words import words as spoken

Get = Callable[..., Any]
CONTENT = {
    "index.html": b"i" * 1000, "app.js": b"a" * 1000, "ui.js": b"u" * 1000, "ort.wasm": b"w" * 3_000_000,
    "assets/e.png": b"p" * 9000, "assets/i.svg": b"<svg/>",
}  # fmt: skip
WHOLE: dict[str, Any] = {
    "task": "image-classification", "script": "app.js", "interface": "ui.js",
    "runtimes": {"wasm": {"files": ["ort.wasm"]}}, "variants": [{"wireBytes": 1_000_000}],
}  # fmt: skip


@pytest.fixture
def listed(make_site: Get, client_of: Get, tmp_path: Path) -> Get:
    """The list of one site with this in its manifest."""

    def get(language: str = "", **manifest: Any) -> str:
        make_site(tmp_path / "owls", CONTENT, (), **manifest)
        reply = client_of(tmp_path)("/", accept_language=language)
        assert (reply.status, reply.headers["vary"]) == (200, "Accept-Language")
        style = re.search(r"<style>(.*?)</style>", reply.body.decode(), re.DOTALL)
        assert style is not None
        allowed = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
        assert f"style-src 'sha256-{allowed}'" in reply.headers["content-security-policy"]
        return str(reply.body.decode()).split("</style>")[1]

    return get


def test_a_site_has_its_title_its_task_a_picture_and_a_size(listed: Get) -> None:
    text = listed(**WHOLE, examples=["assets/none.png", "assets/e.png"])
    assert '<a href="owls/">Bird &lt;finder&gt;</a>' in text
    assert "Says what a picture shows" in text
    assert 'src="owls/assets/e.png"' in text
    assert "4.0 MB to load" in text
    assert "r1" not in text and "image-classification" not in text


def test_in_german_where_that_is_wanted(listed: Get) -> None:
    text = listed("fr, de-CH;q=0.9, en;q=0.8", **WHOLE)
    assert 'lang="de"' not in text and "Sagt, was ein Bild zeigt" in text
    assert "4,0 MB zu laden" in text


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [
        ("", "en"), ("fr", "en"), ("de", "de"), ("de-DE,de;q=0.9,en;q=0.8", "de"), ("en,de", "en"), ("de;q=0", "en"),
        ("en;q=0.5, de;q=0.6", "de"), ("*", "en"), (";;;,de", "de"), ("de" * 5000, "en"), (", " * 5000 + "de", "en"),
    ],
)  # fmt: skip
def test_the_language_is_the_first_that_is_here(accepted: str, lang: str) -> None:
    assert spoken(accepted).lang == lang


WRONG: list[dict[str, Any]] = [
    {}, {"task": 5}, {"task": "another"}, {"examples": "assets/e.png"}, {"examples": [5, None, "../../e.png"]},
    {"runtimes": []}, {"variants": []}, {"variants": [{"wireBytes": "many"}]}, {"script": ["app.js"]},
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_of_what_is_not_as_it_should_be_nothing_is_shown(listed: Get, wrong: dict[str, Any]) -> None:
    text = listed(**({**WHOLE, **wrong} if wrong else {}))
    assert 'href="owls/"' in text
    if "examples" in wrong or not wrong:
        assert "<img" not in text
    if "task" in wrong or not wrong:
        assert 'class="task"' not in text
    if {"runtimes", "variants", "script"} & wrong.keys() or not wrong:
        assert "to load" not in text


def test_every_task_has_words_in_both_languages() -> None:
    for language in ("en", "de"):
        said = [spoken(language).task(name) for name in get_args(Task)]
        assert all(said) and len({*said}) == len(said)
    assert {*words._TASKS} == {*get_args(Task)}
