"""Whether the scores that a model gives beside its label agree with it, by the runs or by the operator of both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgeweb.inputs.golden import Array
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.plan import Seen
from edgeweb.tasks.scores import shares, width

# Operators that give a label and the scores of which it has the best, and such as leave the order of these.
_BOTH = ("TreeEnsembleClassifier", "LinearClassifier")
_KEEPING = (
    "Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Normalizer", "Softmax", "ZipMap",
    "LabelEncoder",
)  # fmt: skip
_EQUAL = 1e-6


def rows(info: TensorInfo, seen: Seen) -> Array | None:
    """An output's rows in the runs, [runs, values]; None where they are not of one length, or there are none."""
    found = [look[info.name].astype(np.float64).reshape(-1) for look in seen.looks if info.name in look]
    same = found and all(len(row) == len(found[0]) for row in found)
    return np.stack(found) if same else None


def together(label: str, scores: str, seen: Seen) -> bool:
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


def numbered(info: TensorInfo) -> tuple[str, ...]:
    """The places of an output's scores, for want of names."""
    return tuple(map(str, range(width(info) or 0)))


def shown(told: Sequence[str], info: TensorInfo, seen: Seen, least: int, classes: Sequence[str] | None = None) -> bool:
    """Whether the best of an output's scores is the label's in the runs, see `_agree`; of the file's classes, if of no
    others.
    """
    known = classes or seen.classes or numbered(info)
    scores = rows(info, seen)
    fits = told and scores is not None and scores.shape == (len(told), len(known)) and len(set(known)) == len(known)
    return bool(fits and scores is not None and _agree(told, scores, known, least))


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
    return bool(same.all() or (shares(scores) and all(same[labels == each].mean() > 0.5 for each in set(labels))))
