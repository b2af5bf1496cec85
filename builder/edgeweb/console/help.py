"""How help looks: what is typed in colour, and headings that stand out, where the terminal has that."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.style import StyleType
from rich_argparse import RawDescriptionRichHelpFormatter


class Help(RawDescriptionRichHelpFormatter):
    """argparse's own, with colours."""

    styles: ClassVar[dict[str, StyleType]] = {
        **RawDescriptionRichHelpFormatter.styles,
        "argparse.groups": "bold", "argparse.prog": "bold", "argparse.args": "cyan",
        "argparse.metavar": "green", "argparse.command": "bold cyan",
    }  # fmt: skip
    highlights: ClassVar[list[str]] = [
        *RawDescriptionRichHelpFormatter.highlights,
        r"(?m)^(?P<groups>[A-Za-z][^\n:]*:)$",
        r"(?m)^  (?P<command>[a-z]+)  ",
        r"(?m)(?:^|: |  )(?P<args>edgeweb [a-z][^\n]*)$",
    ]
    # Square brackets are part of what is said.
    text_markup = usage_markup = help_markup = False
    # A capital at the beginning alone.
    group_name_formatter: ClassVar[Callable[[str], str]] = staticmethod(lambda name: name[:1].upper() + name[1:])
