"""Hooks and models together in one process, as a page has them."""

from __future__ import annotations

from pathlib import Path

import edgeweb
import pytest
from hooked_model import GOOD, hooked


def test_local_runs_hooks_as_a_page_does(tmp_path: Path) -> None:
    model = hooked(tmp_path, GOOD)
    site = edgeweb.Local(tmp_path / "own.py", model)
    assert site.predict("1 2 3 4")["sum"] == pytest.approx(1)
    assert site.predict("1 2 3 4")["calls"] == 2
    site.reset()
    assert site.predict("1 2 3 4")["calls"] == 1
