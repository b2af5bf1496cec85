"""Which columns a fitted estimator of scikit-learn takes, and which of them are texts, as its encoders know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from edgeweb_children.runner import Refusal

ENCODERS = ("OneHotEncoder", "OrdinalEncoder", "TargetEncoder")
_READERS = ("CountVectorizer", "TfidfVectorizer", "HashingVectorizer")
# They hand on each column in its place.
_KEEPING = ("SimpleImputer", "MissingIndicator")


class Columns:
    """`names`: of all columns, where the estimator was fitted on a frame; else made up. `kinds`: "number", "integer" or
    "text" of each. `used`: those that reach a step. `apart`: whether they go in one by one. `texts`: whether it takes
    texts alone, and no table.
    """

    def __init__(self, estimator: Any, known: Sequence[tuple[str, str]]) -> None:
        self.texts = _reads(_first(estimator))
        given = getattr(estimator, "feature_names_in_", None)
        self.named = given is not None
        count = 1 if self.texts else _width(estimator)
        self.names = ["text"] if self.texts else [f"x{i + 1}" for i in range(count)]
        if given is not None:
            self.names = [str(name) for name in given]
        elif len(known) == count:
            self.names = [name for name, _ in known]
        self.kinds = dict.fromkeys(range(count), "text" if self.texts else "number")
        self.used: set[int] = set()
        walk = _Walk(self.names)
        for place, kind in walk.through(estimator, list(range(count))):
            self.used.add(place)
            if kind:
                self.kinds[place] = kind
        told = dict(known)
        for place, name in enumerate(self.names):
            if self.kinds[place] == "number" and told.get(name) == "text":
                self.kinds[place] = "text"
        self.apart = self.texts or walk.by_name or len(set(self.kinds.values())) > 1

    @property
    def inputs(self) -> list[tuple[str, str]]:
        """Name and kind of each column that goes in by itself."""
        return [(name, self.kinds[place]) for place, name in enumerate(self.names)]


class _Walk:
    """Through a pipeline, as far as its columns are still what went in."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names, self.by_name = list(names), False

    def through(self, step: Any, places: list[int]) -> Iterator[tuple[int, str]]:
        """Each column that a step takes, with its kind where the step knows it."""
        kind = type(step).__name__
        if kind == "Pipeline":
            for _, inner in step.steps:
                yield from self.through(inner, places)
                if not _keeps(inner, len(places)):
                    return
        elif kind == "ColumnTransformer":
            for _, inner, chosen in step.transformers_:
                yield from self._part(inner, self._places(chosen, places))
        elif kind == "FeatureUnion":
            for _, inner in step.transformer_list:
                yield from self.through(inner, places)
        elif hasattr(step, "best_estimator_"):
            yield from self.through(step.best_estimator_, places)
        else:
            yield from zip(places, _kinds(step, len(places)), strict=False)

    def _part(self, inner: Any, places: list[int]) -> Iterator[tuple[int, str]]:
        if isinstance(inner, str):
            yield from ((place, "") for place in places if inner == "passthrough")
        else:
            yield from self.through(inner, places)

    def _places(self, chosen: Any, places: list[int]) -> list[int]:
        """What a selection of columns means: a name, a number, a slice, or many of them, or a mask."""
        if isinstance(chosen, slice):
            first, last = (self._place(end) if isinstance(end, str) else end for end in (chosen.start, chosen.stop))
            # Of names the last one counts, too.
            last = last + 1 if isinstance(chosen.stop, str) and last is not None else last
            return places[slice(first, last, chosen.step)]
        several = [chosen] if isinstance(chosen, (str, int, np.integer)) else list(chosen)
        if several and all(isinstance(each, (bool, np.bool_)) for each in several):
            return [place for place, mask in zip(places, several, strict=True) if mask]
        return [self._place(each) if isinstance(each, str) else places[int(each)] for each in several]

    def _place(self, name: str) -> int:
        self.by_name = True
        return self.names.index(name)


def _kinds(step: Any, count: int) -> list[str]:
    """Of each column what a step knows: encoders their categories, imputers what they fill in."""
    if _reads(step):
        return ["text"] * count
    if type(step).__name__ in ENCODERS:
        return [_kind(known) for known in step.categories_]
    if type(step).__name__ == "SimpleImputer":
        return ["text" if isinstance(each, str) else "" for each in step.statistics_.tolist()]
    return [""] * count


def _kind(known: Any) -> str:
    """Of categories: texts, whole numbers, or nothing special. Refusal of dates, which no converter keeps as such."""
    if known.dtype.kind in "mM" or any(hasattr(each, "isoformat") for each in known.tolist()):
        raise Refusal(
            "A column of dates stands among the categories",
            f"the pipeline knows the days {', '.join(map(str, known[:3]))} and no other, and ONNX has no dates",
            "Make numbers of them before, such as month or weekday, and fit the pipeline on these",
        )
    if known.dtype.kind in "OUS":
        return "text" if any(isinstance(each, str) for each in known.tolist()) else ""
    return "integer" if known.dtype.kind in "iu" else ""


def _keeps(step: Any, count: int) -> bool:
    """Whether what comes out of a step are the same columns."""
    return step == "passthrough" or (type(step).__name__ in _KEEPING and len(getattr(step, "statistics_", ())) == count)


def _reads(step: Any) -> bool:
    return type(step).__name__ in _READERS


def _first(estimator: Any) -> Any:
    """The step that gets the rows."""
    while True:
        if hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        elif type(estimator).__name__ == "Pipeline":
            estimator = estimator.steps[0][1]
        elif type(estimator).__name__ == "FeatureUnion":
            estimator = estimator.transformer_list[0][1]
        else:
            return estimator


def _width(estimator: Any) -> int:
    width = getattr(estimator, "n_features_in_", None)
    if width is None:
        what = f"A {type(estimator).__name__} does not say how many columns it takes"
        raise Refusal(what, "it is not fitted, or was fitted by an old scikit-learn", "Fit it, and save it again")
    return int(width)
