"""The releases that tests of the service worker deploy: `pytest_plugins = ("offline_fixtures",)`. Nobody imports this file."""

from __future__ import annotations

import pytest
from made import Made
from offline import Releases


@pytest.fixture(scope="session")
def three(made: Made) -> Releases:
    """Three releases of one site, whose titles and numbers differ."""
    return made("times 2"), made("times 3"), made("times 4")
