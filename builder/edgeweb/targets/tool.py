"""Runs another program, such as git or sftp: its output as text, its end with ours, and no secret in what it said."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from edgeweb.errors import UsageError
from edgeweb.machine import child
from edgeweb.targets import secrets


@dataclass(frozen=True)
class Done:
    """How it ended. `out`: its standard output as it is; `said`: what it complained of, without secrets."""

    code: int
    out: bytes
    said: str

    @property
    def last(self) -> str:
        """The last line of its complaints that says anything."""
        return next((line.strip() for line in reversed(self.said.splitlines()) if line.strip()), "it said nothing")


def start(words: Sequence[str], said: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start it, with nothing to read while we live, what it complains of into a file; `child.end` ends it. As `run`."""
    return _started(words, dict(os.environ), None, subprocess.PIPE, subprocess.DEVNULL, said)


def _started(
    words: Sequence[str],
    environment: Mapping[str, str],
    folder: Path | None,
    read: int,
    out: int,
    said: int | IO[bytes],
) -> subprocess.Popen[bytes]:
    variables = {**environment, "LC_ALL": "C"}
    try:
        # In a session of its own, so that all that it starts can be ended with it.
        return subprocess.Popen(
            list(words), stdin=read, stdout=out, stderr=said, env=variables, cwd=folder, start_new_session=True
        )
    except (FileNotFoundError, PermissionError) as error:
        raise UsageError(f"{words[0]} cannot be run", error.strerror or str(error), "Install it") from error


def run(
    words: Sequence[str],
    *,
    data: bytes = b"",
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    seconds: float | None = None,
) -> Done:
    """Run it to its end.

    Args:
        data: its standard input.
        environment: variables beside those of this process.
        seconds: after which it is ended, with code 124.

    Raises:
        UsageError: there is no such program.
    """
    pipe = subprocess.PIPE
    process = _started(words, {**os.environ, **(environment or {})}, folder, pipe, pipe, pipe)
    try:
        out, said = process.communicate(data, seconds)
        return Done(process.returncode, out, secrets.hidden(said.decode("utf-8", "replace")))
    except subprocess.TimeoutExpired:
        return Done(124, b"", f"it did not end within {seconds:g} s")
    finally:
        if process.poll() is None:
            child.end(process)
