"""Where things lie in the report's pictures: forms by bytes and likeness, and the bits of each layer.

Across, positions are percentages of the picture's width and down they are pixels, so that one picture fits a telephone
and a desk, with letters of the same size.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgeweb.site.report.compression import own_trial

HEIGHT = 320
# The line of forms that are equal to the original, and the scale below it, in pixels.
EQUAL, _TOP, FLOOR = 38.0, 76.0, 272.0
# The data lies between these percentages; what the lines are called stands to their left.
_LEFT, _RIGHT = 17.0, 93.0
_LOWEST, _HIGHEST = -10.0, 140.0
MAX_ROWS = 40
_NAME = 24
# Names of forms are placed for a narrow and a wide picture, in pixels; a letter and a line of them take this much.
_WIDTHS = (320, 660)
_LETTER, _LINE = 6.8, 15.0
_PLACES = (
    ("start", 11, 4), ("end", -11, 4), ("middle", 0, -13), ("middle", 0, 22),
    ("start", 8, -9), ("start", 8, 17), ("end", -8, -9), ("end", -8, 17),
)  # fmt: skip


@dataclass(frozen=True)
class Tick:
    """A line of a scale: percent across or pixels down, and what it says."""

    at: float
    text: str


@dataclass(frozen=True)
class Dot:
    """A trial."""

    x: float
    y: float
    passed: bool


@dataclass(frozen=True)
class Mark:
    """A form; its name stands `dx`, `dy` pixels from it, `anchor` as in SVG."""

    x: float
    y: float
    name: str
    kind: str
    anchor: str = "start"
    dx: int = 0
    dy: int = 0


@dataclass(frozen=True)
class Picture:
    """All that report.html draws. `front`: a path in units of a thousandth of the width and of pixels."""

    across: tuple[Tick, ...]
    down: tuple[Tick, ...]
    dots: tuple[Dot, ...]
    marks: tuple[Mark, ...]
    front: str
    summary: str
    height: int = HEIGHT
    equal: float = EQUAL
    floor: float = FLOOR


@dataclass(frozen=True)
class Bar:
    """A layer: how wide its bar is, in percent. `short`: what its name does not share with all others."""

    name: str
    short: str
    weights: int
    bits: float
    width: float


def picture(compression: Mapping[str, Any]) -> Picture | None:
    """Forms and trials by bytes on the wire (logarithmic) and likeness in dB; None when nothing lossy has a figure."""
    forms = compression["forms"]
    heights = [form["sqnr"] for form in forms if form["sqnr"] is not None]
    trials = [trial for trial in _with_bytes(compression) if trial["sqnr"] is not None]
    heights += [trial["sqnr"] for trial in trials]
    if not heights:
        return None
    across = _Logarithmic([each["wireBytes"] for each in (*forms, *trials)])
    down = _Decibels(heights)
    marks = _named(
        [Mark(across.at(form["wireBytes"]), down.of(form), form["form"], _kind(form)) for form in forms],
        dots := [Dot(across.at(trial["wireBytes"]), down.of(trial), trial["passed"]) for trial in trials],
    )
    lossy = [mark for form, mark in zip(forms, marks, strict=True) if form["measure"] != "exact"]
    return Picture(
        tuple(across.ticks()), tuple(down.ticks()), tuple(dots), tuple(marks), _front([*dots, *lossy]), _summary(forms)
    )


def bars(layers: Sequence[Mapping[str, Any]]) -> list[Bar]:
    """The layers with most weights, which decide the size, at most MAX_ROWS of them."""
    known = [layer for layer in layers if layer["bits"] is not None]
    shown = sorted(known, key=lambda layer: (-layer["weights"], layer["name"]))[:MAX_ROWS]
    most = max((layer["bits"] for layer in shown), default=0) or 1
    return [
        Bar(layer["name"], name, layer["weights"], layer["bits"], round(max(0.5, 100 * layer["bits"] / most), 1))
        for name, layer in zip(_short([layer["name"] for layer in shown]), shown, strict=True)
    ]


def _short(names: Sequence[str]) -> list[str]:
    """Without the beginning and the end that all share, up to a separator; of what is still long, both ends."""
    if len(names) > 1:
        start = _shared(names)
        cut = [name[start:] for name in names]
        end = _shared([name[::-1] for name in cut])
        cut = [name[: len(name) - end] for name in cut]
        names = cut if all(cut) else names
    return [name if len(name) <= _NAME else f"{name[:8]}…{name[9 - _NAME :]}" for name in names]


def _shared(names: Sequence[str]) -> int:
    """How many letters all begin with, the last of them a separator."""
    pairs = zip(min(names), max(names), strict=False)
    same = "".join(a for a, _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
    return max(same.rfind(mark) for mark in "/.:") + 1


def _kind(form: Mapping[str, Any]) -> str:
    return "ships" if form["serves"] else "refused" if form["refused"] else "passes"


def _with_bytes(compression: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The trials with the bytes that they would take: the stored form's, and the bits that each differs by.

    The layers' weights turn bits into bytes.
    """
    own = own_trial(compression)
    if own is None:
        return []
    stored = next(form["wireBytes"] for form in compression["forms"] if form["form"] == "stored")
    # Where the stored form does not ship, its layers are not told; then its weights are nearly all its bytes.
    weights = sum(layer["weights"] for layer in compression["layers"]) or 8 * stored / own["bits"]
    known = [trial for trial in compression["trials"] if trial["bits"] is not None]
    placed = [{**trial, "wireBytes": stored + (trial["bits"] - own["bits"]) * weights / 8} for trial in known]
    return [trial for trial in placed if trial["wireBytes"] > 0]


class _Logarithmic:
    """Bytes to percent across."""

    def __init__(self, values: Iterable[float]) -> None:
        found = list(values)
        low, high = math.log10(max(1, min(found))), math.log10(max(1, *found))
        # At least a factor of two, so that small differences look small.
        spare = max(0.0, math.log10(2) - (high - low)) / 2
        self.low, self.high = low - spare, high + spare

    def at(self, value: float) -> float:
        share = (math.log10(max(1, value)) - self.low) / (self.high - self.low)
        return round(_LEFT + (_RIGHT - _LEFT) * share, 2)

    def ticks(self) -> list[Tick]:
        """Round sizes, three to five of them where there are as many."""
        found: list[float] = []
        for steps in ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7), (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)):
            decades = range(math.floor(self.low), math.ceil(self.high) + 1)
            values = [step * 10.0**decade for decade in decades for step in steps]
            fits = [value for value in values if self.low - 1e-9 <= math.log10(value) <= self.high + 1e-9]
            if len(fits) > 5:
                found = found or fits[:: math.ceil(len(fits) / 5)]
                break
            found = fits
            if len(found) >= 3:
                break
        return [Tick(self.at(value), _rounded_size(value)) for value in found]


class _Decibels:
    """dB to pixels down, between round figures."""

    def __init__(self, values: Sequence[float]) -> None:
        inside = [min(_HIGHEST, max(_LOWEST, value)) for value in values]
        self.step = 20 if max(inside) - min(inside) > 50 else 10
        self.low = self.step * math.floor(min(inside) / self.step)
        self.high = max(self.low + 2 * self.step, self.step * math.ceil(max(inside) / self.step))

    def at(self, value: float) -> float:
        inside = min(self.high, max(self.low, value))
        return round(FLOOR - (FLOOR - _TOP) * (inside - self.low) / (self.high - self.low), 1)

    def of(self, form: Mapping[str, Any]) -> float:
        """Without a figure a form is equal, or as unlike as can be."""
        if form["sqnr"] is None:
            return EQUAL if form["agreement"] == 1 else FLOOR
        return self.at(form["sqnr"])

    def ticks(self) -> list[Tick]:
        return [Tick(self.at(value), f"{value} dB") for value in range(self.low, self.high + 1, self.step)]


def _rounded_size(value: float) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if value >= factor * 0.999:
            return f"{value / factor:.3g} {unit}"
    return f"{value:.3g} B"


def _front(points: Sequence[Dot | Mark]) -> str:
    """The line through those that nothing smaller is closer than; nothing when there are fewer than three."""
    kept: list[tuple[float, float]] = []
    for x, y in sorted({(point.x, point.y) for point in points}):
        if not kept or y < kept[-1][1]:
            kept.append((x, y))
    return "M" + "L".join(f"{10 * x:.1f} {y}" for x, y in kept) if len(kept) > 2 else ""


def _summary(forms: Sequence[Mapping[str, Any]]) -> str:
    """The picture in words."""
    parts = []
    for form in sorted(forms, key=lambda each: each["wireBytes"]):
        likeness = "equal to the original" if form["sqnr"] is None else f"{form['sqnr']:.1f} dB"
        if form["sqnr"] is None and form["agreement"] != 1:
            likeness = "unlike the original"
        parts.append(f"{form['form']}, {form['wireBytes']:,} bytes, {likeness}{', ships' if form['serves'] else ''}")
    return "; ".join(parts) + "."


@dataclass(frozen=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )  # fmt: skip


def _named(marks: Sequence[Mark], dots: Sequence[Dot]) -> list[Mark]:
    """The marks with their names placed where they cover the least; the one that ships chooses first."""
    placed: dict[int, Mark] = {}
    for index in sorted(range(len(marks)), key=lambda i: (marks[i].kind != "ships", i)):
        own = marks[index]
        options = [Mark(own.x, own.y, own.name, own.kind, *place) for place in _PLACES]
        costs = [_cost(option, placed.values(), marks, dots) for option in options]
        placed[index] = options[costs.index(min(costs))]
    return [placed[index] for index in range(len(marks))]


def _cost(mark: Mark, placed: Iterable[Mark], marks: Sequence[Mark], dots: Sequence[Dot]) -> int:
    total = 0
    taken = list(placed)
    for width in _WIDTHS:
        box = _label(mark, width)
        # Not across the line that it stands on.
        total += 3 * (mark.y == EQUAL and mark.dy == 4)
        total += 100 * (box.left < 0.14 * width or box.right > width)
        total += 40 * sum(box.meets(_label(other, width)) for other in taken)
        total += 20 * sum(box.meets(_around(other, width, 6)) for other in marks if other.x != mark.x)
        total += 2 * sum(box.meets(_around(dot, width, 3)) for dot in dots)
    return total


def _label(mark: Mark, width: float) -> _Box:
    length = _LETTER * len(mark.name)
    x = mark.x / 100 * width + mark.dx
    left = {"start": x, "middle": x - length / 2, "end": x - length}[mark.anchor]
    return _Box(left, mark.y + mark.dy - _LINE + 4, left + length, mark.y + mark.dy + 4)


def _around(point: Dot | Mark, width: float, radius: float) -> _Box:
    x = point.x / 100 * width
    return _Box(x - radius, point.y - radius, x + radius, point.y + radius)
