"""preview(): what a notebook is given, and that nothing is left of it."""

from __future__ import annotations

import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import edgeweb
import pytest
import tiny
from edgeweb.errors import EdgewebError, OutputError, UsageError


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, build_once: Callable[..., edgeweb.Site]) -> edgeweb.Site:
    model = tiny.saved(tmp_path_factory.mktemp("notebook"), tiny.linear())
    return build_once(model, title="<Birds> & more", precision="fp32")


@pytest.fixture(autouse=True)
def ends() -> Iterator[None]:
    yield
    from edgeweb import notebook

    notebook._close_all()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as page:
            return page.status == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def framed(shown: str) -> dict[str, str | None]:
    found: list[dict[str, str | None]] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend([dict(attrs)] if tag == "iframe" else [])

    Parser().feed(shown)
    return found[0]


def test_a_notebook_gets_a_frame_and_a_script_the_address(site: edgeweb.Site) -> None:
    with edgeweb.preview(site, height=480) as shown:
        frame = framed(shown._repr_html_())
        assert (frame["src"], frame["height"], frame["title"]) == (shown.url, "480", "<Birds> & more")
        assert str(shown) == f"<Birds> & more: {shown.url}, while this program runs" and shown.url.startswith(
            "http://127.0.0.1:"
        )
        assert answers(shown.url)
    assert not answers(shown.url)
    assert "iframe" not in shown._repr_html_() and str(shown) == "<Birds> & more: no longer served"


def test_the_same_folder_has_one_server_and_another_its_own(site: edgeweb.Site, tmp_path: Path) -> None:
    first = edgeweb.preview(site)
    second = edgeweb.preview(str(site.path))
    assert not answers(first.url) and answers(second.url)
    (tmp_path / "other").symlink_to(site.path)
    third = edgeweb.preview(tmp_path / "other")
    assert answers(second.url) and answers(third.url)


@pytest.mark.parametrize("ends", ["process.kill()", "process.terminate()", "process.communicate('\\n')"])
def test_nothing_is_left_of_it_however_the_program_ends(site: edgeweb.Site, ends: str) -> None:
    code = f"import edgeweb; print(edgeweb.preview({str(site.path)!r}).url, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert answers(url)
        exec(ends)
        process.wait(15)
    assert not answers(url)


@pytest.mark.parametrize(
    ("given", "more", "error", "sentence"),
    [
        ("nowhere", {}, OutputError, "nowhere"),
        (3, {}, UsageError, "A int is no site"),
        ("nowhere", {"height": 20}, UsageError, "height cannot be 20"),
        ("nowhere", {"height": "tall"}, UsageError, "height cannot be 'tall'"),
        ("", {"port": 70000}, OutputError, "Port 70000 cannot be used"),
    ],
)
def test_what_cannot_be_shown_is_one_sentence(
    site: edgeweb.Site, given: Any, more: dict[str, Any], error: type[EdgewebError], sentence: str
) -> None:
    with pytest.raises(error) as told:
        edgeweb.preview(given or site, **more)
    assert sentence in str(told.value) and "\n" not in str(told.value) and told.value.exit_code == 2
