"""XGBoost's files to ONNX by onnxmltools, and what XGBoost itself says of rows."""

from __future__ import annotations

import re
from typing import Any

from edgeweb_children import boosted
from edgeweb_children.runner import Job, Refusal, check_age, said_by

# At the end of a file, as text or in binary.
_VERSION = re.compile(rb"version(?:\"\s*:\s*\[\s*(\d{1,4})|\[#L.{8}i(.))", re.DOTALL)
_TAIL = 4096


def convert(job: Job) -> dict[str, Any]:
    """The model with one input of all columns."""
    job.say(step="XGBoost reads it")
    found: dict[str, Any] = boosted.xgboost(job, _booster(job))
    return found


def predict(job: Job, rows: dict[str, Any]) -> dict[str, Any]:
    """Labels and scores, or values, by the outputs of the graph."""
    found: dict[str, Any] = boosted.xgboost_answers(_booster(job), rows, job.said)
    return found


def _booster(job: Job) -> Any:
    import xgboost

    if saved := _VERSION.search(job.source.read_bytes()[-_TAIL:]):
        major = int(saved[1]) if saved[1] else int.from_bytes(saved[2], "big")
        check_age(job.source, "XGBoost", xgboost.__version__, major)
    found = xgboost.Booster()
    try:
        found.load_model(job.source)
    except (xgboost.core.XGBoostError, ValueError, TypeError) as error:
        raise Refusal(
            f"{job.source} cannot be read as an XGBoost model",
            said_by(f"XGBoost {xgboost.__version__}", error),
            "Save it again with booster.save_model, or give --python a newer XGBoost",
        ) from error
    return found
