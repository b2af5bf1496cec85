"""Folders of models, made in code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
from onnx import numpy_helper
from tiny import linear, saved

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"
BERT = {"model_type": "bert", "architectures": ["BertForSequenceClassification"], "vocab_size": 30}
T5 = {"model_type": "t5", "architectures": ["T5ForConditionalGeneration"], "is_encoder_decoder": True}
WHISPER = {"model_type": "whisper", "architectures": ["WhisperForConditionalGeneration"], "is_encoder_decoder": True}


def written(home: Path, files: Mapping[str, Any]) -> Path:
    """A folder of files by their names: texts, JSON, or an ONNX model for None."""
    for name, content in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            saved(path.parent, linear(), path.name)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
    return home


def outside(folder: Path, name: str = "model.onnx", data: str = "model.onnx_data", there: bool = True) -> Path:
    """A model whose weights are in another file."""
    proto = linear()
    weight = proto.graph.initializer[0]
    array = numpy_helper.to_array(weight)
    weight.CopyFrom(numpy_helper.from_array(array, weight.name))
    if there:
        (folder / data).write_bytes(weight.raw_data)
    onnx.external_data_helper.set_external_data(weight, data, 0, len(weight.raw_data))
    weight.ClearField("raw_data")
    return saved(folder, proto, name)
