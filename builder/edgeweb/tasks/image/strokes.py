"""Whether a model of small grey pictures reads what is drawn, and on which ground: shown by drawings it is run on."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeweb.errors import ConfigError
from edgeweb.inputs.arrays import Feed
from edgeweb.inputs.golden import DTYPES, Array
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.image import pictures
from edgeweb.tasks.image.case import Case
from edgeweb.tasks.image.manifest import Pad
from edgeweb.tasks.image.spec import ImageSpec

_Path = Sequence[tuple[float, float]]

# Whose answers stand beside a drawing and not over it.
_BESIDE = ("classification", "regression")
_GROUNDS: tuple[Pad, Pad] = ("white-on-black", "black-on-white")
_SIDES = (8, 64)
# Of ten drawings: so many nothing reads by chance.
_READ = 8
# Of the picture's side: the height of a digit, and half of a stroke's width.
_HEIGHT, _HALF = 0.68, 0.045


def _arc(x: float, y: float, across: float, down: float, start: float, end: float) -> list[tuple[float, float]]:
    """Part of an ellipse, from one angle to another in turns; 0 is at the right, a quarter below."""
    angles = np.linspace(start, end, 13) * 2 * math.pi
    return [(x + across * math.cos(angle), y + down * math.sin(angle)) for angle in angles]


# As people write them, in a box of 1 by 1.
DIGITS: tuple[Sequence[_Path], ...] = (
    (_arc(0.5, 0.5, 0.33, 0.5, 0, 1),),
    (((0.5, 0), (0.5, 1)),),
    ((*_arc(0.5, 0.28, 0.32, 0.28, 0.5, 1.1), (0.2, 1), (0.85, 1)),),
    ((*_arc(0.45, 0.25, 0.3, 0.25, 0.55, 1.25), *_arc(0.45, 0.74, 0.34, 0.26, 0.75, 1.42)),),
    (((0.3, 0), (0.15, 0.55), (0.85, 0.55)), ((0.72, 0), (0.68, 1))),
    (((0.82, 0), (0.25, 0), (0.22, 0.45), *_arc(0.45, 0.7, 0.36, 0.3, 0.72, 1.42)),),
    (((0.7, 0), (0.4, 0.3), *_arc(0.5, 0.72, 0.3, 0.28, 0.5, 1.5)),),
    (((0.15, 0), (0.85, 0), (0.42, 1)),),
    (_arc(0.5, 0.24, 0.27, 0.24, 0, 1), _arc(0.5, 0.74, 0.31, 0.26, 0, 1)),
    (_arc(0.48, 0.27, 0.29, 0.27, 0, 1), ((0.77, 0.27), (0.72, 0.6), (0.62, 1))),
)
COUNT = len(DIGITS) * len(_GROUNDS)
NAMES = tuple("0123456789")


def drawn(paths: Sequence[_Path], side: int) -> NDArray[np.float64]:
    """Strokes with round ends, from 0 where there are none to 1."""
    grid = (np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1) + 0.5) / side
    near = np.full((side, side), np.inf)
    for path in paths:
        points = (np.array(path) - 0.5) * _HEIGHT + 0.5
        for one, other in itertools.pairwise(points):
            along = other - one
            place = ((grid - one) @ along / max(float(along @ along), 1e-9)).clip(0, 1)
            near = np.minimum(near, np.linalg.norm(grid - one - place[..., None] * along, axis=-1))
    return ((_HALF - near) * side + 0.5).clip(0, 1)


def _places(case: Case) -> list[int] | None:
    """Where the model has its number for each digit; None where neither names nor their count tell."""
    rows = [size for info in case.seen.outputs if (size := case.row(info)) is not None]
    names = [str(name).strip() for name in case.seen.labels or case.seen.classes]
    if len(rows) != 1 or (names and len(names) != rows[0]):
        return None
    if names:
        return [names.index(digit) for digit in NAMES] if set(NAMES) <= set(names) else None
    return list(range(len(NAMES))) if rows[0] == len(NAMES) else None


def wanted(case: Case) -> bool:
    """Whether drawings may show what such a model reads."""
    picture, config = case.picture, case.config
    small = picture.channels == 1 and picture.height == picture.width and _SIDES[0] <= picture.height <= _SIDES[1]
    asked = config.input.get(case.info.name)
    off = asked is not None and (asked.pad is False or asked.pad in _GROUNDS or asked.standardise)
    return small and not off and config.task in (None, "image-classification") and _places(case) is not None


def feeds(case: Case) -> Iterator[Feed]:
    """Ten digits in white on black, and in black on white, made the model's input as the page makes it."""
    spec, _ = pictures.prepared(case.seen, case.config, case.picture, (), fit=case.authors.fit)
    for ground in _GROUNDS:
        for paths in DIGITS:
            ink = drawn(paths, case.picture.height)
            grey = np.round(255 * (ink if ground == _GROUNDS[0] else 1 - ink))
            whole: NDArray[Any] = (grey / spec.scale - spec.mean[0]) / spec.std[0]
            laid = whole[None, None] if spec.layout == "NCHW" else whole[None, ..., None]
            yield {case.info.name: laid.astype(DTYPES[case.info.type])}


def shown(case: Case) -> tuple[Pad, str] | None:
    """On which ground the model reads what is drawn, and the runs that show it; None where they do not."""
    looks, places = case.seen.looks[-COUNT:], _places(case)
    if not wanted(case) or len(looks) < COUNT or places is None:
        return None
    name = next(info.name for info in case.seen.outputs if case.row(info) is not None)
    if any(name not in look for look in looks):
        return None
    rows: list[Array] = [look[name].ravel() for look in looks]
    read = [
        sum(int(np.argmax(row)) == place for row, place in zip(rows[start : start + len(places)], places, strict=True))
        for start in (0, len(places))
    ]
    best = max(read)
    if best < _READ:
        return None
    origin = f"{best} of {len(places)} drawn digits, read on {_GROUNDS[read.index(best)].split('-')[-1]}"
    if min(read) >= _READ:
        return "either", origin
    return _GROUNDS[read.index(best)], origin


def task(case: Case) -> Said | None:
    """That the numbers are scores of classes, where the model reads drawn digits: each has the largest at its place."""
    found = shown(case)
    return None if found is None else Said("task", "image-classification", "trial", found[1])


def labels(case: Case) -> Said | None:
    """The digits as names of classes, where nobody gives any and the model reads them in their order."""
    found = None if case.seen.labels or case.seen.classes else shown(case)
    return None if found is None else Said("labels", NAMES, "trial", found[1])


def pad(case: Case, spec: ImageSpec) -> Pad | None:
    """What a visitor may draw on: what the user says, or what drawings have shown.

    Raises:
        ConfigError: the user wants a pad for a model whose answers lie over a picture.
    """
    options = case.config.input.get(spec.input)
    asked = None if options is None else options.pad
    if asked is False:
        return None
    beside = spec.result in _BESIDE and spec.matching is None and spec.prompted is None
    found = shown(case)
    if asked is None:
        return found[0] if found and beside else None
    if not beside:
        raise ConfigError(
            f'pad does not fit input "{spec.input}"',
            "the page shows classes or values beside a drawing, and this model gives neither",
            "Remove pad; it is for models that read what is drawn",
        )
    return asked if isinstance(asked, str) else found[0] if found else "either"
