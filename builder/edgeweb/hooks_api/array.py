"""edgeweb.Array: a tensor over a flat buffer, for hooks that have no NumPy; views share memory, results are new."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from typing import Any

from edgeweb.hooks_api import shapes
from edgeweb.hooks_api.dtypes import BY_NAME, DType, caster, dtype_of, from_code, promote, with_scalar
from edgeweb.hooks_api.storage import flattened, halves, store, typed

Shape = tuple[int, ...]
Work = Callable[[Any, Any], Any]


class Array:
    """Elements of one type in `shape`; `memoryview(array)` (Python 3.12 or later) and `array.buffer` give the bytes.

    Args:
        data: numbers or texts, nested lists of them, another array, or anything with a buffer.
        dtype: a name such as "float32"; default: the data's own, int64 and float64 for plain numbers.
        shape: default: the data's own.

    Raises:
        TypeError: values of another kind than numbers, bools or texts.
        ValueError: lists of unequal length, or a shape with another number of elements.
    """

    __slots__ = ("_dtype", "_flat", "_offset", "_shape", "_strides")
    _dtype: DType
    _flat: Any
    _offset: int
    _shape: Shape
    _strides: Shape
    # Its elements are compared one by one, so it has no hash.
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, data: object, dtype: object = None, shape: Sequence[int] | None = None) -> None:
        wanted = None if dtype is None else dtype_of(dtype)
        if isinstance(data, Array):
            kind = wanted or data._dtype
            flat, own = store(list(data._values()), kind), data._shape
        else:
            flat, kind, own = flattened(data, wanted)
        self._dtype, self._flat, self._offset = kind, flat, 0
        self._shape = own if shape is None else shapes.resolved(tuple(shape), len(flat))
        self._strides = shapes.strides(self._shape)

    @classmethod
    def _view(cls, base: Array, offset: int, shape: Shape, strides: Shape) -> Array:
        made = cls.__new__(cls)
        made._dtype, made._flat, made._offset, made._shape, made._strides = (
            base._dtype, base._flat, offset, shape, strides,
        )  # fmt: skip
        return made

    @classmethod
    def _new(cls, flat: Any, dtype: DType, shape: Shape) -> Array:
        made = cls.__new__(cls)
        made._dtype, made._flat, made._offset, made._shape, made._strides = dtype, flat, 0, shape, shapes.strides(shape)
        return made

    @property
    def shape(self) -> Shape:
        """The size of each dimension; () for a scalar."""
        return self._shape

    @property
    def dtype(self) -> str:
        """The element type's name, as ONNX and NumPy call it."""
        return self._dtype.name

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self._shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self._shape)

    @property
    def T(self) -> Array:
        """The dimensions in reverse order, over the same memory."""
        return self.transpose()

    @property
    def buffer(self) -> memoryview:
        """The elements as a memoryview of this shape, in C order: a view of the memory, or of a copy where it must be.

        Raises:
            TypeError: strings have no buffer.
        """
        if self._dtype.kind == "s":
            raise TypeError("an array of texts has no buffer; use tolist()")
        whole = self if self._contiguous else self.copy()
        view = memoryview(whole._flat)[whole._offset : whole._offset + whole.size]
        code = view.format
        if self.ndim == 1 or self.size == 0:
            return view
        return view.cast("B").cast(code, self._shape)  # type: ignore[call-overload, no-any-return]

    def __buffer__(self, flags: int) -> memoryview:
        return self.buffer

    @property
    def __array_interface__(self) -> dict[str, Any]:
        # So that numpy.asarray() works on Pythons before 3.12 as well.
        if self._dtype.kind == "s":
            raise AttributeError("__array_interface__")
        letter = {"f": "f", "i": "i", "u": "u", "b": "b"}[self._dtype.kind]
        flat = (self if self._contiguous else self.copy()).buffer
        return {"version": 3, "shape": self._shape, "typestr": f"<{letter}{self._dtype.size}", "data": flat.cast("B")}

    @property
    def _contiguous(self) -> bool:
        return self._strides == shapes.strides(self._shape)

    def _values(self) -> Any:
        """Every element in C order."""
        stored = self._stored()
        return halves(stored, decode=True) if self._dtype.code == "e" else stored

    def _stored(self) -> Any:
        if self._contiguous:
            return self._flat[self._offset : self._offset + self.size]
        return shapes.elements(self._flat, self._offset, self._shape, self._strides)

    def tolist(self) -> Any:
        """Nested lists of Python numbers; for a scalar the number itself."""
        return shapes.nested(list(self._values()), self._shape)

    def item(self) -> Any:
        """The one element as a Python number; ValueError where there are more."""
        if self.size != 1:
            raise ValueError(f"an array of {self.size} elements is no single number")
        return next(iter(self._values()))

    def tobytes(self) -> bytes:
        """The elements in C order, little endian."""
        return self.buffer.tobytes()

    def copy(self) -> Array:
        """A new array with the same elements."""
        return Array._new(store(list(self._stored()), self._dtype, raw=True), self._dtype, self._shape)

    def astype(self, dtype: object) -> Array:
        """A new array of another type: floats are cut to integers, integers wrap around."""
        kind = dtype_of(dtype)
        return Array._new(store(list(self._values()), kind), kind, self._shape)

    def reshape(self, *shape: Any) -> Array:
        """The same elements in another shape, one dimension of which may be -1; shares memory where it can."""
        wanted = tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
        base = self if self._contiguous else self.copy()
        found = shapes.resolved(wanted, self.size)
        return Array._view(base, base._offset, found, shapes.strides(found))

    def transpose(self, *axes: int) -> Array:
        """The dimensions in the order `axes`, or reversed, over the same memory."""
        order = axes or tuple(reversed(range(self.ndim)))
        if sorted(order) != list(range(self.ndim)):
            raise ValueError(f"{order} is no order of {self.ndim} dimensions")
        shape, strides = ([source[axis] for axis in order] for source in (self._shape, self._strides))
        return Array._view(self, self._offset, tuple(shape), tuple(strides))

    def __len__(self) -> int:
        if not self._shape:
            raise TypeError("a scalar has no length")
        return self._shape[0]

    def __iter__(self) -> Iterator[Any]:
        if self.ndim == 1:
            return iter(self._values())
        return (self[index] for index in range(len(self)))

    def __getitem__(self, key: object) -> Any:
        offset, shape, strides = shapes.sliced(key, self._offset, self._shape, self._strides)
        if shape or (isinstance(key, tuple) and Ellipsis in key):
            return Array._view(self, offset, shape, strides)
        value = self._flat[offset]
        return halves([value], decode=True)[0] if self._dtype.code == "e" else value

    def __setitem__(self, key: object, value: object) -> None:
        offset, shape, strides = shapes.sliced(key, self._offset, self._shape, self._strides)
        source = value if isinstance(value, Array) else Array(value)
        stored = store(list(source._spread(shape)._values()), self._dtype)
        at, size = 0, shape[-1] if shape else 1
        for row in shapes.rows(offset, shape, strides):
            self._flat[row] = stored[at : at + size]
            at += size

    def __repr__(self) -> str:
        shown = repr(self.tolist()) if self.size <= 64 else f"<{self.size} elements>"
        return f"edgeweb.Array({shown}, dtype={self.dtype!r}, shape={self._shape})"

    def __bool__(self) -> bool:
        return bool(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def _operate(self, other: object, work: Work, *, swap: bool = False, to: str = "") -> Array:
        """`work` on each pair of elements, dimensions of 1 repeated; `to`: the result's type, or "float" division."""
        plain = isinstance(other, (int, float, str))
        right = other if isinstance(other, Array) else Array(other)
        kind = with_scalar(self._dtype, other) if plain else promote(self._dtype, right._dtype)
        if to == "float":
            kind = kind if kind.kind == "f" else BY_NAME["float64"]
        elif to:
            kind = BY_NAME[to]
        if plain:
            shape, values = self._shape, _with_plain(self._values(), other, work, swap=swap, few=self._dtype.size == 1)
        else:
            shape = shapes.broadcast(self._shape, right._shape)
            sides = [side._spread(shape)._values() for side in ((right, self) if swap else (self, right))]
            values = list(map(work, *sides))
        # What compares gives bools already.
        return Array._new(store(values, kind, raw=to == "bool"), kind, shape)

    def _spread(self, shape: Shape) -> Array:
        """A view of another shape, in which dimensions of 1 are repeated."""
        return Array._view(self, self._offset, shape, shapes.broadcast_strides(self._shape, self._strides, shape))

    def __neg__(self) -> Array:
        return self._operate(0, lambda a, _: -a)

    def __abs__(self) -> Array:
        return self._operate(0, lambda a, _: abs(a))


def _with_plain(values: Any, other: Any, work: Work, *, swap: bool, few: bool) -> list[Any]:
    """`work` on each value and one plain number; `few`: the type has 256 values, so that work is done once for each."""
    if work is _divide and other and not swap:
        work = operator.truediv
    sides = (repeat(other), values) if swap else (values, repeat(other))
    if not few or len(values) <= _ALL_BYTES:
        return list(map(work, *sides))
    seen = set(values)
    table = {value: work(other, value) if swap else work(value, other) for value in seen}
    return list(map(table.__getitem__, values))


_ALL_BYTES = 256


def _arithmetic(name: str, work: Work, to: str = "") -> None:
    setattr(Array, f"__{name}__", lambda self, other: self._operate(other, work, to=to))
    setattr(Array, f"__r{name}__", lambda self, other: self._operate(other, work, swap=True, to=to))


def _divide(a: float, b: float) -> float:
    """As IEEE 754 has it, where Python raises."""
    try:
        return a / b
    except ZeroDivisionError:
        return math.nan if a == 0 or a != a else math.copysign(math.inf, a) * math.copysign(1, b)


def _whole(work: Work) -> Work:
    """By zero: 0 for integers and nan for floats, as in NumPy."""
    return lambda a, b: work(a, b) if b else (math.nan if isinstance(a + b, float) else 0)


_arithmetic("add", operator.add)
_arithmetic("sub", operator.sub)
_arithmetic("mul", operator.mul)
_arithmetic("truediv", _divide, to="float")
_arithmetic("floordiv", _whole(operator.floordiv))
_arithmetic("mod", _whole(operator.mod))
_arithmetic("pow", operator.pow)
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    _work = getattr(operator, _name)
    setattr(Array, f"__{_name}__", lambda self, other, _work=_work: self._operate(other, _work, to="bool"))


def zeros(shape: int | Sequence[int], dtype: object = "float32") -> Array:
    """An array of zeros (of empty texts)."""
    kind = dtype_of(dtype)
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    return Array._new(store([caster(kind)("" if kind.kind == "s" else 0)] * math.prod(sizes), kind), kind, sizes)


def over(buffer: Any, dtype: str, shape: Sequence[int]) -> Array:
    """An array over memory that is there already, without a copy; `buffer` may be read-only."""
    kind = dtype_of(dtype)
    return Array._new(typed(memoryview(buffer).cast("B"), kind), kind, tuple(shape))


def array_of(value: object) -> Array:
    """Anything else with elements: over its own memory, where that is in order."""
    try:
        view = memoryview(value)  # type: ignore[arg-type]
        kind = from_code(view.format)
        if kind is not None and view.c_contiguous and view.nbytes:
            return over(view, kind.name, view.shape or ())
    except (TypeError, ValueError):
        pass
    return Array(value)
