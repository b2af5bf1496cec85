"""LightGBM's text files to ONNX by onnxmltools, and what LightGBM itself says of rows."""

from __future__ import annotations

import re
from typing import Any

from edgeweb_children import boosted
from edgeweb_children.runner import Job, Refusal, check_age, said_by


def convert(job: Job) -> dict[str, Any]:
    """The model with one input of all columns, or one for each."""
    job.say(step="LightGBM reads it")
    found: dict[str, Any] = boosted.lightgbm(job, _booster(job))
    return found


def predict(job: Job, rows: dict[str, Any]) -> dict[str, Any]:
    """Labels and scores, or values, by the outputs of the graph."""
    found: dict[str, Any] = boosted.lightgbm_answers(_booster(job), rows, job.said)
    return found


def _booster(job: Job) -> Any:
    import lightgbm

    text = job.source.read_text("utf-8", "replace")
    # It ends the process, where a tree is cut off.
    if "\nend of trees" not in text:
        raise Refusal(f"{job.source} is damaged", "its list of trees has no end", "Save it again with save_model")
    if found := re.match(r"tree\r?\nversion=v(\d+)", text):
        check_age(job.source, "LightGBM", lightgbm.__version__, int(found[1]))
    try:
        return lightgbm.Booster(model_str=text)
    except (lightgbm.basic.LightGBMError, ValueError, IndexError) as error:
        raise Refusal(
            f"{job.source} cannot be read as a LightGBM model",
            said_by(f"LightGBM {lightgbm.__version__}", error),
            "Save it again with booster.save_model, or give --python a newer LightGBM",
        ) from error
