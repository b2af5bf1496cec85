"""Which interface a model gets: its task, why, and what the page needs to know to feed and read it."""

from __future__ import annotations

from dataclasses import replace

from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.schema.tasks import Task
from edgeweb.tasks.audio import detect as sounds
from edgeweb.tasks.image import detect
from edgeweb.tasks.plan import Plan, Seen, classes_in
from edgeweb.tasks.series import detect as series
from edgeweb.tasks.tabular import detect as rows
from edgeweb.tasks.tabular.manifest import TabularPipeline
from edgeweb.tasks.text import detect as texts


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
    text = texts.detect(seen, config)
    heard, measured = sounds.detect(seen, config), series.detect(seen, config)
    for told, found, table in ((config.audio, heard, "audio"), (config.series, measured, "series")):
        if told is not None and isinstance(found, str):
            raise ConfigError(f"The model does not fit [{table}]", found, f"Correct [{table}], or leave it out")
    image, tabular = detect.detect(seen, config), rows.detect(seen, config)
    if config.task is not None:
        kinds: dict[str, Plan | str] = {
            "time-series-forecasting": measured, "anomaly-detection": heard if config.audio else measured,
        }  # fmt: skip
        kinds |= dict.fromkeys(sounds.RESULTS.keys() - kinds.keys(), heard)
        kinds |= dict.fromkeys(texts.TASKS, text or "it takes neither texts nor their token ids")
        kinds |= dict.fromkeys(("tabular-classification", "tabular-regression"), tabular)
        return _asked(config.task, seen, kinds.get(config.task, image))
    # Token ids are no row of a table, also where nobody knows the words.
    others = (text,) if isinstance(text, str) and text else (image, tabular)
    plans = [each for each in (text, heard, measured, image, *([] if text else [tabular])) if isinstance(each, Plan)]
    if plans:
        return _labelled(plans[0], seen)
    reasons = [reason for reason in (heard, measured, *others) if isinstance(reason, str) and reason]
    return Plan("tensors", (*reasons, "so it gets the form that serves any model"))


def _asked(task: Task, seen: Seen, found: Plan | str) -> Plan:
    """What was detected, as the task that the user names; or why it cannot be."""
    if isinstance(found, Plan) and found.tabular is not None and found.text is None:
        found = _as_tabular(task, seen, found.tabular)
    if isinstance(found, str):
        hint = 'Leave the task out, or use task = "tensors"'
        raise ConfigError(f'The model cannot be served as "{task}"', found, hint)
    more = found.reasons if found.audio or found.series else found.reasons[1:] if found.text is not None else ()
    return _labelled(replace(found, task=task, reasons=("asked for in edgeweb.toml or with --task", *more)), seen)


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
    if plan.task in (
        "tabular-regression", "tensors", "image-embedding", "text-embedding", "fill-mask", "text-generation",
    ):  # fmt: skip
        return plan
    if plan.series is not None or (plan.audio is not None and plan.audio.result != "classification"):
        return replace(plan, labels=tuple(seen.labels))
    output, size = _classes(plan, seen)
    if seen.labels and size is not None and len(seen.labels) != size:
        raise ConfigError(
            f"{seen.labels_from} has {len(seen.labels)} labels",
            f'output "{output}" has {size} {"scores" if not plan.image or plan.image.scores else "classes"}',
            f"Give {size} labels" + (", or none: the model has names of its own" if seen.classes else ", one a line"),
        )
    classes = seen.labels or plan.labels or (seen.classes if size in (None, len(seen.classes)) else ())
    return replace(plan, labels=tuple(classes))


def _classes(plan: Plan, seen: Seen) -> tuple[str | None, int | None]:
    """The output that tells classes, and how many there are."""
    if plan.image is not None and plan.image.head is not None:
        return plan.image.outputs[-1], plan.image.head.classes
    if plan.image is not None and plan.image.map is not None:
        # One channel tells something from nothing.
        return plan.image.outputs[0], max(2, plan.image.map.classes) if plan.image.result == "segmentation" else None
    if plan.text is not None and plan.tabular is None:
        return plan.text.output, texts.width(plan.text.output, seen)
    if plan.audio is not None:
        gave = seen.gave.get(plan.audio.outputs[0])
        info = next(info for info in seen.outputs if info.name == plan.audio.outputs[0])
        last = info.shape[-1] if info.shape else None
        return info.name, last if isinstance(last, int) else None if gave is None else gave.shape[-1]
    output = plan.image.scores if plan.image else plan.tabular.scores if plan.tabular else None
    return output, next((classes_in(info) for info in seen.outputs if info.name == output), None)
