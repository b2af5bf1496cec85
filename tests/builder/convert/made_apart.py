"""A small file of each format, made by its own library wherever that is, with what this says of some rows."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np

_BEGIN = """
import sys
import numpy as np
draw = np.random.default_rng(0)
table = draw.normal(0, 3, (60, 4))
rows, large = table.astype(np.float32), table[:, 0] > 0
"""
_NETWORK = """
model = keras.Sequential([keras.Input((4,), name="row"), keras.layers.Dense(3, "softmax")])
says = keras.ops.convert_to_numpy(model(rows))
"""
_SKLEARN = """
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(table, large)
says = model.predict_proba(rows)
"""
_END = "\nnp.savez(sys.argv[2], rows=rows, says=says)\n"

# The name of the file or folder, and what makes it: Python that is given its path, and leaves `rows` and `says`.
_SCRIPTS = {
    "xgboost": ("m.ubj", """
import xgboost
model = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(rows, label=large), 3)
model.save_model(sys.argv[1])
found = model.predict(xgboost.DMatrix(rows))
says = np.column_stack([1 - found, found])
"""),
    "lightgbm": ("m.txt", """
import lightgbm
model = lightgbm.train({"objective": "binary", "verbose": -1}, lightgbm.Dataset(rows, large), 3)
model.save_model(sys.argv[1])
found = model.predict(rows)
says = np.column_stack([1 - found, found])
"""),
    "catboost": ("m.cbm", """
import catboost
model = catboost.CatBoostClassifier(iterations=3, verbose=False, allow_writing_files=False)
model.fit(rows, large.astype(int)).save_model(sys.argv[1])
says = model.predict_proba(rows)
"""),
    "skops": ("m.skops", f"{_SKLEARN}\nimport skops.io\nskops.io.dump(model, sys.argv[1])"),
    "pickled": ("m.joblib", f"{_SKLEARN}\nimport joblib\njoblib.dump(model, sys.argv[1])"),
    "torch_program": ("m.pt2", """
import torch
module = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Softmax(1)).eval()
shapes = ({0: torch.export.Dim("batch")},)
torch.export.save(torch.export.export(module, (torch.rand(2, 4),), dynamic_shapes=shapes), sys.argv[1])
says = module(torch.from_numpy(rows)).detach().numpy()
"""),
    "keras": ("m.keras", f"import keras\n{_NETWORK}\nmodel.save(sys.argv[1])"),
    "keras_h5": ("m.h5", f"import keras\n{_NETWORK}\nmodel.save(sys.argv[1])"),
    "tflite": ("m.tflite", f"""
import tensorflow as tf
from tensorflow import keras
{_NETWORK}
open(sys.argv[1], "wb").write(tf.lite.TFLiteConverter.from_keras_model(model).convert())
"""),
    "saved_model": ("m", f"from tensorflow import keras\n{_NETWORK}\nmodel.export(sys.argv[1], verbose=False)"),
    "transformers_folder": ("m", """
import torch
import transformers as t
from tokenizers import Tokenizer, models, pre_tokenizers
special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
words = Tokenizer(models.WordLevel({each: i for i, each in enumerate([*special, "good", "bad", "day"])}, "[UNK]"))
words.pre_tokenizer = pre_tokenizers.Whitespace()
named = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token"), special))
t.PreTrainedTokenizerFast(tokenizer_object=words, model_max_length=64, **named).save_pretrained(sys.argv[1])
small = dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
model = t.BertForSequenceClassification(t.BertConfig(vocab_size=7, id2label={0: "bad", 1: "good"}, **small)).eval()
model.save_pretrained(sys.argv[1])
rows = draw.integers(0, 7, (60, 5))
with torch.inference_mode():
    says = model(torch.from_numpy(rows), torch.ones(60, 5, dtype=int))["logits"].numpy()
"""),
}  # fmt: skip
KEYS = [*_SCRIPTS]


def made(key: str, python: str | Path, room: Path) -> tuple[Path, Any, Any]:
    """The file or folder, rows for it, and what its library says of them."""
    name, code = _SCRIPTS[key]
    words = [python, "-c", _BEGIN + code + _END, room / name, room / "said.npz"]
    subprocess.run(words, check=True, cwd=room, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with np.load(room / "said.npz") as said:
        return room / name, said["rows"], said["says"]


def feed(names: list[str], rows: Any) -> dict[str, Any]:
    """Rows as a graph takes them: words with a mask that leaves none out, of the first kind."""
    constant = {"attention_mask": np.ones_like, "token_type_ids": np.zeros_like}
    return {name: constant.get(name, np.asarray)(rows) for name in names}
