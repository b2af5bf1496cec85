"""Steps of scikit-learn's that skl2onnx 1.20 does not know, or converts into something else: named before it tries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edgeweb_children import exact
from edgeweb_children.runner import Job, Refusal

_ENCODE = "Encode them before, with OrdinalEncoder or OneHotEncoder in the pipeline"
_OTHER = "Replace it by another step; docs/estimators.md lists all that are converted"


def check(job: Job, estimator: Any) -> None:
    """Refuse an estimator whose graph would say something else."""
    for step in inner(estimator):
        name = type(step).__name__
        if name.startswith("HistGradientBoosting") and getattr(step, "is_categorical_", None) is not None:
            raise _unknown(job, f"{name} with categorical_features", _ENCODE)
        if name == "SimpleImputer" and step.add_indicator:
            raise _unknown(job, f"{name} with add_indicator", "Put a MissingIndicator beside it, in a FeatureUnion")
        if exact.hands_gaps_on(step):
            hint = "Give it encoded_missing_value=-1, or put a SimpleImputer before it"
            raise _unknown(job, f"{name} that makes NaN of missing texts", hint)
        if name == "CalibratedClassifierCV" and step.method == "temperature":
            raise _unknown(job, f"{name} by temperature", "Take method='sigmoid' or 'isotonic'")


def unknown(job: Job, estimator: Any, error: Exception | None) -> Refusal | None:
    """The step that skl2onnx says it has no converter for, without the pages that it goes on with."""
    if not type(error).__name__.startswith(("MissingShapeCalculator", "MissingConverter")):
        return None
    named = [type(step).__name__ for step in inner(estimator)]
    found = [name for name in dict.fromkeys(named) if f".{name}'" in str(error)]
    return _unknown(job, found[0], _OTHER) if found else None


def inner(estimator: Any) -> Iterator[Any]:
    """An estimator and whatever was fitted within it."""
    for step in exact.steps(estimator):
        yield step
        for name in ("estimators_", "estimator_", "estimator", "final_estimator_"):
            held = getattr(step, name, None)
            for each in held if isinstance(held, list) else [held]:
                if hasattr(each, "fit"):
                    yield from inner(each)


def _unknown(job: Job, what: str, hint: str) -> Refusal:
    return Refusal(f"{job.source} has a step that skl2onnx does not convert", f"it is {what}", hint)
