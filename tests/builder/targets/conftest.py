"""Two releases of one site, for every kind of target."""

from __future__ import annotations

from pathlib import Path

import pytest
import shipped


@pytest.fixture(scope="session")
def two_releases(build_once: shipped.Build, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Nobody changes them."""
    return shipped.releases(build_once, tmp_path_factory.mktemp("models"))


@pytest.fixture
def sites(two_releases: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The same, where a test's deployments are alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return two_releases
