"""Which kind of model one is: its task, why, and what the page needs to know to feed and read it."""

from __future__ import annotations

from dataclasses import replace

from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.schema.tasks import Task
from edgeweb.tasks import evidence, unfit
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.kind import SAYS, Kind
from edgeweb.tasks.kinds import KINDS
from edgeweb.tasks.plan import Plan, Seen


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
        return Plan("tensors", (SAYS,), evidence=(seen.says("task", "tensors", "task"),))
    found: dict[Kind, Plan | str] = {}
    for kind in KINDS:
        each = kind.detect(seen, config)
        if isinstance(each, str) and kind.claims(config):
            raise unfit.described(kind.key, seen, each)
        found[kind] = (
            each
            if isinstance(each, str)
            else Plan(each.task, each.reasons, kind, each.spec, each.labels, each.evidence, each.parts)
        )
    plan = _detected(found) if config.task is None else _asked(config.task, config, seen, found)
    plan = replace(plan, labels=plan.kind.labels(plan, seen))
    return replace(plan, evidence=evidence.ordered((*plan.evidence, *_task(plan, seen, config), *_labels(plan, seen))))


def _task(plan: Plan, seen: Seen, config: Config) -> list[Said]:
    """Who says what the model does, where its kind does not."""
    if config.task is not None:
        return [seen.says("task", plan.task, "task")]
    if plan.task == "tensors":
        return [Said("task", "tensors", "file", "its inputs and outputs, as they are declared")]
    if evidence.about(plan.evidence, "task") is not None:
        return []
    return [evidence.assumed("task", plan.task, plan.reasons[0], f'task = "{plan.task}"')]


def _labels(plan: Plan, seen: Seen) -> list[Said]:
    """Who says what the classes are called."""
    if not plan.labels or evidence.about(plan.evidence, "labels") is not None:
        return []
    if plan.labels == tuple(seen.labels or seen.classes):
        return [seen.named("labels", plan.labels)]
    return [Said("labels", plan.labels, "file", "config.json")]


def _detected(found: dict[Kind, Plan | str]) -> Plan:
    """The first kind that it is, or why it is none."""
    excluded = {key for kind, each in found.items() if each for key in kind.excludes}
    left = [each for kind, each in found.items() if kind.key not in excluded and each]
    plan = next((each for each in left if isinstance(each, Plan)), None)
    reasons = [each for each in left if isinstance(each, str)]
    return plan or Plan("tensors", (*reasons, "so it gets the form that serves any model"))


def _asked(task: Task, config: Config, seen: Seen, found: dict[Kind, Plan | str]) -> Plan:
    """What was detected, as the task that the user names; of several kinds that have it, the one that is described."""
    fitting = [kind for kind in KINDS if task in kind.tasks]
    kind = next((each for each in fitting if each.claims(config)), fitting[-1])
    each = found[kind]
    plan = kind.asked(each, task, seen) if isinstance(each, Plan) else each
    if isinstance(plan, str):
        hint = 'Leave the task out, or use task = "tensors"'
        raise ConfigError(f'The model cannot be served as "{task}"', plan, hint)
    return plan
