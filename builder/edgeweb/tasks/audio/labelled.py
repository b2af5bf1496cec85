"""Sounds against which a visitor's own labels are held: models of sounds and texts that meet in one space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgeweb.read.towers import TEXT
from edgeweb.schema.language import Matching
from edgeweb.tasks.audio.manifest import AudioPipeline, AudioResult
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.language import matching
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Recognised, Seen

# The sentence of transformers' pipeline.
_TEMPLATE = "This is a sound of {}."
_EMBEDS = ("audio_embeds", "pooler_output", "audio_features")


@dataclass(frozen=True)
class MatchedSpec:
    """The manifest's pipeline, and how labels are held against what it gives."""

    pipeline: AudioPipeline
    matching: Matching
    language: Language


def output(result: AudioResult, names: Sequence[str]) -> str | None:
    """Of several outputs the embedding of the sound, where that is wanted."""
    return next((name for name in _EMBEDS if name in names), None) if result == "matching" else None


def matched(seen: Seen, pipeline: AudioPipeline, said: Sequence[Said]) -> Recognised | str:
    """With the graph that reads labels; or why there is none."""
    how, language = matching.of(seen, _TEMPLATE), seen.language
    if isinstance(how, str) or language is None:
        return how if isinstance(how, str) else "there is no tokenizer beside it"
    described, shares = how
    why = f'input "{pipeline.input}" is {pipeline.formula}; its embedding is held against those of labels ({TEXT}.onnx)'
    spec = MatchedSpec(pipeline, described, matching.reader(language))
    return Recognised("zero-shot-audio-classification", (why,), spec, evidence=(*said, *shares), parts=(TEXT,))
