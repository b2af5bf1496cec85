"""Folders of small models that are asked something: about a picture, or which labels fit a sound; what they answer is known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import text_models
from models import save
from onnx import TensorProto, helper
from tokenizers import Tokenizer

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
TAGS = ["<s_docvqa>", "<s_question>", "</s_question>", "<s_answer>", "</s_answer>"]
SIDE = 32


def _words(folder: Path, tags: list[str]) -> Tokenizer:
    folder.mkdir(parents=True)
    made = text_models.wordpiece()
    made.add_special_tokens(tags)
    made.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"pad_token": "[PAD]", "eos_token": "[SEP]"}))
    return made


def documents(folder: Path) -> Path:
    """A Donut in small, which calls bright pictures good and dark ones bad; asked about rome it finds no end."""
    words = _words(folder, TAGS)
    count = words.get_vocab_size()
    follows, bright = np.zeros((2, count, count), np.float32)
    number = {word: words.token_to_id(word) for word in ("good", "bad", "rome", "[SEP]", *TAGS)}
    for word, after in {"good": "</s_answer>", "bad": "</s_answer>", "</s_answer>": "[SEP]"}.items():
        follows[number[word], number[after]] = 9
    for word, sign in (("good", 5), ("bad", -5)):
        bright[number["<s_answer>"], number[word]] = sign
    follows[number["<s_answer>"]] -= 1
    (folder / "config.json").write_text(json.dumps({
        "architectures": ["VisionEncoderDecoderModel"], "model_type": "vision-encoder-decoder",
        "decoder_start_token_id": number["<s_docvqa>"], "eos_token_id": number["[SEP]"], "pad_token_id": 0,
        "encoder": {"model_type": "donut-swin", "image_size": [SIDE, SIDE], "hidden_size": 3},
        "decoder": {"model_type": "mbart", "vocab_size": count, "max_position_embeddings": 24},
    }))  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps({
        "image_processor_type": "DonutImageProcessor", "size": {"height": SIDE, "width": SIDE}, "resample": 2,
        "do_align_long_axis": False, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True,
        "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
    }))  # fmt: skip
    look = [
        helper.make_node("GlobalAveragePool", ["pixel_values"], ["means"]),
        helper.make_node("Reshape", ["means", "row"], ["last_hidden_state"]),
    ]
    states = [("last_hidden_state", FLOAT, ["batch", 1, 3])]
    pixels = [("pixel_values", FLOAT, ["batch", 3, SIDE, SIDE])]
    save(folder / "encoder_model.onnx", look, pixels, states, {"row": np.array([0, 1, 3])})  # type: ignore[arg-type]
    write = [
        helper.make_node("Gather", ["follows", "input_ids"], ["next"]),
        helper.make_node("Gather", ["bright", "input_ids"], ["seen"]),
        helper.make_node("ReduceMean", ["encoder_hidden_states"], ["light"], axes=[1, 2], keepdims=1),
        helper.make_node("Mul", ["seen", "light"], ["shown"]),
        helper.make_node("Add", ["next", "shown"], ["logits"]),
    ]
    reads = [("input_ids", INT64, ["batch", "n"]), ("encoder_hidden_states", FLOAT, ["batch", "m", 3])]
    logits = [("logits", FLOAT, ["batch", "n", count])]
    save(folder / "decoder_model.onnx", write, reads, logits, {"follows": follows, "bright": bright})  # type: ignore[arg-type]
    return folder


def tones(folder: Path) -> Path:
    """A CLAP in small, to which low tones are good and high ones bad; it hears a second."""
    words = _words(folder, [])
    table = np.zeros((words.get_vocab_size(), 2), np.float32)
    for place, word in enumerate(("good", "bad")):
        table[words.token_to_id(word), place] = 1
    (folder / "config.json").write_text(json.dumps({"architectures": ["ClapModel"], "model_type": "clap"}))
    (folder / "preprocessor_config.json").write_text(json.dumps({
        "feature_extractor_type": "ClapFeatureExtractor", "sampling_rate": 8000, "max_length_s": 1, "feature_size": 16,
        "fft_window_size": 256, "hop_length": 80, "frequency_min": 50, "frequency_max": 3900,
        "truncation": "rand_trunc", "padding": "repeatpad",
    }))  # fmt: skip
    hear = [
        helper.make_node("ReduceMean", ["input_features"], ["bands"], axes=[1, 2], keepdims=0),
        helper.make_node("Add", ["bands", "hundred"], ["above"]),
        helper.make_node("MatMul", ["above", "halves"], ["audio_embeds"]),
    ]
    stored = {"hundred": np.array(100, np.float32), "halves": np.repeat(np.eye(2), 8, axis=0).astype(np.float32)}
    features = [("input_features", FLOAT, ["batch", "channels", "height", 16])]
    (folder / "onnx").mkdir()
    save(folder / "onnx/audio_model.onnx", hear, features, [("audio_embeds", FLOAT, ["batch", 2])], stored)  # type: ignore[arg-type]
    read = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
        helper.make_node("ReduceSum", ["rows", "one"], ["text_embeds"], keepdims=0),
    ]
    ids, embeds = [("input_ids", INT64, ["b", "n"])], [("text_embeds", FLOAT, ["b", 2])]
    save(folder / "onnx/text_model.onnx", read, ids, embeds, {"table": table, "one": np.array([1])})  # type: ignore[arg-type]
    return folder


def selector(folder: Path) -> Path:
    """A SAM in small: of a picture's two halves that is selected in which the last point lies, or does not lie."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"architectures": ["SamModel"], "model_type": "sam"}))
    (folder / "preprocessor_config.json").write_text(json.dumps({
        "image_processor_type": "SamImageProcessor", "do_resize": True, "size": {"longest_edge": SIDE}, "do_pad": True,
        "pad_size": {"height": SIDE, "width": SIDE}, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True,
        "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
    }))  # fmt: skip
    node, seen = helper.make_node, ("image_embeddings", FLOAT, [1, 1, 8, 8])
    look = [
        node("AveragePool", ["pixel_values"], ["cells"], kernel_shape=[4, 4], strides=[4, 4]),
        node("ReduceMean", ["cells"], ["image_embeddings"], axes=[1], keepdims=1),
    ]
    save(folder / "vision_encoder.onnx", look, [("pixel_values", FLOAT, [1, 3, SIDE, SIDE])], [seen], {})  # type: ignore[list-item]
    answer = [
        node("Gather", ["input_points", "last"], ["at"], axis=2), node("Gather", ["at", "across"], ["x"], axis=3),
        node("Sub", ["x", "middle"], ["side"]), node("Gather", ["input_labels", "last"], ["label"], axis=2),
        node("Cast", ["label"], ["kind"], to=FLOAT), node("Mul", ["kind", "two"], ["twice"]),
        node("Sub", ["twice", "one"], ["sign"]), node("Reshape", ["sign", "four"], ["wanted"]),
        node("Mul", ["side", "wanted"], ["slope"]), node("Mul", ["slope", "ramp"], ["halves"]),
        node("Mul", ["image_embeddings", "little"], ["seen"]), node("Add", ["halves", "seen"], ["mask"]),
        node("Unsqueeze", ["mask", "axis"], ["pred_masks"]),
        node("ReduceMax", ["wanted"], ["sure"], axes=[3], keepdims=0), node("Mul", ["sure", "trust"], ["iou_scores"]),
    ]  # fmt: skip
    weights = {
        "last": np.array([-1]), "across": np.array([0]), "four": np.array([1, 1, 1, 1]), "axis": np.array([1]),
        "ramp": np.linspace(-1, 1, 8, dtype=np.float32).reshape(1, 1, 1, 8), "middle": np.float32([SIDE / 2]),
        "two": np.float32([2]), "one": np.float32([1]), "little": np.float32([0.01]), "trust": np.float32([0.9]),
    }  # fmt: skip
    asked = [("input_points", FLOAT, [1, 1, "n", 2]), ("input_labels", INT64, [1, 1, "n"]), seen]
    gives = [("iou_scores", FLOAT, [1, 1, 1]), ("pred_masks", FLOAT, [1, 1, 1, 8, 8])]
    save(folder / "prompt_encoder_mask_decoder.onnx", answer, asked, gives, weights)  # type: ignore[arg-type]
    return folder
