"""Shapes, strides and places of elements: the arithmetic of Array without its data."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Iterator, Sequence
from typing import Any

Shape = tuple[int, ...]


def strides(shape: Shape) -> Shape:
    """How many elements lie between neighbours of each dimension, in C order."""
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))


def resolved(shape: Shape, size: int) -> Shape:
    """`shape` with its one -1 filled in; ValueError where it does not hold `size` elements."""
    sizes = tuple(operator.index(dim) for dim in shape)
    known = math.prod(dim for dim in sizes if dim != -1)
    if sizes.count(-1) == 1 and known > 0 and size % known == 0:
        sizes = tuple(size // known if dim == -1 else dim for dim in sizes)
    if any(dim < 0 for dim in sizes) or math.prod(sizes) != size:
        raise ValueError(f"{size} elements do not fill the shape {list(shape)}")
    return sizes


def rows(offset: int, shape: Shape, steps: Shape) -> Iterator[slice]:
    """Where the elements lie in the flat storage, in C order: a slice for each row along the last dimension.

    A row that repeats one element (a step of 0) is that element's slice, once.
    """
    if 0 in shape:
        return
    *outer, (size, step) = zip(shape, steps, strict=True) if shape else ((1, 1),)
    for start in _starts(offset, outer):
        stop = start + size * step
        yield slice(start, None if stop < 0 else stop, step) if step else slice(start, start + 1)


def elements(flat: Any, offset: int, shape: Shape, steps: Shape) -> list[Any]:
    """The elements in C order. Slices take them out of the storage, since one at a time is many times slower."""
    if 0 in shape:
        return []
    walks = _merged(shape, steps) or [(1, 1)]
    if walks[0][1] == 0:
        # What is repeated as a whole is read once.
        again, *walks = walks
        sizes, inner = tuple(size for size, _ in walks), tuple(step for _, step in walks)
        return elements(flat, offset, sizes, inner) * again[0]
    *outer, (size, step) = walks
    found: list[Any] = []
    if outer and step and 1 < size <= _FEW < outer[-1][0] and outer[-1][1]:
        # Colours, say: column by column, and each column to its places between the others.
        (height, stride) = outer.pop()
        block = [None] * (height * size)
        for start in _starts(offset, outer):
            for column in range(size):
                block[column::size] = _taken(flat, start + column * step, height, stride)
            found += block
        return found
    for start in _starts(offset, outer):
        found += _taken(flat, start, size, step) if step else [flat[start]] * size
    return found


_FEW = 8


def _taken(flat: Any, start: int, size: int, step: int) -> Any:
    stop = start + size * step
    return flat[start : None if stop < 0 else stop : step]


def _merged(shape: Shape, steps: Shape) -> list[tuple[int, int]]:
    """Sizes and steps, neighbouring dimensions that lie one after the other in the storage as one."""
    found: list[tuple[int, int]] = []
    for size, step in zip(shape, steps, strict=True):
        if size == 1:
            continue
        if found and found[-1][1] == size * step and step:
            found[-1] = (found[-1][0] * size, step)
        else:
            found.append((size, step))
    return found


def _starts(offset: int, outer: Sequence[tuple[int, int]]) -> Iterator[int]:
    walks = [range(0, size * step, step) if step else [0] * size for size, step in outer]
    return (offset + sum(parts) for parts in itertools.product(*walks))


def sliced(key: object, offset: int, shape: Shape, steps: Shape) -> tuple[int, Shape, Shape]:
    """Offset, shape and strides of `array[key]`: integers, slices, ... and None.

    Raises:
        IndexError: out of range, or more indices than dimensions.
        TypeError: another kind of index, such as a list.
    """
    keys = list(key) if isinstance(key, tuple) else [key]
    used = sum(1 for part in keys if part is not None and part is not Ellipsis)
    if used > len(shape):
        raise IndexError(f"{used} indices for {len(shape)} dimensions")
    gap = [slice(None)] * (len(shape) - used)
    at = next((place for place, part in enumerate(keys) if part is Ellipsis), len(keys))
    keys = [*keys[:at], *gap, *keys[at + 1 :]]
    sizes, walks, axis = [], [], 0
    for part in keys:
        if part is None:
            sizes.append(1)
            walks.append(0)
            continue
        if isinstance(part, slice):
            start, stop, step = part.indices(shape[axis])
            offset += start * steps[axis]
            sizes.append(len(range(start, stop, step)))
            walks.append(step * steps[axis])
        else:
            offset += _index(part, shape[axis]) * steps[axis]
        axis += 1
    return offset, tuple(sizes), tuple(walks)


def _index(part: Any, size: int) -> int:
    try:
        place = operator.index(part)
    except TypeError:
        raise TypeError(f"an array takes integers and slices as indices, not {type(part).__name__}") from None
    if not -size <= place < size:
        raise IndexError(f"index {place} is out of range for a dimension of {size}")
    return place % size


def broadcast(a: Shape, b: Shape) -> Shape:
    """The shape of an operation on both: dimensions of 1 are repeated; ValueError where they differ otherwise."""
    pairs = itertools.zip_longest(reversed(a), reversed(b), fillvalue=1)
    found = []
    for left, right in pairs:
        if left != right and 1 not in (left, right):
            raise ValueError(f"shapes {list(a)} and {list(b)} do not go together")
        found.append(right if left == 1 else left)
    return tuple(reversed(found))


def broadcast_strides(shape: Shape, steps: Shape, wanted: Shape) -> Shape:
    """Strides that repeat an array of `shape` to `wanted`; ValueError where that cannot be."""
    if broadcast(shape, wanted) != wanted:
        raise ValueError(f"shape {list(shape)} does not fit into {list(wanted)}")
    added = (0,) * (len(wanted) - len(shape))
    return added + tuple(0 if size == 1 else step for size, step in zip(shape, steps, strict=True))


def nested(values: list[Any], shape: Shape) -> Any:
    """Flat values as nested lists."""
    if not shape:
        return values[0]
    for size in reversed(shape[1:]):
        count = math.prod(shape) if size == 0 else len(values) // size
        values = [values[size * at : size * (at + 1)] for at in range(count)] if size else [[]] * shape[0]
    return values


def flattened(data: object) -> tuple[list[Any], Shape]:
    """Nested lists as flat values with their shape; ValueError for lists of unequal length."""
    if not isinstance(data, (list, tuple)):
        return [data], ()
    level: Sequence[Any] = data
    shape = [len(level)]
    while level and isinstance(level[0], (list, tuple)):
        size = len(level[0])
        if any(not isinstance(part, (list, tuple)) or len(part) != size for part in level):
            raise ValueError("the lists are of unequal length")
        level = [item for part in level for item in part]
        shape.append(size)
    if any(isinstance(item, (list, tuple)) for item in level):
        raise ValueError("the lists are of unequal depth")
    # Arrays inside a list become dimensions of their own.
    if level and hasattr(level[0], "tolist"):
        inner, rest = flattened([item.tolist() for item in level])
        return inner, (*shape[:-1], *rest)
    return list(level), tuple(shape)
