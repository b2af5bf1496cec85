"""What a long step tells of itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from edgeweb.machine import progress


def test_progress_tells_the_share_and_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.1, 10.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    told: list[str] = []
    count: Callable[[int], None] = progress.Progress(told.append, "coding", 100)
    count(10)
    count(15)
    assert told == ["coding: 25%, about 30 s left"]
    assert isinstance(told[0], progress.Detail) and told[0].share == 0.25
