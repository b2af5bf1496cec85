"""The `model` that hooks are given: its inputs, outputs and labels, and `run`, which works with and without `await`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from edgeweb.hooks_api.array import Array, array_of
from edgeweb.hooks_api.dtypes import BY_NAME

# A feed on its way out of Python: name, type, shape, and the elements in C order (texts in a list).
Feed = tuple[str, str, tuple[int, ...], Any]


class Tensor(NamedTuple):
    """An input or output. `shape`: a dimension is a size, a name, or None when unknown; None: the rank is unknown."""

    name: str
    dtype: str
    shape: Sequence[int | str | None] | None


class Outputs(dict[str, Any]):
    """The arrays that a model gave, by name; `await` gives the same, so `await model.run(...)` works everywhere."""

    def __await__(self) -> Generator[Any, None, Outputs]:
        return self
        yield


class Pending:
    """The outputs of a run that this browser cannot wait for without `await`."""

    def __init__(self, coming: Awaitable[Outputs]) -> None:
        self._coming = coming

    def __await__(self) -> Generator[Any, None, Outputs]:
        return self._coming.__await__()

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(_AWAIT)

    def __getitem__(self, name: str) -> Any:
        raise RuntimeError(_AWAIT)

    def __iter__(self) -> Iterator[Any]:
        raise RuntimeError(_AWAIT)


_AWAIT = "this browser needs `await model.run(...)` in a hook that begins with `async def`"


class Model:
    """One or several models. Its own `inputs`, `outputs`, `labels` and `metadata` are the first model's;
    `model[name]` is any. Metadata are the texts that an ONNX file carries, by their keys.

    Args:
        parts: inputs and outputs by the model's name (the stem of its file), the first one first.
        labels: of the first model; empty when it has none.
        send: runs a model by its name on checked feeds; gives `Outputs` or `Pending`.
        metadata: what each model's file says of itself, by the model's name.
    """

    def __init__(
        self,
        parts: Mapping[str, tuple[Sequence[Tensor], Sequence[Tensor]]],
        labels: Sequence[str],
        send: Callable[[str, list[Feed]], Any],
        metadata: Mapping[str, Mapping[str, str]],
    ) -> None:
        self._parts, self._send, self._metadata = parts, send, metadata
        self.names = tuple(parts)
        self.name = self.names[0]
        self.labels = tuple(labels)
        self.metadata = dict(metadata.get(self.name, {}))
        inputs, outputs = parts[self.name]
        self.inputs = {tensor.name: tensor for tensor in inputs}
        self.outputs = {tensor.name: tensor for tensor in outputs}

    def __getitem__(self, name: str) -> Model:
        self._check(name)
        labels = self.labels if name == self.name else ()
        return Model({name: self._parts[name]}, labels, self._send, self._metadata)

    def run(self, *given: Any) -> Any:
        """`run(feeds)` or `run(name, feeds)`: the outputs of a model, as arrays by name.

        In a hook that is an `async def` write `await model.run(...)`: that works in every browser. Without `await` it
        works in CPython and in browsers with JavaScript promise integration.

        Raises:
            TypeError, ValueError: an input is missing or unknown, or an array has another type or shape.
        """
        name, feeds = given if len(given) == 2 else (self.name, *given)
        self._check(name)
        return self._send(name, checked(self._parts[name][0], feeds, f'model "{name}"'))

    def _check(self, name: object) -> None:
        if name not in self._parts:
            raise ValueError(f'there is no model "{name}"; there is {", ".join(self._parts)}')


def checked(inputs: Sequence[Tensor], feeds: object, what: str) -> list[Feed]:
    """Feeds as they travel, each of its input's type and shape.

    Raises:
        TypeError, ValueError: they do not fit; the message names the input.
    """
    if not isinstance(feeds, Mapping):
        raise TypeError(f"{what} takes a dict {{input name: array}}, not {type(feeds).__name__}")
    known = [tensor.name for tensor in inputs]
    for name in feeds:
        if name not in known:
            raise ValueError(f'{what} has no input "{name}"; its inputs are {", ".join(known)}')
    missing = [name for name in known if name not in feeds]
    if missing:
        raise ValueError(f'input "{missing[0]}" of {what} is missing')
    return [_feed(tensor, feeds[tensor.name]) for tensor in inputs]


def _feed(tensor: Tensor, value: object) -> Feed:
    kind = BY_NAME[tensor.dtype]
    plain = isinstance(value, (list, tuple, int, float, str))
    try:
        # Plain numbers have no type of their own; an array's type is never changed silently.
        found = value if isinstance(value, Array) else Array(value, kind) if plain else array_of(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f'input "{tensor.name}" is {type(value).__name__}, not an array ({error})') from None
    if found.dtype != tensor.dtype:
        raise TypeError(f'input "{tensor.name}" is {found.dtype}, not {tensor.dtype}; use .astype("{tensor.dtype}")')
    shape = tensor.shape
    if shape is not None and not _fits(found.shape, shape):
        wanted = ", ".join("?" if size is None else str(size) for size in shape)
        raise ValueError(f'input "{tensor.name}" has shape {list(found.shape)}, not [{wanted}]')
    data = found.reshape(-1).tolist() if kind.kind == "s" else found.reshape(-1).buffer
    return tensor.name, tensor.dtype, found.shape, data


def _fits(shape: tuple[int, ...], wanted: Sequence[int | str | None]) -> bool:
    pairs = zip(shape, wanted, strict=False)
    return len(shape) == len(wanted) and all(not isinstance(size, int) or size == have for have, size in pairs)
