"""A folder as a model: which of its graphs are taken, and one sentence for whatever is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest
from edgeweb import cli, recipe
from edgeweb.errors import EdgewebError
from edgeweb.read import folder, model, tensors
from foldered import BERT, POINTER, T5, WHISPER, outside, written
from tiny import linear, proto_of, saved, value


def said(home: Path) -> str:
    with pytest.raises(EdgewebError) as caught:
        model.load(folder.lead(home))
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_the_most_exact_file_of_each_role_is_taken(tmp_path: Path) -> None:
    names = [
        "model_q4f16",
        "model_quantized",
        "model_fp16",
        "model_qint8_avx512_vnni",
        "model",
        "model_O4",
        "model_bf16",
    ]
    written(tmp_path, {f"onnx/{name}.onnx": None for name in names})
    found = folder.opened(tmp_path)
    assert list(found.graphs) == ["model"] and found.lead.name == "model.onnx"
    order = ["model_fp16", "model_O4", "model_qint8_avx512_vnni", "model_quantized", "model_q4f16", "model_bf16"]
    assert [file.stem for file in found.others["model"]] == order
    told = " ".join(folder.notes(found.lead))
    assert "model.onnx is the model, the most exact" in told
    assert all(f"{name}.onnx" in told for name in order) and "wasm" in told and "WebGPU" in told
    assert "as it was given" in folder.notes(found.others["model"][0])[0]
    assert folder.notes(saved(tmp_path / "alone", linear())) == ()


def test_a_merged_decoder_stands_for_both_but_not_for_more_exact_ones(tmp_path: Path) -> None:
    both = {"encoder_model.onnx": None, "decoder_model.onnx": None, "decoder_with_past_model.onnx": None}
    exact = written(tmp_path / "a", {**both, "decoder_model_merged.onnx": None})
    assert list(folder.opened(exact).graphs) == ["encoder_model", "decoder_model_merged"]
    coarse = written(tmp_path / "b", {**both, "decoder_model_merged_q4.onnx": None})
    assert list(folder.opened(coarse).graphs) == ["encoder_model", "decoder_model", "decoder_with_past_model"]


@pytest.mark.parametrize("spoil", ["large", "missing", "pointer"])
def test_where_the_most_exact_cannot_be_the_next_is_taken_and_that_is_said(tmp_path: Path, spoil: str) -> None:
    written(tmp_path, {"model_fp16.onnx": None, "model_q4.onnx": None})
    exact = tmp_path / "model.onnx"
    if spoil == "large":
        exact.touch()
        os.truncate(exact, tensors.MAX_BYTES + 1)
    elif spoil == "missing":
        outside(tmp_path, there=False)
    else:
        exact.write_text(POINTER)
    found = folder.opened(tmp_path)
    assert found.lead.name == "model_fp16.onnx" and list(found.passed) == [exact]
    told = folder.notes(found.lead)
    reason = {"large": "2,147,483,648 bytes", "missing": "model.onnx_data is not there", "pointer": "Git LFS pointer"}
    assert "the most exact that a browser can hold" in told[0] and reason[spoil] in told[1]
    assert "model_q4.onnx" in told[2] and "model.onnx," not in told[2]


@pytest.mark.usefixtures("small_web")
def test_the_notes_are_steps_of_the_report(tmp_path: Path) -> None:
    written(tmp_path, {"model.onnx": None, "model_q4.onnx": None})
    built = recipe.build(tmp_path, tmp_path / "site", precision="fp32")
    steps = [step["outcome"] for step in built.report["steps"] if step["step"] == "files"]
    assert any("model_q4.onnx" in step for step in steps)


def test_the_neighbours_of_a_linked_file_are_those_of_the_link(tmp_path: Path) -> None:
    blob = saved(tmp_path / "blobs", linear(), "00ff")
    link = tmp_path / "snapshot" / "onnx" / "model.onnx"
    link.parent.mkdir(parents=True)
    link.symlink_to(blob)
    assert folder.home(link) == tmp_path / "snapshot"


def renamed(name: str) -> onnx.ModelProto:
    """A model with an input of that name."""
    proto = linear()
    proto.graph.node[0].input[0] = proto.graph.input[0].name = name
    return proto


def _nothing(home: Path) -> None:
    del home


def _cut(home: Path) -> None:
    path = home / "model.onnx"
    path.write_bytes(path.read_bytes()[:-20])


def _short(home: Path) -> None:
    outside(home)
    (home / "model.onnx_data").write_text(POINTER)


def _many(home: Path) -> None:
    for number in range(201):
        (home / f"{number}.onnx").touch()


def _gone(name: str) -> Callable[[Path], object]:
    return lambda home: (home / name).symlink_to("elsewhere")


def _halves(home: Path, width: int, later: int = 2) -> None:
    """An encoder that gives vectors of 8 numbers, and the two halves of a decoder that keeps one layer of 2 heads."""
    kept, next_ = [1, 2, "past", 4], [1, later, "past", 4]
    saved(home, shaped({"input_ids": [1, "t"]}, {"last_hidden_state": [1, "t", 8]}), "encoder_model.onnx")
    first = shaped({"encoder_hidden_states": [1, "t", width]}, {"logits": [1, "t", 9], "present.0.decoder.key": kept})
    goes = {"past_key_values.0.decoder.key": next_}
    saved(home, first, "decoder_model.onnx")
    saved(home, shaped(goes, {"logits": [1, 1, 9], "present.0.decoder.key": next_}), "decoder_with_past_model.onnx")


def shaped(inputs: dict[str, list[int | str]], outputs: dict[str, list[int | str]]) -> onnx.ModelProto:
    """Inputs and outputs of such shapes, with nothing between them."""
    return proto_of([], [value(*each) for each in _floats(inputs)], [value(*each) for each in _floats(outputs)])


def _floats(infos: dict[str, list[int | str]]) -> list[tuple[str, int, list[int | str]]]:
    return [(name, onnx.TensorProto.FLOAT, shape) for name, shape in infos.items()]


WORDS = {"tokenizer.json": {"model": {"vocab": {"a": 0, "b": 1}}, "added_tokens": [{"content": "<s>"}]}}
WRONG: list[tuple[str, dict[str, Any], Callable[[Path], object], list[str]]] = [
    ("truncated", {"model.onnx": None}, _cut, ["model.onnx is damaged"]),
    ("no data", {}, lambda home: outside(home, there=False), ["model.onnx_data", "is not there"]),
    ("data pointer", {}, _short, ["model.onnx_data", "Git LFS pointer", "git lfs pull"]),
    ("pointer", {"model.onnx": POINTER}, _nothing, ["model.onnx", "Git LFS pointer", "git lfs pull"]),
    ("config", {"model.onnx": None, "config.json": "{"}, _nothing, ["config.json is not JSON"]),
    ("pointer config", {"model.onnx": None, "config.json": POINTER}, _nothing, ["config.json is a Git LFS pointer"]),
    ("pooling", {"model.onnx": None, "1_Pooling/config.json": "["}, _nothing, ["1_Pooling/config.json is not JSON"]),
    ("pointer text", {"model.onnx": None, "tokenizer.json": POINTER}, _nothing, ["tokenizer.json is a Git LFS"]),
    ("tokenizer", {"model.onnx": None, "config.json": BERT, "tokenizer.json": {"model": {"vocab": {"a": 30}}}},
     _nothing, ["tokenizer.json is of another model", "up to 30", "knows 30"]),
    ("no decoder", {"encoder_model.onnx": None, "config.json": T5}, _nothing, ["lacks the decoder"]),
    ("no encoder", {"decoder_model_merged.onnx": None, "config.json": T5}, _nothing, ["lacks the encoder"]),
    ("half a decoder", {"encoder_model.onnx": None, "decoder_with_past_model.onnx": None}, _nothing,
     ["lacks decoder_model.onnx"]),
    ("no tokenizer", {"model.onnx": None, "config.json": BERT}, _nothing, ["lacks tokenizer.json", "save_pretrained"]),
    ("no preprocessor", {"encoder_model.onnx": None, "decoder_model.onnx": None, "config.json": WHISPER}, _nothing,
     ["lacks preprocessor_config.json", "Whisper"]),
    ("foreign graph", {"config.json": BERT}, lambda home: saved(home, renamed("pixel_values")),
     ["model.onnx is of another model", '"pixel_values"', "BertForSequenceClassification"]),
    ("foreign decoder", {"config.json": BERT}, lambda home: saved(home, renamed("past_key_values.0.key")),
     ["model.onnx is of another model", '"past_key_values.0.key"']),
    ("weights", {"model.safetensors": "x", "config.json": BERT}, _nothing,
     ["model.safetensors", "optimum-cli export onnx --model", "--task text-classification"]),
    ("empty onnx", {"pytorch_model.bin": "x", "config.json": T5, "onnx/readme.md": ""}, _nothing,
     ["folder onnx is empty", "pytorch_model.bin", "--task text2text-generation-with-past"]),
    ("pointer weights", {"model.safetensors": POINTER, "config.json": BERT}, _nothing, ["git lfs pull", "--task"]),
    ("nameless weights", {"model.safetensors": "x"}, _nothing, ["model.safetensors", "no config.json"]),
    ("TensorFlow", {"tf_model.h5": "x", "config.json": BERT}, _nothing, ["tf_model.h5", "from_tf=True"]),
    ("SavedModel", {"saved_model.pb": "x"}, _nothing, ["TensorFlow SavedModel", "tf2onnx"]),
    ("Keras", {"config.json": {}, "model.weights.h5": "x"}, _nothing, ["a Keras model"]),
    ("GGUF", {"a.gguf": "x", "config.json": BERT}, _nothing, ["a.gguf", "llama.cpp"]),
    ("diffusers", {"model_index.json": {}}, _nothing, ["a pipeline of diffusers"]),
    ("adapters", {"adapter_config.json": {"base_model_name_or_path": "org/base"}}, _nothing,
     ["adapters", "org/base", "merge_and_unload"]),
    ("adapters with a config", {"adapter_config.json": {"task_type": "SEQ_CLS"}, "adapter_model.bin": "x",
                                "config.json": BERT}, _nothing, ["adapters", "--task text-classification"]),
    ("sharded", {"model-1-of-1.safetensors": "x", "config.json": BERT,
                 "model.safetensors.index.json": {"weight_map": {"a": "model-1-of-1.safetensors"}}}, _nothing,
     ["model-1-of-1.safetensors", "--task text-classification"]),
    ("half sharded", {"config.json": BERT, "model.safetensors.index.json": {"weight_map": {"a": "b.safetensors"}}},
     _nothing, ["lacks b.safetensors", "model.safetensors.index.json"]),
    ("quantised", {"model.safetensors": "x", "config.json": {**BERT, "quantization_config": {"quant_method": "gptq"}}},
     _nothing, ["quantised by gptq"]),
    ("sentence-transformers", {"modules.json": [], "0_Transformer/config.json": BERT}, _nothing,
     ["--task feature-extraction --library-name sentence_transformers"]),
    ("spaCy", {"config.cfg": "", "meta.json": {}}, _nothing, ["spaCy"]),
    ("checkpoint", {"yolov8n.pt": "x"}, _nothing, ["yolo export model=yolov8n.pt format=onnx"]),
    ("timm", {"model.safetensors": "x", "config.json": {"architecture": "resnet18", "pretrained_cfg": {}}}, _nothing,
     ["torch.onnx.export(timm.create_model('resnet18'"]),
    ("unknown class", {"model.safetensors": "x", "config.json": {"architectures": ["Foo"], "model_type": "foo",
                                                                "auto_map": {"a": "b"}}}, _nothing,
     ["with --task and what Foo is for", "--trust-remote-code"]),
    ("Core ML", {"a.mlpackage/Manifest.json": {}}, _nothing, ["a.mlpackage", "Core ML"]),
    ("pickle", {"model.joblib": "x"}, _nothing, ["Give that file itself"]),
    ("deeper", {"cpu/int4/model.onnx": None}, _nothing, ["cpu/int4"]),
    ("several", {"resnet.onnx": None, "yolo.onnx": None}, _nothing, ["several models", "resnet.onnx, yolo.onnx"]),
    ("no label", {"model.onnx": None, "config.json": {"id2label": {"0": "a", "1": None}}}, _nothing,
     ["config.json has labels", "null for 1"]),
    ("nested label", {"model.onnx": None, "config.json": {"id2label": {"0": {"a": 1}}}}, _nothing,
     ["config.json has labels"]),
    ("labels with a gap", {"model.onnx": None, "config.json": {"id2label": {"0": "a", "2": "b"}}}, _nothing,
     ["config.json has labels", "none for 1"]),
    ("labels as a list", {"model.onnx": None, "config.json": {"id2label": ["a"]}}, _nothing,
     ["config.json", "id2label"]),
    ("type", {"model.onnx": None, "generation_config.json": {"num_beams": "4"}}, _nothing,
     ["generation_config.json has a wrong value", 'num_beams is "4"']),
    ("types of classes", {"model.onnx": None, "config.json": {"architectures": "BertModel"}}, _nothing,
     ["config.json has a wrong"]),
    ("link", {"model.onnx": None}, _gone("tokenizer.json"), ["tokenizer.json cannot be read", "link to elsewhere"]),
    ("link of a template", {"model.onnx": None}, _gone("chat_template.jinja"), ["chat_template.jinja cannot be read"]),
    ("link of a config", {"model.onnx": None}, _gone("config.json"),
     ["config.json cannot be read", "link to elsewhere"]),
    ("folder for a file", {"model.onnx": None}, lambda home: (home / "vocab.txt").mkdir(),
     ["vocab.txt", "Is a directory"]),
    ("folder for a model", {}, lambda home: (home / "model.onnx").mkdir(), ["model.onnx is a folder"]),
    ("modules", {"model.onnx": None, "modules.json": {}}, _nothing, ["modules.json", "no JSON list"]),
    ("stray", {"model.onnx": None, "encoder_model.onnx": None, "decoder_model.onnx": None}, _nothing,
     ["several models", "model.onnx"]),
    ("too many", {}, _many, ["too many models", "201"]),
    ("two vocabularies", {"model.onnx": None, **WORDS, "vocab.json": {"b": 0, "a": 1}}, _nothing,
     ["tokenizer.json and vocab.json are of two tokenizers"]),
    ("foreign tokens", {"model.onnx": None, **WORDS, "tokenizer_config.json": {"unk_token": "[UNK]"}}, _nothing,
     ["tokenizer_config.json is of another tokenizer", "[UNK]"]),
    ("wide decoder", {}, lambda home: _halves(home, 6),
     ["encoder_model.onnx and decoder_model.onnx are of two models"]),
    ("two decoders", {}, lambda home: _halves(home, 8, 3), ["decoder_with_past_model.onnx are of two models"]),
    ("other layers", {"config.json": {**T5, "num_layers": 5}, **WORDS}, lambda home: _halves(home, 8),
     ["config.json", "1 layers"]),
    ("nothing", {"readme.md": ""}, _nothing, ["holds no .onnx file"]),
]  # fmt: skip


@pytest.mark.parametrize(("files", "spoil", "words"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG])
def test_what_is_wrong_is_one_sentence_that_names_the_file(
    tmp_path: Path, files: dict[str, Any], spoil: Callable[[Path], object], words: list[str]
) -> None:
    written(tmp_path, files)
    spoil(tmp_path)
    sentence = said(tmp_path)
    assert all(word in sentence for word in words), sentence


def test_tokens_that_were_added_may_lie_beyond_the_vocabulary(tmp_path: Path) -> None:
    more = {"model": {"vocab": [["a", 0.0]] * 30}, "added_tokens": [{"id": 40, "content": "<x>"}]}
    assert folder.lead(written(tmp_path, {"model.onnx": None, "config.json": BERT, "tokenizer.json": more})).is_file()


@pytest.mark.parametrize(
    ("name", "lead", "left"),
    [("T5ForConditionalGeneration", "encoder_model.onnx", "model.onnx"),
     ("BertForSequenceClassification", "model.onnx", "encoder_model.onnx")],
)  # fmt: skip
def test_of_a_whole_and_two_halves_the_class_decides(tmp_path: Path, name: str, lead: str, left: str) -> None:
    graphs = ("model.onnx", "encoder_model.onnx", "decoder_model.onnx")
    written(tmp_path, {**dict.fromkeys(graphs), "config.json": {"architectures": [name]}})
    found = folder.opened(tmp_path)
    assert found.lead.name == lead and left not in {each.name for each in found.graphs.values()}
    assert left in folder.notes(found.lead)[0] and "config.json" in folder.notes(found.lead)[0]


@pytest.mark.parametrize("command", ["inspect", "init", "build"])
def test_every_command_says_the_same_of_a_folder(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, {"model.onnx": None, "config.json": "{"})
    assert cli.main([command, str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert told.out == "" and "config.json is not JSON" in told.err and told.err.count("\n") == 1


def test_init_writes_above_the_folder_onnx(tmp_path: Path) -> None:
    saved(tmp_path / "onnx", linear())
    assert cli.main(["init", str(tmp_path)]) == 0 and (tmp_path / "edgeweb.toml").is_file()
