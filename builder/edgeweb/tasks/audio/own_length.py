"""Sounds that go in as a whole: what the files beside a model say of their length, and how what is said is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeweb.config import Config
from edgeweb.read import architectures, intake
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.audio import ctc, spoken
from edgeweb.tasks.audio.manifest import AudioResult, Ctc, Whole
from edgeweb.tasks.audio.settings import AudioConfig
from edgeweb.tasks.audio.shapes import Shape
from edgeweb.tasks.memory import Roles
from edgeweb.tasks.plan import Seen

# Pieces of a speech that is too long for the memory, and what they have in common, as transformers' pipeline has them.
_PIECE_SECONDS, _MARGINS = 30, 6
# By the task under which they are exported.
_UNSERVED = {
    "audio-frame-classification": "scores of classes for each moment of a sound",
    "audio-xvector": "a vector for each voice",
}


@dataclass(frozen=True)
class Known:
    """What lies beside a model: `ctc`, how its tokens are written; `least`: samples that it needs; `published`: with
    how it is to be heard. `unserved`: what it gives that no page shows.
    """

    ctc: Ctc | None = None
    least: int = 1
    published: bool = False
    unserved: str = ""


def beside(settings: Config, home: Path) -> Known:
    """What the files in a model's folder say; ConfigError where they cannot say how its speech is written."""
    config = intake.json_hint([home], "config.json")
    if settings.audio is None:
        gives = _UNSERVED.get(architectures.task_of(config) or "", "")
        name = next(iter(architectures.classes(config)), "")
        why = f"config.json ({name[:80]}) says that it gives {gives}, for which edgeweb has no interface"
        return Known(unserved=why if gives else "")
    by_frame = any(kind.endswith("ForCTC") for kind in architectures.classes(config))
    asked = settings.task == "automatic-speech-recognition" and by_frame
    written = ctc.read(home, config) if asked else None
    features = intake.json_hint([home], "preprocessor_config.json")
    return Known(written, ctc.least(config), isinstance(features.get("sampling_rate"), int))


def known(seen: Seen) -> Known:
    """The same, where it has been looked at."""
    found = seen.beside.get("audio")
    return found if isinstance(found, Known) else Known()


def takes(asked: AudioConfig, shape: Shape) -> bool:
    """Whether a sound goes in at once."""
    return shape.own is not None and any((asked.frames, asked.fill, asked.longest))


def said(asked: AudioConfig, shape: Shape, roles: Roles, result: AudioResult, seen: Seen) -> dict[str, Any]:
    """The pipeline's `whole`, `ctc` and `resampler`."""
    found = known(seen)
    return {
        "whole": of(asked, shape, roles, result, found), "ctc": found.ctc if result == "transcript" else None,
        "resampler": "hann" if found.published else "kaiser",
    }  # fmt: skip


def of(asked: AudioConfig, shape: Shape, roles: Roles, result: AudioResult, found: Known) -> Whole | None:
    """How a sound goes in at once; None: window by window. What remembers, or makes a new sound, hears windows."""
    if not takes(asked, shape) or roles.states or result not in ("classification", "transcript", "matching"):
        return None
    if asked.fill or (shape.features is not None and shape.features.fixed is not None):
        spec = shape.features
        least = 1 if asked.fill or spec is None or spec.center else spec.frame
        margin = round(shape.length / _MARGINS)
        return Whole(least=least, most=shape.length, cut=result != "transcript", piece=shape.length, margin=margin)
    rate, ratio = asked.rate or 1, found.ctc.ratio if found.ctc else 1
    fewest = max(found.least, shape.features.frame if shape.features else 1)

    def aligned(samples: float) -> int:
        return max(1, round(samples / ratio)) * ratio

    most = max(fewest, asked.longest or 1)
    piece = min(aligned(_PIECE_SECONDS * rate), most)
    return Whole(least=fewest, most=most, piece=piece, margin=aligned(piece / _MARGINS))


def unwritten(result: AudioResult, seen: Seen, outputs: Sequence[TensorInfo]) -> str:
    """Why what is heard cannot be written; empty where it can."""
    if result != "transcript":
        return ""
    shape = outputs[0].shape
    if shape is not None and len(shape) != 3:
        return f'output "{outputs[0].name}" has not the shape of scores for each frame'
    if spoken.writes(seen) or known(seen).ctc:
        return ""
    return "nothing beside it says how what it hears is written: a decoder, or a vocabulary of its tokens"
