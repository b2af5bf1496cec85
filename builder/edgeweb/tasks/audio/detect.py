"""Whether a model takes sound, in which windows and features, and what its outputs say of it."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.schema.tasks import Task
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import memory, unfit
from edgeweb.tasks.audio import claims, graphs, labelled, own_length, spoken
from edgeweb.tasks.audio.graphs import After, Before
from edgeweb.tasks.audio.manifest import AudioPipeline, AudioResult
from edgeweb.tasks.audio.settings import AudioConfig
from edgeweb.tasks.audio.shapes import Shape, features, fits, shape_of
from edgeweb.tasks.audio.spectra import Features
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.memory import Roles
from edgeweb.tasks.plan import Recognised, Seen

RESULTS: dict[Task, AudioResult] = {
    "audio-classification": "classification", "voice-activity-detection": "activity", "anomaly-detection": "anomaly",
    "pitch-detection": "pitch", "music-transcription": "notes", "audio-to-audio": "audio",
    "automatic-speech-recognition": "transcript", "zero-shot-audio-classification": "matching",
}  # fmt: skip
_TASKS = {result: task for task, result in RESULTS.items()}
_SAMPLE_KEYS = ("sample_rate", "sampling_rate", "samplerate", "audio_sample_rate")
# Shorter than this, a row of numbers is hardly a sound.
_LEAST_SAMPLES = 400
# Windows in one call: as much memory as a minute of sound at most.
_BATCH, _BATCH_SAMPLES = 16, 1 << 20


def detect(seen: Seen, config: Config) -> Recognised | str:
    """The task of a model of sound with the reasons for it and the manifest's part, or why it takes none.

    Raises:
        ConfigError: `[audio]`, or the file that says the same, contradicts the model.
    """
    try:
        return _detect(seen, config)
    except ConfigError as error:
        raise unfit.named("audio", seen, error) from error


def _detect(seen: Seen, config: Config) -> Recognised | str:
    asked = config.audio or _found(seen)
    wanted = config.task in RESULTS and (config.task != "anomaly-detection" or config.audio is not None)
    if asked is None and not wanted:
        return _hint(seen)
    asked = asked or AudioConfig()
    if asked.rate is None:
        return "the rate of its sound is not known: say so with rate in [audio]"
    described, spec = asked, features(asked)
    roles = memory.split(
        seen.inputs, seen.outputs, data=asked.input, states=asked.state, constants=asked.constants,
        rate=asked.rate, table="audio",
        fits=lambda info: fits(info, described, spec),
    )  # fmt: skip
    if isinstance(roles, str):
        return roles
    if not roles.data.type.startswith("float") and roles.data.type not in ("int16", "int32"):
        return f'input "{roles.data.name}" takes no sound: it is {roles.data.type}'
    shape = shape_of(roles.data, asked, spec)
    if isinstance(shape, str):
        return shape
    result = RESULTS[config.task] if wanted and config.task else _result(seen, asked, roles, shape)
    if result is None:
        return "what its outputs say of a sound is not clear: give a task, such as audio-classification"
    outputs = _outputs(result, asked, roles, seen)
    if isinstance(outputs, str):
        return outputs
    odd = own_length.unwritten(result, seen, outputs)
    if odd:
        return odd
    pipeline, shares = _pipeline(seen, asked, roles, shape, result, outputs)
    why = f'input "{roles.data.name}" is {pipeline.formula}; "{outputs[0].name}" is read as {result}'
    handed = [f"{state.output} -> {state.input}" for state in roles.states]
    reasons = (why, *([f"handed on from window to window: {', '.join(handed)}"] if handed else []))
    heard = claims.Heard(_TASKS[result], result, roles.data.name, outputs, pipeline.formula)
    said = claims.all_of(seen, config, asked, heard, shares)
    if result == "transcript" and spoken.writes(seen):
        return _spoken(seen, config, pipeline, said)
    if result == "matching":
        return labelled.matched(seen, pipeline, said)
    return Recognised(_TASKS[result], reasons, pipeline, evidence=said)


def _spoken(seen: Seen, config: Config, pipeline: AudioPipeline, said: Sequence[Said]) -> Recognised | str:
    """With the graph that writes down what this one hears."""
    found = spoken.made(seen, pipeline, config.text)
    if isinstance(found, str):
        return found
    why = f'input "{pipeline.input}" is {pipeline.formula}; {found.part}.onnx writes about it'
    return Recognised(_TASKS["transcript"], (why,), found, evidence=spoken.evidence(found, said), parts=(found.part,))


def _hint(seen: Seen) -> str:
    """Nothing was said of sound; perhaps it should have been."""
    if any(info.name.lower() in ("sr", "sample_rate", "sampling_rate") for info in seen.inputs):
        says = "if it takes sound, say its rate and windows under [audio] in edgeweb.toml"
        return f"an input is named after a sample rate: {says}; docs/sound.md lists the keys and has examples"
    return own_length.known(seen).unserved


def _found(seen: Seen) -> AudioConfig | None:
    """A waveform, where the file says its rate, and labels for what comes out."""
    rates = [entry.value for entry in seen.proto.metadata_props if entry.key.lower() in _SAMPLE_KEYS]
    shape = seen.inputs[0].shape if len(seen.inputs) == 1 else None
    if not rates or not rates[0].isdigit() or shape is None or not seen.labels:
        return None
    sizes = [dim for dim in shape[1:] or shape if dim != 1]
    known = len(sizes) == 1 and isinstance(sizes[0], int) and sizes[0] >= _LEAST_SAMPLES
    ends = any(info.shape and info.shape[-1] == len(seen.labels) for info in seen.outputs)
    return AudioConfig(rate=int(rates[0])) if known and ends and seen.inputs[0].type == "float32" else None


def _result(seen: Seen, asked: AudioConfig, roles: Roles, shape: Shape) -> AudioResult | None:
    """What the outputs are, where shapes and labels leave no doubt."""
    if asked.onsets:
        return "notes"
    if asked.mask:
        return "audio"
    named = [info for info in roles.results if info.name == asked.output] or list(roles.results)
    if seen.labels and any(claims.last(info, seen) == len(seen.labels) for info in named):
        return "classification" if len(seen.labels) > 1 else "activity"
    if len(named) != 1:
        return None
    info = named[0]
    size = math.prod(dim for dim in (info.shape or [])[1:] if isinstance(dim, int))
    whole = info.shape is not None and all(isinstance(dim, int) for dim in info.shape[1:])
    if whole and size == 1 and shape.length / (asked.rate or 1) < 1:
        return "activity"
    if whole and len(info.shape or []) > 1 and shape.features is None and size == shape.length:
        return "audio"
    if whole and shape.features is not None and shape.features.kind != "spectrum" and info.shape is not None:
        return "anomaly" if list(info.shape[1:]) == shape.dims[1:] else None
    return None


def _outputs(result: AudioResult, asked: AudioConfig, roles: Roles, seen: Seen) -> list[TensorInfo] | str:
    """Those that the result is made of, the most telling first."""
    by_name = {info.name: info for info in roles.results}
    more = [
        name
        for name in (asked.onsets if result == "notes" else None, asked.confidence if result == "pitch" else None)
        if name
    ]
    for name in [*([asked.output] if asked.output else []), *more]:
        if name not in by_name:
            raise ConfigError(
                f'[audio] names an output "{name}"',
                "the model has no such output",
                f"Its outputs are: {', '.join(by_name)}",
            )
    left = [info for info in roles.results if info.name not in more and info.type.startswith("float")]
    named = labelled.output(result, [info.name for info in left])
    if asked.output or named:
        main = by_name[asked.output or named or ""]
    elif result == "classification" and seen.labels:
        fitting = [info for info in left if claims.last(info, seen) == len(seen.labels)]
        main = fitting[0] if fitting else left[0] if left else roles.results[0]
    elif len(left) == 1:
        main = left[0]
    else:
        names = ", ".join(f'"{info.name}"' for info in left)
        return f"which of the outputs {names} is the result is not clear: say so with output in [audio]"
    return [main, *(by_name[name] for name in more)]


def _pipeline(
    seen: Seen, asked: AudioConfig, roles: Roles, shape: Shape, result: AudioResult, outputs: Sequence[TensorInfo]
) -> tuple[AudioPipeline, Said | None]:
    main, spec = outputs[0], shape.features
    known = [replace_shape(info, seen) for info in outputs]
    last = claims.last(main, seen)
    compare = (
        result == "anomaly"
        and (main.shape is None or len(main.shape) == len(shape.dims))
        and last == shape.dims[-1] != 1
    )
    mask = spec if result == "audio" and spec is not None and spec.kind == "spectrum" else None
    extras: list[Literal["tensor", "real", "imaginary"]] = (
        ["tensor"] if compare else ["real", "imaginary"] if mask else []
    )
    column = asked.column if asked.column is not None else 1 if result == "activity" and last == 2 else None
    hop, lead = _steps(asked, roles, shape, result)
    # Some models take a batch and forget it.
    gave, fed = seen.gave.get(main.name), seen.fed.get(roles.data.name)
    batched = shape.batched and (gave is None or not fed or (gave.ndim > 0 and gave.shape[0] == fed[0]))
    overlap = asked.overlap or ("add" if roles.states or mask or hop >= shape.length else "fade")
    if result == "audio" and asked.context == 0:
        lead = shape.length - hop if overlap == "add" else (shape.length - hop) // 2
    _check_lists(asked, spec)
    squash, shares = claims.activation(seen, asked, result, main, column)
    after = After(
        result, known, shape.length, batched, squash, column, compare, mask,
        bins=result == "pitch" and (last or 1) >= claims.LEAST_BINS, lowest_hertz=asked.lowest_hertz,
        bin_cents=asked.bin_cents,
        scale=asked.scale, extras=extras, given=roles.data if compare else None,
    )  # fmt: skip
    most = max(1, min(_BATCH, _BATCH_SAMPLES // shape.length))
    batch = asked.batch or (1 if roles.states or not shape.free or not batched else most)
    threshold = (
        asked.threshold if asked.threshold is not None else {"activity": 0.5, "pitch": 0.5, "notes": 0.3}.get(result)
    )
    usual = {"activity": (0.1, 0.1), "notes": (0.12, 0.0), "pitch": (0.05, 0.03)}.get(result, (0.0, 0.0))
    pipeline = AudioPipeline(
        input=roles.data.name, outputs=[info.name for info in outputs], result=result, rate=asked.rate or 0,
        length=shape.length, hop=hop, lead=lead, batch=batch,
        group=most // batch * batch if batched and most > batch else batch if batched else 1,
        preprocess=b64encode(_before(asked, roles, shape, extras)).decode(),
        postprocess=b64encode(graphs.postprocess(after)).decode(),
        formula=_formula(asked, shape, hop), extras=extras, states=list(roles.states), constants=list(roles.constants),
        threshold=threshold, least=usual[0] if asked.min_seconds is None else asked.min_seconds,
        gap=usual[1] if asked.min_gap is None else asked.min_gap, lowest=asked.lowest,
        combine=asked.combine, overlap=overlap, **own_length.said(asked, shape, roles, result, seen),
    )  # fmt: skip
    return pipeline, shares


def _before(asked: AudioConfig, roles: Roles, shape: Shape, extras: Sequence[str]) -> bytes:
    mean, std = np.array(asked.mean or [0.0]), np.array(asked.std or [1.0])
    spec, kind = shape.features, roles.data.type
    length, dims = (None, shape.own) if own_length.takes(asked, shape) and shape.own else (shape.length, shape.dims)
    fill = (asked.fill, shape.length) if asked.fill else None
    before = Before(length, asked.scale, asked.normalise, spec, shape.transposed, mean, std, dims, kind, extras, fill)
    return graphs.preprocess(before)


def replace_shape(info: TensorInfo, seen: Seen) -> TensorInfo:
    """With the sizes that a run gave, where the file leaves them open."""
    gave = seen.gave.get(info.name)
    if gave is None:
        return info
    old = info.shape if info.shape is not None and len(info.shape) == gave.ndim else [None] * gave.ndim
    last = len(old) - 1
    known = [
        size if place == last and not isinstance(dim, int) else dim
        for place, (dim, size) in enumerate(zip(old, gave.shape, strict=True))
    ]
    return TensorInfo(name=info.name, type=info.type, shape=[*known])


def _check_lists(asked: AudioConfig, spec: Features | None) -> None:
    for name, given in (("mean", asked.mean), ("std", asked.std)):
        if given is not None and len(given) not in (1, spec.bins if spec else 1):
            raise ConfigError(
                f"[audio] has {len(given)} numbers in {name}",
                f"there are {spec.bins if spec else 1} values a frame",
                "Give one, or one for each",
            )


def _steps(asked: AudioConfig, roles: Roles, shape: Shape, result: AudioResult) -> tuple[int, int]:
    """Samples from one window to the next, and how much of the first one lies before the sound."""
    window = shape.length - asked.context
    short = shape.length / (asked.rate or 1) < 0.2
    usual = {
        "classification": window if roles.states else max(1, window // 2),
        "pitch": max(1, (asked.rate or 1) // 100) if short and not roles.states else window,
        "anomaly": shape.features.hop_length if shape.features else window,
        "notes": max(1, window * 3 // 4),
        "audio": shape.features.hop_length if shape.features else window if roles.states else max(1, window // 2),
    }
    hop = min(asked.hop or usual.get(result, window), shape.length)
    if asked.context:
        return hop, asked.context
    return hop, 0 if result in ("classification", "anomaly") or roles.states else (shape.length - hop) // 2


def _formula(asked: AudioConfig, shape: Shape, hop: int) -> str:
    """The arithmetic in one line, for people."""
    how = f"in windows of {shape.length} every {hop}"
    if own_length.takes(asked, shape):
        how = f"as a whole, up to {asked.longest} samples"
        fixed = f"{asked.frames} frames" if asked.frames else f"{shape.length} samples" if asked.fill else ""
        how = f"cut or filled to {fixed}" if fixed else how
    parts: list[Any] = [f"sound of {asked.rate} samples a second {how}"]
    parts += [f"times {asked.scale:g}"] if asked.scale != 1 else []
    parts += (
        [{"peak": "by its loudest sample", "unit": "to mean 0 and deviation 1"}[asked.normalise]]
        if asked.normalise in ("peak", "unit")
        else []
    )
    parts += [shape.features.formula] if shape.features else []
    parts += ["each bin to mean 0 and deviation 1"] if asked.normalise == "bins" else []
    parts += (
        [f"(x - {asked.mean or [0]}) / {asked.std or [1]}"]
        if (asked.mean or asked.std) and len(asked.mean or []) < 5
        else []
    )
    return ", ".join(parts)
