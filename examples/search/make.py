"""Learns a small model of sentences from this project's own docs, and writes it with its tokenizer and a gallery.

    pip install onnx tokenizers scikit-learn
    python make.py && edgeweb build model

The vectors of words come from which words stand in the same sentence (latent semantic analysis): enough for some
hundred sentences, and made in seconds. A model of sentence-transformers in the folder instead works in the same way.
"""

import json
import re
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = [
    "index", "troubleshooting", "concepts", "config", "deploy", "privacy", "hooks", "hub", "text", "sound",
    "compression", "large",
]  # fmt: skip
WIDTH = 192
OUT = Path("model")


def sentences() -> list[str]:
    """Plain sentences of the docs, without code, tables and marks."""
    found = []
    for page in PAGES:
        text = re.sub(r"```.*?```", "", (DOCS / f"{page}.md").read_text("utf-8"), flags=re.DOTALL)
        lines = [line for line in text.split("\n") if not line.startswith(("|", "#", "!", "    "))]
        plain = re.sub(r"\s+", " ", re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*>]", r"\1", " ".join(lines)))
        found += [each.strip(" -") for each in re.split(r"(?<=[.:?])\s+(?=[A-Z-])", plain)]
    return [each for each in dict.fromkeys(found) if 40 < len(each) < 240]


def tokenizer(texts: list[str]) -> Tokenizer:
    """Words and pieces of words, in lower case."""
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=4000, special_tokens=["[PAD]", "[UNK]"]))
    return made


def vectors(texts: list[str], pieces: Tokenizer) -> np.ndarray:
    """One for each token, as long as it is rare: where it stands among its companions, and a direction of its own.

    The first finds sentences about the same, the second those with the same words. Tokens that are everywhere get none.
    """
    split = TfidfVectorizer(analyzer=lambda text: pieces.encode(text).tokens, sublinear_tf=True, max_df=0.06)
    counts = split.fit_transform(texts)
    places = TruncatedSVD(WIDTH // 2, random_state=0).fit(counts).components_.T
    places /= np.linalg.norm(places, axis=1, keepdims=True) + 1e-9
    own = np.random.default_rng(0).standard_normal(places.shape) / np.sqrt(WIDTH // 2)
    table = np.zeros((pieces.get_vocab_size(), WIDTH), np.float32)
    for token, column in split.vocabulary_.items():
        table[pieces.token_to_id(token)] = np.concatenate([0.5 * places[column], own[column]]) * split.idf_[column]
    return table


def network(table: np.ndarray):
    """Token ids to one vector: the sum of its tokens' vectors, of length 1."""
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["each"]),
        helper.make_node("Cast", ["attention_mask"], ["present"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["present", "last"], ["mask"]),
        helper.make_node("Mul", ["each", "mask"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "words"], ["sum"], keepdims=0),
        helper.make_node("ReduceL2", ["sum"], ["norm"], axes=[1]),
        helper.make_node("Max", ["norm", "least"], ["length"]),
        helper.make_node("Div", ["sum", "length"], ["sentence_embedding"]),
    ]
    constants = {"table": table, "last": np.array([2]), "words": np.array([1]), "least": np.float32(1e-6).reshape(1)}
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["batch", WIDTH])
    initializers = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "sentences", inputs, [output], initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


texts = sentences()
pieces = tokenizer(texts)
OUT.mkdir(exist_ok=True)
pieces.save(str(OUT / "tokenizer.json"))
(OUT / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 128, "pad_token": "[PAD]"}))
save(network(vectors(texts, pieces)), OUT / "model.onnx")
(OUT / "texts.txt").write_text("\n".join(texts), "utf-8")
(OUT / "edgeweb.toml").write_text(Path(__file__).with_name("edgeweb.toml").read_text("utf-8"), "utf-8")
print(f"{len(texts)} sentences, {pieces.get_vocab_size()} tokens")
