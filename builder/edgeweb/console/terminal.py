"""What a stream can show: colour, movement and signs; and text in colour where it can."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Literal, TextIO

if TYPE_CHECKING:
    from rich.console import Console

# Text, and its style in words of rich, "" for none.
Part = tuple[str, str]
_DUMB = {"dumb", "unknown"}
_OFF = {"", "0", "false"}


def prepare() -> None:
    """Names that a stream's encoding lacks must not end a command; a document is UTF-8 wherever it goes."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            encoding = None if stream.isatty() or stream is sys.stderr else "utf-8"
            stream.reconfigure(errors="backslashreplace", encoding=encoding)


def coloured(stream: TextIO) -> bool:
    """Whether text on it is in colour: on a terminal, unless NO_COLOR says no; or because FORCE_COLOR says so."""
    if os.environ.get("NO_COLOR"):
        return False
    if (forced := os.environ.get("FORCE_COLOR")) is not None:
        return forced not in _OFF
    return stream.isatty() and os.environ.get("TERM", "") not in _DUMB


def moves(stream: TextIO) -> bool:
    """Whether what stands on it can be drawn over: a terminal that somebody looks at, and no log."""
    busy = os.environ.get("CI", "").lower() not in _OFF
    return stream.isatty() and os.environ.get("TERM", "") not in _DUMB and not busy


def shows(stream: TextIO, signs: str) -> bool:
    """Whether its encoding has these signs."""
    try:
        signs.encode(stream.encoding or "utf-8")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def width() -> int:
    """Its columns."""
    return shutil.get_terminal_size().columns


def console(stream: TextIO, columns: int | None = None) -> Console:
    """The stream, for rich."""
    from rich.console import Console

    colour = coloured(stream)
    # Where colour is asked for although the terminal names none, it has those that every one has.
    known: Literal["standard", "auto"] = "standard" if os.environ.get("TERM") in _DUMB else "auto"
    return Console(
        file=stream, force_terminal=colour or moves(stream), color_system=known if colour else None,
        width=columns, markup=False, highlight=False, emoji=False,
    )  # fmt: skip


def write(stream: TextIO, *parts: Part, prose: bool = False) -> None:
    """A line, which is broken nowhere, so that it can be copied; `prose`: on a terminal between words."""
    wraps = prose and stream.isatty()
    if not coloured(stream) and not wraps:
        print("".join(text for text, _ in parts), file=stream, flush=True)
        return
    from rich.text import Text

    console(stream).print(Text.assemble(*parts), soft_wrap=not wraps)


def table(stream: TextIO, rows: list[tuple[str, str]], columns: int = 12) -> None:
    """Names and values; on a terminal a long value goes on below where it began."""
    if not stream.isatty():
        for name, value in rows:
            print(f"  {name:<{columns}} {value}".rstrip(), file=stream)
        return
    from rich.table import Table

    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=columns + 2, style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(f"  {name}", value)
    console(stream).print(grid)
