"""A model with hooks and examples beside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from edgeweb.recipe import Site
from tiny import linear, saved

Build = Callable[..., Site]
GOOD = """
import edgeweb

calls = []

def preprocess(value, model):
    numbers = [float(word) for word in value.split()]
    return {"x": edgeweb.Array([numbers], "float32")}

def postprocess(outputs, model):
    calls.append(1)
    return {"scores": outputs["y"], "sum": sum(outputs["y"].reshape(-1)), "calls": len(calls)}

def reset():
    calls.clear()
"""
ASYNC = """
async def preprocess(value, model):
    first = await model.run("linear", {"x": [[1.0, 2.0, 3.0, 4.0]]})
    return {"x": [[*first["y"].tolist()[0], 0.0]]}

async def postprocess(outputs, model):
    return [model.names, model.inputs["x"].dtype, model["linear"].run({"x": [[0.0] * 4]})["y"].shape]
"""


def hooked(folder: Path, source: str, table: str = 'input = "text"', examples: tuple[str, ...] = ("1 2 3 4",)) -> Path:
    """A model with hooks and examples beside it."""
    model = saved(folder, linear(), "linear.onnx")
    (folder / "own.py").write_text(source)
    names = []
    for number, text in enumerate(examples):
        (folder / f"{number}.txt").write_text(text)
        names.append(f"{number}.txt")
    (folder / "edgeweb.toml").write_text(f"examples = {json.dumps(names)}\n[hooks]\nfile = 'own.py'\n{table}\n")
    return model
