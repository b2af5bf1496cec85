"""The model's first run: native, on seeded inputs or the user's data, giving the golden case every browser must reproduce."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx

from edgeweb import golden, native
from edgeweb.errors import ConfigError, ModelError, UnsupportedError
from edgeweb.golden import DTYPES, Array
from edgeweb.manifest import GoldenCase, GoldenInput, TensorInfo, TensorType
from edgeweb.model import Model, to_bytes
from edgeweb.native import Examined
from edgeweb.probe import ModelInfo
from edgeweb.tasks import texts

_NATIVE_TYPES: dict[str, TensorType] = {f"tensor({native_name})": kind for native_name, kind in {
    "float": "float32", "double": "float64", **{k: k for k in DTYPES if k not in ("float32", "float64")},
}.items()}  # fmt: skip
_RANDOM = {
    "RandomNormal",
    "RandomUniform",
    "RandomNormalLike",
    "RandomUniformLike",
    "Multinomial",
    "Bernoulli",
    "Dropout",
}
_STORED_FEED_BYTES = 64 << 10
# A WebAssembly memory ends at 4 GiB, and the input is not alone in it.
_MAX_INPUT_BYTES = 2 << 30


def run(model: Model, info: ModelInfo, data: Path | None) -> Examined:
    """Examine the model in the limited child process.

    Raises:
        ModelError, UnsupportedError: it cannot run.
        ConfigError: `data` does not fit its inputs.
    """
    _check_size(model, info)
    cases = (
        [read_data(data, info.inputs)] if data is not None else list(golden.candidates(info.inputs, texts(model.proto)))
    )
    plain = {name.rsplit(".", 1)[-1] for name in info.operators}
    traits = {"endless": "Loop" in plain, "random": bool(plain & _RANDOM)}
    try:
        return native.examine(model.path, to_bytes(model.proto), cases, **traits)
    except ModelError as error:
        neutral = _neutral_locale(model.proto) if "locale" in str(error).lower() else None
        if neutral is None:
            raise
        # The browser's runtime knows every locale; this machine lacks one, which only the trial has to do without.
        found = native.examine(model.path, to_bytes(neutral), cases, **traits, optimise=False)
        return Examined(
            found.inputs,
            found.outputs,
            found.case,
            found.reference,
            notes=(*found.notes, "tried without the text locale, which this machine lacks"),
        )


def _check_size(model: Model, info: ModelInfo) -> None:
    """An input of fixed shape that no browser can hold is refused before anybody makes one."""
    for tensor in info.inputs:
        count = math.prod(dim for dim in tensor.shape or [] if isinstance(dim, int))
        if count * np.dtype(DTYPES[tensor.type]).itemsize > _MAX_INPUT_BYTES:
            raise UnsupportedError(
                f'{model.path} has the input "{tensor.name}"',
                f"it always holds {count:,} elements, more than a browser can",
                "Export the model with a smaller shape",
            )


def outputs(info: ModelInfo, found: Examined) -> tuple[TensorInfo, ...]:
    """The outputs as declared, completed by what ONNX Runtime and the trial know about those without type or shape."""
    declared = {output.name: output for output in info.outputs}
    complete = []
    for name, kind, _ in found.outputs:
        known = declared.get(name)
        if known is None or known.shape is None:
            seen = found.reference.get(name)
            shape: list[int | str | None] | None = (
                None if seen is None else [None, *seen.shape[1:]] if seen.ndim else []
            )
            known = TensorInfo(
                name=name, type=_NATIVE_TYPES.get(kind, "float32") if known is None else known.type, shape=shape
            )
        complete.append(known)
    return tuple(complete)


def golden_case(found: Examined, declared: Sequence[TensorInfo]) -> list[GoldenCase]:
    """The case for the manifest: none when no input worked, or when nothing that it gives repeats."""
    types = {output.name: output.type for output in declared}
    small = [spec for spec in found.case if spec.data is None or len(spec.data) <= _STORED_FEED_BYTES]
    if not found.reference or len(small) < len(found.case):
        return []
    stored = [
        golden.expected(name, types[name], array, len(found.reference)) for name, array in found.reference.items()
    ]
    return [GoldenCase(inputs=found.case, outputs=stored)]


def read_data(path: Path, inputs: Sequence[TensorInfo]) -> list[GoldenInput]:
    """Feeds from a .npz (an array for each input, by name) or a .npy (for a model with one input).

    Raises:
        ConfigError: another kind of file, missing or surplus arrays, another type or shape.
    """
    arrays = _load_arrays(path, inputs)
    names = [info.name for info in inputs]
    if sorted(arrays) != sorted(names):
        raise ConfigError(
            f"{path} holds arrays for {', '.join(arrays) or 'nothing'}",
            f"the model's inputs are {', '.join(names)}",
            "Save one array under each name",
        )
    return [golden.stored_input(info.name, info.type, _fitted(path, info, arrays[info.name])) for info in inputs]


def _load_arrays(path: Path, inputs: Sequence[TensorInfo]) -> dict[str, Array]:
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{path} cannot be read as data",
            "it is not a .npz or .npy file",
            "Save it with numpy.savez(path, name=array)",
        ) from error
    if isinstance(found, np.ndarray):
        if len(inputs) != 1:
            raise ConfigError(
                f"{path} holds one array",
                f"the model has {len(inputs)} inputs",
                "Use a .npz with one array for each input",
            )
        return {inputs[0].name: found}
    with found:
        return {name: found[name] for name in found.files}


def _fitted(path: Path, info: TensorInfo, array: Array) -> Array:
    kind = array.dtype.kind
    if (info.type == "string") != (kind in "US") or (info.type.startswith("float") and kind not in "fiub"):
        raise ConfigError(
            f'{path} has {array.dtype} for input "{info.name}"', f"the model takes {info.type}", "Convert the array"
        )
    shape = info.shape
    if shape is not None and (
        len(shape) != array.ndim or any(isinstance(d, int) and d != n for d, n in zip(shape, array.shape, strict=False))
    ):
        raise ConfigError(
            f'{path} has shape {list(array.shape)} for input "{info.name}"',
            f"the model takes {shape}",
            "Reshape the array",
        )
    return array.astype(object) if info.type == "string" else array.astype(DTYPES[info.type])


def _neutral_locale(proto: onnx.ModelProto) -> onnx.ModelProto | None:
    """A copy whose StringNormalizer nodes ask for no locale that may be missing; None when there are none."""
    copy = onnx.ModelProto()
    copy.CopyFrom(proto)
    nodes = [node for node in copy.graph.node if node.op_type == "StringNormalizer"]
    for node in nodes:
        kept = [attribute for attribute in node.attribute if attribute.name != "locale"]
        del node.attribute[:]
        node.attribute.extend([*kept, onnx.helper.make_attribute("locale", "C")])
    return copy if nodes else None
