"""Folders of transformers: exported by optimum in the Python that has it, with all that lies beside the weights.

Neither is a dependency of the tests; the variable EDGEWEB_TRANSFORMERS names a Python that has transformers and
optimum-onnx.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import payloads
import pytest
from edgeweb.convert import conversion
from edgeweb.convert.common import How
from edgeweb.convert.taken import taken
from edgeweb.errors import EdgewebError
from edgeweb.machine import session

PYTHON = os.environ.get("EDGEWEB_TRANSFORMERS", "")
with_transformers = pytest.mark.skipif(not PYTHON, reason="EDGEWEB_TRANSFORMERS names no Python with optimum-onnx")

MAKE = """
import sys, torch, transformers as t
torch.manual_seed(0)
small = dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
bert = t.BertConfig(vocab_size=30, id2label={0: "bad", 1: "good"}, **small)
t.BertForSequenceClassification(bert).save_pretrained(sys.argv[1] + "/mood")
vit = t.ViTConfig(image_size=16, patch_size=8, id2label={0: "cat", 1: "dog", 2: "owl"}, **small)
t.ViTForImageClassification(vit).save_pretrained(sys.argv[1] + "/animal")
t.ViTImageProcessor(size={"height": 16, "width": 16}).save_pretrained(sys.argv[1] + "/animal")
heard = t.WhisperConfig(vocab_size=60, num_mel_bins=8, d_model=8, encoder_layers=1, decoder_layers=1,
    encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=8, decoder_ffn_dim=8, pad_token_id=0,
    bos_token_id=1, eos_token_id=2, decoder_start_token_id=3)
t.WhisperForConditionalGeneration(heard).save_pretrained(sys.argv[1] + "/heard")
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    room = tmp_path_factory.mktemp("transformers")
    subprocess.run([PYTHON, "-c", MAKE, room], check=True, stderr=subprocess.DEVNULL)
    # What trainers leave beside a model: pickles, which nobody asked for.
    for name in ("pytorch_model.bin", "training_args.bin", "optimizer.pt", "scheduler.pt", "rng_state.pth"):
        (room / "mood" / name).write_bytes(payloads.all_of(room / "ran")["protocol2.pkl"])
    (room / "mood" / "notes").mkdir()
    (room / "mood" / "notes" / "words.txt").write_text("kept")
    return room


@with_transformers
@pytest.mark.thorough
def test_its_graph_answers_as_transformers_does(folders: Path) -> None:
    found = taken(folders / "mood", How(python=Path(PYTHON)))
    assert found.converted is not None and found.converted.framework.startswith("transformers 4.")
    assert found.place.name == "mood" and (found.place / "notes" / "words.txt").read_text() == "kept"
    assert json.loads((found.place / "config.json").read_text())["id2label"] == {"0": "bad", "1": "good"}
    assert folders / "mood" in found.beside
    assert not (folders / "ran").exists() and not [*found.place.rglob("*.bin"), *found.place.rglob("*.pt*")]
    draw = np.random.default_rng(0)
    runs = [
        {
            "input_ids": draw.integers(0, 30, shape),
            "attention_mask": np.ones(shape, np.int64),
            "token_type_ids": np.zeros(shape, np.int64),
        }
        for shape in ((1, 5), (2, 9))
    ]
    says = conversion.answers_each(found.converted, runs)
    for one, other in zip(says, session.run(found.place / "model.onnx", runs), strict=True):
        assert np.allclose(one["logits"], other["logits"], atol=1e-5)
    (folders / "mood" / "edgeweb.toml").write_text("title = 'Mood'")
    again = conversion.converted(folders / "mood", How(python=Path(PYTHON)))
    assert again is not None and again.place == found.place
    with pytest.raises(EdgewebError, match=f"^{folders / 'mood'} lacks tokenizer.json"):
        _ = found.source


@with_transformers
@pytest.mark.thorough
def test_pictures_and_several_graphs_are_exported_too(folders: Path) -> None:
    seen = conversion.converted(folders / "animal", How(python=Path(PYTHON)))
    assert seen is not None and (seen.place / "preprocessor_config.json").is_file()
    picture = {"pixel_values": np.random.default_rng(0).random((1, 3, 16, 16), np.float32)}
    ours = session.run(seen.place / "model.onnx", [picture])[0]["logits"]
    assert np.allclose(conversion.answers(seen, picture)["logits"], ours, atol=1e-5)
    heard = conversion.converted(folders / "heard", How(python=Path(PYTHON)))
    assert heard is not None and not heard.answers
    assert {path.name for path in heard.place.glob("*.onnx")} >= {"encoder_model.onnx", "decoder_model_merged.onnx"}
    assert heard.said["compared"].startswith("same answers as {framework}, as optimum found of decoder_model")


@with_transformers
@pytest.mark.thorough
def test_a_damaged_folder_is_one_sentence(folders: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(folders / "mood", tmp_path / "mood")
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(EdgewebError, match="cannot be exported by optimum") as error:
        conversion.converted(broken, How(python=Path(PYTHON)))
    assert error.value.exit_code == 2 and "\n" not in str(error.value)


def test_only_what_optimum_exports_is_taken(tmp_path: Path) -> None:
    """Of all else `read.layouts` says what it is."""
    config = {"model_type": "bert", "architectures": ["BertForSequenceClassification"]}
    (tmp_path / "model.safetensors").write_bytes(b"\x02\0\0\0\0\0\0\0{}")

    def recognised(**more: Any) -> bool:
        (tmp_path / "config.json").write_text(json.dumps({**config, **more}))
        return conversion.recognised(tmp_path) is not None

    assert recognised()
    assert not recognised(auto_map={"AutoModel": "theirs.Model"})
    assert not recognised(quantization_config={"quant_method": "gptq"})
    assert not recognised(architectures=["NobodysHead"])
    assert recognised()
    (tmp_path / "model.onnx").write_bytes(b"")
    assert not recognised()
    (tmp_path / "model.onnx").unlink()
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "model.safetensors", "b": "gone.safetensors"}}))
    assert not recognised()
    index.unlink()
    (tmp_path / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\n")
    assert not recognised()
