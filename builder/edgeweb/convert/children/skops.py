"""scikit-learn's estimators in skops' format, of which only types are made that skops or the user trusts."""

from __future__ import annotations

from typing import Any

from edgeweb_children import estimator
from edgeweb_children.runner import Job, Refusal

_NAMED = 6
# Types without methods that loading would call, which every table of several kinds of columns brings along.
_HARMLESS = ("numpy.dtype", "numpy.number", "numpy.object_", "sklearn.compose._column_transformer.make_column_selector")


def convert(job: Job) -> dict[str, Any]:
    """The estimator as a graph."""
    job.say(step="skops looks at its types")
    found: dict[str, Any] = estimator.convert(job, _loaded(job))
    return found


def predict(job: Job, rows: dict[str, Any]) -> dict[str, Any]:
    """What the estimator says, by the outputs of the graph."""
    found: dict[str, Any] = estimator.answers(_loaded(job), rows, job.said, job.columns)
    return found


def _loaded(job: Job) -> Any:
    """The object.

    Raises:
        Refusal: it has types that nobody trusts, or is damaged.
    """
    import skops.io

    try:
        strange = sorted(skops.io.get_untrusted_types(file=job.source))
    except ModuleNotFoundError:
        raise
    except Exception as error:
        raise _damaged(job, error) from error
    if not job.trusted and (strange := [each for each in strange if each not in _HARMLESS]):
        listed = ", ".join(strange[:_NAMED]) + (f" and {len(strange) - _NAMED} more" if len(strange) > _NAMED else "")
        raise Refusal(
            f"{job.source} holds types that skops does not trust",
            f"to load it would import {listed}",
            "If you know who made it, add --trust-pickle",
        )
    try:
        return skops.io.load(job.source, trusted=[*_HARMLESS, *strange])
    except ModuleNotFoundError:
        raise
    except AttributeError as error:
        why = f"it names what no library has: {' '.join(str(error).split())[:200]}"
        hint = "A function or class of your own script is not in the file: take it out, and save it again"
        raise Refusal(f"{job.source} cannot be loaded", why, hint) from error
    except Exception as error:
        raise _damaged(job, error) from error


def _damaged(job: Job, error: Exception) -> Refusal:
    why = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return Refusal(f"{job.source} cannot be read as skops'", why, "Save it again with skops.io.dump")
