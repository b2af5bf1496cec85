"""Steps on a terminal: those that are done with their times, and below them the one that goes on."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self, TextIO

from rich.console import Group, RenderableType
from rich.constrain import Constrain
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from edgeweb.console import terminal
from edgeweb.errors import printable
from edgeweb.schema.steps import Detail, Note

_WIDTH = 160
_BAR = 14
_ECHO = 3
# A shorter time says nothing.
_LEAST_S = 0.1


class Moving:
    """The list, as `steps.Steps`."""

    def __init__(self, stream: TextIO, verbose: bool) -> None:
        self.verbose = verbose
        whole = terminal.shows(stream, "✓✗⠋━")
        self.done, self.failed = ("✓", "✗") if whole else ("+", "x")
        self.spinner = Spinner("dots" if whole else "line", style="cyan")
        self.step, self.began, self.detail = "", time.monotonic(), ""
        # Results are printed on standard output, which may be a file: nothing of it may come here.
        self.live = Live(
            get_renderable=self._now, console=terminal.console(stream),
            transient=True, redirect_stdout=False, refresh_per_second=8,
        )  # fmt: skip

    def __enter__(self) -> Self:
        self.live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None, /) -> None:
        self._end(*((self.done, "green") if kind is None else (self.failed, "red")))
        # Between what was done and what came of it.
        self.live.console.print()
        self.live.stop()

    def __call__(self, step: str, /) -> None:
        """A step, or more of the one that goes on."""
        text = printable(step, _WIDTH)
        if isinstance(step, Note):
            self._print(Text("  !", "yellow"), Text(text))
        elif isinstance(step, Detail):
            if self.verbose and step.share is None:
                self._print(Text("   "), Text(text, "dim"))
            self.detail = step
        else:
            self._end(self.done, "green")
            self.step, self.began, self.detail = text, time.monotonic(), ""

    def _end(self, sign: str, style: str) -> None:
        if self.step:
            self._print(Text(f"  {sign}", style), Text.assemble(self.step, *self._time()))
        self.step = self.detail = ""

    def _print(self, sign: Text, text: Text) -> None:
        """A line that stays; a long one goes on below where its words began."""
        row = Table.grid(padding=(0, 1))
        row.add_column(no_wrap=True)
        row.add_column(overflow="fold")
        row.add_row(sign, text)
        self.live.console.print(row)

    def _time(self) -> list[tuple[str, str]]:
        went = time.monotonic() - self.began
        return [(f"  {went:.1f} s", "dim")] if went >= _LEAST_S else []

    def _now(self) -> RenderableType:
        """The step that goes on with its time; below it what it does, with a bar where that can be counted."""
        if not self.step:
            return Text("")
        self.spinner.text = Text.assemble(self.step, *self._time(), no_wrap=True, overflow="ellipsis")
        lines: list[RenderableType] = [Padding(self.spinner, (0, 0, 0, 2))]
        if detail := self.detail:
            share = detail.share if isinstance(detail, Detail) else None
            below = Table.grid(padding=(0, 1))
            text = Text(printable(detail, _WIDTH), "dim", no_wrap=True, overflow="ellipsis")
            bar = (
                []
                if share is None
                else [ProgressBar(1.0, share, width=_BAR, complete_style="cyan", finished_style="cyan")]
            )
            below.add_row("   ", *bar, text)
            lines.append(below)
        # Behind it stands what a terminal writes for Ctrl-C: at the edge that would go to a line of its own.
        return Constrain(Group(*lines), self.live.console.width - _ECHO)
