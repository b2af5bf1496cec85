"""Models of an encoder and a decoder: what they write, what stands before a text, and in which languages."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tokenizers
from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.schema.language import Forced
from edgeweb.tasks.language import inputs, tokenizer
from edgeweb.tasks.plan import Further, Recognised
from edgeweb.tasks.text import crossed
from edgeweb.tasks.text.spec import TextSpec
from msgspec import convert
from planned import I64, F, flat, seen

WORDS = ["<pad>", "</s>", "<unk>", "en_XX", "de_DE", "pt_PT", "pt_BR", "hello"]
ENCODER = flat(
    {"input_ids": (I64, ["b", "n"]), "attention_mask": (I64, ["b", "n"])}, {"last_hidden_state": (F, ["b", "n", 8])}
)
DECODER = flat(
    {
        "input_ids": (I64, ["b", "n"]), "encoder_hidden_states": (F, ["b", "m", 8]),
        "encoder_attention_mask": (I64, ["b", "m"]), "past_key_values.0.decoder.key": (F, ["b", 2, "past", 4]),
    },
    {"logits": (F, ["b", "n", 8]), "present.0.decoder.key": (F, ["b", 2, "all", 4])},
)  # fmt: skip
T5 = {"architectures": ["T5ForConditionalGeneration"], "relative_attention_num_buckets": 32, "n_positions": 64}
ASKED = {
    "summarization": {"prefix": "summarize: ", "num_beams": 4, "min_length": 30, "max_length": 200},
    "translation_en_to_de": {"prefix": "to German: "}, "translation_en_to_fr": {"prefix": "to French: "},
}  # fmt: skip


def made(
    folder: Path,
    config: dict[str, Any],
    generation: dict[str, Any] | None = None,
    about: dict[str, Any] | None = None,
    **said: Any,
) -> TextSpec:
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel({word: i for i, word in enumerate(WORDS)}, "<unk>"))
    words.post_processor = tokenizers.processors.TemplateProcessing(
        single="en_XX $A </s>", pair="en_XX $A $B </s>", special_tokens=[("en_XX", 3), ("</s>", 1)]
    )
    words.save(str(folder / "tokenizer.json"))
    for name, content in {
        "config": {"decoder_start_token_id": 0, "eos_token_id": 1, "pad_token_id": 0, **config},
        "generation_config": {"eos_token_id": 1, **(generation or {})},
        "tokenizer_config": about or {},
        "special_tokens_map": {"additional_special_tokens": WORDS[3:7] if "MBart" in str(config) else []},
    }.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    settings = convert(said, Config)
    found = tokenizer.find(folder / "encoder_model.onnx", settings, folder)
    whole, part = seen(ENCODER), seen(DECODER)
    reads = inputs.inputs(whole.inputs, whole.outputs, found)
    assert found is not None and not isinstance(reads, str | None)
    whole = replace(whole, parts={"decoder_model": Further(DECODER, part.inputs, part.outputs)})
    answer = crossed.answers(whole, settings, found, reads, "decoder_model")
    assert isinstance(answer, Recognised), answer
    spec: TextSpec = answer.spec
    assert spec.writer is not None and answer.parts == ("decoder_model",)
    return spec


@pytest.mark.parametrize(
    ("said", "prompt", "beams"),
    [
        ({}, "", 1),
        ({"task": "summarization"}, "summarize: ", 4),
        ({"task": "translation"}, "", 1),
        ({"task": "translation", "text": {"language": "fr"}}, "to French: ", 1),
        ({"task": "summarization", "text": {"prefix": "short: "}}, "short: ", 4),
    ],
)
def test_what_stands_before_a_text(said: dict[str, Any], prompt: str, beams: int, tmp_path: Path) -> None:
    spec = made(tmp_path, {**T5, "task_specific_params": ASKED}, **said)
    assert spec.writer is not None
    assert (spec.pipeline.prompt, spec.writer.sampling.beams) == (prompt, beams)
    assert (spec.writer.sampling.max_length, spec.writer.sampling.min_length) == ((200, 30) if beams > 1 else (None, 0))
    # Places by their distance have no end, whatever the configuration calls positions.
    assert spec.writer.limit > 1000 and spec.pipeline.languages is None


def test_where_it_begins_and_ends(tmp_path: Path) -> None:
    generation = {
        "decoder_start_token_id": 5, "eos_token_id": [1, 2], "forced_bos_token_id": 4, "forced_eos_token_id": 1,
        "bad_words_ids": [[0], [3, 4], [1]], "max_length": 20, "num_beams": 3, "early_stopping": True,
        "encoder_no_repeat_ngram_size": 3, "encoder_repetition_penalty": 1.2,
    }  # fmt: skip
    config = {"architectures": ["BartForConditionalGeneration"], "max_position_embeddings": 48}
    writer = made(tmp_path, config, generation).writer
    assert writer is not None
    assert (writer.start, writer.stops, writer.limit) == ([5], [1, 2], 48)
    assert (writer.forced, writer.forced_end) == ([Forced(place=1, id=4)], 1)
    assert (writer.suppress, writer.banned) == ([0], [[3, 4]])
    # Twenty in all is what stands there where nobody says anything.
    assert (writer.sampling.max_length, writer.sampling.beams, writer.sampling.early_stopping) == (None, 3, True)
    assert (writer.sampling.read_no_repeat_ngrams, writer.sampling.read_repetition_penalty) == (3, 1.2)


def test_the_languages_of_a_model_are_those_of_its_tokenizer(tmp_path: Path) -> None:
    config = {"architectures": ["MBartForConditionalGeneration"], "max_position_embeddings": 48}
    spoken = made(tmp_path, config, {"forced_bos_token_id": 4}).pipeline.languages
    assert spoken is not None
    assert (spoken.ids["pt_BR"], len(spoken.ids), spoken.source, spoken.target) == (6, 4, "en_XX", "de_DE")
    spoken = made(tmp_path, config, text={"source": "de", "language": "pt_BR"}).pipeline.languages
    assert spoken is not None and (spoken.source, spoken.target) == ("de_DE", "pt_BR")
    spoken = made(tmp_path, config, about={"src_lang": "pt_PT", "tgt_lang": "pt_BR"}).pipeline.languages
    assert spoken is not None and (spoken.source, spoken.target) == ("en_XX", "pt_BR")
    spoken = made(tmp_path, config, {"forced_bos_token_id": 4}, {"tgt_lang": "xx"}).pipeline.languages
    assert spoken is not None and spoken.target == "de_DE"
    with pytest.raises(ConfigError, match=r'no language "pt"'):
        made(tmp_path, config, text={"language": "pt"})
