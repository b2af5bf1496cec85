"""What the search for the smallest form found, as the key `compression` of report.json."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgeweb.errors import printable
from edgeweb.search.candidate import Candidate, DraftForm, Found

# Model files choose the names of their layers, and their length.
_NAME = 200
# Times of calls that differ by less are the same to people.
_SAME_TIME = 0.05


@dataclass(frozen=True)
class Searched:
    """A search and what was asked of it.

    `seeded`: its inputs were made up, so it says nothing about real data. `serves`: the backends of each form that
    ships, by the form's name.
    """

    found: Found
    precision: str
    minimum: float
    seeded: bool
    serves: Mapping[str, Sequence[str]]


def document(searched: Searched) -> dict[str, Any]:
    """Plain values in the order in which things were tried; None where a figure is not known, or is infinite.

    `forms`: `wireBytes` as a visitor receives it, `bytes` once it is decoded. `agreement` 1 with a null `sqnr` (dB)
    means equal. `shipped`: the form that most visitors get; `serves`: the backends that get a form, none for what does
    not ship. `trials`: steps on the way, `bits` a weight. `layers`: of the form that ships, `bits` a weight after
    coding, `step` in units of the layer's spread. `draft`: what answers first, `wireBytes` of the shipped form's;
    `singleBytes`: what that would take in one delivery. `timing`: the browser, where one has timed forms; then a form's
    `latency` has `milliseconds` a call and `ratio` to the original, medians of rounds, and the ratio of each round.
    """
    found = searched.found
    return {
        "samples": found.samples,
        "seeded": searched.seeded,
        "precision": searched.precision,
        "minimum": searched.minimum,
        "timing": _timing(found),
        "untimed": found.untimed or None,
        "forms": [_form(each, searched) for each in found.tried],
        "draft": _draft(found.draft),
        "declined": [{"form": form, "why": why} for form, why in found.declined],
        "trials": [
            {
                "bits": _figure(point.bits, 3),
                "agreement": _share(point.agreement),
                "sqnr": _figure(point.sqnr, 2),
                "passed": point.passed,
            }
            for point in found.points
        ],
        "layers": [
            {
                "name": printable(layer.name, _NAME),
                "weights": layer.weights,
                "bits": _figure(layer.bits, 3),
                "step": float(f"{layer.step:.4g}") if math.isfinite(layer.step) else None,
            }
            for layer in found.chosen.layers
        ],
    }


def _form(form: Candidate, searched: Searched) -> dict[str, Any]:
    judged = form.judgement
    return {
        "form": form.name,
        "bytes": form.size,
        "wireBytes": form.wire,
        # Forms that are not judged keep every weight.
        "agreement": _share(judged.agreement) if judged else 1.0,
        "measure": judged.kind if judged else "exact",
        "top1": _share(judged.top1) if judged else None,
        "cosine": _share(judged.cosine) if judged else None,
        "worst": _share(judged.worst) if judged else None,
        "sqnr": _figure(judged.sqnr, 2) if judged else None,
        "accuracy": _share(judged.accuracy) if judged else None,
        "referenceAccuracy": _share(judged.reference_accuracy) if judged else None,
        "samples": judged.samples if judged else None,
        "latency": _latency(form),
        "shipped": form.name == searched.found.chosen.name,
        "serves": list(searched.serves.get(form.name, ())),
        "refused": form.refused,
        "note": form.note or None,
    }


def _draft(draft: DraftForm | None) -> dict[str, Any] | None:
    if draft is None:
        return None
    return {
        "wireBytes": draft.wire,
        "singleBytes": draft.single,
        "agreement": _share(draft.judgement.agreement),
        "measure": draft.judgement.kind,
        "sqnr": _figure(draft.judgement.sqnr, 2),
    }


def _latency(form: Candidate) -> dict[str, Any] | None:
    found = form.latency
    if found is None:
        return None
    return {
        "milliseconds": round(found.milliseconds, 3),
        "originalMilliseconds": round(statistics.median(found.original), 3),
        "ratio": round(found.ratio, 3),
        "rounds": [round(ratio, 3) for ratio in found.ratios],
    }


def _timing(found: Found) -> str | None:
    """The browser and its threads."""
    return next((form.latency.browser for form in found.tried if form.latency is not None), None)


def _figure(value: float | None, digits: int) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, digits)


def _share(value: float | None) -> float | None:
    """To six digits, but 1 only for what is 1."""
    rounded = _figure(value, 6)
    return 0.999999 if rounded == 1 and value is not None and value < 1 else rounded


def share(value: float) -> str:
    """An agreement for people: four digits, rounded down, so that only what is equal reads as 1."""
    return f"{math.floor(value * 10_000 + 1e-6) / 10_000:.4f}"


def answers(form: Mapping[str, Any], samples: str, seeded: bool) -> str:
    """How alike a form of the report answers, in words of people who have not heard of its measure."""
    if form["measure"] == "exact":
        return "same answers, no weight was changed"
    count = form["samples"]
    of = f"{count} made-up inputs" if seeded else "your inputs"
    on = samples if samples.startswith(f"{count} ") else f"{count} of {samples}"
    given = form["agreement"]
    alike = {
        "top-1": f"same answer on {percent(given)} of {of}",
        "equal": f"{percent(given)} of what it answers is the same on {of}",
    }.get(form["measure"], f"answers alike to {percent(given)} on {of}")
    right, before = form["accuracy"], form["referenceAccuracy"]
    known = "" if right is None or before is None else f", right on {percent(right)} (before: {percent(before)})"
    told = f"same answers on {of}" if given == 1 else alike
    return f"{told}{known}" if seeded else f"{told} ({on}){known}"


def speed(ratio: float) -> str:
    """How long a call takes, as part of what it took."""
    if abs(ratio - 1) < _SAME_TIME:
        return "as fast as before"
    return f"{1 / ratio:.1f} times as fast" if ratio < 1 else f"takes {ratio:.1f} times as long"


def percent(value: float) -> str:
    """A share for people: rounded down, so that only what is whole reads as 100 %."""
    return f"{math.floor(value * 10_000 + 1e-6) / 100:g} %"


def own_trial(compression: Mapping[str, Any]) -> dict[str, Any] | None:
    """The trial that became the stored form: the one that measures like it; None where none was made."""
    stored = next((form for form in compression["forms"] if form["form"] == "stored"), None)
    trials: list[dict[str, Any]] = compression["trials"]
    known = [trial for trial in trials if trial["bits"] is not None and trial["sqnr"] is not None]
    if stored is None or stored["sqnr"] is None or not known:
        return None
    return min(known, key=lambda trial: (abs(trial["sqnr"] - stored["sqnr"]), trial["bits"]))


def bits_a_weight(compression: Mapping[str, Any]) -> float | None:
    """Of the form that ships, with the layers kept as they are where that is known; None if no layer is rounded."""
    known = [(layer["weights"], layer["bits"]) for layer in compression["layers"] if layer["bits"] is not None]
    total = sum(weights for weights, _ in known)
    if not total:
        return None
    own = own_trial(compression)
    return sum(weights * bits for weights, bits in known) / total if own is None else float(own["bits"])
