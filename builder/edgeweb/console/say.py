"""What every command says in the same way: errors, rows, and what to type next."""

from __future__ import annotations

import shlex
import shutil
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

from edgeweb.console import terminal
from edgeweb.errors import printable, printable_line


def fail(text: str) -> None:
    """The one line of an error."""
    terminal.write(sys.stderr, ("error:", "bold red"), (f" {text}", ""), prose=True)


def rows(found: Sequence[tuple[str, str]]) -> None:
    """Names and values, which models may have chosen."""
    terminal.table(sys.stdout, [(name, printable(value, 300)) for name, value in found])


def following(words: str, line: str = "") -> None:
    """The last line: what to do now, and what to type for it."""
    terminal.write(sys.stdout, ("\nNext:", "bold"), (f" {words}", ""), (line, "bold cyan"))


def settings(why: str, what: str, lines: Sequence[str]) -> None:
    """What may be written into `edgeweb.toml`, each line below its reason as a comment."""
    if not lines:
        return
    place = "at the top of edgeweb.toml beside the model, or into its table there"
    terminal.write(sys.stdout, (why, "yellow"), (f" {what} {place}:", ""), prose=True)
    for line in map(printable_line, lines):
        settles, _, claim = line.partition("  # ")
        comment(claim)
        terminal.write(sys.stdout, (f"  {settles.rstrip()}", "green" if claim else "dim"))


def comment(text: str) -> None:
    """A comment of TOML, on a terminal in as many lines as it takes."""
    columns = max(terminal.width() - 4, 20) if sys.stdout.isatty() else sys.maxsize
    for line in textwrap.wrap(text, columns, break_on_hyphens=False):
        terminal.write(sys.stdout, (f"  # {line}", "dim"))


def command() -> str:
    """What was typed to run this, where the name alone would not be found."""
    first = Path(sys.argv[0])
    return typed(first) if first.name == "edgeweb" and shutil.which("edgeweb") is None else "edgeweb"


def typed(path: Path | str) -> str:
    """A path as it is typed in a shell."""
    return shlex.quote(printable(path))
