"""Who says what a model of sound takes and gives: `[audio]`, files beside it, its metadata, a run, or nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from edgeweb.config import Config
from edgeweb.inputs.golden import Array
from edgeweb.schema.tasks import Task
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import scores
from edgeweb.tasks.audio.manifest import AudioResult
from edgeweb.tasks.audio.settings import AudioConfig
from edgeweb.tasks.evidence import Said, assumed
from edgeweb.tasks.plan import Seen

Activation = Literal["softmax", "sigmoid", "none"]
# Fewer outputs of a pitch model are no bins of a scale.
LEAST_BINS = 24
_OPERATORS = ("Softmax", "Sigmoid")
# Values of so many windows show what they are.
_WINDOWS = 4


@dataclass(frozen=True)
class Heard:
    """What was made of a model: the result, its outputs, the most telling first, and its pre-processing in one line."""

    task: Task
    result: AudioResult
    input: str
    outputs: Sequence[TensorInfo]
    formula: str


def last(info: TensorInfo, seen: Seen) -> int | None:
    """The last size: as declared, or as a run gave it."""
    if info.shape and isinstance(info.shape[-1], int):
        return info.shape[-1]
    gave = seen.gave.get(info.name)
    return gave.shape[-1] if gave is not None and gave.ndim else None


def activation(
    seen: Seen, asked: AudioConfig, result: AudioResult, info: TensorInfo, column: int | None
) -> tuple[Activation, Said | None]:
    """What makes probabilities of an output, and who says so; None: nobody, or they are none."""
    gave: Array | None = seen.gave.get(info.name)
    operator = next((name for name in _OPERATORS if seen.ends_in(info.name, name)), None)
    # A file beside the model speaks of its logits, whatever an exporter has put behind them.
    if asked.activation is not None and ("audio" not in seen.origins or operator is None):
        value = "as given" if asked.activation == "none" else asked.activation
        key = "audio" if "audio" in seen.origins else "audio.activation"
        return asked.activation, seen.says("probabilities", value, key)
    if result in ("audio", "anomaly", "transcript", "matching"):
        return "none", None
    if operator is not None:
        over_others = operator == "Softmax" and gave is not None and not scores.add_up(gave, near=scores.NEARLY)
        return "none", None if over_others else Said("probabilities", operator.lower(), "file", f"operator {operator}")
    if result == "pitch" and (last(info, seen) or 1) < LEAST_BINS:
        return "none", None
    if gave is not None and _shares(gave, result):
        return "none", _as_given(gave)
    if result == "classification" and gave is not None and not scores.may_be_logits(gave):
        return "none", None
    if result == "classification":
        return "softmax", _usual("softmax", seen)
    if gave is None:
        return "none", None
    made: Activation = "softmax" if column is not None and asked.column is None else "sigmoid"
    return made, _usual(made, seen)


def _shares(gave: Array, result: AudioResult) -> bool:
    """Whether all that a run gave may be shares: from 0 to 1, those of a window's classes of one whole."""
    within = gave.size > 0 and bool(((gave >= 0) & (gave <= 1)).all())
    return within and (result != "classification" or scores.add_up(gave))


def _as_given(gave: Array) -> Said:
    """A few windows prove nothing: others may give more than 1."""
    windows = gave.shape[0] if gave.ndim > 1 else 1
    if windows >= _WINDOWS:
        return Said("probabilities", "as given", "trial", f"values of {windows} windows")
    return assumed("probabilities", "as given", "values of one run from 0 to 1", '[audio]\nactivation = "none"')


def _usual(value: Activation, seen: Seen) -> Said:
    """That bare scores are logits: transformers' classes are trained so, of others it is the usual."""
    if "audio" in seen.origins:
        return Said("probabilities", value, "file", "config.json")
    return assumed("probabilities", value, "the usual for scores", f'[audio]\nactivation = "{value}"')


def all_of(seen: Seen, config: Config, asked: AudioConfig, heard: Heard, shares: Said | None) -> tuple[Said, ...]:
    """All claims but those on labels, and on a task that was asked for."""
    about = heard.input
    if config.audio is not None and config.audio.rate is not None:
        rate = seen.says("rate", config.audio.rate, "audio")
        before = replace(seen.says("preprocessing", heard.formula, "audio"), about=about)
    else:
        rate = Said("rate", asked.rate, "file", "the model's metadata")
        settle = f"[audio]\nrate = {asked.rate}\nscale = 1.0"
        before = replace(assumed("preprocessing", heard.formula, "samples from -1 to 1", settle), about=about)
    found = [_answer(seen, asked, heard), before, rate]
    task = [_task(seen, asked, heard)] if config.task is None else []
    return (*task, *found, *([shares] if shares is not None else []))


def _task(seen: Seen, asked: AudioConfig, heard: Heard) -> Said:
    """Keys of `[audio]` or labels tell it; otherwise it was told from shapes."""
    key = "onsets" if asked.onsets else "mask" if asked.mask else None
    if key is not None:
        return seen.says("task", heard.task, f"audio.{key}")
    size = last(heard.outputs[0], seen)
    if seen.labels and size == len(seen.labels):
        return seen.named("task", heard.task)
    return assumed("task", heard.task, "the shape of its output", f'task = "{heard.task}"')


def _answer(seen: Seen, asked: AudioConfig, heard: Heard) -> Said:
    name = heard.outputs[0].name
    if asked.output is not None:
        return seen.says("answer", name, "audio.output")
    reals = [info for info in seen.outputs if info.type.startswith("float")]
    return Said("answer", name, "file", "its only output" if len(reals) == 1 else "the only one that fits")
