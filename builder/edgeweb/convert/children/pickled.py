"""Pickles of fitted estimators, for those who trust them: to load one is to run what its author put in."""

from __future__ import annotations

import pickle
from typing import Any

from edgeweb_children import estimator
from edgeweb_children.runner import Job, Refusal


def convert(job: Job) -> dict[str, Any]:
    """The estimator as a graph."""
    found: dict[str, Any] = estimator.convert(job, _loaded(job))
    return found


def predict(job: Job, rows: dict[str, Any]) -> dict[str, Any]:
    """What the estimator says, by the outputs of the graph."""
    found: dict[str, Any] = estimator.answers(_loaded(job), rows, job.said, job.columns)
    return found


def _loaded(job: Job) -> Any:
    if not job.trusted:
        raise Refusal(f"{job.source} is a pickle", "nobody has said that it may run its code", "Add --trust-pickle")
    try:
        return _load(job)
    except ModuleNotFoundError:
        raise
    except AttributeError as error:
        raise Refusal(
            f"{job.source} cannot be read", f"{error}: a pickle holds no code, only the names of it",
            "Define its classes in a module that is installed there, and save it again",
        ) from error  # fmt: skip
    except Exception as error:
        why = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        hint = "Give --python the Python in which it was saved, or save it again"
        raise Refusal(f"{job.source} cannot be read", why, hint) from error


def _load(job: Job) -> Any:
    try:
        import joblib
    except ModuleNotFoundError:
        with job.source.open("rb") as file:
            return pickle.load(file)  # noqa: S301 - trusted, see above
    return joblib.load(job.source)
