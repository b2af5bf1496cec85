"""Models that speak frame by frame, as SpeechT5 does: an encoder of letters, a decoder of frames, and a vocoder."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np

from edgeweb.inputs import golden
from edgeweb.inputs.arrays import Feed
from edgeweb.inputs.golden import DTYPES, Array, make_input
from edgeweb.schema.language import Crossing, TextState
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import Constant
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.further import Run, Steps
from edgeweb.tasks.language import crossing, inputs
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Further, Seen
from edgeweb.tasks.speech.manifest import Frames, SpeechPipeline
from edgeweb.tasks.speech.voices import Voice

ARCHITECTURE = "SpeechT5ForTextToSpeech"
_SEQUENCE, _VOICE, _SPECTRUM, _STOP = "output_sequence", "speaker_embeddings", "spectrum", "prob"
_STATES, _MASK = ("encoder_hidden_states", "encoder_outputs"), "encoder_attention_mask"
_SPECTROGRAM, _BRANCH = "spectrogram", "use_cache_branch"
# So many frames are made for each id of the text at most, as transformers' `generate_speech` does.
_FRAMES_AN_ID = 20.0
_PLACES = 4000
# So many frames are tried after the first: each goes on from what was kept.
_LATER = 2
_TRIED = (24, 60)


def language(known: Language) -> Language:
    """The tokenizer, with no more ids in a text than have a place."""
    places = known.config.get("max_text_positions")
    return replace(known, limit=min(known.limit, places)) if isinstance(places, int) else known


def frames(seen: Seen, config: Mapping[str, Any], voice: Voice) -> Frames | str:
    """How the folder's further graphs make a sound; or why they cannot."""
    role = crossing.role(seen)
    vocoder = next((name for name in seen.parts if name.endswith("vocoder")), None)
    if role is None or vocoder is None:
        return f"there is no {'decoder' if role is None else 'vocoder'} beside it"
    part = seen.parts[role]
    takes, gives = {info.name: info for info in part.inputs}, {info.name for info in part.outputs}
    state = [each for info in part.inputs if (each := inputs.kept(info, gives)) is not None]
    bins = config.get("num_mel_bins")
    why = _unknown(role, takes, gives, [each.input for each in state])
    if why or not isinstance(bins, int) or _SPECTROGRAM not in {info.name for info in seen.parts[vocoder].inputs}:
        return why or f"{vocoder}.onnx takes no spectrogram of a known height"
    return Frames(
        model=role, vocoder=vocoder, crossing=_crossing(seen, part), spectrum=_SPECTRUM, stop=_STOP,
        sequence=TextState(_SEQUENCE, f"{_SEQUENCE}_out", takes[_SEQUENCE].type, [1, 1, bins]),
        spectrogram=_SPECTROGRAM, ratio=_FRAMES_AN_ID / _number(config, "reduction_factor", 2),
        limit=_number(config, "max_speech_positions", _PLACES), branch=_BRANCH if _BRANCH in takes else None,
        state=[msgspec.structs.replace(each, once=".encoder." in each.input) for each in state],
        constants=[_constant(voice)] if _VOICE in takes else [],
    )  # fmt: skip


def _unknown(role: str, takes: Collection[str], gives: Collection[str], state: Sequence[str]) -> str:
    """Why a graph cannot be asked for frames; empty where it can."""
    if _SEQUENCE not in takes or not {_SPECTRUM, _STOP, f"{_SEQUENCE}_out"} <= {*gives}:
        return f"{role}.onnx makes no frames of a spectrum"
    if not state:
        return f"{role}.onnx keeps nothing of the frames before, and decoder_with_past_model.onnx is not beside it"
    rest = {*takes} - {*state, _SEQUENCE, _VOICE, _MASK, *_STATES, _BRANCH}
    return f'what the input "{min(rest)}" of {role}.onnx takes is not known' if rest else ""


def _number(config: Mapping[str, Any], key: str, usual: int) -> int:
    found = config.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else usual


def _crossing(seen: Seen, part: Further) -> list[Crossing]:
    rows = [info.name for info in seen.outputs if info.type.startswith("float") and len(info.shape or ()) == 3]
    mask = _MASK if _MASK in {info.name for info in seen.outputs} else None
    taken = [info.name for info in part.inputs if info.name in (*_STATES, _MASK)]
    return [Crossing(input=name, output=mask if name == _MASK else next(iter(rows), None)) for name in taken]


def _constant(voice: Voice) -> Constant:
    data, _ = golden.store(voice.numbers)
    return Constant(name=_VOICE, type="float32", dims=list(voice.numbers.shape), data=data or "")


def claims(pipeline: SpeechPipeline, voice: Voice, rate: Said) -> tuple[Said, ...]:
    """Who says what."""
    return (
        Said("task", "text-to-speech", "file", f"config.json: {ARCHITECTURE}"),
        Said("answer", pipeline.output, "file", "its name"),
        Said("preprocessing", pipeline.formula, "file", voice.file, about=pipeline.input),
        rate,
    )


def feed(pipeline: SpeechPipeline, known: Language, text: str) -> Feed:
    """The ids of a text."""
    return {pipeline.input: np.array([known.ids(text)], DTYPES[pipeline.type])}


def steps(pipeline: SpeechPipeline, name: str, case: Sequence[GoldenInput], run: Run) -> Steps:
    """The first frames of the decoder about the encoder's case; or some frames to be heard."""
    made = pipeline.frames
    if made is None:
        raise ValueError("it does not speak frame by frame")
    if name == made.vocoder:
        bins = made.sequence.dims[-1]
        return Steps(tuple({made.spectrogram: _spoken(count, bins)} for count in _TRIED))
    (read,) = run("", [{spec.name: make_input(spec) for spec in case}])
    length = next(read[each.output] for each in made.crossing if each.output).shape[1]
    ones = np.ones((1, length), np.int64)
    given: dict[str, Array] = {each.input: read[each.output] if each.output else ones for each in made.crossing}
    given |= {each.name: make_input(GoldenInput(name=each.name, type=each.type, dims=each.dims, data=each.data))
              for each in made.constants}  # fmt: skip
    states = {state.input: np.zeros(state.dims, DTYPES[state.type]) for state in (made.sequence, *made.state)}
    calls = []
    for place in range(1 + _LATER):
        branch = {made.branch: np.array([place > 0])} if made.branch else {}
        calls.append({**given, **states, **branch})
        (found,) = run(name, calls[-1:])
        states |= {each.input: found[each.output] for each in (made.sequence, *made.state) if not (each.once and place)}
    return Steps(tuple(calls))


def _spoken(count: int, bins: int) -> Array:
    """Frames as loud as those of speech, the same each time."""
    rows = golden.uniform(1, count * bins).reshape(count, bins)
    return np.asarray(-6 + 4 * rows, np.float32)


def rate_of(about: Mapping[str, Any], config: Mapping[str, Any]) -> Said | None:
    """Samples a second, by the settings of sounds or of the model."""
    for name, found in (("preprocessor_config.json", about), ("config.json", config)):
        rate = found.get("sampling_rate")
        if isinstance(rate, int) and not isinstance(rate, bool) and rate > 0:
            return Said("rate", rate, "file", name)
    return None
