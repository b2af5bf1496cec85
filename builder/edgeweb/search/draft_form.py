"""A draft of the form that ships: fewer bytes that answer well enough until the others are there, where that pays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import onnx

from edgeweb.coding import parts
from edgeweb.coding.grid import Grid
from edgeweb.compress import layers, progressive, slim, stored
from edgeweb.compress.layers import Probe
from edgeweb.files.table import SHARD_BYTES
from edgeweb.inputs.golden import Array
from edgeweb.machine import session
from edgeweb.samples.samples import Samples
from edgeweb.search.candidate import Candidate, DraftForm, Goal
from edgeweb.search.likeness import Judgement

# Below this a visitor would gain less than a second on a slow line.
LEAST_BYTES = 1_000_000
# A draft takes this part of the bytes at most, and coming in two makes them this much more at most.
LARGEST = 0.7
DEAREST = 1.05
# What a layer's coarseness does is a mean: a few inputs show it.
_MEASURED_ON = 8
# Multiply-adds that measuring may take.
_WORK = 1_000_000_000_000


class Judge(Protocol):
    """Compares answers to the judging samples with the original's."""

    goal: Goal
    few: bool
    calibration: Samples
    judging: Samples

    def judge(self, outputs: Sequence[Mapping[str, Array]]) -> Judgement:
        """How alike they are."""


@dataclass(frozen=True)
class Whole:
    """The form that ships: `proto` with the values of `grids`; `places`: where in its file each of them lies."""

    form: Candidate
    places: Mapping[str, int]
    proto: onnx.ModelProto
    grids: Mapping[str, Grid]
    probe: Probe


def find(whole: Whole, judge: Judge, on_step: Callable[[str], None]) -> DraftForm | str:
    """The draft with the fewest bytes that reaches the goal, or why there is none."""
    reason = _pointless(whole, judge)
    if reason is not None:
        return reason
    on_step("looking for a draft that can answer first")
    feeds = judge.calibration.feeds[: max(1, _affordable(whole, judge.goal))]

    def passes(divisors: progressive.Divisors) -> bool:
        values = stored.values_of(progressive.halves(whole.grids, divisors))
        return judge.judge(whole.probe.run(judge.judging.feeds, values)).agreement >= judge.goal.draft

    divisors = progressive.smallest(whole.probe, whole.grids, feeds, passes)
    if not divisors:
        return f"none agrees by {judge.goal.draft:g}"
    values = stored.values_of(progressive.halves(whole.grids, divisors))
    model = slim.shipped(whole.proto, values)
    places = layers.offsets(model, whole.proto, values)
    if places != whole.places:
        return "two of its tensors hold the same bytes, and only one of them may change"
    found = _delivered(whole, divisors, model, places, judge)
    return _refused(found, judge.goal) or found


def _pointless(whole: Whole, judge: Judge) -> str | None:
    goal = judge.goal
    if goal.progressive is False:
        return "it was not to be made"
    if goal.progressive is True:
        return None
    if _affordable(whole, goal) < 1:
        return "the model is so large that measuring its layers would take many minutes"
    if judge.few:
        return "made-up inputs, or a handful, do not show how it would answer"
    if whole.form.wire < LEAST_BYTES:
        return f"the whole model has less than {LEAST_BYTES:,} bytes, so hardly any time would be gained"
    return None


def _affordable(whole: Whole, goal: Goal) -> int:
    """On how many inputs layers can be measured."""
    return min(_MEASURED_ON, _WORK // max(1, goal.work * len(whole.grids)))


def _delivered(
    whole: Whole, divisors: progressive.Divisors, model: bytes, places: Mapping[str, int], judge: Judge
) -> DraftForm:
    """Both deliveries, coded, and the draft `model` judged as what it decodes to."""
    coarse = progressive.halves(whole.grids, divisors)
    first = parts.pack(model, {at: coarse[name] for name, at in places.items()}, SHARD_BYTES)
    held = {at: (whole.grids[name], divisors[name]) for name, at in places.items() if name in divisors}
    rests = parts.pack_rests(len(model), held, SHARD_BYTES)
    judgement = judge.judge(session.run(model, judge.judging.feeds))
    return DraftForm(model, tuple(first), tuple(rests), judgement, whole.form.wire)


def _refused(draft: DraftForm, goal: Goal) -> str | None:
    agreement = draft.judgement.agreement
    if agreement < goal.draft:
        return f"it agrees by {agreement:.4f}, which is below {goal.draft:g}"
    if goal.progressive is True:
        return None
    if draft.wire > LARGEST * draft.whole:
        return f"one that agrees by {goal.draft:g} takes {draft.wire:,} of {draft.whole:,} bytes"
    if draft.whole > DEAREST * draft.single:
        return f"coming in two takes {draft.whole:,} bytes instead of {draft.single:,}"
    return None
