"""The releases that tests of the service worker deploy: `pytest_plugins = ("offline_fixtures",)`. Nobody imports this file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from edgeweb.release import folder as releases
from made import Made
from offline import Releases


@pytest.fixture(scope="session")
def three(made: Made) -> Releases:
    """Three releases of one site, whose titles and numbers differ."""
    return made("times 2"), made("times 3"), made("times 4")


@pytest.fixture
def several(three: Releases, tmp_path: Path) -> tuple[Path, str, str, str]:
    """A folder with three releases, of which the first is stable."""
    place = tmp_path / "releases"
    for site in three:
        releases.add(site, place)
    a, b, c = (json.loads((site / "edgeweb.json").read_text())["release"] for site in three)
    return place, a, b, c
