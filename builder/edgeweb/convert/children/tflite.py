"""TensorFlow Lite's files to ONNX by tf2onnx, and what its interpreter answers."""

from __future__ import annotations

import json
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from edgeweb_children import edges, tensorflow_graphs
from edgeweb_children.runner import Job, Refusal
from onnx import TensorProto, helper, numpy_helper

_OPSET = 18
_AGAIN = "Convert the model again with tf.lite.TFLiteConverter"
_NARROW = {np.int8: TensorProto.INT8, np.uint8: TensorProto.UINT8}
_MOST_LABELS = 1 << 20
# Five of the 255 steps that such a number has.
_STEPS = 0.02


def convert(job: Job) -> dict[str, Any]:
    """The model in ONNX, whose inputs and outputs are numbers where the file has bytes that stand for numbers."""
    interpreter = _loaded(job)
    path = job.out / "model.onnx"
    job.say(step="tf2onnx converts it")
    from tf2onnx import convert as converter

    try:
        converter.from_tflite(str(job.source), opset=_OPSET, output_path=str(path))
    except (Exception, SystemExit) as error:
        raise tensorflow_graphs.not_converted(job.source, error) from error
    inputs, outputs = _names(interpreter)
    made = edges.finish(path, {**inputs, **outputs}, rows=True)
    _widen(made, _scales(interpreter))
    _label(made, _labels(job.source))
    path.write_bytes(made.SerializeToString(deterministic=True))
    return {
        # Where a sum lies between two steps, each rounds it its own way, and what follows goes on from there.
        **({"rounding": _STEPS} if _quantised(interpreter) else {}),
        "framework": "TensorFlow Lite", "module": "tensorflow", "place": path.name,
        "inputs": {name: [] for name in inputs.values()}, "outputs": list(outputs.values()),
    }  # fmt: skip


def predict(job: Job, rows: dict[str, Any]) -> dict[str, Any]:
    """What the interpreter answers, made as long as there are rows."""
    interpreter = _loaded(job)
    inputs, outputs = _names(interpreter)
    for each in interpreter.get_input_details():
        interpreter.resize_tensor_input(each["index"], rows[inputs[each["name"]]].shape)
    interpreter.allocate_tensors()
    for each in interpreter.get_input_details():
        interpreter.set_tensor(each["index"], _narrowed(rows[inputs[each["name"]]], each))
    interpreter.invoke()
    return {
        outputs[each["name"]]: _widened(interpreter.get_tensor(each["index"]), each)
        for each in interpreter.get_output_details()
    }


@cache
def _loaded(job: Job) -> Any:
    import tensorflow as tf

    try:
        interpreter = tf.lite.Interpreter(model_content=job.source.read_bytes())
        operators = [each["op_name"] for each in interpreter._get_ops_details()]
        if not job.trusted:
            tensorflow_graphs.check(job.source, operators)
        interpreter.allocate_tensors()
    except Refusal:
        raise
    except (ValueError, RuntimeError, OSError) as error:
        raise tensorflow_graphs.not_read(job.source, "a TensorFlow Lite model", error, _AGAIN) from error
    return interpreter


def _names(interpreter: Any) -> tuple[dict[str, str], dict[str, str]]:
    """The names of tensors, and what the signature calls them."""
    found = []
    runner = None
    if len(interpreter.get_signature_list()) == 1:
        runner = interpreter.get_signature_runner()
    for details, own in (
        (interpreter.get_input_details(), runner.get_input_details() if runner else {}),
        (interpreter.get_output_details(), runner.get_output_details() if runner else {}),
    ):
        signed = {each["name"]: name for name, each in own.items()}
        found.append({each["name"]: signed.get(each["name"], each["name"]) for each in details})
    return found[0], found[1]


def _scales(interpreter: Any) -> dict[str, tuple[float, int, Any]]:
    """Scale, zero point and type of the inputs and outputs that are bytes, by the names of the signature."""
    inputs, outputs = _names(interpreter)
    names = {**inputs, **outputs}
    return {
        names[each["name"]]: (float(each["quantization"][0]), int(each["quantization"][1]), each["dtype"])
        for each in (*interpreter.get_input_details(), *interpreter.get_output_details())
        if each["quantization"][0] and each["dtype"] in _NARROW
    }


def _widen(made: onnx.ModelProto, scales: dict[str, tuple[float, int, Any]]) -> None:
    """Numbers at the edges, with the operators that ONNX has for it."""
    graph = made.graph
    for infos, goes_in in ((graph.input, True), (graph.output, False)):
        for info in infos:
            if info.name not in scales:
                continue
            scale, zero, dtype = scales[info.name]
            inner = f"{info.name}_bytes"
            for node in graph.node:
                for values in (node.input, node.output):
                    values[:] = [inner if name == info.name else name for name in values]
            graph.initializer.append(numpy_helper.from_array(np.array(scale, np.float32), f"{inner}_scale"))
            graph.initializer.append(numpy_helper.from_array(np.array(zero, dtype), f"{inner}_zero"))
            more = [f"{inner}_scale", f"{inner}_zero"]
            if goes_in:
                graph.node.insert(0, helper.make_node("QuantizeLinear", [info.name, *more], [inner]))
            else:
                graph.node.append(helper.make_node("DequantizeLinear", [inner, *more], [info.name]))
            info.type.tensor_type.elem_type = TensorProto.FLOAT
    del graph.value_info[:]


def _narrowed(array: Any, details: Any) -> Any:
    scale, zero = details["quantization"]
    if not scale or details["dtype"] not in _NARROW:
        return array.astype(details["dtype"])
    limits = np.iinfo(details["dtype"])
    return np.clip(np.rint(array.astype(np.float32) / np.float32(scale)) + zero, limits.min, limits.max).astype(
        details["dtype"]
    )


def _widened(array: Any, details: Any) -> Any:
    scale, zero = details["quantization"]
    if not scale or details["dtype"] not in _NARROW:
        return array
    return (array.astype(np.float32) - zero) * np.float32(scale)


def _quantised(interpreter: Any) -> bool:
    """Whether it calculates with bytes that stand for numbers."""
    return any(each["dtype"] in _NARROW and each["quantization"][0] for each in interpreter.get_tensor_details())


def _labels(source: Path) -> list[str]:
    """The names of classes, which the makers of such files pack behind the model as a file."""
    try:
        with zipfile.ZipFile(source) as archive:
            texts = [info for info in archive.infolist() if info.filename.endswith(".txt")]
            if len(texts) != 1 or texts[0].file_size > _MOST_LABELS:
                return []
            return [line.strip() for line in archive.read(texts[0]).decode("utf-8").splitlines() if line.strip()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return []


def _label(made: onnx.ModelProto, labels: list[str]) -> None:
    if labels:
        entry = made.metadata_props.add()
        entry.key, entry.value = "names", json.dumps(dict(enumerate(labels)))
