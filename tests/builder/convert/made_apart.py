"""A small file of each format, made in the environment that edgeweb keeps for it, and rows for the graph of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx

_TABLE = """
import sys
import numpy as np
draw = np.random.default_rng(0)
table = draw.normal(0, 3, (60, 4))
large = table[:, 0] > 0
"""
_KERAS = """
import sys
import keras
model = keras.Sequential([keras.Input((4,), name="row"), keras.layers.Dense(3, "softmax")])
"""
_TENSORFLOW = """
import sys
import tensorflow as tf
model = tf.keras.Sequential([tf.keras.Input((4,), name="row"), tf.keras.layers.Dense(3, "softmax")])
"""
_SKLEARN = f"""{_TABLE}
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(table, large)
"""

# The name of the file or folder, and what makes it: Python that is given its path.
SCRIPTS = {
    "xgboost": ("m.ubj", f"""{_TABLE}
import xgboost
data = xgboost.DMatrix(table, label=large)
xgboost.train({{"objective": "binary:logistic"}}, data, 3).save_model(sys.argv[1])
"""),
    "lightgbm": ("m.txt", f"""{_TABLE}
import lightgbm
data = lightgbm.Dataset(table, large)
lightgbm.train({{"objective": "binary", "verbose": -1}}, data, 3).save_model(sys.argv[1])
"""),
    "catboost": ("m.cbm", f"""{_TABLE}
import catboost
model = catboost.CatBoostClassifier(iterations=3, verbose=False, allow_writing_files=False)
model.fit(table, large.astype(int)).save_model(sys.argv[1])
"""),
    "skops": ("m.skops", f"{_SKLEARN}\nimport skops.io\nskops.io.dump(model, sys.argv[1])"),
    "pickled": ("m.joblib", f"{_SKLEARN}\nimport joblib\njoblib.dump(model, sys.argv[1])"),
    "torch_program": ("m.pt2", """
import sys
import torch
module = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Softmax(1)).eval()
shapes = ({0: torch.export.Dim("batch")},)
torch.export.save(torch.export.export(module, (torch.rand(2, 4),), dynamic_shapes=shapes), sys.argv[1])
"""),
    "keras": ("m.keras", f"{_KERAS}\nmodel.save(sys.argv[1])"),
    "tflite": ("m.tflite", f"""{_TENSORFLOW}
open(sys.argv[1], "wb").write(tf.lite.TFLiteConverter.from_keras_model(model).convert())
"""),
    "saved_model": ("m", f"{_TENSORFLOW}\nmodel.export(sys.argv[1], verbose=False)"),
    "transformers_folder": ("m", """
import sys
import transformers as t
small = dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
config = t.BertConfig(vocab_size=30, id2label={0: "bad", 1: "good"}, **small)
t.BertForSequenceClassification(config).save_pretrained(sys.argv[1])
"""),
}  # fmt: skip


def rows(model: Path) -> dict[str, Any]:
    """Four rows for each input: numbers around zero, or words of a small vocabulary."""
    draw = np.random.default_rng(1)
    found: dict[str, Any] = {}
    for info in onnx.load(model).graph.input:
        tensor = info.type.tensor_type
        shape = (4, *(each.dim_value or 5 for each in tensor.shape.dim[1:]))
        whole = tensor.elem_type == onnx.TensorProto.INT64
        found[info.name] = draw.integers(0, 2, shape) if whole else draw.normal(0, 3, shape).astype(np.float32)
    return found
