"""Runs another program, such as git or sftp: its output as text, its end with ours, and no secret in what it said."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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
    variables = {**os.environ, "LC_ALL": "C", **(environment or {})}
    try:
        # In a session of its own, so that all that it starts can be ended with it.
        process = subprocess.Popen(
            list(words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=variables,
            cwd=folder, start_new_session=True,
        )  # fmt: skip
    except (FileNotFoundError, PermissionError) as error:
        raise UsageError(f"{words[0]} cannot be run", error.strerror or str(error), "Install it") from error
    try:
        out, said = process.communicate(data, seconds)
        return Done(process.returncode, out, secrets.hidden(said.decode("utf-8", "replace")))
    except subprocess.TimeoutExpired:
        return Done(124, b"", f"it did not end within {seconds:g} s")
    finally:
        if process.poll() is None:
            child.end(process)
