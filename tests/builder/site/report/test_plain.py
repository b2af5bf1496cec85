"""What `edgeweb inspect` says first of each task."""

from __future__ import annotations

from typing import get_args

from edgeweb.schema.tasks import Task
from edgeweb.site.report import plain


def test_every_task_is_said_in_plain_words() -> None:
    assert set(plain._TASKS) == set(get_args(Task))
