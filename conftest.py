"""Which tests `make test` runs, and in which order processes share their files: the longest first."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Tests may import ONNX Runtime before edgeweb, which would tell it so otherwise.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# PyTorch makes a folder of this name when it is loaded; test_alone.py looks for what edgeweb leaves, meanwhile perhaps.
os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(Path(__file__).parent / ".pytest_cache" / "torch")
BROWSERS = Path(__file__).parent / "playwright"
SERVER = Path(__file__).parent / "tests" / "server"
# About how long these take on an idle machine, in seconds. The other browser tests follow, and then what ends soonest.
SECONDS = {
    "test_models.py": 400,
    "test_egress.py": 320,
    "test_faults.py": 280,
    "test_recovery.py": 200,
    "test_updates.py": 180,
    "test_offline.py": 170,
    "test_hook_cases.py": 150,
    "test_traps.py": 140,
    "test_restored.py": 110,
    "test_vision.py": 140,
    "test_text.py": 120,
    "test_process.py": 120,
    "test_sound_pages.py": 120,
    "test_own_python.py": 110,
    "test_pages.py": 100,
    "test_releases.py": 100,
    "test_hostile.py": 80,
}


def _length(item: pytest.Item) -> int:
    # Before the first browser: driving one leaves its event loop running, beside which no test can run another.
    if item.path.parent == SERVER:
        return max(SECONDS.values()) + 1
    return SECONDS.get(item.path.name, 1 if item.path.parent == BROWSERS else 0)


def _is_repeated(item: pytest.Item) -> bool:
    """What is marked as alike has been asked in Chromium."""
    browser = getattr(item, "callspec", None) and item.callspec.params.get("browser")  # type: ignore[attr-defined]
    return browser == "firefox" and item.get_closest_marker("alike") is not None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort whole files, within one the order stays; without what takes minutes, and only `make test-all` runs."""
    if not os.environ.get("EDGEWEB_THOROUGH"):
        left_out = [item for item in items if item.get_closest_marker("thorough") or _is_repeated(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    if hasattr(config, "workerinput"):
        items.sort(key=_length, reverse=True)
