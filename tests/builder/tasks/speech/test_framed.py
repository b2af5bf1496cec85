"""Models that speak frame by frame: what the folder has to hold, and what is fed to each graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from edgeweb.inputs.arrays import Feed
from edgeweb.inputs.golden import Array
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Further, Recognised, Seen
from edgeweb.tasks.speech import detect, framed
from edgeweb.tasks.speech.voices import Voice
from planned import I64, B, F, flat, seen

VOICE = Voice("speaker_embeddings.npy", np.ones((1, 4), np.float32))
CONFIG = {"num_mel_bins": 8, "reduction_factor": 2, "max_speech_positions": 90, "max_text_positions": 30}
ENCODER = flat(
    {"input_ids": (I64, [1, "n"])},
    {"encoder_outputs": (F, [1, "n", 6]), "encoder_attention_mask": (I64, [1, "n"])},
)
TAKES: dict[str, tuple[int, list[int | str]]] = {
    "encoder_attention_mask": (I64, [1, "n"]), "encoder_hidden_states": (F, [1, "n", 6]),
    "output_sequence": (F, [1, "t", 8]), "speaker_embeddings": (F, [1, 4]),
    "past_key_values.0.decoder.key": (F, ["batch_size", 2, "past_decoder_sequence_length", 3]),
    "past_key_values.0.encoder.key": (F, ["batch_size", 2, "encoder_sequence_length_out", 3]),
    "use_cache_branch": (B, [1]),
}  # fmt: skip
GIVES = ("output_sequence_out", "spectrum", "prob", "present.0.decoder.key", "present.0.encoder.key")


def further(takes: Mapping[str, Any], gives: Sequence[str]) -> Further:
    proto = flat(dict(takes), {name: (F, [None]) for name in gives})
    part = seen(proto)
    return Further(proto, part.inputs, part.outputs)


VOCODER = further({"spectrogram": (F, ["frames", 8])}, ["waveform"])


def folder(words: Language | None, takes: Mapping[str, Any] = TAKES, **parts: Further | None) -> Seen:
    graphs = {"decoder_model_merged": further(takes, GIVES), "decoder_postnet_and_vocoder": VOCODER, **parts}
    return replace(seen(ENCODER), language=words, parts={name: part for name, part in graphs.items() if part})


def found(**more: Any) -> detect.Beside:
    return detect.Beside(framed.ARCHITECTURE, config=CONFIG, voice=VOICE, **more)


def test_a_folder_says_how_it_speaks(words: Language) -> None:
    plan = detect.detect(folder(replace(words, config=CONFIG)), found())
    assert isinstance(plan, Recognised), plan
    assert plan.parts == ("decoder_model_merged", "decoder_postnet_and_vocoder")
    made = plan.spec.pipeline.frames
    assert (made.ratio, made.limit, made.branch, plan.spec.language.limit) == (10.0, 90, "use_cache_branch", 30)
    assert {each.input: each.output for each in made.crossing} == {
        "encoder_attention_mask": "encoder_attention_mask", "encoder_hidden_states": "encoder_outputs",
    }  # fmt: skip
    assert [(each.output, each.dims, each.once) for each in made.state] == [
        ("present.0.decoder.key", [1, 2, 0, 3], False), ("present.0.encoder.key", [1, 2, 0, 3], True),
    ]  # fmt: skip
    sources = {each.claim: each.source for each in plan.evidence}
    assert (sources["task"], sources["preprocessing"], sources["rate"]) == ("file", "file", "assumed")


def test_the_rate_is_that_of_its_sounds() -> None:
    rate = framed.rate_of({"sampling_rate": 22_050}, {"sampling_rate": 8000})
    assert rate is not None and (rate.value, rate.origin) == (22_050, "preprocessor_config.json")
    assert framed.rate_of({}, {"sampling_rate": True}) is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"decoder_postnet_and_vocoder": None}, "there is no vocoder beside it"),
        ({"decoder_model_merged": None}, "there is no decoder beside it"),
        ({"takes": {name: info for name, info in TAKES.items() if "past" not in name}}, "decoder_with_past_model.onnx"),
        ({"takes": {**TAKES, "pitch": (F, [1])}}, 'what the input "pitch"'),
        ({"words": None}, "there is no tokenizer.json"),
    ],
)
def test_what_is_missing_is_said(change: dict[str, Any], why: str, words: Language) -> None:
    answer = detect.detect(folder(**{"words": words, **change}), found())
    assert isinstance(answer, str) and why in answer


def test_numbers_that_have_to_become_words_are_told(words: Language) -> None:
    beside = detect.Beside(framed.ARCHITECTURE, said="its texts' numbers have to become English words first")
    assert detect.detect(folder(words), beside) == "its texts' numbers have to become English words first"


def test_frames_go_on_from_those_before(words: Language) -> None:
    plan = detect.detect(folder(words), found())
    assert isinstance(plan, Recognised), plan

    def run(name: str, feeds: Sequence[Feed]) -> list[Mapping[str, Array]]:
        if not name:
            return [{"encoder_outputs": np.ones((1, 3, 6), np.float32), "encoder_attention_mask": np.ones((1, 3))}]
        frames = feeds[0]["output_sequence"].shape[1]
        kept = {each: np.full((1, 2, frames, 3), frames, np.float32) for each in GIVES if each.startswith("present")}
        return [{**kept, "output_sequence_out": np.zeros((1, frames + 1, 8), np.float32)}]

    calls = framed.steps(plan.spec.pipeline, "decoder_model_merged", (), run).feeds
    assert [each["output_sequence"].shape[1] for each in calls] == [1, 2, 3]
    assert [bool(each["use_cache_branch"][0]) for each in calls] == [False, True, True]
    assert [each["past_key_values.0.decoder.key"].shape[2] for each in calls] == [0, 1, 2]
    assert [each["past_key_values.0.encoder.key"].shape[2] for each in calls] == [0, 1, 1], "it is read once"
    heard = framed.steps(plan.spec.pipeline, "decoder_postnet_and_vocoder", (), run).feeds
    assert all(each["spectrogram"].shape[1] == 8 for each in heard)
