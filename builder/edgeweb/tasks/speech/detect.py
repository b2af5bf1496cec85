"""Whether a model speaks, by the files beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from edgeweb.config import Config
from edgeweb.inputs import golden
from edgeweb.inputs.golden import DTYPES
from edgeweb.read import architectures, intake
from edgeweb.schema.tasks import Task
from edgeweb.schema.types import Constant, TensorInfo
from edgeweb.tasks.evidence import Said, assumed
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Recognised, Seen
from edgeweb.tasks.speech import framed, letters, voices
from edgeweb.tasks.speech.manifest import SpeechPipeline
from edgeweb.tasks.speech.voices import Voice

_TASK: Task = "text-to-speech"
# Classes of transformers that give a sound for the ids of letters.
_CLASSES = ("VitsModel", framed.ARCHITECTURE)
_IDS, _MASK, _SPEAKERS = "input_ids", "attention_mask", ("speaker_id", "speaker_ids", "sid")
_SOUND = "waveform"
_USUAL_RATE = 16_000


@dataclass(frozen=True)
class Beside:
    """What lies beside a model that speaks: `said` of its letters, or why a text cannot become such; its `rate`. Of one
    that speaks frame by frame its `config`, and its `voice`.
    """

    architecture: str = ""
    rate: int = 0
    said: dict[str, Any] | str = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    voice: Voice | None = None
    rated: Said | None = None


@dataclass(frozen=True)
class Spoken:
    """What the manifest says, and the tokenizer where the ids are not those of letters."""

    pipeline: SpeechPipeline
    language: Language | None = None


def beside(home: Path, settings: Config, parts: Collection[str] = ()) -> Beside:
    """ConfigError where the model speaks, and a file of its tokenizer, or its voice, is missing or damaged.

    Args:
        parts: the folder's further graphs.
    """
    if settings.task not in (None, _TASK):
        return Beside()
    config = intake.json_hint([home], "config.json")
    kind = next((each for each in architectures.classes(config) if each in _CLASSES), "")
    if kind == framed.ARCHITECTURE:
        return _framed(home, kind, config) if parts else Beside()
    rate = config.get("sampling_rate", 16_000)
    return Beside(kind, rate if isinstance(rate, int) else 0, letters.read(home)) if kind else Beside()


def _framed(home: Path, kind: str, config: Mapping[str, Any]) -> Beside:
    size, about = config.get("speaker_embedding_dim", 512), intake.json_hint([home], "tokenizer_config.json")
    if about.get("normalize") is True:
        return Beside(kind, said="its texts' numbers have to become English words first (tokenizer_config.json)")
    rated = framed.rate_of(intake.json_hint([home], "preprocessor_config.json"), config)
    return Beside(kind, config=config, voice=voices.find(home, size if isinstance(size, int) else 512), rated=rated)


def detect(seen: Seen, found: Beside) -> Recognised | str:
    """What it is; or why it is not, empty where nothing speaks for it."""
    if not found.architecture:
        return ""
    if found.voice is not None:
        return _by_frames(seen, found, found.voice)
    if isinstance(found.said, str):
        return found.said
    roles = _roles(seen.inputs)
    sound = next((info for info in seen.outputs if info.name == _SOUND), None)
    if isinstance(roles, str) or sound is None or found.rate < 1:
        return roles if isinstance(roles, str) else f'{found.architecture} gives no output "{_SOUND}" of a known rate'
    ids, mask, constants = roles
    pipeline = SpeechPipeline(
        input=ids.name, type=ids.type, output=sound.name, rate=found.rate, mask=mask, constants=constants,
        formula=_formula(found.said), **found.said,
    )  # fmt: skip
    evidence = (
        Said("task", _TASK, "file", f"config.json: {found.architecture}"),
        Said("answer", sound.name, "file", "its name"),
        Said("preprocessing", pipeline.formula, "file", "vocab.json", about=ids.name),
        Said("rate", found.rate, "file", "config.json"),
    )
    why = f"{pipeline.formula} in, {found.architecture}, a sound of {found.rate} samples a second out"
    return Recognised(_TASK, (why,), Spoken(pipeline), evidence=evidence)


def _by_frames(seen: Seen, found: Beside, voice: Voice) -> Recognised | str:
    ids = next((info for info in seen.inputs if info.name == _IDS), None)
    if seen.language is None or ids is None or len(seen.inputs) != 1:
        missing = "tokenizer.json, nor a spm_char.model"
        return f"there is no {missing} beside it" if seen.language is None else f'it does not take "{_IDS}" alone'
    made = framed.frames(seen, found.config, voice)
    if isinstance(made, str):
        return made
    sound = next((info.name for info in seen.parts[made.vocoder].outputs), _SOUND)
    why = "what its authors' vocoder gives, as nothing beside it says"
    rate = found.rated or assumed("rate", _USUAL_RATE, why, "")
    formula = f"letters as ids, a voice out of {voice.file}"
    pipeline = SpeechPipeline(
        input=ids.name, type=ids.type, output=sound, rate=int(str(rate.value)), frames=made, formula=formula
    )
    reason = f"{formula} in, {found.architecture}, a sound of {rate.value} samples a second out"
    parts = (made.model, made.vocoder)
    spoken = Spoken(pipeline, framed.language(seen.language))
    return Recognised(_TASK, (reason,), spoken, evidence=framed.claims(pipeline, voice, rate), parts=parts)


def _roles(infos: Sequence[TensorInfo]) -> tuple[TensorInfo, str | None, list[Constant]] | str:
    """What takes the ids, what their mask, and what is the same for every text; of several voices the first speaks."""
    by_name = {info.name: info for info in infos}
    ids = by_name.pop(_IDS, None)
    if ids is None or ids.type not in ("int64", "int32"):
        return f'no input "{_IDS}" takes the ids of letters'
    mask = by_name.pop(_MASK, None)
    voices = [by_name.pop(name) for name in _SPEAKERS if name in by_name and by_name[name].type in ("int64", "int32")]
    if by_name:
        return f'what the input "{next(iter(by_name))}" takes is not known'
    return ids, mask.name if mask else None, [_first(info) for info in voices]


def _first(info: TensorInfo) -> Constant:
    dims = [dim if isinstance(dim, int) and dim > 0 else 1 for dim in info.shape or []]
    kind: Literal["int32", "int64"] = "int32" if info.type == "int32" else "int64"
    data, _ = golden.store(np.zeros(dims, DTYPES[info.type]))
    return Constant(name=info.name, type=kind, dims=dims, data=data or "")


def _formula(said: Mapping[str, Any]) -> str:
    parts = [f"letters as {len(said['letters'])} ids"]
    parts += ["in small letters"] if said["lower"] else []
    parts += [f"{said['blank']} between them"] if said["blank"] is not None else []
    return ", ".join(parts)
