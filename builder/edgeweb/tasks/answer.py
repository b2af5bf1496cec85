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
from edgeweb.read import zipmap
from edgeweb.schema.evidence import Claim, Source
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import agreement, maker, settle
from edgeweb.tasks.evidence import Said, assumed
from edgeweb.tasks.plan import Seen
from edgeweb.tasks.scores import may_be_logits
from edgeweb.tasks.scores import shares as shares_of
from edgeweb.tasks.scores import width as width_of

_MOST_VALUES = 128
_REGRESSORS = ("LinearRegressor", "TreeEnsembleRegressor", "SVMRegressor")
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
    if config.task == "tabular-regression" and len(reals) == 1:
        return _numbers(reals[0], seen)
    chosen = [(info, why) for info in others if _single(info, seen) and (why := _chosen(info, reals, seen, config))]
    if len(chosen) > 1:
        # The path through a tree is made like a class too.
        chosen = [(info, why) for info, why in chosen if _scored_by(info, reals, seen)]
    if len(chosen) == 1:
        return _labelled(*chosen[0], reals, seen)
    if len(flat) == 1 and reals:
        return _several(flat[0], seen, config)
    whole = [info for info in others if info.type not in ("string", "bool")]
    if len(others) == 1 and whole and (not reals or _side_by_side(whole[0], reals, seen)):
        return _numbers(whole[0], seen)
    names = ", ".join(f'"{info.name}"' for info in flat)
    several = "its output is several texts or truth values"
    return f"nothing says which of its outputs {names} is the answer" if len(flat) > 1 else several


def _side_by_side(info: TensorInfo, reals: Sequence[TensorInfo], seen: Seen) -> bool:
    """Whether whole numbers are several classes of one row: by the operators that chose them, or because in the runs
    they say which scores are above a half.
    """
    if maker.of_classes(seen.proto, info.name):
        return True
    flags = agreement.rows(info, seen)
    scores = [agreement.rows(real, seen) for real in reals]
    if flags is None or flags.shape[1] < 2 or len(np.unique(flags)) != 2:
        return False
    return any(each is not None and np.array_equal(each > 0.5, flags) for each in scores)


def _single(info: TensorInfo, seen: Seen) -> bool:
    """Whether there is one value a row: what is declared may be wrong, what runs give is not."""
    sizes = {look[info.name].size for look in seen.looks if info.name in look}
    return sizes == {1} if sizes else width_of(info) == 1


def _chosen(info: TensorInfo, reals: Sequence[TensorInfo], seen: Seen, config: Config) -> Said | None:
    """What shows that an output is a class and no number, code or copy; None where nothing does."""
    task: RowTask = "tabular-classification"
    operator = maker.of_class(seen.proto, info.name)
    if operator:
        return Said("task", task, "file", f"operator {operator}")
    if zipmap.classes_of_output(seen.proto, info.name) and info.type == "string":
        return Said("task", task, "file", "the model's list of classes")
    if config.task in (task, "text-classification"):
        return seen.says("task", task, "task")
    told = _texts(info.name, seen)
    if any(agreement.shown(told, real, seen, 2) for real in reals):
        return Said("task", task, "trial", f"the best score of {len(told)} runs")
    if info.type != "string" and "-1" in told and set(told) <= {"-1", "1"}:
        # Models of outliers say so; no count, leaf or place does.
        return Said("task", task, "trial", f"-1 or 1 in {len(told)} runs")
    if reals or maker.passes(seen.proto, info.name):
        # Beside numbers it may be a leaf, a count, or what the row is called.
        return None
    if info.type in ("string", "bool"):
        return Said("task", task, "file", f"its only output, of {'texts' if info.type == 'string' else 'truth values'}")
    return seen.named("task", task) if seen.labels and _places(info, seen) else None


def _scored_by(info: TensorInfo, reals: Sequence[TensorInfo], seen: Seen) -> bool:
    """Whether some scores agree with a label in the runs."""
    told = _texts(info.name, seen)
    return any(agreement.shown(told, real, seen, 2, _named_classes(info, told, seen)) for real in reals)


def _places(info: TensorInfo, seen: Seen) -> tuple[str, ...]:
    """What a label output gives for the labels of the user's: their places, where the runs give nothing else."""
    count = len(seen.labels)
    if info.type == "bool":
        return ("false", "true") if count == 2 else ()
    places, told = tuple(map(str, range(count))), set(_texts(info.name, seen))
    sure = bool(maker.of_class(seen.proto, info.name))
    return places if info.type != "string" and told <= set(places) and (sure or "0" in told) else ()


def _texts(output: str, seen: Seen) -> list[str]:
    """A label output in the runs, as it is shown."""
    found = (value for look in seen.looks if output in look for value in look[output].ravel()[:1].tolist())
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in found]


def _named_classes(label: TensorInfo, told: Sequence[str], seen: Seen) -> tuple[str, ...]:
    """What the label output gives for each class, in the order of the scores; empty where that is not known."""
    own = zipmap.classes_of_output(seen.proto, label.name)
    only = own or (list(seen.classes) if told else [])
    if only and set(told) <= set(only) and len(set(only)) == len(only):
        return tuple(only)
    return _places(label, seen) if seen.labels else ()


def _labelled(label: TensorInfo, task: Said, reals: Sequence[TensorInfo], seen: Seen) -> Answer:
    """The model's own label, with scores where the runs show that they agree."""
    told = _texts(label.name, seen)
    known = _named_classes(label, told, seen)
    answer = Said("answer", label.name, task.source, task.origin)
    found = Answer("tabular-classification", f'label "{label.name}" out', (), label.name, classes=known)
    fitting: list[tuple[bool, Answer]] = []
    for info in reals:
        classes = known or agreement.numbered(info)
        if not agreement.shown(told, info, seen, 1 if agreement.together(label.name, info.name, seen) else 2, classes):
            continue
        scores = agreement.rows(info, seen)
        shares = scores is not None and shares_of(scores) and not maker.counts_votes(seen.proto, info.name)
        why = f'{found.why} with scores "{info.name}"'
        fitting.append((shares, Answer(found.task, why, (), label.name, info.name, classes=classes)))
    best = [each for each in fitting if each[0]] or fitting
    # Of two that agree, raw and calibrated ones perhaps, nothing says which is meant.
    shares, chosen = best[0] if len(best) == 1 else (False, found)
    claims = [_from_runs("probabilities", "as given", len(told))] if shares else []
    return _with(chosen, (task, answer, *claims))


def _with(found: Answer, said: Sequence[Said]) -> Answer:
    return Answer(**{**found.__dict__, "evidence": tuple(said)})


def _from_runs(claim: Claim, value: str, runs: int, source: Source = "trial") -> Said:
    return Said(claim, value, source, f"values of {runs} runs")


def _several(info: TensorInfo, seen: Seen, config: Config) -> Answer | str:
    """One output of numbers: scores of classes where something says so, otherwise values."""
    width, names = width_of(info) or _seen_width(info, seen), len(seen.labels or seen.classes)
    said = config.output.get(info.name)
    asked = config.task == "tabular-classification" or (said is not None and said.softmax is True)
    if width == 1 and names == 2 and seen.ends_in(info.name, "Sigmoid"):
        claims = (
            seen.named("task", "tabular-classification"),
            Said("answer", info.name, "file", "its only output"),
            _ending("sigmoid", "Sigmoid"),
        )
        return Answer("tabular-classification", f'a share "{info.name}" out', claims, scores=info.name, pair=True)
    if width is not None and width > 1 and (asked or not _regresses(seen)):
        scored = _scored(info, width, names, asked, seen, config)
        if scored is not None:
            return scored
    return _numbers(info, seen)


def _scored(info: TensorInfo, width: int, names: int, asked: bool, seen: Seen, config: Config) -> Answer | None:
    """Scores of classes: by the operator that makes them, by as many names, or because the user says so."""
    ends = next((name for name in ("Softmax", "Sigmoid") if seen.ends_in(info.name, name)), None)
    if not (ends == "Softmax" or asked or (names == width and names > 1)):
        return None
    rows, said = agreement.rows(info, seen), config.output.get(info.name)
    if ends == "Softmax" and rows is not None and not shares_of(rows):
        # Of another axis: over all rows, or in groups.
        return None
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
    elif rows is not None and shares_of(rows):
        claim = _from_runs("probabilities", "as given", len(rows))
    elif not (asked or seen.labels) or (rows is not None and not may_be_logits(rows)):
        # The margins of support vectors have names too, and the other sign; and nobody is as sure as this.
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


def _regresses(seen: Seen) -> bool:
    return any(operator in _plain(seen) for operator in _REGRESSORS)


def _seen_width(info: TensorInfo, seen: Seen) -> int | None:
    gave = seen.gave.get(info.name)
    return gave.shape[1] if gave is not None and gave.ndim == 2 else None


def _numbers(info: TensorInfo, seen: Seen) -> Answer | str:
    """Values, which are shown as they are."""
    width = width_of(info) or _seen_width(info, seen)
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
