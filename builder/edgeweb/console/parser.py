"""A parser of the command line that names what was meant, and help in the colours of the terminal."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from edgeweb.console import terminal
from edgeweb.errors import UsageError, did_you_mean

_MISSING = "the following arguments are required: "
_VALUELESS = ": expected "


class Parser(argparse.ArgumentParser):
    """Errors as `UsageError`; abbreviations of options are none, so that new options never change what is typed."""

    def __init__(self, **given: Any) -> None:
        super().__init__(formatter_class=_formatter, allow_abbrev=False, add_help=False, **given)

    def error(self, message: str) -> NoReturn:
        """UsageError, in place of the usage and an exit."""
        see = f"See: {self.prog} --help"
        if message.startswith(_MISSING):
            what = f"{message.removeprefix(_MISSING)} is missing"
            raise UsageError(what, f"the command {self.prog} needs it", see)
        option, found, _ = message.removeprefix("argument ").partition(_VALUELESS)
        if found:
            raise UsageError(f"{option} is missing its value", "nothing stands behind it", see)
        raise UsageError(message[:1].upper() + message[1:], "the command line was not understood", see)

    def options(self) -> list[str]:
        """Every option that can be typed."""
        return [name for action in self._actions for name in action.option_strings]


def parsed(whole: Parser, commands: Sequence[str], words: Sequence[str]) -> argparse.Namespace:
    """What was typed; `parser` in it is the command's own. UsageError with the nearest that there is."""
    if words and not words[0].startswith("-") and words[0] not in commands:
        raise _no_command(words[0], commands)
    given, more = whole.parse_known_args(words)
    if not more:
        return given
    command: Parser = given.parser
    see, asked = f"See: {command.prog} --help", more[0].partition("=")[0]
    if not asked.startswith("-"):
        raise UsageError(f'"{asked}" is one too many', f"the command {command.prog} takes no more", see)
    why = "it is spelt otherwise, or another command has it"
    raise UsageError(f"{command.prog} has no option {asked}", why, did_you_mean(asked, command.options(), see))


def _no_command(word: str, commands: Sequence[str]) -> UsageError:
    """What is a model rather than a command may be one to build."""
    what, why = f'There is no command "{word}"', f"the commands are {', '.join(commands)}"
    if "://" in word or "/" in word or Path(word).suffix:
        return UsageError(what, why, f"Did you mean: edgeweb build {shlex.quote(word)}?")
    return UsageError(what, why, did_you_mean(word, commands, "See: edgeweb --help"))


def one_of(option: str, words: Sequence[str]) -> Callable[[str], str]:
    """The type of an option that takes one of a few words."""

    def check(text: str) -> str:
        if text in words:
            return text
        why = f"it takes {', '.join(words[:-1])} or {words[-1]}"
        raise UsageError(
            f'{option} cannot be "{text}"', why, did_you_mean(text, words, f"Give one of these to {option}")
        )

    return check


def completes(action: argparse.Action, words: Sequence[str]) -> None:
    """What a shell offers after an option, for argcomplete."""
    vars(action)["completer"] = lambda **_: words


def command(commands: Any, name: str, description: str, example: str) -> Parser:
    """A command of the line, with an example. `Any`, because argparse does not export the type of its sub-parsers."""
    epilog = f"Example:\n  {example}"
    found: Parser = commands.add_parser(name, description=description, epilog=epilog)
    return found


def add_output(command: Parser, steps: bool = True) -> None:
    """What is printed, and how much of it. `steps`: whether there is progress to be told."""
    add = command.add_argument_group("what is printed").add_argument
    if steps:
        add("-q", "--quiet", action="store_true", help="no progress")
        add("-v", "--verbose", action="store_true", help="every detail")
    add("--json", action="store_true", help="one JSON document, and nothing else, on standard output")
    add("--debug", action="store_true", help="the traceback of a defect")
    add("-h", "--help", action="help", help="this")


def _formatter(prog: str) -> argparse.HelpFormatter:
    from edgeweb.console.help import Help

    width = min(terminal.width(), 100)
    return Help(prog, max_help_position=26, width=width, console=terminal.console(sys.stdout, width))
