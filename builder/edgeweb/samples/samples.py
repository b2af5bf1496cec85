"""The inputs on which compressed forms of a model are calibrated and judged: the user's, or made up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np

from edgeweb.errors import ConfigError
from edgeweb.inputs import array_files, arrays
from edgeweb.inputs.arrays import Feed
from edgeweb.inputs.golden import Array, make_input, uniform
from edgeweb.read import intake
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.kind import Kind, SampleFiles
from edgeweb.tasks.kinds import KINDS
from edgeweb.tasks.plan import Plan
from edgeweb.tasks.tabular.manifest import Column

_SPLIT_FROM = 8
# How each seeded feed is distributed, in turn; both halves of a split have some of the first two kinds.
_KINDS = ("uniform", "gaussian", "smooth", "gaussian", "uniform", "uniform", "gaussian", "uniform")
# A gaussian's span: that many standard deviations from low to high.
_SIGMAS = 6.0
_SEED_STEP = 1009
_LARGE, _FEW_LARGE = 500_000, 2
_ARRAYS = (SampleFiles("array file", frozenset((".npz",))), None)


@dataclass(frozen=True)
class Samples:
    """Inputs for runs of a model.

    `feeds`: one run each, arrays in the input's own type and shape. `labels`: the index of the right class of each
    feed, where known. `source`: one line for people. `seeded`: made up, so it says nothing about real data.
    """

    feeds: tuple[Feed, ...]
    labels: tuple[int, ...] | None
    source: str
    seeded: bool

    def split(self) -> tuple[Samples, Samples]:
        """(calibration, judging): interleaved halves, always the same; with fewer than 8 feeds both are the whole."""
        if len(self.feeds) < _SPLIT_FROM:
            return self, self
        return self._part(0), self._part(1)

    def _part(self, half: int) -> Samples:
        # The Thue-Morse sequence: plain alternation would part the classes of data that alternates itself.
        kept = [i for i in range(len(self.feeds)) if i.bit_count() % 2 == half]
        labels = None if self.labels is None else tuple(self.labels[i] for i in kept)
        return replace(self, feeds=tuple(self.feeds[i] for i in kept), labels=labels)


def made_up(
    inputs: Sequence[TensorInfo], plan: Plan, case: list[GoldenInput], examples: Sequence[Path] = ()
) -> Samples:
    """What the model's kind makes of the site's examples, or by itself; otherwise variations of the golden case."""
    made = plan.kind.made_up(plan, inputs, case, examples)
    return seeded(inputs, case) if made is None else Samples(made.feeds, None, made.source, made.seeded)


def seeded(inputs: Sequence[TensorInfo], case: list[GoldenInput], count: int = 8) -> Samples:
    """Variations of a golden case that is known to run: its dims and ranges, other seeds and distributions.

    Without a case (none ran) there are no feeds; where the case holds nothing seeded, there is one.
    """
    known = {spec.name: spec for spec in case}
    if any(info.name not in known for info in inputs):
        return Samples((), None, "no inputs, because none of the trial's ran", True)
    specs = [known[info.name] for info in inputs]
    varied = any(spec.data is None and spec.strings is None for spec in specs)
    # A model that takes half a million numbers takes its time for each.
    large = sum(math.prod(spec.dims) for spec in specs) > _LARGE
    number = 1 if not varied else min(count, _FEW_LARGE) if large else count
    feeds = tuple({spec.name: _variation(spec, i) for spec in specs} for i in range(number))
    return Samples(feeds, None, f"{_counted(len(feeds), 'seeded input')}", True)


def _variation(spec: GoldenInput, number: int) -> Array:
    """The spec's own array for number 0 and for what holds its data; else another of the same dims and range."""
    if number == 0 or spec.data is not None or spec.strings is not None:
        return make_input(spec)
    seed = ((spec.seed or 0) + _SEED_STEP * number) % (1 << 32)
    kind = _KINDS[number % len(_KINDS)]
    if kind == "uniform" or not spec.type.startswith("float"):
        return make_input(msgspec.structs.replace(spec, seed=seed))
    low = 0.0 if spec.low is None else spec.low
    high = 1.0 if spec.high is None else spec.high
    shape = _gaussian(seed, spec.dims) if kind == "gaussian" else _smooth(seed, spec.dims)
    return np.clip(low + (high - low) * shape, low, high).astype(spec.type)


def _gaussian(seed: int, dims: Sequence[int]) -> Array:
    """Around 0.5, by Box and Muller: NumPy's own generators may change with its version."""
    count = math.prod(dims)
    first, second = uniform(seed, 2 * count).reshape(2, count)
    normal: Array = np.sqrt(-2 * np.log1p(-first)) * np.cos(2 * np.pi * second)
    return (0.5 + normal / _SIGMAS).reshape(dims)


def _smooth(seed: int, dims: Sequence[int]) -> Array:
    """A wave or less along each axis, added up: as little detail as a picture out of focus."""
    turns = uniform(seed, 2 * len(dims)).reshape(len(dims), 2)
    total: Array = np.full(dims, 0.5)
    for axis, (size, (frequency, phase)) in enumerate(zip(dims, turns, strict=True)):
        place = np.arange(size).reshape([-1 if i == axis else 1 for i in range(len(dims))]) / max(1, size)
        total = total + 0.5 / len(dims) * np.cos(2 * np.pi * ((0.3 + 0.7 * frequency) * place + phase))
    return total


def read(path: Path, inputs: Sequence[TensorInfo], plan: Plan, case: list[GoldenInput]) -> Samples:
    """The user's samples: arrays, or the pictures, rows, lines or sounds that this model takes.

    Args:
        path: .npz, .npy, .csv or .txt; a picture or .wav, or a folder of these or of .npz.
        inputs: those that must be fed.
        plan: says whether the model takes pictures or rows, and its labels.
        case: a case that ran; its dims stand in for those of inputs of unknown rank.

    Raises:
        ConfigError: `path` holds another kind of data than the model takes, none, or damaged data.
    """
    word, files, kind = _files(path)
    found = array_files.read(files, inputs, plan.labels, case) if kind is None else kind.read(path, files, inputs, plan)
    feeds, labels, total = found
    if not feeds:
        raise ConfigError(f"{path} holds no samples", "it is empty", "Give at least one, better a few hundred")
    table = plan.kind.row(plan)
    arrays.check_finite(path, feeds, {} if table is None else _gaps(table.columns))
    count = f"{len(feeds)} of {_counted(total, word)}" if total > len(feeds) else _counted(total, word)
    source = f"{count} in {path.name}/" if path.is_dir() else f"{count} of {path.name}"
    return Samples(tuple(feeds), None if labels is None else tuple(labels), source, False)


def _gaps(columns: Sequence[Column]) -> dict[str, list[int]]:
    """Of each input the columns of numbers that may be missing."""
    found: dict[str, list[int]] = {}
    for column in columns:
        if column.missing and column.type == "number":
            found.setdefault(column.input, []).append(column.index)
    return found


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _files(path: Path) -> tuple[str, list[Path], Kind | None]:
    """What one sample is called, the files that hold them, sorted by their names, and the kind that reads them; None:
    arrays.
    """
    if not path.exists():
        raise ConfigError(f"{path} cannot be read as data", "There is no such file or folder", "Correct the path")
    known = [(kind.samples, kind) for kind in KINDS if kind.samples is not None]
    if not path.is_dir():
        suffix = path.suffix.lower()
        # What has another name may still be arrays, and says why it is not when it is read.
        fitting = next(((each, kind) for each, kind in known if suffix in each.suffixes), None)
        return ("sample", [path], None) if fitting is None else (fitting[0].word, [path], fitting[1])
    # Hidden files are those of the system, such as macOS's "._photo.jpg".
    files = sorted(intake.below(path), key=lambda file: file.relative_to(path).as_posix())
    held: list[tuple[SampleFiles, Kind | None]] = [
        *((each, kind) for each, kind in reversed(known) if each.folders),
        _ARRAYS,
    ]
    found = [(each, kind, [file for file in files if file.suffix.lower() in each.suffixes]) for each, kind in held]
    present = [(each, kind, several) for each, kind, several in found if several]
    if len(present) != 1:
        words = " and ".join(f"{each.word}s" for each, _, _ in present)
        why = f"it holds {words}" if present else "no file in it is a sample"
        raise ConfigError(
            f"{path} cannot be used as samples", why, "Fill it with pictures, with .wav or with .npz, or give one file"
        )
    ((each, kind, several),) = present
    return "sample" if kind is None else each.word, several, kind
