"""Token ids as the inputs of a model: which of them take them, and the arrays of a text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edgeweb import recipe
from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.schema.language import TextInputs, TextState
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.language import inputs
from edgeweb.tasks.language.inputs import Beside
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.text.kind import TEXT
from edgeweb.tasks.text.settings import TextConfig
from worded import text_models


def test_the_inputs_of_a_decoder(tmp_path: Path) -> None:
    info, plan = recipe.detect(text_models.decoder(tmp_path))
    assert plan.kind is TEXT
    reads = plan.spec.pipeline.inputs
    assert isinstance(reads, TextInputs)
    assert [(state.input, state.output, state.dims) for state in reads.state] == [
        ("past_key_values.0.key", "present.0.key", [1, 2, 0, 4]),
        ("past_key_values.0.value", "present.0.value", [1, 2, 0, 4]),
    ]
    feeds = inputs.feed(reads, [5, 6, 7])
    assert set(feeds) == {each.name for each in info.inputs}
    assert feeds["position_ids"].tolist() == [[0, 1, 2]]
    assert plan.spec.writer.stops == [0]


def test_a_fixed_number_of_tokens_is_filled() -> None:
    reads = TextInputs(ids="ids", type="int32", mask="mask", length=5, pad=9)
    feeds = inputs.feed(reads, [1, 2, 3])
    assert feeds["ids"].tolist() == [[1, 2, 3, 9, 9]]
    assert feeds["mask"].tolist() == [[1, 1, 1, 0, 0]]
    assert feeds["ids"].dtype == np.int32


def ints(name: str, *shape: int | str, kind: Any = "int64") -> TensorInfo:
    return TensorInfo(name=name, type=kind, shape=list(shape))


IDS, MASK = ints("input_ids", "batch", "tokens"), ints("attention_mask", "batch", "tokens")


@pytest.mark.parametrize(
    ("infos", "reads"),
    [
        ([IDS, MASK], {"ids": "input_ids", "mask": "attention_mask"}),
        (
            [ints("segment_ids", 1, 8), ints("tokens", 1, 8, kind="int32"), ints("position_ids", 1, 8)],
            {"ids": "tokens", "types": "segment_ids", "positions": "position_ids", "type": "int32", "length": 8},
        ),
        # TensorFlow's names, which the run still needs whole.
        (
            [ints("serving_default_input_word_ids:0", "n", "t"), ints("serving_default_input_mask:0", "n", "t")],
            {"ids": "serving_default_input_word_ids:0", "mask": "serving_default_input_mask:0"},
        ),
        # The only input of a model with a tokenizer beside it, whatever it is called.
        ([ints("x", "n", "t")], {"ids": "x"}),
        ([IDS, TensorInfo(name="use_cache_branch", type="bool", shape=[1])], {"branch": "use_cache_branch"}),
    ],
)
def test_inputs_that_take_the_ids_of_a_text(infos: Any, reads: dict[str, Any], words: Language) -> None:
    found = inputs.inputs(infos, [], words)
    assert isinstance(found, TextInputs) and found.pad == 3
    assert {key: getattr(found, key) for key in reads} == reads


@pytest.mark.parametrize(
    ("infos", "why"),
    [
        ([ints("x", "n", "t"), ints("y", "n", "t")], None),
        ([ints("input_ids", "n")], None),
        ([ints("input_ids", "n", "t", kind="float32")], None),
        ([TensorInfo(name="input_ids", type="int64", shape=None)], None),
        ([ints("x", "n", "t", "k")], None),
        ([ints("input_ids", 2, "t")], "takes 2 texts at once"),
        ([IDS, ints("pixel_values", 1, 3)], 'input "pixel_values" is neither token ids nor what belongs to them'),
        ([IDS, ints("use_cache_branch", 1)], "neither token ids"),
        ([IDS, ints("past_key_values.0.key", "n", 2, "t", 4, kind="float32")], "neither token ids"),
    ],
)
def test_inputs_that_take_no_ids_or_more_than_these(infos: Any, why: str | None, words: Language) -> None:
    found = inputs.inputs(infos, [], words)
    assert found is None if why is None else why in str(found)


def test_without_a_tokenizer_a_lone_input_is_no_text() -> None:
    assert inputs.inputs([ints("x", "n", "t")], [], None) is None
    assert "there is no tokenizer.json" in str(inputs.inputs([IDS], [], None))


@pytest.mark.parametrize(
    ("output", "shape", "dims"),
    [
        ("present.0.key", ["batch", 2, "past", 4], [1, 2, 0, 4]),
        ("present_key_values.0.key", ["b", 2, "past", 4], [1, 2, 0, 4]),
        # Of the axes behind the first only one that is called after the batch, and not after the tokens.
        ("present.0.key", [2, "batch", "batch_seq", 4], [2, 1, 0, 4]),
        ("present.0.value", ["b", 2, "past", 4], None),
    ],
)
def test_what_a_decoder_keeps_is_empty_along_its_tokens(output: str, shape: Any, dims: Any, words: Language) -> None:
    past = ints("past_key_values.0.key", *shape, kind="float16")
    found = inputs.inputs([IDS, past], [ints(output, 1, kind="float16")], words)
    if dims is None:
        assert "neither token ids" in str(found)
    else:
        assert isinstance(found, TextInputs)
        assert found.state == [TextState(input=past.name, output=output, type="float16", dims=dims)]


def test_a_text_is_cut_to_a_fixed_length_and_everything_is_fed() -> None:
    kept = TextState(input="past", output="present", type="float16", dims=[1, 2, 0, 4])
    reads = TextInputs(ids="i", type="int64", types="t", positions="p", mask="m", length=2, branch="b", state=[kept])
    feed = inputs.feed(reads, [5, 6, 7])
    assert {name: array.tolist() for name, array in feed.items() if name != "past"} == {
        "i": [[5, 6]], "t": [[0, 0]], "p": [[0, 1]], "m": [[1, 1]], "b": [False],
    }  # fmt: skip
    assert (feed["past"].shape, feed["past"].dtype) == ((1, 2, 0, 4), np.float16)


def test_a_tokenizer_that_merely_lies_there_is_nobodys_fault(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    model, asked = tmp_path / "model.onnx", Config(text=TextConfig(tokenizer="tokenizer.json"))
    found = inputs.beside([IDS], [], model, Config(), tmp_path)
    assert found.language is None and "the tokenizer beside it cannot be used" in str(found.reads)
    assert inputs.beside([ints("x", 1)], [], model, Config(), tmp_path) == Beside(None, None)
    floats = [TensorInfo(name="x", type="float32", shape=[1, 4])]
    assert inputs.beside(floats, [], model, Config(), tmp_path) == Beside(None, None)
    with pytest.raises(ConfigError, match="is not a tokenizer"):
        inputs.beside(floats, [], model, asked, tmp_path)


def test_a_blank_is_put_into_sentences_of_models_that_fill_one(words: Language) -> None:
    reads = TextInputs(ids="i", type="int64")
    plain, blank = (inputs.made_up(reads, words, each) for each in (False, True))
    assert len(plain) == len(blank) == len(inputs.SENTENCES)
    assert [4 in feed["i"] for feed in plain] == [False] * 8 and all(4 in feed["i"] for feed in blank)


def test_cases_are_a_sentence_and_a_word(words: Language) -> None:
    reads = TextInputs(ids="input_ids", type="int64")
    first, second = inputs.cases(Beside(words, reads), [IDS])
    assert first[0].dims[1] > second[0].dims[1] == 3
    assert inputs.cases(Beside(words, "no ids"), [IDS]) == inputs.cases(Beside(None, reads), [IDS]) == ()


def test_prose_is_for_a_model_of_one_text() -> None:
    text, number = ints("t", "n", kind="string"), ints("x", "n")
    assert list(inputs.prose([text])) == ["t"]
    assert inputs.prose([text, number]) == inputs.prose([text, text]) == inputs.prose([]) == {}
