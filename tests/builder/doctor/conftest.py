"""One small site that no test changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import tiny
from edgeweb.recipe import Site


@pytest.fixture(scope="session")
def site(build_once: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_once(tiny.saved(tmp_path_factory.mktemp("model"), tiny.linear())).path


@pytest.fixture(scope="session")
def next_site(build_once: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another release of it."""
    return build_once(tiny.saved(tmp_path_factory.mktemp("model"), tiny.linear(classes=5))).path
