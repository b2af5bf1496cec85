"""TensorFlow's SavedModel to ONNX by tf2onnx, and what TensorFlow itself answers."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

from edgeweb_children import edges, tensorflow_graphs
from edgeweb_children.runner import Job, Refusal

_OPSET = 18
_SERVES = "serving_default"
_AGAIN = "Save it again with model.export('folder') in Keras, or tf.saved_model.save(model, 'folder', signatures=...)"


def convert(job: Job) -> dict[str, Any]:
    """The graph behind the signature that is served."""
    signature, function = _loaded(job)
    path = job.out / "model.onnx"
    job.say(step="tf2onnx converts it")
    from tf2onnx import convert as converter

    words = [
        "--saved-model",
        str(job.source),
        "--signature_def",
        signature,
        "--opset",
        str(_OPSET),
        "--output",
        str(path),
    ]
    # Its command line is what tf2onnx documents for folders.
    sys.argv = ["tf2onnx", *words]
    try:
        converter.main()
    except (Exception, SystemExit) as error:
        raise tensorflow_graphs.not_converted(job.source, error) from error
    edges.finish(path, rows=True)
    return {
        "framework": "TensorFlow", "module": "tensorflow", "place": path.name,
        "inputs": {name: [] for name in function.structured_input_signature[1]},
        "outputs": list(function.structured_outputs),
    }  # fmt: skip


def predict(job: Job, rows: dict[str, Any]) -> dict[str, Any]:
    """What TensorFlow answers through the same signature."""
    import tensorflow as tf

    _, function = _loaded(job)
    wanted = function.structured_input_signature[1]
    given = {name: tf.constant(rows[name], dtype=wanted[name].dtype) for name in wanted}
    return {name: value.numpy() for name, value in function(**given).items()}


@cache
def _loaded(job: Job) -> tuple[str, Any]:
    import tensorflow as tf
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from tensorflow.core.protobuf import saved_model_pb2

    told = saved_model_pb2.SavedModel()
    try:
        told.ParseFromString((job.source / "saved_model.pb").read_bytes())
        graphs = [each.graph_def for each in told.meta_graphs]
        nodes = [node for graph in graphs for node in graph.node]
        nodes += [node for graph in graphs for function in graph.library.function for node in function.node_def]
        if not job.trusted:
            tensorflow_graphs.check(job.source, (node.op for node in nodes))
        model = tf.saved_model.load(str(job.source))
    except Refusal:
        raise
    except (DecodeError, OSError, ValueError, KeyError, RuntimeError, AttributeError, tf.errors.OpError) as error:
        raise tensorflow_graphs.not_read(job.source, "a SavedModel", error, _AGAIN) from error
    return _signature(job, model)


def _signature(job: Job, model: Any) -> tuple[str, Any]:
    names = list(model.signatures)
    name = _SERVES if _SERVES in names else names[0] if len(names) == 1 else None
    if name is None:
        why = f"it has the signatures {', '.join(names)}, and none is {_SERVES}" if names else "it has no signature"
        raise Refusal(f"{job.source} does not say what it serves", why, _AGAIN)
    # The function holds its variables only as long as the model is there.
    function = model.signatures[name]
    function.edgeweb_model = model
    return name, function
