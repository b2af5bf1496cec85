"""`edgeweb doctor`: what is wrong with a site, or with a host that serves it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from edgeweb.console import parser, steps, terminal
from edgeweb.errors import printable

if TYPE_CHECKING:
    from edgeweb.doctor.common import Checked, Diagnosis

_FORMATS = ("table", "github")
_MARKS = {"pass": ("ok", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "bold red"), "skipped": ("-", "dim")}
_FAILED = 3
_LONGEST = 1000


def add(commands: Any) -> parser.Parser:
    """What can be typed."""
    what = "Look at a site's folder, or at a host that serves it: what is wrong, what that means, and what to do."
    command = parser.command(commands, "doctor", what, "edgeweb doctor https://example.com/birds/")
    group = command.add_argument_group("options")
    group.add_argument("where", metavar="DIR|URL", help="the site's folder, or its address")
    browser = "open it in this machine's Chromium or Chrome too: ready, isolated, parity, nothing foreign, offline"
    group.add_argument("--browser", action="store_true", help=browser)
    seconds = "after which the host is asked nothing more (default: 300)"
    group.add_argument("--timeout", type=float, default=300.0, metavar="SECONDS", help=seconds)
    kind = group.add_argument(
        "--format", type=parser.one_of("--format", _FORMATS), default="table", metavar="NAME",
        help="table (default), or github: errors and warnings of a GitHub workflow",
    )  # fmt: skip
    parser.completes(kind, _FORMATS)
    parser.add_output(command)
    return command


def run(given: argparse.Namespace) -> int:
    """Look, and say what was found; 3 where a check failed."""
    from edgeweb.doctor import github
    from edgeweb.doctor.diagnose import doctor

    with steps.of(given) as told:
        found = doctor(given.where, browser=given.browser, seconds=given.timeout, on_step=told)
    if given.json:
        print(json.dumps(found.document, indent=1, ensure_ascii=False))
    elif given.format == "github":
        print("\n".join(github.lines(found)))
    else:
        show(found, given.verbose)
    return 0 if found.passed else _FAILED


def show(found: Diagnosis, verbose: bool) -> None:
    """The table: what failed with its consequence and its mend, the rest in a line each."""
    about = [f"release {found.release}" if found.release else "", f"served by {found.host}" if found.host else ""]
    named = ", ".join(filter(None, about))
    terminal.write(sys.stdout, (printable(found.where), "bold"), (f": {named}" if named else "", ""))
    skipped = found.of("skipped")
    _rows([each for each in found.checks if each.state != "skipped" or verbose])
    if skipped and not verbose:
        names = ", ".join(dict.fromkeys(each.name for each in skipped))
        terminal.write(sys.stdout, (f"  not looked at: {names} (why: -v)", "dim"), prose=True)
    counts = [
        f"{len(found.of('fail'))} failed",
        f"{len(found.of('warn'))} to look at",
        f"{len(found.of('pass'))} passed",
    ]
    style = "bold red" if not found.passed else "bold green"
    terminal.write(sys.stdout, (", ".join(counts), style))


def _rows(found: Sequence[Checked]) -> None:
    """One line where a check passed; else the fault, its consequence and the mend below each other."""
    lines = [line for each in found for line in _lines(each)]
    if not sys.stdout.isatty():
        for (mark, style), name, text in lines:
            terminal.write(sys.stdout, (f"  {mark:<5}", style), (f"{name:<16}", "bold"), (text, ""))
        return
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    for width in (6, 15, None):
        grid.add_column(width=width, no_wrap=width is not None, overflow="fold")
    for (mark, style), name, text in lines:
        grid.add_row(Text(f"  {mark}", style), Text(name, "bold"), Text(text))
    terminal.console(sys.stdout).print(grid)


def _lines(each: Checked) -> Iterator[tuple[terminal.Part, str, str]]:
    yield _MARKS[each.state], each.name, printable(each.what, _LONGEST)
    for label, text in (("means", each.consequence), ("mend", each.mend)):
        if text:
            yield ("", ""), f"  {label}", printable(text, _LONGEST)
