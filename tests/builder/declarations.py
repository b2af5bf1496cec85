"""Models with hooks that declare what is to be done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import onnx
from edgeweb.recipe import Site
from tiny import saved

Build = Callable[..., Site]
IMAGE = """
from edgeweb import ops
preprocess = ops.image("BGR").resize(20, 24, fit="crop").crop(16, 16).normalise([0.5], [0.25], scale=255)
postprocess = ops.output().softmax().top_k(2)
"""
ROW = """
from edgeweb import ops
columns = {"age": ops.standardise(40, 12), "town": ops.one_hot(["north", "south"]), "rooms": ops.number()}
preprocess = ops.row(columns)
postprocess = ops.output("y").softmax()
"""


def written(folder: Path, proto: onnx.ModelProto, hooks: str) -> Path:
    model = saved(folder, proto)
    (folder / "hooks.py").write_text(hooks)
    return model
