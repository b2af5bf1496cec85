"""The steps of a long command on standard error: a list that moves on a terminal, otherwise plain lines."""

from __future__ import annotations

import argparse
import sys
import time
from types import TracebackType
from typing import Protocol, Self, TextIO

from edgeweb.console import terminal
from edgeweb.errors import printable
from edgeweb.schema.steps import Detail

_WIDTH = 160
_LINE_EVERY_S = 10.0


class Steps(Protocol):
    """Called with what begins; what began before it is done then. Left by an exception, the last one has failed."""

    def __call__(self, step: str, /) -> None:
        """`step` begins; a `Detail` or a `Note` says more of the one that goes on."""

    def __enter__(self) -> Self:
        """Begins the list."""

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None, /) -> None:
        """Ends it."""


def steps(stream: TextIO, *, quiet: bool = False, verbose: bool = False) -> Steps:
    """The list that fits the stream. `verbose`: every detail stays; `quiet`: nothing is said."""
    if quiet or not terminal.moves(stream):
        return _Lines(stream, quiet, verbose)
    from edgeweb.console.moving import Moving

    return Moving(stream, verbose)


def of(given: argparse.Namespace) -> Steps:
    """What a command is doing, on standard error, as its options want it."""
    return steps(sys.stderr, quiet=given.quiet, verbose=given.verbose)


class _Lines:
    """A line for each step as it begins; of one that goes on for long a detail now and then."""

    def __init__(self, stream: TextIO, quiet: bool, verbose: bool) -> None:
        self.stream, self.quiet, self.verbose, self.told = stream, quiet, verbose, time.monotonic()
        self.mark = "…" if terminal.shows(stream, "…") else "-"

    def __call__(self, step: str, /) -> None:
        due = self.verbose or not isinstance(step, Detail) or time.monotonic() - self.told >= _LINE_EVERY_S
        if self.quiet or not due:
            return
        self.told = time.monotonic()
        terminal.write(self.stream, (f"  {self.mark} {printable(step, _WIDTH)}", ""))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None, /) -> None:
        pass
