"""What a model's file, and the files that Hugging Face keeps beside it, say of it: metadata, classes, JSON.

`config.json` and others lie in the model's folder, or above a folder `onnx`; ultralytics writes metadata.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx

from edgeweb.read import ends, intake

_MOST_BYTES = 8 << 20
_ULTRALYTICS, _SHARES = {"task", "stride", "imgsz"}, ("Softmax", "LogSoftmax")
_PLACEHOLDER = re.compile(r"LABEL_\d+")


def labels(proto: onnx.ModelProto, path: Path) -> tuple[tuple[str, ...], str]:
    """The names of the classes, in their order, and what says them; empty where nothing does."""
    found = _in_metadata(proto)
    if found:
        return found, "the model's metadata"
    named = beside(path, "config.json").get("id2label")
    return in_order(named) if isinstance(named, Mapping) else (), "config.json"


def _in_metadata(proto: onnx.ModelProto) -> tuple[str, ...]:
    """`names`, which elsewhere may be those of columns or values: beside ultralytics' keys, or of a classifier."""
    said = metadata(proto)
    found = literal(said.get("names"))
    listed = isinstance(found, Sequence) and not isinstance(found, str)
    names = in_order(found) if isinstance(found, Mapping) else tuple(map(str, found)) if listed else ()
    return names if said.keys() & _ULTRALYTICS or _classifies(proto, len(names)) else ()


def _classifies(proto: onnx.ModelProto, count: int) -> bool:
    """Whether an output is scores of so many classes, or the place of the best."""
    for output in proto.graph.output:
        dims = output.type.tensor_type.shape.dim
        fits = not dims or not dims[-1].HasField("dim_value") or dims[-1].dim_value == count
        if ends.ends_in(proto, output.name, "ArgMax") or (fits and ends.ends_in(proto, output.name, *_SHARES)):
            return True
    return False


def metadata(proto: onnx.ModelProto) -> dict[str, str]:
    """What the file says of itself."""
    return {entry.key: entry.value for entry in proto.metadata_props}


def literal(text: str | None) -> Any:
    """A value as JSON or Python writes it, or None."""
    if not text or len(text) > _MOST_BYTES:
        return None
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def in_order(names: Mapping[Any, Any]) -> tuple[str, ...]:
    """Names by their numbers 0, 1, ...; none where one is missing or only a placeholder."""
    try:
        found = {int(key): str(name) for key, name in names.items()}
    except (ValueError, TypeError):
        return ()
    whole = sorted(found) == list(range(len(found)))
    return (
        tuple(found[i] for i in range(len(found)))
        if whole and not any(map(_PLACEHOLDER.fullmatch, found.values()))
        else ()
    )


def beside(path: Path, name: str) -> dict[str, Any]:
    """A JSON file of the model's repository; {} where there is none that can be read: it may be of something else."""
    folder = path.parent.resolve()
    return intake.json_hint([folder, *([folder.parent] if folder.name == "onnx" else [])], name)
