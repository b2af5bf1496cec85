"""Numbers that a model has for a whole picture: scores of classes, values, or an embedding; a row alone is values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np

from edgeweb.inputs.golden import Array
from edgeweb.schema.evidence import Claim
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import scores, settle
from edgeweb.tasks.evidence import Said, assumed
from edgeweb.tasks.image import looks, strokes, words
from edgeweb.tasks.image.case import FILE, Case
from edgeweb.tasks.plan import Recognised

Squash = Literal["", "Softmax", "Sigmoid"]

# More plain values than these are no list for people.
_MOST_VALUES = 32
_PROBABILITIES: Claim = "probabilities"
_LABEL_TYPES = ("int64", "int32", "uint8")


def classifier(case: Case) -> Recognised | str:
    """Scores where somebody or something says that they are: a shape alone says nothing."""
    found = _scores(case)
    if isinstance(found, str):
        return found
    output, other = found
    count = case.row(output) or 0
    told = case.told("image-classification")
    if count == 1:
        return _pair(case, output, told)
    said = told or _classes(case, output, count, other)
    if said is None:
        return f'nothing says that the {count} values of output "{output.name}" are scores of classes'
    squash, sure = _probabilities(case, output)
    asked = case.asked(output.name)
    top = None if asked.top is None else min(asked.top, count)
    word = "scores" if sure is None or sure.source == "assumed" else "probabilities"
    why = f"the output {count} {word}"
    drawn = strokes.labels(case)
    more_claims = [each for each in (sure, drawn) if each is not None]
    claims = (said, case.answer(output.name, "the scores of its label"), *more_claims)
    more: dict[str, Any] = {"softmax": squash == "Softmax", "sigmoid": squash == "Sigmoid", "top": top}
    made = case.made("image-classification", why, (output.name,), claims, **more)
    return made if drawn is None else replace(made, labels=strokes.NAMES)


def _scores(case: Case) -> tuple[TensorInfo, TensorInfo | None] | str:
    """The only row of numbers, and the label that the model itself takes from it."""
    rows = [info for info in case.seen.outputs if case.row(info) is not None]
    others = [info for info in case.seen.outputs if info not in rows]
    if len(rows) != 1 or len(others) > 1:
        if len(case.seen.outputs) == 1:
            return f'output "{case.seen.outputs[0].name}" is not one row of scores'
        return "not one output, as an image classifier has"
    if others and not _best_of(case, others[0], rows[0]):
        return "not one output, as an image classifier has"
    return rows[0], others[0] if others else None


def _best_of(case: Case, label: TensorInfo, scores: TensorInfo) -> bool:
    """Whether an output is the place of the best score, by the operator that makes it and in the run."""
    if label.type not in _LABEL_TYPES or not case.seen.ends_in(label.name, "ArgMax"):
        return False
    gave = case.gave
    if not case.ran or label.name not in gave or scores.name not in gave or gave[label.name].size != 1:
        return False
    return int(gave[label.name].ravel()[0]) == int(gave[scores.name].ravel().argmax())


def _pair(case: Case, output: TensorInfo, told: Said | None) -> Recognised | str:
    """One number for the second of two classes, where these have names."""
    named = case.labelled("image-classification", 2)
    if named is None:
        return f'output "{output.name}" is one value, which needs the labels of two classes'
    if case.authors.task == "image-regression" and case.config.task is None:
        return f"{case.authors.origin} says that it is a value"
    given = case.gave.get(output.name)
    asked = case.asked(output.name).softmax
    squash: Squash = "Sigmoid"
    name = output.name
    if case.seen.ends_in(name, "Sigmoid"):
        squash, sure = "", Said("probabilities", "sigmoid", "file", "operator Sigmoid")
    elif asked is not None:
        squash = "Sigmoid" if asked else ""
        sure = case.seen.says("probabilities", "sigmoid" if asked else "as given", f"output.{name}.softmax")
    elif case.ran and given is not None and not scores.may_be_logits(given, *_looked(case, name)):
        return f'output "{name}" is one value outside of what scores are'
    else:
        lines = settle.toml(("output", name), softmax=True)
        sure = assumed("probabilities", "sigmoid", "one value, and labels of two classes", lines)
    why = "the output one score for two classes"
    claims = (told or named, case.answer(name), sure)
    return case.made("image-classification", why, (name,), claims, sigmoid=squash == "Sigmoid", pair=True)


def _classes(case: Case, output: TensorInfo, count: int, label: TensorInfo | None) -> Said | None:
    """What shows that they are scores of classes: an operator, names for just as many, or the values of runs."""
    name = output.name
    operator = _softmax(case, name)
    if operator is not None:
        return Said("task", "image-classification", "file", f"operator {operator}")
    if label is not None:
        return Said("task", "image-classification", "file", "operator ArgMax")
    # Values that add up to 1 may be shares of anything.
    return case.labelled("image-classification", count) or strokes.task(case)


def _softmax(case: Case, name: str) -> str | None:
    """The operator that makes one row of shares of all scores: no run contradicts it."""
    if case.seen.ends_in(name, "Softmax"):
        return "Softmax" if _sums(case, name) else None
    return "LogSoftmax" if case.seen.ends_in(name, "LogSoftmax") and _sums(case, name, logs=True) else None


def _sums(case: Case, name: str, logs: bool = False) -> bool:
    given = [array for array in (case.seen.gave.get(name), *_looked(case, name)) if array is not None]
    rows = [np.exp(array.astype(np.float64)) if logs else array.astype(np.float64) for array in given]
    return all(scores.add_up(row.ravel(), near=scores.NEARLY) for row in rows)


def _probabilities(case: Case, output: TensorInfo) -> tuple[Squash, Said | None]:
    """What still has to make probabilities of the scores, and who says so; none where that cannot be known."""
    name, claim = output.name, _PROBABILITIES
    asked = case.asked(name).softmax
    operator = _softmax(case, name)
    ends = "Softmax" if operator == "Softmax" else "Sigmoid" if case.seen.ends_in(name, "Sigmoid") else None
    if asked is not None:
        value = "softmax" if asked else ends.lower() if ends else "as given"
        return "Softmax" if asked else "", case.seen.says(claim, value, f"output.{name}.softmax")
    if ends is not None:
        return "", Said(claim, ends.lower(), "file", f"operator {ends}")
    if operator is not None:
        return "Softmax", Said(claim, "softmax", "file", "operator LogSoftmax")
    if _shares(case, name):
        return "", Said(claim, "as given", "trial", _runs(case))
    arrays = [array for array in (case.seen.gave.get(name), *_looked(case, name)) if array is not None]
    if not scores.may_be_logits(*arrays) or case.seen.ends_in(name, "Softmax"):
        # A softmax that does not add up was taken over something else than the classes.
        return "", None
    if case.authors.problem == "multi_label_classification":
        return "Sigmoid", Said(claim, "sigmoid", "file", "config.json: multi_label_classification")
    if case.authors.task == "image-classification":
        return "Softmax", Said(claim, "softmax", "file", case.authors.origin)
    if len(arrays) > looks.COUNT and all(_within(array) for array in arrays):
        # Of several runs none has a logit's range: they are shown as they are, and not called probabilities.
        return "", None
    lines = settle.toml(("output", name), softmax=True)
    return "Softmax", assumed(claim, "softmax", "no operator makes shares of its scores", lines)


def _looked(case: Case, name: str) -> list[Array]:
    return [look[name] for look in case.seen.looks if name in look]


def _within(array: Array) -> bool:
    return bool(array.size and float(array.min()) >= 0 and float(array.max()) <= 1)


def _shares(case: Case, name: str) -> bool:
    """Whether every run gave values from 0 to 1 that add up to 1."""
    found = _looked(case, name)
    return len(found) >= looks.COUNT and all(scores.shares(each.ravel()) for each in found)


def _runs(case: Case) -> str:
    return f"values of {len(case.seen.looks)} runs"


def undecided(case: Case) -> bool:
    """Whether runs may show what the file does not say."""
    found = _scores(case)
    if isinstance(found, str) or case.config.task not in (None, "image-classification"):
        return False
    name = found[0].name
    ends = any(case.seen.ends_in(name, each) for each in ("Softmax", "LogSoftmax", "Sigmoid"))
    return not ends and case.authors.task in (None, "image-classification")


def values(case: Case) -> Recognised | str:
    """One or several outputs of a few values each, which nothing calls classes."""
    outputs = case.seen.outputs
    counts = [case.row(info) for info in outputs]
    if any(count is None for count in counts):
        return "not all outputs are a few values for each picture"
    told, total = case.told("image-regression"), sum(count or 0 for count in counts)
    if told is None and total > _MOST_VALUES:
        return f"{total} values, which nothing calls scores, may be an embedding or coordinates"
    names = [_called(info.name, place, count or 0) for info, count in zip(outputs, counts, strict=True) for place in
             range(count or 0)]  # fmt: skip
    names = _own_names(case, [count or 0 for count in counts], names)
    said = told or Said("task", "image-regression", "file", FILE)
    word = "a value" if total == 1 else f"{total} values"
    answer = Said("answer", ", ".join(info.name for info in outputs), "file", "all of its outputs")
    claims = (said, case.answer(outputs[0].name) if len(outputs) == 1 else answer)
    why = f"what it puts out is {word}"
    kept = tuple(info.name for info in outputs)
    return case.made("image-regression", why, kept, claims, result="regression", names=tuple(names))


def _called(output: str, place: int, count: int) -> str:
    """A value by its output, whose name may be a number alone; of several by its place there too."""
    own = "" if output.isdigit() else output
    return own or "value" if count == 1 else f"{own} {place + 1}".strip()


def _own_names(case: Case, counts: list[int], names: list[str]) -> list[str]:
    """The names that the user or the file gives, where they are as many as all values or as those of one output."""
    for given in (case.seen.labels, case.seen.classes):
        if len(given) == len(names):
            return list(given)
        if len(counts) > 1 and given and counts.count(len(given)) == 1:
            start = sum(counts[: counts.index(len(given))])
            return [*names[:start], *given, *names[start + len(given) :]]
    return names


def embedder(case: Case) -> Recognised | str:
    """A row of numbers that stands for the picture: asked for, made of length 1 at last, or called so."""
    rows = [(info, size) for info in case.seen.outputs if (size := case.row(info)) is not None and size >= 2]
    named = [each for each in rows if words.embedding(each[0].name)]
    if not rows:
        return "no output is one row of numbers, as an embedding is"
    info, size = (named or rows)[0]
    told = case.told("image-embedding")
    if told is None and case.config.gallery is not None:
        told = case.seen.says("task", "image-embedding", "gallery")
    if told is None and named and not case.seen.ends_in(info.name, "Softmax"):
        told = Said("task", "image-embedding", "file", f'the name of output "{info.name}"')
    # A few numbers of length 1 may be a direction, or a turn.
    if told is None and size > _MOST_VALUES and case.seen.ends_in(info.name, "LpNormalization"):
        told = Said("task", "image-embedding", "file", "operator LpNormalization")
    if told is None:
        return f'output "{info.name}" may be scores or an embedding'
    why = f'output "{info.name}" is an embedding of {size} numbers'
    claims = (told, case.answer(info.name, "its name" if named else ""))
    return case.made("image-embedding", why, (info.name,), claims, result="embedding")
