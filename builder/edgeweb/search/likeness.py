"""How alike two forms of a model answer, and whether that is good enough."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edgeweb.inputs.golden import COSINE_FROM, Array

# Made-up inputs, or a handful, say little about real ones, so on them hardly any difference is accepted.
STRICT_WORST = 0.9998
STRICT_SQNR = 40.0
# Below this part of what an output usually holds, and below this at all, a value is rounding noise.
_NOISE, _NOISE_FLOOR = 1e-6, 1e-7
# Values that differ by less than this part of their size have no direction: their size is compared.
_CONSTANT = 1e-3
# As much for single values over all samples: with less spread than this, how they vary says nothing.
_SPREAD = 1e-2

Outputs = Sequence[Mapping[str, Array]]


@dataclass(frozen=True)
class Judgement:
    """How alike the answers were, by several measures.

    `agreement`: 0..1, what `--min-agreement` is compared with, decided by the measure `kind`: top-1, cosine or equal.
    `top1`: the share of samples with the same best class, for outputs that are scores. `cosine`: the mean over
    samples, lowest over float outputs (1.0 without any). `worst`: the lowest of any sample and output. `sqnr`: dB,
    lowest over float outputs, math.inf when identical. `accuracy`, `reference_accuracy`: the share of right classes.
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


def judge(reference: Outputs, other: Outputs, scores: str | None, labels: Sequence[int] | None) -> Judgement:
    """Compare the answers of two forms of a model to the same inputs.

    Args:
        reference: the outputs by name for each sample; decides which outputs there are.
        other: as many.
        scores: the output that holds class scores, rows of one for each class.
        labels: the right class of each sample.
    """
    if len(reference) != len(other) or (labels is not None and len(labels) != len(reference)):
        raise ValueError("reference, other and labels are not of the same length")
    names = list(reference[0]) if reference else []
    pairs = {name: [(a[name], b.get(name)) for a, b in zip(reference, other, strict=True)] for name in names}
    floats = {name for name, found in pairs.items() if all(a.dtype.kind == "f" for a, _ in found)}
    cosines = {name: _cosines(pairs[name]) for name in names if name in floats}
    means = [float(np.mean(found)) for found in cosines.values()]
    equal = [float(np.mean([_equal(a, b) for a, b in pairs[name]])) for name in names if name not in floats]
    ranked = scores is not None and scores in floats and all(a.size >= 2 for a, _ in pairs[scores])
    top1 = float(np.mean([_same_best(a, b) for a, b in pairs[scores or ""]])) if ranked else None
    measures = [("top-1", [] if top1 is None else [top1]), ("cosine", means), ("equal", equal)]
    # Without any sample nothing agrees: it has not been shown.
    agreement, kind = 0.0, "equal"
    if names:
        agreement, _, kind = min((min(found), i, name) for i, (name, found) in enumerate(measures) if found)
    known = labels is not None and ranked
    return Judgement(
        agreement=agreement,
        kind=kind,
        top1=top1,
        cosine=min(means, default=1.0),
        worst=min((min(found) for found in cosines.values()), default=1.0),
        sqnr=min((_sqnr(pairs[name]) for name in floats), default=math.inf),
        accuracy=_accuracy([b for _, b in pairs[scores or ""]], labels or []) if known else None,
        reference_accuracy=_accuracy([a for a, _ in pairs[scores or ""]], labels or []) if known else None,
        samples=len(reference),
    )


_Pair = tuple[Array, Array | None]


def _comparable(a: Array, b: Array | None) -> bool:
    """Whether there is an answer, of the same shape and not finite just where the reference is not."""
    if b is None or a.shape != b.shape or b.dtype.kind != "f":
        return False
    off = ~(np.isfinite(a) & np.isfinite(b))
    return bool(np.array_equal(a[off], b[off], equal_nan=True))


def _vectors(a: Array, b: Array | None) -> tuple[Array, Array]:
    """The finite elements in float64; an answer that cannot be compared is one of zeros."""
    x = a.astype(np.float64).ravel()
    finite = np.isfinite(x)
    if b is None or not _comparable(a, b):
        return x[finite], np.zeros(int(finite.sum()))
    return x[finite], b.astype(np.float64).ravel()[finite]


def _cosines(pairs: Sequence[_Pair]) -> list[float]:
    """The likeness of each sample; one figure for all where a sample is a single value, which has no direction."""
    if all(a.size == 1 for a, _ in pairs):
        if not all(_comparable(a, b) for a, b in pairs):
            # What is missing counts as 0, and the rest as it is.
            rest = [(a, b) for a, b in pairs if _comparable(a, b)]
            return [0.0] * (len(pairs) - len(rest)) + (_cosines(rest) * len(rest) if rest else [])
        x, y = _pooled(pairs)
        return [_alike_values(x, y)]
    # The median: a sample that is far larger than the others does not make noise of them.
    sizes = [np.abs(x).max() for x, _ in (_vectors(a, None) for a, _ in pairs) if x.size]
    noise = max(_NOISE * float(np.median(sizes)) if sizes else 0.0, _NOISE_FLOOR)
    return [_alike(*_vectors(a, b), noise) if _comparable(a, b) else 0.0 for a, b in pairs]


def _pooled(pairs: Sequence[_Pair]) -> tuple[Array, Array]:
    found = [_vectors(a, b) for a, b in pairs]
    return np.concatenate([x for x, _ in found]), np.concatenate([y for _, y in found])


def _alike(x: Array, y: Array, noise: float) -> float:
    """The cosine, but for vectors that have no direction: of noise, or of one value throughout."""
    if x.size == 0 or max(np.abs(x).max(), np.abs(y).max()) <= noise:
        return 1.0
    if np.ptp(x) <= _CONSTANT * np.abs(x).max():
        return _relative(x, y)
    return _cosine(x, y)


def _alike_values(x: Array, y: Array) -> float:
    """The likeness of single values over many samples: their cosine, and how well they follow the reference's changes.

    All prices around 200 have a cosine near 1. So the error is also set against their spread: 1 - e^2 / (2 * s^2),
    which is what the cosine is for small errors, with the values counted from their mean.
    """
    if x.size == 0 or max(np.abs(x).max(), np.abs(y).max()) <= _NOISE_FLOOR:
        return 1.0
    scale = np.abs(x).max() or 1.0
    x, y = x / scale, y / scale
    spread = float(np.std(x))
    if x.size < COSINE_FROM or spread <= _SPREAD * math.sqrt(float(np.mean(x * x))):
        return _relative(x, y)
    error = float(np.mean((x - y) ** 2))
    return max(0.0, min(_cosine(x, y), 1 - error / (2 * spread**2)))


def _relative(x: Array, y: Array) -> float:
    """1 - the root mean square error as part of the reference's root mean square, not below 0."""
    scale = np.abs(x).max()
    if scale == 0:
        return 0.0
    error = np.linalg.norm((x - y) / scale) / np.linalg.norm(x / scale)
    return float(np.clip(1 - error, 0.0, 1.0))


def _cosine(x: Array, y: Array) -> float:
    """Scaled first, so that no square overflows; 0 when one of them is zero."""
    largest = np.abs(x).max(), np.abs(y).max()
    if min(largest) == 0:
        return 0.0
    if np.array_equal(x, y):
        return 1.0
    x, y = x / largest[0], y / largest[1]
    return float(np.clip(x @ y / (np.linalg.norm(x) * np.linalg.norm(y)), 0.0, 1.0))


def _sqnr(pairs: Sequence[_Pair]) -> float:
    """Signal to noise in dB over all samples; an answer that cannot be compared is all noise."""
    x, y = _pooled(pairs)
    if np.array_equal(x, y) and all(_comparable(a, b) for a, b in pairs):
        return math.inf
    scale = max(float(np.abs(x).max(initial=0.0)), float(np.abs(x - y).max(initial=0.0)))
    if scale <= _NOISE_FLOOR:
        return math.inf if all(_comparable(a, b) for a, b in pairs) else 0.0
    signal, noise = (float(np.sum((values / scale) ** 2)) for values in (x, x - y))
    if signal == 0:
        return -math.inf
    return 10 * math.log10(signal / noise) if noise else math.inf


def _equal(a: Array, b: Array | None) -> float:
    """The share of equal elements."""
    if b is None or a.shape != b.shape or (a.dtype.kind in "OU") != (b.dtype.kind in "OU"):
        return 0.0
    if a.dtype.kind in "OU":
        a, b = a.astype(str), b.astype(str)
    return float(np.mean(a == b)) if a.size else 1.0


def _rows(array: Array) -> Array:
    """[N, C], [N, C, 1, 1] or [C] as rows of scores."""
    return array.reshape(array.shape[0] if array.ndim > 1 else 1, -1).astype(np.float64)


def _same_best(a: Array, b: Array | None) -> float:
    """The share of rows with the same best class; among equals of the reference any is right."""
    if b is None or not _comparable(a, b):
        return 0.0
    rows = _rows(a)
    best, found = rows.max(axis=1), rows[np.arange(len(rows)), _rows(b).argmax(axis=1)]
    return float(np.mean((found == best) | np.isnan(best)))


def _accuracy(answers: Sequence[Array | None], labels: Sequence[int]) -> float:
    """The share of samples whose best class, in every row, is the right one."""
    right = [
        answer is not None
        and answer.size > 0
        and not np.isnan(answer).any()
        and bool((_rows(answer).argmax(axis=1) == label).all())
        for answer, label in zip(answers, labels, strict=True)
    ]
    return float(np.mean(right))


def good_enough(judgement: Judgement, minimum: float, strict: bool) -> str | None:
    """None when the answers are alike enough, otherwise why not, in a few words.

    `strict`, for inputs that are made up or few: every answer has to be all but the same.
    """
    if judgement.samples == 0:
        return "there was nothing to compare"
    # Not "<": NaN fails as well.
    if not judgement.agreement >= minimum:
        return f"{judgement.kind} agreement {_down(judgement.agreement)} is below {minimum:g}"
    if strict and not judgement.worst >= STRICT_WORST:
        return f"the worst input agrees by {_down(judgement.worst)}, below {STRICT_WORST:g}"
    if strict and not judgement.sqnr >= STRICT_SQNR:
        return f"{judgement.sqnr:.1f} dB are below {STRICT_SQNR:g} dB"
    return None


def _down(value: float) -> str:
    """Rounded down: a figure that failed does not show as the limit."""
    return f"{math.floor(value * 10_000) / 10_000:.4f}" if math.isfinite(value) else f"{value}"
