"""How many bytes a tensor needs, and whether it has them."""

from __future__ import annotations

from collections.abc import Sequence

from onnx import TensorProto

from edgeweb.errors import UnsupportedError
from edgeweb.schema.types import TensorType

# No protobuf file is larger.
MAX_BYTES = 2**31 - 1
# A WebAssembly memory ends at 4 GiB. The weights are in it once, beside the runtime and the values between layers.
MOST_BYTES = 3_500_000_000
_MAX_ELEMENTS = 2**63 - 1

BITS: dict[int, int] = {
    TensorProto.FLOAT: 32, TensorProto.UINT8: 8, TensorProto.INT8: 8, TensorProto.UINT16: 16, TensorProto.INT16: 16,
    TensorProto.INT32: 32, TensorProto.INT64: 64, TensorProto.BOOL: 8, TensorProto.FLOAT16: 16, TensorProto.DOUBLE: 64,
    TensorProto.UINT32: 32, TensorProto.UINT64: 64, TensorProto.COMPLEX64: 64, TensorProto.COMPLEX128: 128,
    TensorProto.BFLOAT16: 16, TensorProto.FLOAT8E4M3FN: 8, TensorProto.FLOAT8E4M3FNUZ: 8, TensorProto.FLOAT8E5M2: 8,
    TensorProto.FLOAT8E5M2FNUZ: 8, TensorProto.FLOAT8E8M0: 8, TensorProto.UINT4: 4, TensorProto.INT4: 4,
    TensorProto.FLOAT4E2M1: 4, TensorProto.UINT2: 2, TensorProto.INT2: 2,
}  # fmt: skip

# Those that JavaScript has an array for.
TYPES: dict[int, TensorType] = {
    TensorProto.FLOAT: "float32", TensorProto.DOUBLE: "float64", TensorProto.FLOAT16: "float16",
    TensorProto.INT8: "int8", TensorProto.UINT8: "uint8", TensorProto.INT16: "int16", TensorProto.UINT16: "uint16",
    TensorProto.INT32: "int32", TensorProto.UINT32: "uint32", TensorProto.INT64: "int64", TensorProto.UINT64: "uint64",
    TensorProto.BOOL: "bool", TensorProto.STRING: "string",
}  # fmt: skip

# Types whose values are kept one a slot in a field other than int32_data, and how many slots a value takes.
_FIELDS: dict[int, tuple[str, int]] = {
    TensorProto.FLOAT: ("float_data", 1), TensorProto.COMPLEX64: ("float_data", 2),
    TensorProto.DOUBLE: ("double_data", 1), TensorProto.COMPLEX128: ("double_data", 2),
    TensorProto.INT64: ("int64_data", 1), TensorProto.STRING: ("string_data", 1),
    TensorProto.UINT32: ("uint64_data", 1), TensorProto.UINT64: ("uint64_data", 1),
}  # fmt: skip


class MismatchError(ValueError):
    """Why a tensor cannot be what it says it is."""


def type_name(data_type: int) -> str:
    """The name of an ONNX element type, lower case; `type 99` when it has none."""
    names = TensorProto.DataType
    return names.Name(data_type).lower() if data_type in names.values() else f"type {data_type}"


def check_total(what: str, total: int) -> None:
    """Refuse a model of `total` bytes that no browser can hold.

    Raises:
        UnsupportedError: with `what` as its subject.
    """
    if total > MOST_BYTES:
        need = f"needs {total / 1e9:.1f} GB for its weights alone"
        why = f"it {need}, and a browser runs it in a 32-bit WebAssembly memory of 4.3 GB"
        raise UnsupportedError(what, why, f"Use a smaller or a quantised form, of {MOST_BYTES / 1e9:g} GB at most")


def elements(dims: Sequence[int]) -> int:
    """The number of elements of a shape.

    Raises:
        MismatchError: a dimension is negative, or there are more than 2^63 - 1 elements.
    """
    if any(d < 0 for d in dims):
        raise MismatchError(f"its shape has a negative dimension, {min(dims)}")
    if 0 in dims:
        return 0
    total = 1
    for size in dims:
        total *= size
        if total > _MAX_ELEMENTS:
            raise MismatchError(f"its shape {list(dims)[:8]} has more than 2^63 elements")
    return total


def byte_size(tensor: TensorProto) -> int:
    """The bytes a tensor takes when stored raw; types of 2 and 4 bits are packed.

    Raises:
        MismatchError: the shape is impossible, or the type has no raw form.
    """
    bits = BITS.get(tensor.data_type)
    if bits is None:
        raise MismatchError(f"its element type ({type_name(tensor.data_type)}) cannot be stored as plain bytes")
    return (elements(tensor.dims) * bits + 7) // 8


def check_stored(tensor: TensorProto) -> None:
    """Compare the data inside a tensor with its shape and type.

    Raises:
        MismatchError: there is too little or too much of it.
    """
    count = elements(tensor.dims)
    if tensor.HasField("raw_data") and tensor.data_type != TensorProto.STRING:
        need, have = byte_size(tensor), len(tensor.raw_data)
        if have == need:
            return
        if have:
            raise MismatchError(f"its shape {list(tensor.dims)[:8]} needs {need} bytes, the file holds {have}")
    field, slots, have = _slots(tensor, count)
    if slots != have:
        raise MismatchError(f"its shape {list(tensor.dims)[:8]} needs {slots} values in {field}, the file holds {have}")


def _slots(tensor: TensorProto, count: int) -> tuple[str, int, int]:
    """The field that holds a tensor's values, how many entries it should have, and how many it has."""
    if tensor.data_type in _FIELDS:
        field, each = _FIELDS[tensor.data_type]
        return field, count * each, len(getattr(tensor, field))
    if tensor.data_type not in BITS:
        raise MismatchError(f"its element type ({type_name(tensor.data_type)}) is not known")
    # Types under a byte are packed, a byte to an entry.
    bits = BITS[tensor.data_type]
    return "int32_data", count if bits >= 8 else (count * bits + 7) // 8, len(tensor.int32_data)
