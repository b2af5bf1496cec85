"""Which of a model's inputs are its memory from call to call, which stay the same, and which one takes the data."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast, get_args

import numpy as np

from edgeweb.errors import ConfigError
from edgeweb.inputs import golden
from edgeweb.inputs.golden import DTYPES
from edgeweb.schema.types import Constant, Number, State, TensorInfo

# How exporters name what a recurrent network hands on: h and hn, state and stateN, h_in and h_out, past and present.
_BEFORE = re.compile(r"(_in|_prev|_0|0|past|prev|input|in)$|^(past|prev|input|init(ial)?)[._]?", re.I)
_AFTER = re.compile(r"(_out|_next|_new|_n|n|present|output|out|new|next)$|^(present|new|next|output)[._]?", re.I)
_RATES = {"sr", "rate", "sample_rate", "sampling_rate", "samplerate", "fs"}
_MOST = 1 << 24


@dataclass(frozen=True)
class Roles:
    """`data`: takes what the visitor gives; `states`, `constants`: the other inputs; `results`: the other outputs."""

    data: TensorInfo
    states: tuple[State, ...]
    constants: tuple[Constant, ...]
    results: tuple[TensorInfo, ...]


def split(
    inputs: Sequence[TensorInfo],
    outputs: Sequence[TensorInfo],
    *,
    data: str | None,
    states: Mapping[str, str] | None,
    constants: Mapping[str, float],
    rate: int | None,
    table: str,
    fits: Callable[[TensorInfo], bool],
) -> Roles | str:
    """What each input is for, or why that cannot be told.

    Args:
        data, states, constants: what the configuration says; `states` from output to input.
        rate: of the sound, for an input that is named after it.
        fits: whether an input could take the data, by its shape.
        table: where the configuration stands, for errors.

    Raises:
        ConfigError: it names what the model does not have.
    """
    names = {info.name: info for info in inputs}
    gives = {info.name: info for info in outputs}
    _check_names(names, gives, [*([data] if data else []), *constants, *(states or {}).values()], states or {}, table)
    fixed = [_constant(names[name], value) for name, value in constants.items()]
    rest = [info for info in inputs if info.name not in constants and info.name != data]
    for info in [each for each in rest if rate and each.name.lower() in _RATES and _small(each)]:
        fixed.append(_constant(info, rate or 0))
        rest.remove(info)
    able = [info for info in rest if fits(info) and info.name not in (states or {}).values()]
    if data is None and len(able) == 1:
        data = able[0].name
        rest.remove(able[0])
    # The only input is no memory, and what is left of several is the one without a partner.
    pairs = dict(states) if states is not None else _pairs(rest, outputs) if data or len(rest) > 1 else {}
    left = [info for info in rest if info.name not in pairs.values()]
    main = names[data] if data else left[0] if len(left) == 1 else None
    if main is None or (data and left):
        several = ", ".join(f'"{info.name}"' for info in left)
        how = f"say so in [{table}] with state, constants or input"
        return f"which of the inputs {several} takes the data is not clear: {how}"
    made = [_state(names[taken], name) for name, taken in pairs.items()]
    results = tuple(info for info in outputs if info.name not in pairs)
    return Roles(main, tuple(made), tuple(fixed), results) if results else "it gives nothing but states"


def _check_names(
    names: Mapping[str, TensorInfo],
    gives: Mapping[str, TensorInfo],
    given: Sequence[str],
    states: Mapping[str, str],
    table: str,
) -> None:
    for name in given:
        if name not in names:
            raise ConfigError(
                f'[{table}] names an input "{name}"',
                "the model has no such input",
                f"Its inputs are: {', '.join(names)}",
            )
    for name in states:
        if name not in gives:
            raise ConfigError(
                f'[{table}] names an output "{name}"',
                "the model has no such output",
                f"Its outputs are: {', '.join(gives)}",
            )


def _pairs(inputs: Sequence[TensorInfo], outputs: Sequence[TensorInfo]) -> dict[str, str]:
    """From output to input: alike in type and shape, and either in name or the only ones of that shape."""
    found: dict[str, str] = {}
    for info in inputs:
        alike = [out for out in outputs if out.name not in found and _fits(info, out)]
        stem = _stem(info.name, _BEFORE)
        named = [
            out
            for out in alike
            if (stem and stem == _stem(out.name, _AFTER)) or out.name.lower() == f"{info.name}n".lower()
        ]
        rivals = [other for other in inputs if other is not info and any(_fits(other, out) for out in alike)]
        whole = info.shape is not None and len(info.shape) > 1 and all(isinstance(dim, int) for dim in info.shape)
        if len(named) == 1:
            found[named[0].name] = info.name
        elif len(alike) == 1 and whole and not rivals and _same(info, alike[0]):
            found[alike[0].name] = info.name
    return found


def _stem(name: str, ending: re.Pattern[str]) -> str:
    return ending.sub("", name.lower()).strip("._")


def _fits(info: TensorInfo, out: TensorInfo) -> bool:
    """Whether a call could take what another gave; a dimension that is not known fits any."""
    if info.type != out.type or not info.type.startswith("float") or info.shape is None:
        return False
    if out.shape is None:
        return True
    return len(info.shape) == len(out.shape) and all(
        a == b or not isinstance(a, int) or not isinstance(b, int) for a, b in zip(info.shape, out.shape, strict=True)
    )


def _same(info: TensorInfo, out: TensorInfo) -> bool:
    """Alike but for the first axis, which exporters rename."""
    a, b = info.shape or [], out.shape or []
    return a[1:] == b[1:] and (a[0] == b[0] or not isinstance(b[0], int))


def _small(info: TensorInfo) -> bool:
    return info.shape is not None and all(dim == 1 or not isinstance(dim, int) for dim in info.shape)


def _dims(info: TensorInfo) -> list[int]:
    return [dim if isinstance(dim, int) and dim > 0 else 1 for dim in info.shape or []]


def _state(info: TensorInfo, output: str) -> State:
    dims = _dims(info)
    if math.prod(dims) > _MOST:
        raise ConfigError(
            f'The state "{info.name}" is too large',
            f"it has {math.prod(dims):,} elements",
            "Export the model with a smaller state",
        )
    return State(input=info.name, output=output, type=_number(info), dims=dims)


def _constant(info: TensorInfo, value: float) -> Constant:
    array = np.full(_dims(info), value, DTYPES[info.type])
    data, _ = golden.store(array)
    return Constant(name=info.name, type=_number(info), dims=_dims(info), data=data or "")


def _number(info: TensorInfo) -> Number:
    for kind in get_args(Number):
        if kind == info.type:
            return cast(Number, kind)
    raise ConfigError(f'The input "{info.name}" is {info.type}', "a state or a constant is a number", "Use hooks")
