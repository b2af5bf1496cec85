"""Small models that read token ids, made in code with their tokenizers: a classifier, a tagger, one that fills blanks, and decoders."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from tokenizers.implementations import BertWordPieceTokenizer

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = [
    "the", "a", "film", "was", "good", "great", "bad", "boring", "lives", "in", "new", "york", "paris", "works", "for",
    "capital", "of", "france", "italy", "is", "rome", "cafe", "ang", "##ela", "merk", "##el", ",", ".", "and", "!", "'",
]  # fmt: skip
TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
CORPUS = "once upon a time there was a little fox. the fox lived in a wood, and the wood was old. " * 3
_Value = tuple[str, int, list[int | str]]


def _save(
    path: Path, nodes: list[onnx.NodeProto], inputs: list[_Value], outputs: list[_Value], weights: dict[str, np.ndarray]
) -> Path:
    groups = [[helper.make_tensor_value_info(*value) for value in group] for group in (inputs, outputs)]
    graph = helper.make_graph(nodes, "test", *groups, [numpy_helper.from_array(v, k) for k, v in weights.items()])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def _beside(
    folder: Path, config: dict[str, Any], tokenizer: Tokenizer | None = None, about: dict[str, Any] | None = None
) -> Path:
    """A folder as transformers saves one; without a tokenizer with BERT's vocabulary alone."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    tokens = {"mask_token": "[MASK]", "pad_token": "[PAD]"} if about is None else about
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 64, **tokens}))
    if tokenizer is None:
        (folder / "vocab.txt").write_text("\n".join([*SPECIAL, *WORDS]) + "\n")
    else:
        tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def wordpiece() -> Tokenizer:
    made = BertWordPieceTokenizer({word: place for place, word in enumerate([*SPECIAL, *WORDS])}, lowercase=True)
    return Tokenizer.from_str(made.to_str())


def _of(words: dict[str, list[float]], width: int) -> np.ndarray:
    table = np.zeros((len(SPECIAL) + len(WORDS), width), np.float32)
    for word, row in words.items():
        table[[*SPECIAL, *WORDS].index(word)] = row
    return table


def _ids(*others: str) -> list[_Value]:
    return [(name, TensorProto.INT64, ["batch", "sequence"]) for name in ("input_ids", "attention_mask", *others)]


def sentiment(folder: Path) -> Path:
    """Words that are good or bad, added up: from a vocab.txt, in the folder that the Hub keeps ONNX files in."""
    _beside(
        folder,
        {
            "architectures": ["BertForSequenceClassification"],
            "model_type": "bert",
            "id2label": {"0": "negative", "1": "positive"},
        },
    )
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["each"]),
        helper.make_node("Cast", ["attention_mask"], ["kept"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["kept", "last"], ["kept3"]),
        helper.make_node("Mul", ["each", "kept3"], ["counted"]),
        helper.make_node("ReduceSum", ["counted", "tokens"], ["logits"], keepdims=0),
    ]
    table = _of({"good": [0, 2], "great": [0, 3], "bad": [2, 0], "boring": [2.5, 0]}, 2)
    (folder / "onnx").mkdir(exist_ok=True)
    weights = {"table": table, "last": np.array([-1]), "tokens": np.array([1])}
    return _save(
        folder / "onnx" / "model.onnx",
        nodes,
        _ids("token_type_ids")[:3],
        [("logits", TensorProto.FLOAT, ["batch", 2])],
        weights,
    )


def tagger(folder: Path) -> Path:
    """Each token by itself: people and places; pieces after the first say nonsense, as those of real taggers may."""
    _beside(
        folder,
        {"architectures": ["BertForTokenClassification"], "id2label": {str(i): tag for i, tag in enumerate(TAGS)}},
        wordpiece(),
    )
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["logits"])]
    rows = {
        "ang": [0, 5, 0, 0, 0],
        "##ela": [0, 0, 0, 5, 0],
        "merk": [0, 0, 5, 0, 0],
        "new": [0, 0, 0, 5, 0],
        "york": [0, 0, 0, 0, 5],
        "paris": [0, 0, 0, 6, 0],
    }
    table = _of(rows, 5)
    table[:, 0] += np.where(table.max(axis=1) > 0, 0, 4)
    return _save(
        folder / "model.onnx",
        nodes,
        _ids(),
        [("logits", TensorProto.FLOAT, ["batch", "sequence", 5])],
        {"table": table},
    )


def blanks(folder: Path) -> Path:
    """France asks for Paris, Italy for Rome: each word of a text adds to the scores of all words."""
    _beside(folder, {"architectures": ["BertForMaskedLM"]}, wordpiece())
    size = len(SPECIAL) + len(WORDS)
    table = np.zeros((size, size), np.float32)
    names = [*SPECIAL, *WORDS]
    for word, answer in (("france", "paris"), ("italy", "rome")):
        table[names.index(word), names.index(answer)] = 6
    table[:, names.index("york")] = 0.5
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["each"]),
        helper.make_node("ReduceSum", ["each", "tokens"], ["sum"], keepdims=1),
        helper.make_node("Mul", ["each", "nothing"], ["zeros"]),
        helper.make_node("Add", ["zeros", "sum"], ["logits"]),
    ]
    weights = {"table": table, "tokens": np.array([1]), "nothing": np.array(0, np.float32)}
    return _save(
        folder / "model.onnx", nodes, _ids(), [("logits", TensorProto.FLOAT, ["batch", "sequence", size])], weights
    )


def vectors(folder: Path) -> Path:
    """A vector for each token, from which the page has to make one of the text."""
    _beside(folder, {"architectures": ["BertModel"]}, wordpiece())
    table = np.random.default_rng(3).standard_normal((len(SPECIAL) + len(WORDS), 16)).astype(np.float32)
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])]
    return _save(
        folder / "model.onnx",
        nodes,
        _ids(),
        [("last_hidden_state", TensorProto.FLOAT, ["batch", "sequence", 16])],
        {"table": table},
    )


def bytewise() -> Tokenizer:
    """Byte pairs of a small story, as GPT-2 has them."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=340,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator([CORPUS], trainer)
    return made


CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def decoder(folder: Path, chat: bool = False, cache: bool = True) -> Path:
    """What follows what in the story, and a layer of attention whose keys and values are kept, as Optimum exports them."""
    tokenizer = bytewise()
    about: dict[str, Any] = {
        "eos_token": "<|endoftext|>",
        "model_max_length": 128,
        **({"chat_template": CHATML} if chat else {}),
    }
    _beside(folder, {"architectures": ["GPT2LMHeadModel"], "n_positions": 128, "eos_token_id": 0}, tokenizer, about)
    size, heads, width = tokenizer.get_vocab_size(), 2, 4
    rng = np.random.default_rng(7)
    after = np.zeros((size, size), np.float32)
    story = tokenizer.encode(CORPUS).ids
    for here, there in itertools.pairwise(story):
        after[here, there] += 1
    never = np.where(after.sum(axis=0) > 0, 0, -20)
    weights: dict[str, np.ndarray] = {
        "after": (np.log(after + 0.01) + never).astype(np.float32), "embed": rng.standard_normal((size, 8)).astype(np.float32),
        "place": 0.3 * rng.standard_normal((128, 8)).astype(np.float32), "back": (0.25 * rng.standard_normal((8, size))).astype(np.float32),
        "split": np.array([0, 0, heads, width]), "join": np.array([0, 0, 8]), "root": np.array(2, np.float32),
        "far": np.array(-1e9, np.float32), "first": np.array([0, 1]), "axis1": np.array([1]), "one": np.array(1, np.float32),
    }  # fmt: skip
    nodes = [
        helper.make_node("Gather", ["embed", "input_ids"], ["words"]), helper.make_node("Gather", ["place", "position_ids"], ["places"]),
        helper.make_node("Add", ["words", "places"], ["x"]), helper.make_node("Gather", ["after", "input_ids"], ["follows"]),
    ]  # fmt: skip
    for name in "qkv":
        weights[f"w{name}"] = (0.6 * rng.standard_normal((8, 8))).astype(np.float32)
        nodes += [
            helper.make_node("MatMul", ["x", f"w{name}"], [name]), helper.make_node("Reshape", [name, "split"], [f"{name}4"]),
            helper.make_node("Transpose", [f"{name}4"], [f"{name}h"], perm=[0, 2, 1, 3]),
        ]  # fmt: skip
    for name, kept in (("k", "key"), ("v", "value")):
        joined = [f"past_key_values.0.{kept}", f"{name}h"] if cache else [f"{name}h"]
        nodes.append(helper.make_node("Concat", joined, [f"present.0.{kept}"], axis=2))
    nodes += [
        # A query sees the keys at its own place and before it: position_ids against 0, 1, 2, ... of the whole.
        helper.make_node("Shape", ["attention_mask"], ["shape"]), helper.make_node("Gather", ["shape", "index"], ["total"]),
        helper.make_node("Range", ["zero", "total", "step"], ["keys"]), helper.make_node("Unsqueeze", ["position_ids", "axes"], ["query"]),
        helper.make_node("Greater", ["keys", "query"], ["ahead"]), helper.make_node("Cast", ["ahead"], ["late"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["late", "far"], ["bias"]),
        helper.make_node("Transpose", ["present.0.key"], ["kt"], perm=[0, 1, 3, 2]), helper.make_node("MatMul", ["qh", "kt"], ["raw"]),
        helper.make_node("Div", ["raw", "root"], ["scaled"]), helper.make_node("Add", ["scaled", "bias"], ["masked"]),
        helper.make_node("Softmax", ["masked"], ["share"], axis=-1), helper.make_node("MatMul", ["share", "present.0.value"], ["seen"]),
        helper.make_node("Transpose", ["seen"], ["seent"], perm=[0, 2, 1, 3]), helper.make_node("Reshape", ["seent", "join"], ["whole"]),
        helper.make_node("MatMul", ["whole", "back"], ["heard"]), helper.make_node("Add", ["heard", "follows"], ["logits"]),
    ]  # fmt: skip
    weights |= {"index": np.array(1), "zero": np.array(0), "step": np.array(1), "axes": np.array([1, 3])}
    past: list[_Value] = [
        (f"past_key_values.0.{kept}", TensorProto.FLOAT, ["batch_size", heads, "past_sequence_length", width])
        for kept in ("key", "value")
    ]
    present: list[_Value] = [
        (f"present.0.{kept}", TensorProto.FLOAT, ["batch_size", heads, "total", width]) for kept in ("key", "value")
    ]
    inputs: list[_Value] = [
        (name, TensorProto.INT64, ["batch_size", "sequence_length"])
        for name in ("input_ids", "attention_mask", "position_ids")
    ]
    outputs: list[_Value] = [("logits", TensorProto.FLOAT, ["batch_size", "sequence_length", size])]
    used = {name for node in nodes for name in node.input}
    weights = {name: array for name, array in weights.items() if name in used}
    return _save(
        folder / "model.onnx", nodes, inputs + (past if cache else []), outputs + (present if cache else []), weights
    )
