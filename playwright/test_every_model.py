"""Every model of the collection on its page, with the configuration that its notes justify: it answers what they expect."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gallery
import pytest
from answers import CHECKS
from entering import ENTER, NOTE, Notes, interface
from harness import SHARED
from hosts import Host
from playwright.sync_api import Browser, Page

pytest_plugins = ("site_fixtures",)

MODELS = SHARED / "models"
pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason=f"the shared models are not at {MODELS}")
# Of the collection `make test` takes one small model for each kind of input.
QUICK_BYTES = 100_000


def noted() -> list[Notes]:
    """Those whose notes say what they are for."""
    found = [Notes(meta.parent) for meta in sorted(MODELS.glob("*/meta.json"))]
    return [notes for notes in found if notes.meta.get("task")]


def expectations(notes: Notes) -> list[dict[str, Any]]:
    """What the notes expect; where they say nothing, the reference's numbers for the first case."""
    first = {"case": 0, "type": "outputs", "output": notes.meta["outputs"][0]["name"]}
    return notes.meta["expect"] or [first]


def parameters() -> Iterator[Any]:
    """All; of those that are small and given alike only the first is not marked as long."""
    kinds: set[str] = set()
    for notes in noted():
        kind = str((notes.meta["preprocess"] or {}).get("kind"))
        quick = notes.meta["total_weight_bytes"] < QUICK_BYTES and kind not in kinds
        kinds |= {kind} if quick else set()
        yield pytest.param(notes, id=notes.folder.name, marks=[] if quick else [pytest.mark.thorough])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """The site of a model, built once for both browsers as `make gallery` builds it."""
    found: dict[Path, Path] = {}

    def make(folder: Path) -> Path:
        if folder not in found:
            out = tmp_path_factory.mktemp(folder.name) / "site"
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("EDGEWEB_BROWSER", os.environ.get("EDGEWEB_BROWSER", "none"))
                entry = gallery.built(folder, out)
            assert "task" in entry, entry["problem"]
            found[folder] = out
        return found[folder]

    return make


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(service_workers="block")
    context.add_init_script(NOTE)
    yield context.new_page()
    context.close()


@pytest.mark.alike
@pytest.mark.parametrize("notes", list(parameters()))
def test_a_visitor_gets_the_answer(
    notes: Notes, page: Page, host: Host, made: Callable[[Path], Path], tmp_path: Path
) -> None:
    page.goto(host(made(notes.folder)).url)
    page.locator("html[data-edgeweb=sealed]").wait_for(timeout=90_000)
    enter = ENTER[interface(page)]
    for want in expectations(notes):
        CHECKS[want["type"]](enter(page, notes, want, tmp_path), want, notes)
