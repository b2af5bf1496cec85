"""Who judges forms of a model: its samples, what the original answers to them, and how alike is alike enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from edgeweb.compress import layers
from edgeweb.compress.layers import Layer
from edgeweb.errors import EdgewebError
from edgeweb.inputs.golden import Array
from edgeweb.machine import session
from edgeweb.read.model import Model, to_bytes
from edgeweb.samples.samples import Samples
from edgeweb.search import flips, likeness
from edgeweb.search.candidate import Goal
from edgeweb.search.likeness import Judgement

# With fewer samples than this a form has to be all but the same, as on made-up ones.
FEW = 16
# A mean agreement can hide single inputs that come out wrong: noise of a hundredth of the signal, at most.
_LEAST_SQNR = 20.0
# What a trial may err by, as part of what the form that ships may: a mean, and the expected changes of the best class.
_HALF, _OF_CHANGES = 0.5, 0.4
_OF_ONE = 0.1
# Multiply-adds that judging made-up inputs may take: a processor does 10 to 20 billion a second.
_SEEDED_WORK = 20_000_000_000


class Judge:
    """Compares forms with the original on the judging half of the samples."""

    def __init__(self, original: bytes, samples: Samples, goal: Goal) -> None:
        # What was given is fed in full; of made-up inputs a heavy model gets fewer.
        affordable = max(1, _SEEDED_WORK // max(1, goal.work)) if samples.seeded else len(samples.feeds)
        self.calibration, self.judging = replace(samples, feeds=samples.feeds[:affordable]).split()
        self.goal = goal
        small = samples.seeded and goal.precision == "auto" and len(original) < likeness.SMALL_BYTES
        self.least = likeness.SMALL_SQNR if small else likeness.STRICT_SQNR
        self.few = samples.seeded or len(samples.feeds) < FEW
        self.reference = session.run(original, self.judging.feeds) if self.judging.feeds else []
        self.more = session.run(original, self.calibration.feeds) if goal.scores and not self.few else []

    def judge(self, outputs: Sequence[Mapping[str, Array]]) -> Judgement:
        """How alike they are."""
        goal, judging = self.goal, self.judging
        return likeness.judge(self.reference, outputs, goal.scores, judging.labels, goal.told, judging.feeds)

    def verdict(self, judgement: Judgement) -> str | None:
        """None when the form may be shipped, otherwise why not."""
        return likeness.good_enough(judgement, self.goal.minimum, self.few, self.least)

    def holds(self, judgement: Judgement, outputs: Sequence[Mapping[str, Array]]) -> bool:
        """Whether the margins, too, tell that a form agrees: one of few, made on other inputs."""
        if judgement.top1 is None or self.goal.scores is None:
            return judgement.sqnr >= _LEAST_SQNR
        return flips.expected(self.reference, outputs, self.goal.scores, self.more) >= self.goal.minimum

    def passes(self, judgement: Judgement, outputs: Sequence[Mapping[str, Array]]) -> bool:
        """Whether a trial is good enough to go by.

        Of many trials the one that just passes on these inputs would fail on others, so it may err less. How often the
        best class changes is too rare to be counted on few inputs, so it is told from the margins.
        """
        if self.verdict(judgement) is not None or judgement.sqnr < _LEAST_SQNR:
            return False
        allowed, scores = 1 - self.goal.minimum, self.goal.scores
        if judgement.top1 is None or scores is None:
            return 1 - judgement.agreement <= _HALF * allowed
        changed = 1 - flips.expected(self.reference, outputs, scores, self.more)
        # An agreement that so few inputs cannot tell from 1 is not asked of them.
        most = max(_OF_CHANGES * allowed, _OF_ONE / len(outputs))
        return 1 - judgement.cosine <= _HALF * allowed and changed <= most


def judge_of(original: Model, samples: Samples, goal: Goal, found: Sequence[Layer]) -> Judge | str:
    """A judge, or why there can be none: made-up inputs may not suit a model, and this machine may lack a locale."""
    if goal.precision == "fp32":
        return "fp32 was asked for"
    if goal.writes and goal.precision == "auto" and (samples.seeded or len(samples.feeds) < FEW):
        return "made-up inputs, or so few, cannot tell whether it would answer the same: give inputs of yours as data"
    if not samples.feeds:
        return "there are no inputs to judge it on"
    if not found:
        return f"it has no float32 tensor of {layers.MIN_ELEMENTS} weights or more"
    try:
        return Judge(to_bytes(original.proto), samples, goal)
    except EdgewebError as error:
        if not samples.seeded:
            raise
        return f"it cannot be judged here: {error.why}"
