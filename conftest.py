"""The order of test files that several processes share: what takes longest comes first, so that all end together."""

from __future__ import annotations

import pytest

# Seconds of a file, where it has many of them. Files that are not here follow, as they come.
SECONDS = {
    "test_models.py": 600,
    "test_hook_cases.py": 300,
    "test_recovery.py": 240,
    "test_updates.py": 240,
    "test_pages.py": 200,
}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort whole files; within one the order stays."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: -SECONDS.get(item.path.name, 0))
