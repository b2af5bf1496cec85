"""A command as it is typed, and what it says."""

from __future__ import annotations

import re

import pytest
from edgeweb import cli

ERROR = re.compile(r"^error: [^\n]+?\. (?:edgeweb |init |[A-Z\"'\d`[(<*-])[^\n]*\. [A-Z][^\n]*[.?]$")

Streams = pytest.CaptureFixture[str]


def run(capsys: Streams, *words: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = cli.main([str(word) for word in words])
    return code, *capsys.readouterr()


def refused(capsys: Streams, *words: object, code: int = 2) -> str:
    """The error line of a command that must fail; nothing may be on standard output."""
    found, out, err = run(capsys, *words)
    assert (found, out) == (code, "")
    last = err.rstrip("\n").split("\n")[-1]
    assert ERROR.match(last), last
    assert "Traceback" not in err
    return last
