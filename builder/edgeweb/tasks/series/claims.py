"""Who says what rows of measurements are to a model, and what it tells of them."""

from __future__ import annotations

from dataclasses import replace

from edgeweb.schema.tasks import Task
from edgeweb.tasks import row
from edgeweb.tasks.evidence import Said, assumed
from edgeweb.tasks.plan import Seen
from edgeweb.tasks.series.manifest import SeriesPipeline
from edgeweb.tasks.series.settings import SeriesConfig


def all_of(seen: Seen, asked: SeriesConfig, task: Task, pipeline: SeriesPipeline) -> tuple[Said, ...]:
    """All claims but that on a task which was asked for."""
    settle = f'task = "{task}"'
    scaled = asked.mean is not None or asked.std is not None
    given = asked.columns or row.metadata_names(seen.proto, len(pipeline.columns))
    names = tuple(pipeline.columns)
    said = [
        seen.says("task", task, "series.predicts")
        if asked.predicts
        else assumed("task", task, "the shape of its output", settle),
        seen.says("answer", pipeline.output, "series.output")
        if asked.output
        else Said("answer", pipeline.output, "file", "its only output of real numbers"),
        replace(
            seen.says("preprocessing", pipeline.formula, "series.mean")
            if scaled
            else assumed("preprocessing", pipeline.formula, "rows as they are", "[series]\nmean = [0.0]\nstd = [1.0]"),
            about=pipeline.input,
        ),
    ]
    if given:
        own = seen.says("columns", names, "series.columns")
        said.append(own if asked.columns else Said("columns", names, "file", "the model's metadata"))
    return tuple(said)
