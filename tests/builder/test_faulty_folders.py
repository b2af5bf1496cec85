"""A damaged, missing or foreign file in a folder: one sentence that names it, or less is claimed than without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import faulted
import pytest
from edgeweb import recipe
from edgeweb.errors import EdgewebError
from edgeweb.tasks.plan import Plan
from faulted import HUB, Fault

pytestmark = pytest.mark.skipif(not HUB.is_dir(), reason=f"the folders of the Hub are not at {HUB}")
# Numbers as they are; of two halves the one that is there.
LESS = ("tensors", "text-regression", "image-regression", "image-embedding", "text-embedding")
FEW = ("bert-mlm", "vit", "segformer", "whisper")
ALL = (
    "bert-cls", "bert-ner", "bert-qa", "bert-mlm", "bert-rerank", "bert-st", "gpt2", "llama-chat", "t5", "bart", "vit",
    "vit-embed", "detr5", "segformer", "dpt", "swin2sr", "clip", "clip-split", "whisper", "wav2vec2-ctc",
    "wav2vec2-cls", "ast", "trocr", "vits", "bert-cls-hub", "llama-chat-hub", "llama-genai-int4", "yolos2", "resnet",
)  # fmt: skip

Look = Callable[[Path], Plan]


def untried(home: Path) -> Plan:
    """The task as far as it is told without a run."""
    return recipe.detect(home)[1]


def tried(home: Path) -> Plan:
    """The task of `edgeweb build`."""
    return recipe.inspected(home).plan


def wrong(faults: Iterator[Fault], home: Path, look: Look) -> list[str]:
    """Of each fault what is neither a sentence about the file nor a smaller claim."""
    found: list[str] = []
    for number, fault in enumerate(faults):
        place = faulted.copied(fault.folder, home / str(number))
        if number == 0:
            own = look(place)
        fault.make(place / fault.file)
        try:
            plan = look(place)
        except EdgewebError as error:
            if error.exit_code != 2 or not _names(str(error), fault):
                found.append(f"{fault}: {error}")
            continue
        named = set(plan.labels) <= set(own.labels) or fault.file == "config.json"
        if plan.task not in (own.task, *LESS) or not named:
            found.append(f"{fault}: {plan.task} {plan.labels}")
    return found


def _names(sentence: str, fault: Fault) -> bool:
    """Whether one line tells of the file; of a single graph that is gone only the kind can be told."""
    gone = fault.what in ("missing", "a folder") and ".onnx" in sentence
    return "\n" not in sentence and (Path(fault.file).name in sentence or gone)


@pytest.mark.parametrize(("name", "others"), [("bert-ner", FEW), ("dpt", FEW), ("whisper", ("bart",))])
def test_whatever_is_wrong_with_one_file_nothing_else_is_claimed(
    name: str, others: tuple[str, ...], tmp_path: Path
) -> None:
    assert wrong(faulted.faults(name, others), tmp_path, untried) == []


@pytest.mark.thorough
@pytest.mark.parametrize("name", ALL)
def test_the_same_of_every_folder(name: str, tmp_path: Path) -> None:
    assert wrong(faulted.faults(name), tmp_path, untried) == []


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["bert-mlm", "segformer", "detr5", "t5", "wav2vec2-ctc"])
def test_a_run_shows_no_more_than_is_so(name: str, tmp_path: Path) -> None:
    assert wrong(faulted.faults(name, FEW), tmp_path, tried) == []


@pytest.mark.parametrize(
    ("name", "file", "other"),
    [
        ("bert-ner", "config.json", "bert-mlm"),
        ("bert-ner", "config.json", "bert-cls"),
        ("bert-cls", "config.json", "bert-qa"),
        ("bert-mlm", "model.onnx", "bert-ner"),
        ("bert-ner", "tokenizer_config.json", "gpt2"),
        ("bert-cls", "vocab.txt", "bert-qa"),
        ("dpt", "config.json", "swin2sr"),
        ("dpt", "config.json", "vit"),
        ("vit", "config.json", "vits"),
        ("vit", "preprocessor_config.json", "whisper"),
        ("ast", "preprocessor_config.json", "vit"),
        ("ast", "config.json", "wav2vec2-cls"),
        ("wav2vec2-ctc", "model.onnx", "wav2vec2-cls"),
        ("t5", "config.json", "bert-cls"),
        ("t5", "decoder_model_merged.onnx", "bart"),
        ("whisper", "decoder_model_merged.onnx", "bart"),
        ("whisper", "encoder_model.onnx", "t5"),
    ],
)
def test_a_foreign_file_is_named(name: str, file: str, other: str, tmp_path: Path) -> None:
    fault = faulted.swapped(name, file, other)
    home = faulted.copied(name, tmp_path / "model")
    fault.make(home / file)
    with pytest.raises(EdgewebError) as caught:
        untried(home)
    assert caught.value.exit_code == 2 and file in str(caught.value), caught.value


@pytest.mark.parametrize(
    ("name", "spoil", "words"),
    [
        ("vit", lambda text: text.replace('"height": 32', '"height": 64').replace('"width": 32', '"width": 64'),
         ["model.onnx takes no pictures of 64 x 64", "preprocessor_config.json"]),
        ("ast", lambda text: text.replace('"num_mel_bins": 128', '"num_mel_bins": 64'),
         ["preprocessor_config.json does not fit the model", "makes 64 values a frame"]),
    ],
)  # fmt: skip
def test_settings_on_which_it_does_not_run_are_named(
    name: str, spoil: Callable[[str], str], words: list[str], tmp_path: Path
) -> None:
    home = faulted.copied(name, tmp_path / "model")
    path = home / "preprocessor_config.json"
    text = spoil(path.read_text())
    path.unlink()
    path.write_text(text)
    with pytest.raises(EdgewebError) as caught:
        tried(home)
    assert all(word in str(caught.value) for word in words) and "[audio] makes" not in str(caught.value)


def test_weights_that_are_no_numbers_are_named(tmp_path: Path) -> None:
    home = faulted.copied("bert-cls", tmp_path / "model")
    next(each for each in faulted.faults("bert-cls", ()) if each.what == "of NaN").make(home / "model.onnx")
    failed = recipe.inspected(home).failed
    assert failed is not None and "model.onnx gives no numbers" in str(failed)
