"""What a model says of a row: its own label, scores that a run shows to agree with it, or plain values.

A label is the answer wherever there is one. Scores stand beside it only where the best of them is the label's in every
run, and they are probabilities only where an operator or the runs say so. Everything else is shown as numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from edgeweb.config import Config
from edgeweb.inputs.golden import Array
from edgeweb.schema.evidence import Claim, Source
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import maker, settle
from edgeweb.tasks.evidence import Said, assumed
from edgeweb.tasks.plan import Seen

_MOST_VALUES = 128
# Operators that give a label and the scores of which it has the best, and such as leave the order of these.
_BOTH = ("TreeEnsembleClassifier", "LinearClassifier")
_KEEPING = (
    "Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Normalizer", "Softmax", "ZipMap",
    "LabelEncoder",
)  # fmt: skip
_REGRESSORS = ("LinearRegressor", "TreeEnsembleRegressor", "SVMRegressor")
# Rows of probabilities add up to 1 but for what single precision and hundreds of classes lose.
_SUM, _EQUAL = 2e-3, 1e-6
RowTask = Literal["tabular-classification", "tabular-regression"]


@dataclass(frozen=True)
class Answer:
    """How the outputs are read; see `TabularPipeline`. `why`: in a few words, for people."""

    task: RowTask
    why: str
    evidence: tuple[Said, ...]
    label: str | None = None
    scores: str | None = None
    values: str | None = None
    softmax: bool = False
    pair: bool = False
    classes: tuple[str, ...] = ()


def find(seen: Seen, config: Config) -> Answer | str:
    """How a row's outputs are read, or why they say nothing of a row."""
    flat = [info for info in seen.outputs if info.shape is not None and len(info.shape) <= 2]
    if not flat or len(flat) != len(seen.outputs):
        return "its outputs are not rows of values"
    reals = [info for info in flat if info.type.startswith("float")]
    others = [info for info in flat if info not in reals]
    label = next((info for info in others if _single(info, seen) and (why := _chosen(info, seen, config))), None)
    if label is not None:
        return _labelled(label, why, reals, seen)
    if len(flat) == 1 and reals:
        return _several(flat[0], seen, config)
    if len(others) == 1 and others[0].type not in ("string", "bool"):
        return _numbers(others[0], seen)
    names = ", ".join(f'"{info.name}"' for info in flat)
    return (
        f"nothing says which of its outputs {names} is the answer" if len(flat) > 1 else "its output is several texts"
    )


def _width(info: TensorInfo) -> int | None:
    """Values in a row of [N, C], [N] or a scalar; None when unknown, or when the first axis is no row."""
    shape = info.shape or []
    if len(shape) == 2:
        return shape[1] if isinstance(shape[1], int) else None
    return None if shape and isinstance(shape[0], int) and shape[0] != 1 else 1


def _single(info: TensorInfo, seen: Seen) -> bool:
    """Whether there is one value a row: what is declared may be wrong, what runs give is not."""
    sizes = {look[info.name].size for look in seen.looks if info.name in look}
    return sizes == {1} if sizes else _width(info) == 1


def _chosen(info: TensorInfo, seen: Seen, config: Config) -> str:
    """What shows that an output is a class and no number; empty where nothing does."""
    if info.type in ("string", "bool"):
        return "an output of texts" if info.type == "string" else "an output that is true or false"
    operator = maker.of_class(seen.proto, info.name)
    if operator:
        return f"operator {operator}"
    if seen.labels or config.task in ("tabular-classification", "text-classification"):
        return "the labels that are given" if seen.labels else "the task that is asked for"
    told = _texts(info.name, seen)
    return seen.classes_from if seen.classes and told and set(told) <= set(seen.classes) else ""


def _texts(output: str, seen: Seen) -> list[str]:
    """A label output in the runs, as it is shown."""
    return [str(value) for look in seen.looks if output in look for value in look[output].ravel()[:1].tolist()]


def _labelled(label: TensorInfo, why: str, reals: Sequence[TensorInfo], seen: Seen) -> Answer:
    """The model's own label, with scores where the runs show that they agree."""
    told = _texts(label.name, seen)
    known = tuple(seen.classes) if set(told) <= set(seen.classes) else ()
    claims = [
        Said("task", "tabular-classification", "file", why),
        Said("answer", label.name, "file", why),
    ]
    found = Answer("tabular-classification", f'label "{label.name}" out', (), label.name, classes=known)
    best: tuple[Answer, list[Said]] | None = None
    for info in reals:
        classes = known or tuple(map(str, range(_width(info) or 0)))
        scores = _rows(info, seen)
        if not told or scores is None or scores.shape != (len(told), len(classes)):
            continue
        if not _agree(told, scores, classes, 1 if _together(label.name, info.name, seen) else 2):
            continue
        shares = _shares(scores) and not maker.counts_votes(seen.proto, info.name)
        said = [_from_runs("probabilities", "as given", len(told))] if shares else []
        made = Answer(found.task, f'{found.why} with scores "{info.name}"', (), label.name, info.name, classes=classes)
        if best is None or (shares and not best[1]):
            best = (made, said)
    chosen, said = best or (found, [])
    return _with(chosen, (*claims, *said))


def _with(found: Answer, said: Sequence[Said]) -> Answer:
    return Answer(**{**found.__dict__, "evidence": tuple(said)})


def _from_runs(claim: Claim, value: str, runs: int, source: Source = "trial") -> Said:
    return Said(claim, value, source, f"values of {runs} runs")


def _rows(info: TensorInfo, seen: Seen) -> Array | None:
    """An output's rows in the runs, [runs, values]; None where they are not of one length, or there are none."""
    rows = [look[info.name].astype(np.float64).reshape(-1) for look in seen.looks if info.name in look]
    same = rows and all(len(row) == len(rows[0]) for row in rows)
    return np.stack(rows) if same else None


def _together(label: str, scores: str, seen: Seen) -> bool:
    """Whether one operator makes both, whose label is that of the best score."""
    makers = {name: node for node in seen.proto.graph.node for name in node.output}
    found = []
    for name in (label, scores):
        node = makers.get(name)
        while node is not None and node.op_type not in _BOTH and node.input and node.op_type in _KEEPING:
            node = makers.get(node.input[0])
        found.append(node)
    first, second = found
    return first is second and first is not None and first.op_type in _BOTH


def _agree(told: Sequence[str], scores: Array, classes: Sequence[str], least: int) -> bool:
    """Whether the best score is the label's, and at least so many classes were seen.

    In every run; probabilities that were fitted apart from the label, as those of support vectors are, may differ now
    and then, but not for most rows of any class. The page leaves the scores of such a row out.
    """
    if len(set(told)) < least or len(classes) < 2 or not np.isfinite(scores).all() or not set(told) <= set(classes):
        return False
    labels = np.array([classes.index(label) for label in told])
    own = scores[np.arange(len(told)), labels]
    same = own >= scores.max(axis=1) - _EQUAL * np.maximum(1, np.abs(own))
    return bool(same.all() or (_shares(scores) and all(same[labels == each].mean() > 0.5 for each in set(labels))))


def _shares(scores: Array) -> bool:
    """Whether rows are shares of one whole."""
    inside = np.isfinite(scores).all() and scores.min() >= -_EQUAL and scores.max() <= 1 + _SUM
    return bool(inside and np.allclose(scores.sum(axis=1), 1, atol=_SUM))


def _several(info: TensorInfo, seen: Seen, config: Config) -> Answer | str:
    """One output of numbers: scores of classes where something says so, otherwise values."""
    width, names = _width(info) or _seen_width(info, seen), len(seen.labels or seen.classes)
    asked = config.task == "tabular-classification"
    if width == 1 and names == 2 and seen.ends_in(info.name, "Sigmoid"):
        claims = (
            seen.named("task", "tabular-classification"),
            Said("answer", info.name, "file", "its only output"),
            _ending("sigmoid", "Sigmoid"),
        )
        return Answer("tabular-classification", f'a share "{info.name}" out', claims, scores=info.name, pair=True)
    if width is not None and width > 1 and not _regresses(info, seen):
        scored = _scored(info, width, names, asked, seen, config)
        if scored is not None:
            return scored
    return _numbers(info, seen)


def _scored(info: TensorInfo, width: int, names: int, asked: bool, seen: Seen, config: Config) -> Answer | None:
    """Scores of classes: by the operator that makes them, by as many names, or because the user says so."""
    ends = next((name for name in ("Softmax", "Sigmoid") if seen.ends_in(info.name, name)), None)
    if not (ends == "Softmax" or asked or (names == width and names > 1)):
        return None
    rows, said = _rows(info, seen), config.output.get(info.name)
    answer = Said("answer", info.name, "file", "its only output")
    task = (
        Said("task", "tabular-classification", "file", "operator Softmax")
        if ends == "Softmax"
        else seen.named("task", "tabular-classification")
    )
    softmax = False
    if said is not None and said.softmax is not None:
        softmax = said.softmax
        claim = seen.says("probabilities", "softmax" if softmax else "as given", f"output.{info.name}.softmax")
    elif ends is not None:
        claim = _ending("softmax" if ends == "Softmax" else "sigmoid", ends)
    elif rows is not None and _shares(rows):
        claim = _from_runs("probabilities", "as given", len(rows))
    elif not (asked or seen.labels):
        # The margins of support vectors have names too, and the other sign.
        return None
    else:
        softmax = True
        lines = settle.toml(("output", info.name), softmax=True)
        claim = assumed("probabilities", "softmax", "the usual for scores of classes", lines)
    kind = "probabilities" if not softmax else "scores"
    why = f'{width} {kind} "{info.name}" out'
    return Answer("tabular-classification", why, (task, answer, claim), scores=info.name, softmax=softmax)


def _ending(value: str, operator: str) -> Said:
    return Said("probabilities", value, "file", f"operator {operator}")


def _regresses(info: TensorInfo, seen: Seen) -> bool:
    return any(seen.ends_in(info.name, operator) for operator in _REGRESSORS)


def _seen_width(info: TensorInfo, seen: Seen) -> int | None:
    gave = seen.gave.get(info.name)
    return gave.shape[1] if gave is not None and gave.ndim == 2 else None


def _numbers(info: TensorInfo, seen: Seen) -> Answer | str:
    """Values, which are shown as they are."""
    width = _width(info) or _seen_width(info, seen)
    if width is None or width > _MOST_VALUES:
        return f'output "{info.name}" is no row of a few values'
    made = next((name for name in (*_REGRESSORS, "TreeEnsemble") if name in _plain(seen)), None)
    whole = not info.type.startswith("float")
    answer = Said("answer", info.name, "file", "its output of whole numbers" if whole else "its only output")
    why = f"operator {made}" if made else "its outputs, as they are declared: nothing calls them classes"
    task = Said("task", "tabular-regression", "file", why)
    what = "one value" if width == 1 else f"{width} values"
    return Answer("tabular-regression", f'{what} "{info.name}" out', (task, answer), values=info.name)


def _plain(seen: Seen) -> set[str]:
    return {name.rsplit(".", 1)[-1] for name in seen.operators}
