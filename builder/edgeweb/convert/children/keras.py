"""Keras' own files (.keras, .h5) to ONNX by Keras itself, and what the model answers there."""

from __future__ import annotations

import importlib.util
import os
import re
from functools import cache
from typing import Any

from edgeweb_children import edges, keras_archive
from edgeweb_children.runner import Job, Refusal

_EXPORT = "Export it in the Python where it was made: model.export('model.onnx', format='onnx')"


def convert(job: Job) -> dict[str, Any]:
    """The model in ONNX, with the names of its inputs and outputs."""
    keras, model = _loaded(job)
    path, outputs = job.out / "model.onnx", _outputs(model)
    job.say(step=f"Keras exports it through {keras.backend.backend()}")
    try:
        model.export(str(path), format="onnx", verbose=False)
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        what = f"{job.source} cannot be converted by Keras {keras.__version__}"
        raise Refusal(
            what, (lines or [type(error).__name__])[0][:300], "Take other layers, or a newer Keras"
        ) from error
    made = edges.finish(path)
    given, made_of = [value.name for value in made.graph.input], [value.name for value in made.graph.output]
    names = dict(zip(made_of, outputs, strict=True))
    if set(given) != set(_names(model)):
        names |= dict(zip(given, _names(model), strict=True))
    edges.finish(path, names, rows=True)
    return {
        "framework": "Keras", "module": "keras", "place": path.name, "outputs": outputs,
        "inputs": {name: [] for name in _names(model)},
    }  # fmt: skip


def predict(job: Job, rows: dict[str, Any]) -> dict[str, Any]:
    """What the model answers where it is at home."""
    keras, model = _loaded(job)
    values = [keras.ops.convert_to_tensor(rows[each.name].astype(each.dtype)) for each in model.inputs]
    answers = keras.tree.flatten(model(keras.tree.pack_sequence_as(_given(model), values), training=False))
    return {name: keras.ops.convert_to_numpy(each) for name, each in zip(_outputs(model), answers, strict=True)}


@cache
def _loaded(job: Job) -> tuple[Any, Any]:
    keras_archive.checked(job.source, trusted=job.trusted)
    tensorflow = all(importlib.util.find_spec(name) is not None for name in ("tensorflow", "tf2onnx"))
    os.environ["KERAS_BACKEND"] = "tensorflow" if tensorflow else "torch"
    import keras

    if not hasattr(keras.Model, "export"):
        why = f"Keras {keras.__version__} does not export to ONNX"
        raise Refusal(f"{job.source} needs a newer Keras", why, "Run: pip install --upgrade keras")
    try:
        model = keras.saving.load_model(str(job.source), compile=False, safe_mode=not job.trusted)
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        saved = keras_archive.saved_by(job.source)
        why = f"it{saved}; Keras {keras.__version__} says: {(lines or [type(error).__name__])[0]}"
        raise Refusal(f"{job.source} cannot be read", why.replace("it;", "")[:300].strip(), _EXPORT) from error
    if not getattr(model, "inputs", None):
        raise Refusal(f"{job.source} has no fixed inputs", "its class makes them only when it is called", _EXPORT)
    # Keras exports what has been called once; symbols need no sizes.
    model.edgeweb_answers = model(_given(model))
    return keras, model


def _given(model: Any) -> Any:
    """Its inputs as it takes them, such as by their names."""
    return model.inputs[0] if type(model).__name__ == "Sequential" else model.input


def _names(model: Any) -> list[str]:
    return [each.name for each in model.inputs]


def _outputs(model: Any) -> list[str]:
    """Keys, or the names that somebody has given to the last layers."""
    answers = model.edgeweb_answers
    if isinstance(answers, dict):
        # In the order in which Keras, as TensorFlow and torch, flattens them.
        return sorted(answers)
    if isinstance(answers, (list, tuple)):
        named = list(getattr(model, "output_names", ()))
        whole = len(set(named)) == len(answers)
        return named if whole else [f"output_{number}" for number in range(len(answers))]
    last = model.layers[-1]
    own = re.sub(r"(?<!^)(?=[A-Z])", "_", type(last).__name__).lower()
    named_so = re.fullmatch(rf"{own}(_\d+)?", last.name) or last.name in _names(model)
    return ["output" if named_so else last.name]
