"""The terminal: colour, what moves and what stays plain, and how steps are told."""

from __future__ import annotations

import io
import re

import pytest
from edgeweb.console import terminal
from edgeweb.console.moving import Moving
from edgeweb.console.steps import Steps, steps
from edgeweb.schema.steps import Detail, Note, within

CODES = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")


class Screen(io.TextIOWrapper):
    """A stream that says it is a terminal, or not, and keeps what it is sent."""

    def __init__(self, terminal: bool = True, encoding: str = "utf-8") -> None:
        self.kept = io.BytesIO()
        super().__init__(self.kept, encoding=encoding, write_through=True, newline="\n")
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    @property
    def sent(self) -> str:
        return self.kept.getvalue().decode(self.encoding)

    @property
    def seen(self) -> str:
        """Without what moves the cursor and colours."""
        return CODES.sub("", self.sent).replace("\r", "")


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CI", "COLORTERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")


@pytest.mark.parametrize(
    ("is_terminal", "environment", "coloured", "moves"),
    [
        (True, {}, True, True),
        (False, {}, False, False),
        (True, {"NO_COLOR": "1"}, False, True),
        (True, {"NO_COLOR": ""}, True, True),
        (False, {"FORCE_COLOR": "1"}, True, False),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        (True, {"FORCE_COLOR": "0"}, False, True),
        (True, {"TERM": "dumb"}, False, False),
        (False, {"TERM": "dumb", "FORCE_COLOR": "1"}, True, False),
        (True, {"CI": "true"}, True, False),
        (True, {"CI": "false"}, True, True),
    ],
)
def test_colour_and_movement(
    monkeypatch: pytest.MonkeyPatch, is_terminal: bool, environment: dict[str, str], coloured: bool, moves: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    screen = Screen(is_terminal)
    assert (terminal.coloured(screen), terminal.moves(screen)) == (coloured, moves)
    terminal.write(screen, ("error:", "bold red"), (" [red]as it is[/red] :boom:", ""))
    assert screen.seen == "error: [red]as it is[/red] :boom:\n"
    assert ("\x1b[1;31merror:" in screen.sent) == coloured


def test_a_line_is_broken_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    for screen in (Screen(), Screen(False)):
        terminal.write(screen, ("Next: ", "bold"), ("word " * 40, "cyan"))
        assert screen.seen.count("\n") == 1


def test_prose_is_broken_between_words_where_somebody_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    parts = ("error:", "red"), (" The model is too large. Make it smaller.", "")
    terminal.write(screen := Screen(), *parts, prose=True)
    assert [line.rstrip() for line in screen.seen.splitlines()] == [
        "error: The model is",
        "too large. Make it",
        "smaller.",
    ]
    terminal.write(plain := Screen(False), *parts, prose=True)
    assert plain.sent == "error: The model is too large. Make it smaller.\n"


def test_a_table_on_a_terminal_goes_on_where_it_began_and_elsewhere_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    rows = [("site", "dist"), ("model", "x" * 10 + " [y] " + "z" * 30)]
    plain, screen = Screen(False), Screen()
    terminal.table(plain, rows)
    terminal.table(screen, rows)
    assert plain.seen == f"  site         dist\n  model        {'x' * 10} [y] {'z' * 30}\n"
    lines = [line.rstrip() for line in screen.seen.splitlines()]
    assert lines[:2] == ["  site         dist", "  model        xxxxxxxxxx [y]"]
    assert all(line.startswith(" " * 15 + "z") for line in lines[2:])


def run(told: Steps) -> None:
    with told:
        told("reading a.onnx")
        told("making it smaller")
        within(told)("trying int8")
        told(Detail("coding: 50%, about 3 s left", 0.5))
        told(Note("no network"))
        told("writing dist")


def test_elsewhere_each_step_is_a_line_and_details_are_left_out() -> None:
    screen = Screen(False)
    run(steps(screen))
    assert screen.sent == "  … reading a.onnx\n  … making it smaller\n  … no network\n  … writing dist\n"
    run(steps(whole := Screen(False), verbose=True))
    assert "  … trying int8\n  … coding: 50%, about 3 s left\n" in whole.sent
    run(steps(old := Screen(False, "ascii")))
    assert old.sent.startswith("  - reading a.onnx\n")


@pytest.mark.parametrize("is_terminal", [True, False])
def test_quiet_says_nothing(is_terminal: bool) -> None:
    run(steps(screen := Screen(is_terminal), quiet=True))
    assert screen.sent == ""


def ticked(screen: Screen) -> list[str]:
    lines = [line.rstrip() for line in screen.seen.splitlines()]
    return [line for line in lines if line.startswith(("  ✓", "  !", "  ✗", "  +"))]


def test_on_a_terminal_steps_are_ticked_off() -> None:
    run(steps(screen := Screen()))
    assert ticked(screen) == ["  ✓ reading a.onnx", "  ! no network", "  ✓ making it smaller", "  ✓ writing dist"]
    assert "\x1b[32m  ✓" in screen.sent
    # The cursor, which is hidden meanwhile, is back.
    assert screen.sent.rindex("\x1b[?25h") > screen.sent.rindex("\x1b[?25l")
    run(steps(old := Screen(encoding="ascii")))
    assert ticked(old)[-1] == "  + writing dist"
    run(steps(whole := Screen(), verbose=True))
    assert "    trying int8\n" in whole.seen


def test_without_colour_steps_move_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    run(steps(screen := Screen()))
    assert ticked(screen)[-1] == "  ✓ writing dist"
    assert "m" not in {code[-1] for code in CODES.findall(screen.sent)}


def test_a_step_that_fails_is_crossed_out() -> None:
    screen = Screen()
    with pytest.raises(ValueError, match="no"), steps(screen) as told:
        told("reading a.onnx")
        told("making it smaller")
        raise ValueError("no")
    assert ticked(screen) == ["  ✓ reading a.onnx", "  ✗ making it smaller"]


def test_a_bar_stands_where_work_can_be_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    told = Moving(screen, verbose=False)
    with told:
        told("making it smaller")
        told(Detail("coding: 50%, about 3 s left", 0.5))
        told.live.refresh()
    assert re.search(r"\n    ━{7}[╸╺━]━* +coding: 50%, about 3 s left", screen.seen), screen.seen


def test_what_moves_leaves_room_for_what_a_terminal_writes_at_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    screen = Screen()
    told = Moving(screen, verbose=False)
    with told:
        told("looking for the smallest form that answers as it did")
        told(Detail(f"trying {'a very ' * 9}long name", 0.5))
        told.live.refresh()
        moving = [line for line in screen.seen.split("\n") if "looking" in line or "trying" in line]
    assert moving and max(map(len, moving)) <= 37
    kept = "  ✓ looking for the smallest form that\n    answers as it did"
    assert kept in "\n".join(line.rstrip() for line in screen.seen.split("\n"))
