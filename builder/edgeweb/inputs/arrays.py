"""Arrays from the user's files, fitted to a model's inputs; what every reader of samples shares."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, TypeVar

import numpy as np

from edgeweb.errors import ConfigError
from edgeweb.inputs.golden import DTYPES, Array
from edgeweb.read import intake
from edgeweb.schema.types import TensorInfo, TensorType

Feed = dict[str, Array]
# Feeds with the right class of each where it is known, and how many the source holds.
Found = tuple[list[Feed], list[int] | None, int]
Item = TypeVar("Item")

# More change a judgement little and take minutes; more bytes do not fit beside a model in a small machine.
MAX_SAMPLES = 512
MAX_BYTES = 1 << 30
# The right class of each sample, where no input has that name.
LABELS = ("labels", "y")
_HINT = "Save it with numpy.savez(path, name=array), without object arrays"


def load(path: Path, inputs: Sequence[TensorInfo]) -> Feed:
    """The arrays of a .npz by name, or that of a .npy under the name of the model's one input.

    Raises:
        ConfigError: another kind of file, or a .npy for several inputs.
    """
    try:
        # Opened here: numpy leaves a broken archive open.
        with intake.opened(path, _HINT) as file:
            if zipfile.is_zipfile(file):
                return _archive(path, file, inputs)
            file.seek(0)
            found: Array = np.load(file, allow_pickle=False)
    except ConfigError:
        raise
    except Exception as error:
        # numpy reads a header as Python, and passes on whatever that raises.
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is not a .npz or .npy file"
        raise ConfigError(f"{path} cannot be read as data", why, _HINT) from error
    if len(inputs) != 1:
        raise ConfigError(
            f"{path} holds one array", f"the model has {len(inputs)} inputs", "Use a .npz with one array for each input"
        )
    return {inputs[0].name: found}


def _archive(path: Path, file: BinaryIO, inputs: Sequence[TensorInfo]) -> Feed:
    """The arrays of a .npz, of which nothing is unpacked before its names and sizes are known to fit."""
    with zipfile.ZipFile(file) as archive:
        # A name may be there twice; the last one counts.
        members = {each.filename.removesuffix(".npy"): each for each in archive.infolist()}
        own = {info.name for info in inputs}
        if own != {name for name in members if name in own or name not in LABELS}:
            check_names(path, members, inputs)
        intake.check_archive(path, archive, _HINT)
        found: Feed = {}
        for name, member in members.items():
            with archive.open(member) as packed:
                found[name] = np.lib.format.read_array(packed, allow_pickle=False)
        return found


def check_names(path: Path, given: Collection[str], inputs: Sequence[TensorInfo]) -> None:
    """Raise ConfigError unless there is one array for each input and no other."""
    names = [info.name for info in inputs]
    if sorted(given) != sorted(names):
        raise ConfigError(
            f"{path} holds arrays for {', '.join(given) or 'nothing'}",
            f"the model's inputs are {', '.join(names)}",
            "Save one array under each name",
        )


def fitted(path: Path, info: TensorInfo, array: Array, shown: Sequence[int] | None = None) -> Array:
    """The array in the input's own type; ConfigError when that would change its values, or its shape is another.

    `shown`: the shape of the whole array in the file, of which this is one sample.
    """
    result = converted(info.type, array)
    if result is None:
        raise ConfigError(
            f'{path} has {array.dtype} for input "{info.name}"',
            f"the model takes {info.type}, which does not hold these values",
            "Convert the array",
        )
    shape = info.shape
    if shape is not None and (
        len(shape) != array.ndim or any(isinstance(d, int) and d != n for d, n in zip(shape, array.shape, strict=False))
    ):
        wanted = ", ".join("?" if dim is None else str(dim) for dim in shape)
        raise ConfigError(
            f'{path} has shape {list(array.shape if shown is None else shown)} for input "{info.name}"',
            f"the model takes [{wanted}]",
            "Reshape the array",
        )
    return result


def converted(kind: TensorType, array: Array) -> Array | None:
    """The array as `kind`: rounded where that has fewer digits, None where the values do not fit."""
    if kind == "string":
        if array.dtype.kind == "U":
            return array.astype(object)
        try:
            return np.char.decode(array, "utf-8").astype(object) if array.dtype.kind == "S" else None
        except UnicodeDecodeError:
            return None
    if array.dtype.kind not in "fiub":
        return None
    with np.errstate(invalid="ignore", over="ignore"):
        result = array.astype(DTYPES[kind])
    return result if kind.startswith("float") or np.array_equal(result, array) else None


def check_finite(path: Path, feeds: Sequence[Feed], gaps: Mapping[str, Sequence[int]] = MappingProxyType({})) -> None:
    """Raise ConfigError where a float input holds NaN or infinity: nothing can be compared after those.

    `gaps`: of inputs that are rows the columns that may be NaN.
    """
    for number, feed in enumerate(feeds):
        for name, array in feed.items():
            held = array
            if gaps.get(name) and array.ndim:
                held = np.where(np.isnan(array) & np.isin(np.arange(array.shape[-1]), gaps[name]), 0, array)
            if array.dtype.kind == "f" and not np.isfinite(held).all():
                raise ConfigError(
                    f'{path} has NaN or infinity for input "{name}"',
                    f"sample {number + 1} cannot be compared with anything",
                    "Leave such samples out, or fill the gaps",
                )


def room_for(feed: Feed) -> int:
    """How many samples of this size may be held."""
    size = sum(array.nbytes for array in feed.values())
    return max(1, min(MAX_SAMPLES, MAX_BYTES // max(1, size)))


def spread(items: Sequence[Item], limit: int) -> list[Item]:
    """At most `limit` of the items, evenly spread, in order."""
    count = len(items)
    return list(items) if count <= limit else [items[i * count // limit] for i in range(limit)]


def label_index(text: str, labels: Sequence[str]) -> int | None:
    """The class that a label or a number names; None when there is none such."""
    if text in labels:
        return list(labels).index(text)
    plain = [_plain(label) for label in labels]
    if _plain(text) in plain:
        return plain.index(_plain(text))
    try:
        number = float(text)
    except ValueError:
        return None
    known = number >= 0 and number.is_integer() and (not labels or number < len(labels))
    return int(number) if known else None


def _plain(label: str) -> str:
    """Folders are often named without capitals and spaces."""
    return label.casefold().replace("_", " ").strip()
