"""Which interface a model gets: its task, why, and what the page needs to know to feed and read it."""

from __future__ import annotations

from dataclasses import replace

from edgeweb import pictures, rows
from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.manifest import TabularPipeline, Task
from edgeweb.plan import Plan, Seen, classes_in


def choose(seen: Seen, config: Config) -> Plan:
    """The task from the configuration, or detected where that is safe; otherwise "tensors", which serves any model.

    Raises:
        ConfigError: a task that does not fit the model, labels of another number, an input that does not exist.
    """
    names = [info.name for info in seen.inputs]
    for name in config.input:
        if name not in names:
            raise ConfigError(
                f'edgeweb.toml describes an input "{name}"',
                "the model has no such input",
                f"Its inputs are: {', '.join(names) or 'none'}",
            )
    if config.task == "tensors":
        return Plan("tensors", ("asked for in edgeweb.toml or with --task",))
    image, tabular = pictures.detect(seen, config), rows.detect(seen, config)
    if config.task is not None:
        return _asked(config.task, seen, tabular if config.task.startswith("tabular") else image)
    for found in (image, tabular):
        if isinstance(found, Plan):
            return _labelled(found, seen)
    reasons = [reason for reason in (image, tabular) if isinstance(reason, str)]
    return Plan("tensors", (*reasons, "so it gets the form that serves any model"))


def _asked(task: Task, seen: Seen, found: Plan | str) -> Plan:
    """What was detected, as the task that the user names; or why it cannot be."""
    if isinstance(found, Plan) and found.tabular is not None:
        found = _as_tabular(task, seen, found.tabular)
    if isinstance(found, str):
        hint = 'Leave the task out, or use task = "tensors"'
        raise ConfigError(f'The model cannot be served as "{task}"', found, hint)
    return _labelled(replace(found, task=task, reasons=("asked for in edgeweb.toml or with --task",)), seen)


def _as_tabular(task: Task, seen: Seen, tabular: TabularPipeline) -> Plan | str:
    """Scores or a numeric label may be read as plain values; one plain value is no classification."""
    if task == "tabular-classification":
        fits = tabular.label is not None or tabular.scores is not None
        return Plan(task, (), tabular=tabular) if fits else "its output is one value, not a label or scores"
    values = tabular.values or tabular.scores or tabular.label
    if any(info.name == values and info.type == "string" for info in seen.outputs):
        return f'its output "{values}" is text, not a value'
    return Plan(task, (), tabular=TabularPipeline(columns=tabular.columns, values=values))


def _labelled(plan: Plan, seen: Seen) -> Plan:
    """The plan with its labels; the user's must be as many as the scores."""
    if plan.task in ("tabular-regression", "tensors", "image-embedding"):
        return plan
    output, size = _classes(plan, seen)
    if seen.labels and size is not None and len(seen.labels) != size:
        raise ConfigError(
            f"{seen.labels_from} has {len(seen.labels)} labels",
            f'output "{output}" has {size} {"scores" if not plan.image or plan.image.scores else "classes"}',
            f"Give {size} labels" + (", or none: the model has names of its own" if seen.classes else ", one a line"),
        )
    classes = seen.labels or (seen.classes if size in (None, len(seen.classes)) else ())
    return replace(plan, labels=tuple(classes))


def _classes(plan: Plan, seen: Seen) -> tuple[str | None, int | None]:
    """The output that tells classes, and how many there are."""
    if plan.image is not None and plan.image.head is not None:
        return plan.image.outputs[-1], plan.image.head.classes
    if plan.image is not None and plan.image.map is not None:
        # One channel tells something from nothing.
        return plan.image.outputs[0], max(2, plan.image.map.classes) if plan.image.result == "segmentation" else None
    output = plan.image.scores if plan.image else plan.tabular.scores if plan.tabular else None
    return output, next((classes_in(info) for info in seen.outputs if info.name == output), None)
