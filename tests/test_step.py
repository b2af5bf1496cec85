"""A step of the setup: seen from its beginning to its end, with its errors and its exit status."""

from __future__ import annotations

import signal
import sys

import pytest
import step


def script(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_it_says_what_runs_and_that_it_still_runs(capfd: pytest.CaptureFixture[str]) -> None:
    # No process begins and ends within a millisecond.
    assert step.run("Looking", script("print('chatter')"), beat=1e-3) == 0
    first, *middle, last = capfd.readouterr().out.splitlines()
    assert first == "Looking ..." and last.startswith("Looking: done in ")
    assert middle and all(line.startswith("Looking: ") and line.endswith(" s ...") for line in middle)


def test_a_failure_shows_its_reason_and_is_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    assert step.run("Looking", script("import sys; sys.exit('no such package')")) == 1
    shown = capfd.readouterr()
    assert "no such package" in shown.err and "Looking: failed after " in shown.out
    kill = f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})"
    assert step.run("Looking", script(kill)) == 128 + signal.SIGKILL
    assert step.run("Looking", ["/nothing/of/the/kind"]) == 127
    assert "/nothing/of/the/kind is missing" in capfd.readouterr().out
