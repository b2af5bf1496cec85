"""The releases that tests of the service worker deploy: `pytest_plugins = ("offline_fixtures",)`. Nobody imports this file."""

from __future__ import annotations

import models
import pytest
from hosts import built
from offline import Releases


@pytest.fixture(scope="session")
def three(tmp_path_factory: pytest.TempPathFactory) -> Releases:
    """Three releases of one site, whose titles and numbers differ."""
    folder = tmp_path_factory.mktemp("releases")
    first, second, third = (
        built(models.scale(folder / f"{factor}.onnx", factor), folder / str(factor), "--title", f"Times {factor}")
        for factor in (2, 3, 4)
    )
    return first, second, third
