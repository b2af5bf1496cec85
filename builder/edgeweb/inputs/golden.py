"""Golden cases: seeded inputs that Python and the browser make alike, and the native answers stored beside them."""

from __future__ import annotations

import base64
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeweb.schema.model import GoldenInput, GoldenOutput, Tolerance
from edgeweb.schema.types import TensorInfo, TensorType

Array = NDArray[Any]

# All outputs of a case together store about this many elements: a few KB in the manifest.
_STORED_ELEMENTS = 768
_MAX_ELEMENTS = 32 * 1024 * 1024
# Sizes tried for dynamic dimensions beyond the batch; cheap ones first, then what vision and audio models ask for.
_SIZES = (8, 32, 64, 224, 512, 576, 16, 3, 1, 128, 256, 640, 48)
# Whole numbers are tried from 0 (token ids, flags, classes) and from 1 (steps, lengths, counts) on.
_WHOLE_NUMBERS = ((0.0, 2.0), (1.0, 9.0))
# From this many stored elements on, agreement by direction (cosine) means something.
COSINE_FROM = 8

DTYPES: dict[TensorType, Any] = {
    "float32": np.float32, "float64": np.float64, "float16": np.float16, "int8": np.int8, "uint8": np.uint8,
    "int16": np.int16, "uint16": np.uint16, "int32": np.int32, "uint32": np.uint32, "int64": np.int64,
    "uint64": np.uint64, "bool": np.bool_, "string": np.object_,
}  # fmt: skip


def uniform(seed: int, count: int) -> NDArray[np.float64]:
    """`count` numbers in [0, 1) of 24 bits; element i depends on (seed, i) alone, as in web/src/shared/golden.ts."""
    with np.errstate(over="ignore"):
        x = np.uint32(seed) + np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9)
        x = (x ^ (x >> np.uint32(16))) * np.uint32(0x21F0AAAD)
        x = (x ^ (x >> np.uint32(15))) * np.uint32(0x735A2D97)
        x = x ^ (x >> np.uint32(15))
    return (x >> np.uint32(8)).astype(np.float64) / float(1 << 24)


def type_of(array: Array) -> TensorType:
    """The name of an array's type."""
    return next((name for name, dtype in DTYPES.items() if array.dtype == dtype), "string")


def make_input(spec: GoldenInput) -> Array:
    """The array that a golden input describes."""
    if spec.strings is not None:
        return np.array(spec.strings, dtype=object).reshape(spec.dims)
    dtype = DTYPES[spec.type]
    if spec.data is not None:
        return np.frombuffer(base64.b64decode(spec.data), dtype=dtype).reshape(spec.dims).copy()
    low = 0.0 if spec.low is None else spec.low
    high = 1.0 if spec.high is None else spec.high
    values = low + (high - low) * uniform(spec.seed or 0, math.prod(spec.dims))
    if not spec.type.startswith("float"):
        values = np.floor(values)
    return values.astype(dtype).reshape(spec.dims)


def store(array: Array) -> tuple[str | None, list[str] | None]:
    """An array's elements as (`data`, None), or (None, `strings`)."""
    if array.dtype.kind in "OUS":
        return None, [str(text) for text in array.ravel()]
    return base64.b64encode(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()).decode(), None


def stored_input(name: str, kind: TensorType, array: Array) -> GoldenInput:
    """A golden input that holds its own elements: for the user's data."""
    data, strings = store(array)
    return GoldenInput(name=name, type=kind, dims=list(array.shape), data=data, strings=strings)


def expected(name: str, kind: TensorType, array: Array, outputs: int) -> GoldenOutput:
    """A sample of an output, evenly spread; `outputs` share one budget of elements."""
    stride = max(1, math.ceil(array.size / max(16, _STORED_ELEMENTS // max(1, outputs))))
    data, strings = store(array.ravel()[::stride])
    return GoldenOutput(name=name, type=kind, dims=list(array.shape), stride=stride, data=data, strings=strings)


def candidates(inputs: Sequence[TensorInfo], texts: Mapping[str, Sequence[str]]) -> Iterator[list[GoldenInput]]:
    """Seeded feeds to try in turn, until the model takes one.

    Args:
        inputs: the model's inputs; unknown dimensions are guessed, the first as a batch of one.
        texts: known values of string inputs, by input name.
    """
    seen: set[str] = set()
    sizes = _SIZES if any(_dynamic(info) for info in inputs) else (1,)
    for whole, batch_only, size in itertools.product(_WHOLE_NUMBERS, (False, True), sizes):
        case = [_seeded(info, number, size, batch_only, whole, texts) for number, info in enumerate(inputs)]
        key = str([(spec.dims, spec.low, spec.high) for spec in case])
        if key not in seen and all(math.prod(spec.dims) <= _MAX_ELEMENTS for spec in case):
            seen.add(key)
            yield case


def _dynamic(info: TensorInfo) -> bool:
    return info.shape is None or any(not isinstance(dim, int) for dim in info.shape)


def _seeded(
    info: TensorInfo,
    number: int,
    size: int,
    batch_only: bool,
    whole: tuple[float, float],
    texts: Mapping[str, Sequence[str]],
) -> GoldenInput:
    shape: list[int | str | None] = [None, size] if info.shape is None else info.shape
    dims = [
        dim if isinstance(dim, int) else _guess(dim, place, shape, size, batch_only) for place, dim in enumerate(shape)
    ]
    if info.type == "string":
        known = list(texts.get(info.name) or ["edgeweb"])
        return GoldenInput(
            name=info.name, type="string", dims=dims, strings=[known[i % len(known)] for i in range(math.prod(dims))]
        )
    low, high = (0.0, 1.0) if info.type.startswith("float") else (0.0, 2.0) if info.type == "bool" else whole
    return GoldenInput(name=info.name, type=info.type, dims=dims, seed=number + 1, low=low, high=high)


def _guess(dim: str | None, place: int, shape: Sequence[int | str | None], size: int, batch_only: bool) -> int:
    """A batch is one. With `batch_only` so is every unknown dimension among known ones (a state of [2, N, 128])."""
    named_batch = dim is not None and (dim.lower() == "n" or "batch" in dim.lower())
    inner = batch_only and any(isinstance(d, int) for d in shape)
    return 1 if place == 0 or named_batch or inner else size


def tolerance(operators: Mapping[str, int], types: Sequence[TensorType]) -> Tolerance:
    """What a right backend may differ by: rounding for fp32, direction alone for quantized arithmetic and fp16."""
    quantized = any(
        name.rsplit(".", 1)[-1].startswith(
            ("QLinear", "DynamicQuantize", "MatMulInteger", "ConvInteger", "QAttention", "QGemm")
        )
        for name in operators
    )
    if quantized:
        return Tolerance(rtol=0.05, atol=0.02, cosine=0.97)
    if "float16" in types:
        return Tolerance(rtol=0.02, atol=0.005, cosine=0.995)
    return Tolerance(rtol=0.01, atol=1e-4, cosine=0.9999)


def agreement(reference: Mapping[str, Array], other: Mapping[str, Array]) -> float:
    """How alike two sets of outputs are, 0 to 1: the lowest cosine similarity or share of equal elements."""
    return min((_alike(array, other[name]) for name, array in reference.items()), default=1.0)


def _alike(a: Array, b: Array) -> float:
    if a.shape != b.shape:
        return 0.0
    if a.size == 0:
        return 1.0
    if a.dtype.kind != "f":
        return float(np.mean(a == b))
    return _alike_floats(a.astype(np.float64).ravel(), b.astype(np.float64).ravel())


def _alike_floats(x: Array, y: Array) -> float:
    finite = np.isfinite(x) & np.isfinite(y)
    if not np.array_equal(x[~finite], y[~finite], equal_nan=True):
        return 0.0
    x, y = x[finite], y[finite]
    close = np.isclose(x, y, rtol=1e-3, atol=1e-5)
    if close.all():
        return 1.0
    if x.size < COSINE_FROM:
        return float(close.mean())
    # Scaled first, so that no square overflows.
    x, y = x / max(1e-300, np.abs(x).max()), y / max(1e-300, np.abs(y).max())
    norm = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(np.clip(x @ y / norm, 0.0, 1.0)) if norm else 0.0
