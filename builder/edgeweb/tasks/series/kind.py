"""Models that take rows of measurements, window by window: the kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np

from edgeweb.config import Config
from edgeweb.manifest import Manifest
from edgeweb.schema.tasks import Task
from edgeweb.tasks.kind import SAYS, Kind, Packed
from edgeweb.tasks.plan import Plan, Recognised, Seen
from edgeweb.tasks.series import detect
from edgeweb.tasks.series.manifest import SeriesPipeline


class Series(Kind):
    """`spec` is the manifest's pipeline itself."""

    key = "series"
    tasks = ("time-series-forecasting", "anomaly-detection")
    example = "file"

    def claims(self, settings: Config) -> bool:
        """By its table."""
        return settings.series is not None

    def detect(self, seen: Seen, settings: Config) -> Recognised | str:
        """Only the user can know it, by `[series]` or a task."""
        return detect.detect(seen, settings)

    def asked(self, plan: Plan, task: Task, seen: Seen) -> Plan | str:
        """How rows go in stays a reason."""
        return replace(plan, task=task, reasons=(SAYS, *plan.reasons))

    def labels(self, plan: Plan, seen: Seen) -> tuple[str, ...]:
        """Only names: what is predicted are columns."""
        return tuple(seen.labels)

    def pipelines(self, plan: Plan, made: Packed) -> Mapping[str, msgspec.Struct]:
        """Windows of columns, the two graphs around the model, and what its output says."""
        return {"series": plan.spec}

    def visits(self, pipeline: SeriesPipeline, site: Manifest) -> Iterator[dict[str, Any]]:
        """More rows than three windows have."""
        rows = np.random.default_rng(1).normal(size=(3 * pipeline.window + 7, len(pipeline.columns)))
        yield {"input": "value", "value": rows.round(3).tolist()}


SERIES = Series()
