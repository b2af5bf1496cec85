"""Whether a converted model says what the original says of the same rows: how far apart they are, and where first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeweb.errors import LimitError, printable

Array = NDArray[Any]
# Of the range of an output: less is rounding, more is another answer.
SAME = 1e-3
_TIE = 1e-6
_WORTH = 0.8
_SHOWN = 40
# As many as show that two numbers differ.
_DIGITS = (6, 9, 17)


@dataclass(frozen=True)
class Difference:
    """The first row, counted from 1, whose answers differ, and what both say of it."""

    row: int
    output: str
    original: str
    converted: str


@dataclass(frozen=True)
class Proof:
    """`framework`: with its version. `rows`: how many were compared; `same`: of how many the answer is the same; `of`:
    whose rows they were. `worst`: the largest difference of two numbers; None where nothing of the answer is a number.
    `failed`: why the original could not be asked. `ties`: of how many rows two labels have the same score, and the
    other one stands first. `elsewhere`: what its converter says, which has compared both.
    """

    framework: str
    file: str
    rows: int = 0
    same: int = 0
    of: str = ""
    worst: float | None = None
    first: Difference | None = None
    failed: str = ""
    ties: int = 0
    elsewhere: str = ""

    @property
    def agreement(self) -> float:
        """The share of the rows with the same answer."""
        return self.same / self.rows if self.rows else 1.0

    @property
    def sentence(self) -> str:
        """For the console and the report."""
        if self.elsewhere:
            return self.elsewhere
        if self.failed:
            return f"not compared with {self.framework}: {self.failed}"
        if not self.rows:
            why = "its answers are of another shape" if self.of else "give rows with --data"
            return f"not compared with {self.framework}: {why}"
        worst = "" if self.worst is None else f", worst difference {self.worst:.1g}"
        rows = "1 row" if self.rows == 1 else f"{self.rows:,} rows"
        if self.first is None:
            return f"same answers as {self.framework} on {rows} {self.of}{worst}{self._tied}"
        others = self.rows - self.same
        verb = "is" if others == 1 else "are"
        answered = f"{others:,} of {rows} {self.of} {verb} answered otherwise than by {self.framework}"
        return f"{answered}; {self._where}{worst}{self._tied}"

    @property
    def _tied(self) -> str:
        return f"; on {self.ties} of these the other of two equal scores stands first" if self.ties else ""

    @property
    def _where(self) -> str:
        at = self.first
        return "" if at is None else f"row {at.row}: it says {at.original}, the converted model {at.converted}"

    @property
    def document(self) -> dict[str, Any]:
        """As report.json has it."""
        first = self.first and {name: getattr(self.first, name) for name in ("row", "output", "original", "converted")}
        return {
            "file": self.file, "framework": self.framework, "rows": self.rows, "same": self.same, "of": self.of,
            "worst": self.worst, "first": first, "failed": self.failed or None, "ties": self.ties,
            "sentence": self.sentence,
        }  # fmt: skip

    def check(self, least: float, source: object) -> None:
        """LimitError where fewer answers than that share are the same."""
        if self.rows and self.agreement < least:
            raise LimitError(
                f"The converted form of {source} answers {self.rows - self.same} of {self.rows} rows otherwise",
                f"{self._where}; {self.framework} is right of its own model, so the converter is not",
                f"Convert it another way (docs/formats.md){self._accepting}",
            )

    @property
    def _accepting(self) -> str:
        """Nobody wants a site that is wrong of most rows."""
        least = math.floor(self.agreement * 100) / 100
        return f", or accept it with --min-agreement {least}" if least >= _WORTH else ""


def compare(
    original: Mapping[str, Array], converted: Sequence[Mapping[str, Array]], near: float = SAME
) -> tuple[int, float | None, Difference | None, int]:
    """How many rows have the same answer, the worst difference of two numbers, the first row that differs, and how
    many rows there are.

    Args:
        original: what the framework says, with all rows in the first axis.
        converted: what the graph says, run by run.
        near: of the range of an output: what is less is rounding.
    """
    rows = len(next(iter(original.values())))
    ours = _together(original, converted)
    if not ours:
        return 0, None, None, 0
    found = {
        name: _alike(original[name].reshape(rows, -1), each.reshape(rows, -1), near) for name, each in ours.items()
    }
    tied = _tied(original, rows)
    where = {name: same | tied if _is_label(original[name]) else same for name, (same, _) in found.items()}
    right = np.logical_and.reduce([*where.values()])
    worst = max((apart for _, apart in found.values() if apart is not None), default=None)
    if right.all():
        return rows, worst, None, rows
    row = int(np.argmin(right))
    name = next(name for name, same in where.items() if not same[row])
    shown = (original[name][row], ours[name].reshape(original[name].shape)[row])
    digits = next((each for each in _DIGITS if _shown(shown[0], each) != _shown(shown[1], each)), _DIGITS[-1])
    return int(right.sum()), worst, Difference(row + 1, name, *(_shown(each, digits) for each in shown)), rows


def ties(original: Mapping[str, Array], converted: Sequence[Mapping[str, Array]]) -> int:
    """Of how many rows the labels differ where the original itself gives two of them the same score."""
    rows = len(next(iter(original.values())))
    ours = _together(original, converted)
    labels = [name for name in ours if _is_label(original[name])]
    same = [_alike(original[name].reshape(rows, -1), ours[name].reshape(rows, -1))[0] for name in labels]
    return int((_tied(original, rows) & ~np.logical_and.reduce(same)).sum()) if same else 0


def _together(original: Mapping[str, Array], converted: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    """What the graph says of all rows, as far as it is of the same shape: of another it says another thing, such as
    votes of pairs of classes.
    """
    joined = {name: np.concatenate([np.atleast_1d(each[name]) for each in converted]) for name in original}
    return {name: array for name, array in joined.items() if array.size == original[name].size}


def _is_label(says: Array) -> bool:
    return says.dtype.kind != "f"


def _tied(original: Mapping[str, Array], rows: int) -> Array:
    """Rows whose two best scores are equal but for rounding: which label stands first is no answer then."""
    scores = [each for each in original.values() if each.dtype.kind == "f" and each.ndim == 2 and each.shape[1] > 1]
    if len(scores) != 1 or len(original) < 2:
        return np.zeros(rows, bool)
    best = np.sort(scores[0].astype(np.float64), axis=1)
    return np.asarray(best[:, -1] - best[:, -2] <= _TIE)


def compare_each(
    original: Sequence[Mapping[str, Array]], converted: Sequence[Mapping[str, Array]], near: float = SAME
) -> tuple[int, float | None, Difference | None, int]:
    """The same, run by run, whose sizes may differ; a run whose answers do not have a row each counts as one."""
    same, rows = 0, 0
    worst: float | None = None
    first: Difference | None = None
    for says, ours in zip(original, converted, strict=True):
        one, other = _by_row(says), _by_row({name: ours[name] for name in says})
        right, apart, where, count = compare(one, [other], near)
        if first is None and where is not None:
            first = replace(where, row=rows + where.row)
        if apart is not None:
            worst = apart if worst is None else max(worst, apart)
        same, rows = same + right, rows + count
    return same, worst, first, rows


def _by_row(answers: Mapping[str, Array]) -> dict[str, Array]:
    firsts = {array.shape[:1] for array in answers.values()}
    if len(firsts) == 1 and firsts != {()}:
        return dict(answers)
    return {name: array.reshape(1, -1) for name, array in answers.items()}


def _alike(says: Array, ours: Array, near: float = SAME) -> tuple[Array, float | None]:
    """Which rows are the same, and the worst difference; both [rows, values]."""
    if says.dtype.kind in "fiub" and ours.dtype.kind in "fiub":
        if says.dtype.kind != "f" and ours.dtype.kind != "f":
            return (says.astype(np.int64) == ours.astype(np.int64)).all(axis=1), None
        one, other = says.astype(np.float64), ours.astype(np.float64)
        both = (one == other) | (np.isnan(one) & np.isnan(other))
        with np.errstate(invalid="ignore"):
            apart = np.where(both, 0.0, np.abs(one - other))
        apart = np.where(np.isnan(apart), np.inf, apart)
        finite = one[np.isfinite(one)]
        span = float(finite.max() - finite.min()) if finite.size else 0.0
        span = span or float(np.abs(finite).max(initial=0.0)) or 1.0
        # A number of 32 bits has no more digits than these.
        least = float(np.finfo(np.float32).eps) * float(np.abs(finite).max(initial=0.0))
        same: Array = np.all(apart <= max(near * span, least), axis=1)
        return same, float(apart.max(initial=0.0))
    return (_texts(says) == _texts(ours)).all(axis=1), None


def _texts(array: Array) -> Array:
    """As texts; whole numbers that one side holds as floats are written as such."""
    if array.dtype.kind == "f" and np.all(array == np.round(array)):
        array = array.astype(np.int64)
    return array.astype(str)


def _shown(values: Array, digits: int) -> str:
    flat = np.atleast_1d(values).ravel()[:8].tolist()
    text = ", ".join(f"{each:.{digits}g}" if isinstance(each, float) else str(each) for each in flat)
    return printable(text, _SHOWN)
