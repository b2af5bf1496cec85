"""How every technique runs: on a copy, in silence, checked afterwards, and with a reason instead of an exception."""

from __future__ import annotations

import contextlib
import io
import logging
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort

from edgeweb.compress import graph, tidy
from edgeweb.compress.calibration import Calibration
from edgeweb.errors import EdgewebError, printable
from edgeweb.inputs.golden import Array
from edgeweb.machine.session import Level, Session, open_session
from edgeweb.read import visit
from edgeweb.read.model import Model, Result, to_bytes

# What a technique does: the new model and a note on what was done.
Work = Callable[[onnx.ModelProto], tuple[onnx.ModelProto, str]]
_FLOATS = {onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE, onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16}
_KINDS = {
    "tensor(float)": onnx.TensorProto.FLOAT,
    "tensor(float16)": onnx.TensorProto.FLOAT16,
    "tensor(double)": onnx.TensorProto.DOUBLE,
    "tensor(int64)": onnx.TensorProto.INT64,
    "tensor(int32)": onnx.TensorProto.INT32,
    "tensor(bool)": onnx.TensorProto.BOOL,
}
_PATHS = re.compile(r"(?:[A-Za-z]:\\|/)[^\s:'\",)]*[/\\][^\s:'\",)]*")
# A result that is hardly smaller only costs accuracy.
WORTH = 0.98
# Between a model and its copy in a later opset, which should do the same arithmetic.
_SAME = {"rtol": 1e-4, "atol": 1e-5}


class DeclinedError(Exception):
    """Why a technique leaves a model as it is."""


def attempt(model: Model, options: Calibration, work: Work, smaller: bool = True) -> Result:
    """Run `work` on a prepared copy; where that fails or gains nothing the input comes back, with the reason.

    `smaller`: its gain has to show in the file, rather than once that is coded.
    """
    try:
        _refuse_damaged(model.proto)
        with quiet():
            before = graph.prepare(model.proto)
            made, note = work(graph.copy(before))
            tidy.finish(made, model.proto, before)
            if smaller and len(to_bytes(made)) > WORTH * len(to_bytes(model.proto)):
                raise DeclinedError("it would save less than 2 % of the bytes")
            _check(model.proto, made, options)
    except DeclinedError as error:
        return Result(model, False, (str(error),))
    except EdgewebError as error:
        return Result(model, False, (f"it failed: {error.why}",))
    except MemoryError:
        return Result(model, False, ("there is not enough memory",))
    except Exception as error:  # noqa: BLE001 - a library that cannot convert a model is a reason, not a failure
        return Result(model, False, (f"the conversion failed: {plain(error)}",))
    return Result(Model(model.path, made, model.file_bytes), True, (note,))


def plain(error: BaseException) -> str:
    """The first line of an error, without paths."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return printable(_PATHS.sub("…", lines[0]), 160).rstrip(".")


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without the libraries' logging, warnings and prints."""
    before = logging.root.manager.disable
    handlers = logging.root.handlers[:]
    logging.disable(logging.CRITICAL)
    ort.set_default_logger_severity(4)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        # 2 is ONNX Runtime's own default; it has no way to ask for the present value.
        ort.set_default_logger_severity(2)
        logging.root.handlers[:] = handlers
        logging.disable(before)


def session(proto: onnx.ModelProto, threads: int, level: Level = "none", save: Path | None = None) -> Session:
    """A CPU session from memory; `save`: also write the optimised graph to this file."""
    return open_session(to_bytes(proto), threads=max(1, threads), level=level, save=save)


def outputs(model: Session, feed: dict[str, Array]) -> dict[str, Array]:
    """The outputs that are tensors, by name; maps and sequences cannot be read in a browser either."""
    names = [info.name for info in model.get_outputs()]
    found = model.run(None, feed)
    return {name: value for name, value in zip(names, found, strict=True) if isinstance(value, np.ndarray)}


def add_types(proto: onnx.ModelProto, threads: int) -> None:
    """Declare the type of every tensor between nodes; onnx's own inference stops at the first unknown operator."""
    probe = graph.copy(proto)
    declared = {info.name for info in (*probe.graph.output, *probe.graph.input)}
    names = [name for node in probe.graph.node for name in node.output if name and name not in declared]
    for name in names:
        probe.graph.output.add().name = name
    try:
        known = session(probe, threads).get_outputs()
    except Exception:  # noqa: BLE001 - then only onnx's own inference is left
        return
    del proto.graph.value_info[:]
    for info in known:
        kind = _KINDS.get(info.type)
        if kind is not None and info.name not in declared:
            proto.graph.value_info.append(onnx.helper.make_tensor_value_info(info.name, kind, None))


def _refuse_damaged(proto: onnx.ModelProto) -> None:
    for owner, tensor in visit.tensors(proto):
        if tensor.data_type in _FLOATS and np.isnan(graph.array(tensor).astype(np.float64)).any():
            raise DeclinedError(f"{owner} holds values that are not numbers")
    for name, tensor in graph.weights(proto.graph).items():
        # A single infinity is a mask, in a weight it is damage.
        if tensor.data_type in _FLOATS and len(tensor.dims) > 1 and not np.isfinite(graph.array(tensor)).all():
            raise DeclinedError(f"the weights {visit.short(name)} hold infinities")


def _check(original: onnx.ModelProto, made: onnx.ModelProto, options: Calibration) -> None:
    """The result loads as it will ship, declares the same, and is finite where the original is."""
    # The level at which quantize-dequantize pairs become integer kernels, and at which sites are built.
    try:
        candidate = session(made, options.threads, "extended")
    except Exception as error:
        raise DeclinedError(f"ONNX Runtime does not load the result: {plain(error)}") from error
    reference = session(original, options.threads)
    if [(o.name, o.type) for o in candidate.get_outputs()] != [(o.name, o.type) for o in reference.get_outputs()]:
        raise DeclinedError("the result has other outputs")
    if not options.feeds:
        return
    before = outputs(reference, options.feeds[0])
    try:
        after = outputs(candidate, options.feeds[0])
    except Exception as error:
        raise DeclinedError(f"ONNX Runtime does not run the result: {plain(error)}") from error
    for name, value in before.items():
        if after[name].shape != value.shape and value.dtype.kind == "f":
            raise DeclinedError(f"the output {visit.short(name)} has another shape")
        if value.dtype.kind == "f" and not np.isfinite(after[name])[np.isfinite(value)].all():
            raise DeclinedError(f"the output {visit.short(name)} is no longer finite")


def raise_opset(proto: onnx.ModelProto, version: int, options: Calibration) -> onnx.ModelProto:
    """The model in at least this opset of the default domain.

    Raises:
        DeclinedError: the operators changed in between, and so did the outputs.
    """
    present = graph.opset(proto)
    if present >= version:
        return proto
    if _unchanged(proto, present, version):
        for entry in proto.opset_import:
            if visit.domain(entry.domain) == visit.DEFAULT_DOMAIN:
                entry.version = version
        return proto
    try:
        made: onnx.ModelProto = onnx.version_converter.convert_version(proto, version)
        for feed in options.feeds[:2]:
            _compare(proto, made, feed, options.threads)
    except DeclinedError:
        raise
    except Exception as error:
        raise DeclinedError(f"onnx cannot convert it from opset {present} to {version}") from error
    return made


def _unchanged(proto: onnx.ModelProto, present: int, version: int) -> bool:
    """Whether every operator means the same in both opsets."""
    try:
        return all(
            onnx.defs.get_schema(node.op_type, present).since_version
            == onnx.defs.get_schema(node.op_type, version).since_version
            for node in visit.nodes(proto.graph)
            if visit.domain(node.domain) == visit.DEFAULT_DOMAIN
        )
    except onnx.defs.SchemaError:
        return False


def _compare(proto: onnx.ModelProto, made: onnx.ModelProto, feed: dict[str, Array], threads: int) -> None:
    after = outputs(session(made, threads), feed)
    for name, value in outputs(session(proto, threads), feed).items():
        same = value.shape == after[name].shape and (
            np.allclose(value, after[name], equal_nan=True, **_SAME)
            if value.dtype.kind == "f"
            else np.array_equal(value, after[name])
        )
        if not same:
            raise DeclinedError("converting it to a later opset changes its outputs")
