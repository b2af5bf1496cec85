"""Array files (.npz, .npy) to feeds: which axis counts samples, and the labels beside them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgeweb.errors import ConfigError
from edgeweb.inputs import arrays
from edgeweb.inputs.arrays import Feed, Found
from edgeweb.inputs.golden import Array
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import TensorInfo


def read(files: Sequence[Path], inputs: Sequence[TensorInfo], classes: Sequence[str], case: list[GoldenInput]) -> Found:
    """The samples of one file, or of every file of a folder.

    Raises:
        ConfigError: a file cannot be read, or does not fit the inputs.
    """
    ranked = [_ranked(info, case) for info in inputs]
    room = arrays.MAX_SAMPLES
    if len(files) > 1:
        # What one sample weighs says how many each file may give: all of them at once may not fit the memory.
        peeked, _, _ = _read_file(files[0], ranked, classes, 1)
        room = arrays.room_for(peeked[0]) if peeked else room
    chosen = arrays.spread(files, room)
    parts = [_read_file(path, ranked, classes, -(-room // len(chosen))) for path in chosen]
    if len({labels is None for _, labels, _ in parts}) > 1:
        raise ConfigError(
            f"{files[0].parent} has labels in some files only", "each needs them or none", "Add the missing ones"
        )
    feeds = [feed for some, _, _ in parts for feed in some]
    right = [label for _, labels, _ in parts for label in labels or []]
    total = max(len(files), sum(count for _, _, count in parts)) if feeds else 0
    return arrays.spread(feeds, room), arrays.spread(right, room) if len(right) == len(feeds) else None, total


def _ranked(info: TensorInfo, case: list[GoldenInput]) -> TensorInfo:
    """The input, of the case's rank where its own is unknown."""
    ran = next((spec for spec in case if spec.name == info.name), None)
    if info.shape is not None or ran is None:
        return info
    return TensorInfo(name=info.name, type=info.type, shape=[None] * len(ran.dims))


def _read_file(path: Path, inputs: Sequence[TensorInfo], classes: Sequence[str], limit: int) -> Found:
    """At most `limit` samples of one file, spread, with how many it holds."""
    found = arrays.load(path, inputs)
    names = {info.name for info in inputs}
    labels = next((found.pop(name) for name in arrays.LABELS if name in found and name not in names), None)
    arrays.check_names(path, found, inputs)
    count = _count(path, inputs, found)
    total = 1 if count is None else count
    right = None if labels is None else _labels(path, labels, total, classes)

    def feed(index: int) -> Feed:
        return {info.name: _sample(path, info, found[info.name], None if count is None else index) for info in inputs}

    room = arrays.room_for(feed(0)) if total else limit
    chosen = arrays.spread(range(total), min(limit, room))
    return [feed(i) for i in chosen], None if right is None else [right[i] for i in chosen], total


def _count(path: Path, inputs: Sequence[TensorInfo], found: Feed) -> int | None:
    """How many samples the first axes count; None where the arrays as they are make one feed."""
    counts = {info.name: _axis(info, found[info.name]) for info in inputs}
    if len(set(counts.values())) <= 1:
        return next(iter(counts.values()), None)
    # Axes of other names (nodes and edges of a graph) count other things: such arrays are one sample.
    firsts = {str(info.shape[0]) for info in inputs if info.shape} - {"1", "None"}
    stacked = any(info.shape is not None and found[info.name].ndim > len(info.shape) for info in inputs)
    if len(firsts) > 1 and not stacked:
        return None
    said = ", ".join(f"{1 if n is None else n} for {name}" for name, n in counts.items())
    raise ConfigError(
        f"{path} holds another number of samples for each input: {said}",
        "the first axis of every array counts the samples",
        "Save as many of each",
    )


def _axis(info: TensorInfo, array: Array) -> int | None:
    """How many samples the first axis of one array counts; None when the array is one feed."""
    if info.shape is None:
        return None
    extra = array.ndim == len(info.shape) + 1
    batch = array.ndim == len(info.shape) > 0 and (info.shape[0] == 1 or not isinstance(info.shape[0], int))
    return len(array) if extra or batch else None


def _sample(path: Path, info: TensorInfo, array: Array, index: int | None) -> Array:
    """Sample `index` of an array, as a batch of one where its first axis is the model's own; all of it for None."""
    if index is None:
        return arrays.fitted(path, info, array)
    extra = info.shape is not None and array.ndim > len(info.shape)
    return arrays.fitted(path, info, array[index] if extra else array[index : index + 1], array.shape)


def _labels(path: Path, labels: Array, count: int, classes: Sequence[str]) -> list[int]:
    """The labels as indices of classes, one a sample."""
    right = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if right.shape != (count,) or right.dtype.kind not in "iu":
        raise ConfigError(
            f"{path} has labels of {labels.dtype} and shape {list(labels.shape)}",
            f"it holds {count} samples, and the label of each is the whole number of its class",
            "Save one index for each sample",
        )
    if count and (right.min() < 0 or (classes and right.max() >= len(classes))):
        wrong = right.min() if right.min() < 0 else right.max()
        raise ConfigError(
            f"{path} has the label {wrong}", f"the model has {len(classes)} labels from 0 on", "Correct it"
        )
    return [int(label) for label in right]
