"""What every converter's graph needs: its columns' names, and a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import onnx
from edgeweb_children.runner import Job


@contextmanager
def plain_attributes() -> Iterator[None]:
    """skl2onnx 1.20 and onnxmltools 1.16 write truth values and NumPy's numbers among Python's; onnx 1.23 refuses."""
    write = onnx.helper.make_attribute

    def make(key: str, value: Any, *more: Any, **named: Any) -> Any:
        return write(key, [_plain(each) for each in value] if isinstance(value, list) else value, *more, **named)

    onnx.helper.make_attribute = make
    try:
        yield
    finally:
        onnx.helper.make_attribute = write


def _plain(value: Any) -> Any:
    found = value.item() if isinstance(value, np.generic) else value
    return int(found) if isinstance(found, bool) else found


def name_columns(made: onnx.ModelProto, names: Sequence[str] | None) -> None:
    """Write down what the columns of its one wide input are called, if that is known."""
    if names:
        entry = made.metadata_props.add()
        entry.key, entry.value = "feature_names", json.dumps([str(name) for name in names])


def save(made: onnx.ModelProto, job: Job) -> str:
    """Write the model; its place in the folder of the job."""
    (job.out / "model.onnx").write_bytes(made.SerializeToString(deterministic=True))
    return "model.onnx"
