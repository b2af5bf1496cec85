"""How alike two forms of a model answer, and whether that is good enough."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edgeweb.inputs.golden import Array
from edgeweb.search.measures import cosine, equal, sqnr, top1
from edgeweb.search.measures.common import Output
from edgeweb.search.measures.measures import MEASURES
from edgeweb.tasks.told import Told

# Made-up inputs, or a handful, say little about real ones, so on them hardly any difference is accepted.
STRICT_WORST = 0.9998
STRICT_SQNR = 40.0
# Of a model this small, whose bytes nobody waits for beside the runtime's, every score stays as it is to four places.
SMALL_BYTES, SMALL_SQNR = 1 << 20, 80.0
# What people are told may change by less than they would see; on other inputs than these it changes by more.
STRICT_TOLD = 5e-4

Outputs = Sequence[Mapping[str, Array]]


@dataclass(frozen=True)
class Judgement:
    """How alike the answers were, by several measures.

    `agreement`: 0..1, what `--min-agreement` is compared with, decided by the measure `kind`: top-1, cosine or equal.
    `top1`: the share of samples with the same best class, for outputs that are scores. `cosine`: the mean over
    samples, lowest over float outputs (1.0 without any). `worst`: the lowest of any sample and output. `sqnr`: dB,
    lowest over float outputs, math.inf when identical. `accuracy`, `reference_accuracy`: the share of right classes.
    `told`: the largest change of what people are told; 1 where another answer is the best.
    """

    agreement: float
    kind: str
    top1: float | None
    cosine: float
    worst: float
    sqnr: float
    accuracy: float | None
    reference_accuracy: float | None
    samples: int
    told: float = 0.0


def judge(
    reference: Outputs,
    other: Outputs,
    scores: str | None,
    labels: Sequence[int] | None,
    told: Sequence[Told] = (),
    feeds: Outputs = (),
) -> Judgement:
    """Compare the answers of two forms of a model to the same inputs.

    Args:
        reference: the outputs by name for each sample; decides which outputs there are.
        other: as many.
        scores: the output that holds class scores, rows of one for each class.
        labels: the right class of each sample.
        told: what people are told of the outputs, for these `feeds`.
    """
    if len(reference) != len(other) or (labels is not None and len(labels) != len(reference)):
        raise ValueError("reference, other and labels are not of the same length")
    names = list(reference[0]) if reference else []
    outputs = [
        Output([(a[name], b.get(name)) for a, b in zip(reference, other, strict=True)], scores=name == scores)
        for name in names
    ]
    found = {each.NAME: [each.values(output) for output in outputs if each.fits(output)] for each in MEASURES}
    means = {name: [float(np.mean(values)) for values in measured] for name, measured in found.items()}
    # Without any sample nothing agrees: it has not been shown.
    agreement, kind = 0.0, equal.NAME
    if names:
        agreement, _, kind = min((min(mean), i, name) for i, (name, mean) in enumerate(means.items()) if mean)
    ranked = next((output for output in outputs if top1.fits(output)), None)
    right: list[float | None] = [None, None]
    if ranked is not None and labels is not None:
        right = [top1.accuracy(answers, labels) for answers in zip(*ranked.pairs, strict=True)]
    return Judgement(
        agreement=agreement,
        kind=kind,
        top1=means[top1.NAME][0] if ranked else None,
        cosine=min(means[cosine.NAME], default=1.0),
        worst=min(map(min, found[cosine.NAME]), default=1.0),
        sqnr=min((sqnr.value(output) for output in outputs if sqnr.fits(output)), default=math.inf),
        accuracy=right[1],
        reference_accuracy=right[0],
        samples=len(reference),
        told=max((each.apart(*of) for each in told for of in zip(feeds, reference, other, strict=True)), default=0.0),
    )


def good_enough(judgement: Judgement, minimum: float, strict: bool, least: float = STRICT_SQNR) -> str | None:
    """None when the answers are alike enough, otherwise why not, in a few words.

    `strict`, for inputs that are made up or few: every answer has to be all but the same, `least` in dB.
    """
    if judgement.samples == 0:
        return "there was nothing to compare"
    # Not "<": NaN fails as well.
    if not judgement.agreement >= minimum:
        return f"{judgement.kind} agreement {_down(judgement.agreement)} is below {minimum:g}"
    if strict and not judgement.worst >= STRICT_WORST:
        return f"the worst input agrees by {_down(judgement.worst)}, below {STRICT_WORST:g}"
    if strict and not judgement.sqnr >= least:
        return f"{judgement.sqnr:.1f} dB are below {least:g} dB"
    if strict and not judgement.told <= STRICT_TOLD:
        return "another answer is the best" if judgement.told >= 1 else f"an answer changes by {judgement.told:.4f}"
    return None


def _down(value: float) -> str:
    """Rounded down: a figure that failed does not show as the limit."""
    return f"{math.floor(value * 10_000) / 10_000:.4f}" if math.isfinite(value) else f"{value}"
