"""What hooks can declare instead of computing: `edgeweb build` compiles it into graphs, and no Python is left of it.

    from edgeweb import ops

    preprocess = ops.image().resize(256, 256, fit="crop").crop(224, 224).normalise(mean=[0.5], std=[0.5]).layout("NCHW")
    postprocess = ops.output().softmax().top_k(5)

Either may be an ordinary function beside the other. The browser imports this file, too: the standard library alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TypeVar

from edgeweb.hooks_api.dtypes import check_numbers

_COLORS, _FITS, _LAYOUTS = ("RGB", "BGR", "GRAY"), ("stretch", "crop", "pad"), ("NCHW", "NHWC")
_FORMS = ("rows", "columns", "grid", "pairs", "final", "queries", "strides")
_LARGEST = 8192
_MOST_CHOICES = 1000

Self = TypeVar("Self", bound="Declared")


class Declared:
    """A declaration; each method gives a new one. `said`: what was declared, as JSON has it."""

    kind = ""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.said = {"kind": self.kind, **said}

    def _with(self: Self, **more: Any) -> Self:
        for key in more:
            if self.said.get(key) is not None:
                raise ValueError(f"{key} was declared twice")
        return type(self)({**self.said, **more})

    def __call__(self, *_: object) -> NoReturn:
        """It is compiled, not called."""
        raise TypeError(f"ops.{self.kind}() is compiled into the site; edgeweb.Local runs it natively")


class Image(Declared):
    """A picture on its way into the model. Whatever the order of the calls: size, colour, numbers, layout."""

    kind = "image"

    def resize(self, height: int, width: int, fit: str = "stretch") -> Image:
        """To `height` x `width` pixels. `fit`: "stretch", "crop" the middle, or "pad" with black."""
        return self._with(size=_size(height, width), fit=_one_of("fit", fit, _FITS))

    def crop(self, height: int, width: int) -> Image:
        """The middle of the resized picture."""
        if "size" not in self.said:
            raise ValueError("crop takes the middle of a resized picture: call resize(height, width) first")
        if height > self.said["size"][0] or width > self.said["size"][1]:
            raise ValueError(f"crop({height}, {width}) is larger than the picture, {self.said['size']}")
        return self._with(crop=_size(height, width))

    def normalise(self, mean: Sequence[float] = (0.0,), std: Sequence[float] = (1.0,), scale: float = 255.0) -> Image:
        """(x / scale - mean) / std of values from 0 to 255; `mean` and `std` have one number or one a channel."""
        (divided,) = _numbers("scale", [scale])
        return self._with(mean=_numbers("mean", mean), std=_numbers("std", std), scale=divided)

    def standardise(self) -> Image:
        """Less the picture's own mean, divided by its own standard deviation."""
        return self._with(standardise=True)

    def layout(self, layout: str) -> Image:
        """ "NCHW" or "NHWC"; default: what the input's shape says."""
        return self._with(layout=_one_of("layout", layout, _LAYOUTS))


class Row(Declared):
    """A row of a table on its way into the model: its columns side by side, in their order."""

    kind = "row"


class Output(Declared):
    """What an output of the model means."""

    kind = "output"

    def softmax(self) -> Output:
        """Scores to probabilities, over the last axis."""
        return self._with(softmax=True)

    def top_k(self, k: int) -> Output:
        """Only the best `k` classes."""
        if not isinstance(k, int) or k < 1:
            raise ValueError(f"top_k({k!r}): a whole number of at least 1 is needed")
        return self._with(top=k)

    def argmax(self) -> Output:
        """The best class alone: of a picture, or of each of its pixels where the output lies over it."""
        return self._with(argmax=True)


class Boxes(Declared):
    """Outputs that say where things are."""

    kind = "boxes"

    def nms(self, overlap: float = 0.45) -> Boxes:
        """Of boxes of a class that share more than `overlap` of their area, the best alone."""
        return self._with(overlap=_share("overlap", overlap))


def image(color: str = "RGB", *, input: str | None = None) -> Image:
    """A picture as the model's input; `color`: "RGB", "BGR" or "GRAY"."""
    return Image({"color": _one_of("color", color, _COLORS), "name": _name(input)})


def row(columns: Mapping[str, Mapping[str, Any]], *, input: str | None = None) -> Row:
    """A row as the model's input: `{column: ops.standardise(...) | ops.one_hot(...) | ops.number()}`."""
    if not isinstance(columns, Mapping) or not columns:
        raise TypeError("row takes a dict {column: ops.number(), ops.standardise(...) or ops.one_hot(...)}")
    for name, column in columns.items():
        if not isinstance(name, str) or not name or not isinstance(column, Mapping) or "column" not in column:
            raise TypeError(f"column {name!r} is not ops.number(), ops.standardise(...) or ops.one_hot(...)")
    return Row({"columns": {name: dict(column) for name, column in columns.items()}, "name": _name(input)})


def number() -> dict[str, Any]:
    """A column that goes in as it is."""
    return {"column": "number", "mean": 0.0, "std": 1.0}


def standardise(mean: float, std: float) -> dict[str, Any]:
    """A column that goes in as (x - mean) / std."""
    (low,), (span,) = _numbers("mean", [mean]), _numbers("std", [std])
    return {"column": "number", "mean": low, "std": span}


def one_hot(choices: Sequence[str]) -> dict[str, Any]:
    """A column of texts that goes in as one 1 among 0s; what is none of the choices goes in as 0s alone."""
    texts = list(choices) if not isinstance(choices, str) else [choices]
    if not texts or len(texts) > _MOST_CHOICES or not all(isinstance(text, str) for text in texts):
        raise TypeError(f"one_hot takes 1 to {_MOST_CHOICES} texts")
    if len(set(texts)) != len(texts):
        raise ValueError("one_hot has the same text twice")
    return {"column": "one_hot", "choices": texts}


def output(name: str | None = None) -> Output:
    """The model's output of that name; default: its only one."""
    return Output({"name": _name(name)})


def boxes(form: str | None = None, *, threshold: float | None = None) -> Boxes:
    """Boxes and scores. `form`: as [detect] in edgeweb.toml has it, default: seen; `threshold`: the least score."""
    known = None if form is None else _one_of("form", form, _FORMS)
    return Boxes({"form": known, "threshold": None if threshold is None else _share("threshold", threshold)})


def _one_of(what: str, given: str, known: Sequence[str]) -> str:
    if given not in known:
        raise ValueError(f"{what} is {given!r}; it can be {', '.join(known)}")
    return given


def _size(height: int, width: int) -> list[int]:
    for side in (height, width):
        if not isinstance(side, int) or not 1 <= side <= _LARGEST:
            raise ValueError(f"{side!r} is no number of pixels from 1 to {_LARGEST}")
    return [height, width]


def _numbers(what: str, given: Sequence[float]) -> list[float]:
    if isinstance(given, (int, float)):
        given = [given]
    found = [float(number) for number in given]
    if not found:
        raise ValueError(f"{what} is empty")
    check_numbers(what, found)
    return found


def _share(what: str, given: float) -> float:
    if not 0 < given < 1:
        raise ValueError(f"{what} is {given!r}; it must lie between 0 and 1")
    return float(given)


def _name(given: str | None) -> str | None:
    if given is not None and not isinstance(given, str):
        raise TypeError(f"{given!r} is no name of an input or output")
    return given
