"""Models that speak, by the files beside them, and how texts become letters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edgeweb import config
from edgeweb.errors import ConfigError
from edgeweb.read import probe
from edgeweb.tasks import choose
from edgeweb.tasks.plan import Plan, Seen
from edgeweb.tasks.speech import detect, kind, letters
from edgeweb.tasks.speech.manifest import SpeechPipeline
from signals import identity
from tiny import FLOAT, INT64, as_model

LETTERS = {"_": 0, "a": 1, "b": 2, " ": 3, "B": 4, "<unk>": 6}
ABOUT = {
    "add_blank": True, "normalize": True, "phonemize": False, "pad_token": "_", "unk_token": "<unk>",
    "added_tokens_decoder": {"0": {"content": "_"}, "6": {"content": "<unk>"}},
}  # fmt: skip
VITS = {"architectures": ["VitsModel"], "sampling_rate": 22_050}
IDS = [("input_ids", INT64, ["batch", "ids"]), ("attention_mask", INT64, ["batch", "ids"])]


def planned(folder: Path, inputs: Any = IDS, **files: Any) -> Plan:
    for name, content in {"config": VITS, "vocab": LETTERS, "tokenizer_config": ABOUT, **files}.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    proto = identity(inputs, [("waveform", FLOAT, ["batch", "samples"])])
    info = probe.inspect_model(as_model(proto))
    beside = {"speech": detect.beside(folder, config.Config())}
    seen = Seen(proto, info.inputs, info.outputs, info.operators, (), "", (), beside=beside)
    return choose.choose(seen, config.Config())


def test_a_folder_says_what_it_speaks(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    found = plan.spec.pipeline
    assert (plan.task, found.output, found.rate, found.mask) == ("text-to-speech", "waveform", 22_050, "attention_mask")
    assert (found.letters, found.unknown, found.blank, found.lower) == (LETTERS, 6, 0, True)
    assert {said.source for said in plan.evidence} == {"file"}


@pytest.mark.parametrize(
    ("text", "over", "ids"),
    [
        ("A, b!", {}, [0, 1, 0, 3, 0, 2, 0]),
        ("Bb", {}, [0, 4, 0, 2, 0]),
        ("ab", {"blank": None}, [1, 2]),
        ("a_b", {}, [0, 1, 0, 0, 0, 2, 0]),
        ("aZ", {"lower": False}, [0, 1, 0, 6, 0]),
        ("<unk>a", {"lower": False}, [6, 0, 1, 0]),
        ("?", {}, []),
        # A vocabulary's own word keeps its letters large, and is taken apart after that.
        ("<UNK>", {"apart": {}}, []),
    ],
)
def test_ids_of_letters(text: str, over: dict[str, Any], ids: list[int]) -> None:
    said: dict[str, Any] = {"letters": LETTERS, "apart": {"_": 0, "<unk>": 6}, "unknown": 6, "blank": 0, **over}
    pipeline = SpeechPipeline(input="x", type="int64", output="y", rate=1, **said)
    assert letters.ids(text, pipeline) == ids


def test_of_several_voices_the_first_speaks(tmp_path: Path) -> None:
    plan = planned(tmp_path, [*IDS, ("speaker_id", INT64, [1])])
    feed = kind._feed(plan.spec, "b")
    assert feed["speaker_id"].tolist() == [0] and feed["input_ids"].tolist() == [[0, 2, 0]]
    assert np.array_equal(feed["attention_mask"], [[1, 1, 1]])


@pytest.mark.parametrize(
    ("files", "inputs", "why"),
    [
        ({"tokenizer_config": {**ABOUT, "phonemize": True}}, IDS, "have to become phonemes first"),
        ({}, [*IDS, ("pitch", FLOAT, [1])], 'what the input "pitch" takes is not known'),
        ({"config": {**VITS, "sampling_rate": "x"}}, IDS, "of a known rate"),
        ({"config": {"architectures": ["BertModel"]}}, IDS, "no tokenizer.json"),
    ],
)
def test_what_cannot_speak_here_is_told(tmp_path: Path, files: Any, inputs: Any, why: str) -> None:
    plan = planned(tmp_path, inputs, **files)
    assert plan.task == "tensors"
    assert files.get("config", VITS) is not VITS or any(why in reason for reason in plan.reasons)


def test_a_vocabulary_that_is_missing_or_damaged(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="ts ids are no small numbers"):
        planned(tmp_path, vocab={"a": "b"})
    (tmp_path / "vocab.json").unlink()
    with pytest.raises(ConfigError, match=r"has no vocab\.json"):
        detect.beside(tmp_path, config.Config())
