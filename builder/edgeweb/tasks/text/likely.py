"""Sizes of outputs as they are declared or a run gave them, and how scores become probabilities, with who says so."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeweb.config import Config
from edgeweb.inputs.golden import Array
from edgeweb.schema.evidence import Source
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import scores, settle
from edgeweb.tasks.evidence import Said, assumed
from edgeweb.tasks.plan import Seen
from edgeweb.tasks.text.graphs import Kind

# So many runs show what values are.
_RUNS = 4


def rank(info: TensorInfo) -> int | None:
    """How many axes."""
    return None if info.shape is None else len(info.shape)


def width(info: TensorInfo, seen: Seen) -> int | None:
    """The last size: as declared, or as a run gave it."""
    last = info.shape[-1] if info.shape else None
    array = seen.gave.get(info.name)
    return last if isinstance(last, int) else None if array is None or array.ndim == 0 else array.shape[-1]


def ended(info: TensorInfo, seen: Seen) -> str | None:
    """The operator at the model's end that makes shares of scores; a Softmax over these, as runs show."""
    found = made(info, seen)
    whole = all(scores.add_up(array, near=scores.NEARLY) for array in _given(info, seen))
    return found if found != "Softmax" or whole else None


def may_be_logits(info: TensorInfo, seen: Seen) -> bool:
    """Whether all runs gave values that scores may have."""
    return scores.may_be_logits(*_given(info, seen))


def made(info: TensorInfo, seen: Seen) -> str | None:
    """Such an operator, whatever it makes shares of."""
    return next((name for name in ("Softmax", "Sigmoid") if seen.ends_in(info.name, name)), None)


def _given(info: TensorInfo, seen: Seen) -> list[Array]:
    """What the runs gave."""
    return [gave[info.name] for gave in (seen.gave, *seen.looks) if info.name in gave]


def classes(
    info: TensorInfo, seen: Seen, config: Config, said: dict[str, Any], by_class: bool
) -> tuple[Kind, Said | None]:
    """How the scores of a text's classes become probabilities, and who says so; None: they are shown as they are.

    Args:
        said: config.json.
        by_class: whether it names a class of transformers, whose loss tells that the scores are logits.
    """
    asked, operator = config.output.get(info.name), ended(info, seen)
    if asked is not None and asked.softmax is not None:
        value = "softmax" if asked.softmax else "as given"
        claim = seen.says("probabilities", value, f"output.{info.name}.softmax")
        return "softmax" if asked.softmax else "scores", claim
    if operator is not None:
        return "scores", Said("probabilities", operator.lower(), "file", f"operator {operator}")
    if runs := _shares(info, seen):
        return "scores", Said("probabilities", "as given", "trial", f"values of {runs} runs")
    if made(info, seen) is not None or not may_be_logits(info, seen):
        return "scores", None
    if said.get("problem_type") == "multi_label_classification":
        return "sigmoid", Said("probabilities", "sigmoid", "file", "config.json: problem_type")
    if by_class:
        return "softmax", Said("probabilities", "softmax", "file", "config.json")
    lines = settle.toml(("output", info.name), softmax=True)
    return "softmax", assumed("probabilities", "softmax", "the usual for scores of classes", lines)


def tokens(info: TensorInfo, seen: Seen, task: str, source: Source | None) -> Said | None:
    """Of the scores of a token's classes or words: what a task means by them is as certain as the task; None: a softmax
    has made shares of other things than these.
    """
    operator = made(info, seen)
    if operator is not None:
        shares = ended(info, seen) is not None
        return Said("probabilities", operator.lower(), "file", f"operator {operator}") if shares else None
    if source is None:
        return seen.says("probabilities", "softmax", "task")
    if source == "assumed":
        return assumed("probabilities", "softmax", "the usual for scores of tokens", f'task = "{task}"')
    return Said("probabilities", "softmax", source, "what its task means by scores")


def _shares(info: TensorInfo, seen: Seen) -> int:
    """How many runs show rows that are shares of one whole; 0 where one of them does not."""
    rows = [look[info.name].astype(np.float64).reshape(-1) for look in seen.looks if info.name in look]
    good = all(row.size > 1 and scores.shares(row) for row in rows)
    return len(rows) if good and len(rows) >= _RUNS else 0
