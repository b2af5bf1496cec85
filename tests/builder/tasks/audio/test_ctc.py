"""How a recogniser's tokens are written, from the files of its tokenizer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from edgeweb import config
from edgeweb.errors import ConfigError
from edgeweb.read import probe
from edgeweb.tasks import choose
from edgeweb.tasks.audio import ctc, own_length, published
from edgeweb.tasks.plan import Plan, Seen
from signals import identity
from tiny import FLOAT, as_model

LETTERS = {"<pad>": 0, "<s>": 1, "|": 2, "A": 3, "B": 4}
CONV = {"conv_kernel": [10, 3, 2], "conv_stride": [5, 2, 2]}


def written(folder: Path, **files: Any) -> Path:
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


def test_tokens_of_a_vocabulary(tmp_path: Path) -> None:
    added = {"5": {"content": "<unk>"}, "1": {"content": "<begin>"}}
    about = {"pad_token": {"content": "<pad>"}, "do_lower_case": True, "added_tokens_decoder": added}
    found = ctc.read(written(tmp_path, vocab=LETTERS, tokenizer_config=about), CONV)
    assert found.tokens == ["<pad>", "<begin>", "|", "A", "B", "<unk>"]
    assert (found.blank, found.delimiter, found.space, found.lower, found.tidy) == ("<pad>", "|", " ", True, False)
    assert found.ratio == 20


def test_gaps_are_unknown_and_special_tokens_stand_in_a_map(tmp_path: Path) -> None:
    special = {"pad_token": "[PAD]", "unk_token": {"content": "[UNK]"}}
    files = {"vocab": {"[PAD]": 0, "x": 2}, "special_tokens_map": special, "tokenizer_config": {}}
    found = ctc.read(written(tmp_path, **files), {})
    assert (found.tokens, found.blank, found.unknown, found.ratio) == (["[PAD]", "[UNK]", "x"], "[PAD]", "[UNK]", 1)


def test_one_language_of_several(tmp_path: Path) -> None:
    nested = {"deu": {"<pad>": 0, "ä": 1}, "eng": {"<pad>": 0, "a": 1}}
    found = ctc.read(written(tmp_path, vocab=nested, tokenizer_config={"target_lang": "deu"}), {})
    assert found.tokens == ["<pad>", "ä"]
    with pytest.raises(ConfigError, match="several languages, and target_lang says none of them"):
        ctc.read(written(tmp_path, vocab=nested, tokenizer_config={"target_lang": "fra"}), {})


def test_a_whole_tokenizer(tmp_path: Path) -> None:
    decoder = {"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": True}
    found = ctc.read(written(tmp_path, tokenizer={"decoder": decoder, "model": {"vocab": LETTERS}}), CONV)
    assert (found.tokens[3], found.blank, found.tidy) == ("A", "<pad>", True)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "has no vocab.json. the model gives tokens of speech"),
        ({"tokenizer": {"decoder": {"type": "BPE"}, "model": {"vocab": LETTERS}}}, "has no vocab.json"),
        ({"vocab": {"a": "b"}}, "its ids are no small numbers"),
        ({"vocab": {"a": -1}}, "its ids are no small numbers"),
        ({"vocab": {}}, "its ids are no small numbers"),
        ({"vocab": [1]}, "it holds no json object"),
        ({"vocab": LETTERS, "tokenizer_config": {"tokenizer_class": "Wav2Vec2PhonemeCTCTokenizer"}}, "is not known"),
    ],
)
def test_what_cannot_be_written(tmp_path: Path, files: Any, said: str) -> None:
    with pytest.raises(ConfigError) as told:
        ctc.read(written(tmp_path, **files), {})
    assert said in str(told.value).lower()


def test_the_samples_of_one_frame() -> None:
    assert ctc.least({"conv_kernel": [10, 3, 3, 3, 3, 2, 2], "conv_stride": [5, 2, 2, 2, 2, 2, 2]}) == 400
    assert ctc.least({"conv_kernel": [10, "x"], "conv_stride": [5, 2]}) == 1
    assert ctc.least({}) == 1


WAVE = {"feature_extractor_type": "Wav2Vec2FeatureExtractor", "sampling_rate": 16000}


def planned(folder: Path, outputs: Any, **more: Any) -> Plan:
    written(folder, preprocessor_config=WAVE, config={"architectures": ["HubertForCTC"], **CONV}, vocab=LETTERS, **more)
    settings = published.configured(config.Config(), folder)
    proto = identity([("input_values", FLOAT, ["batch", "samples"])], [("logits", FLOAT, outputs)])
    info = probe.inspect_model(as_model(proto))
    beside = {"audio": own_length.beside(settings, folder)}
    return choose.choose(Seen(proto, info.inputs, info.outputs, info.operators, (), "", (), beside=beside), settings)


def test_a_folder_says_how_its_speech_is_written(tmp_path: Path) -> None:
    plan = planned(tmp_path, ["batch", "frames", 5])
    found = plan.spec
    assert (plan.task, found.result, found.ctc.tokens) == ("automatic-speech-recognition", "transcript", [*LETTERS])
    # Of a longer sound 30 seconds at a time, in whole frames, which have 5 in common.
    assert (found.whole.least, found.whole.most, found.whole.cut) == (30, published.LONGEST, False)
    assert (found.whole.piece, found.whole.margin) == (480_000, 80_000)


def test_scores_that_are_none_of_each_frame(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has not the shape of scores for each frame"):
        planned(tmp_path, ["batch", 5])


def test_a_task_of_the_users_own_needs_no_tokens(tmp_path: Path) -> None:
    settings = msgspec.convert({"task": "tensors"}, config.Config)
    assert own_length.beside(published.configured(settings, tmp_path), tmp_path) == own_length.Known()
