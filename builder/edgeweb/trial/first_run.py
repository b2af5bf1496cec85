"""The model's first run: native, on seeded inputs or the user's, for the golden case that browsers must reproduce."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from edgeweb.errors import ConfigError, ModelError, UnsupportedError
from edgeweb.inputs import array_files, arrays, golden
from edgeweb.inputs.arrays import Feed
from edgeweb.inputs.golden import DTYPES
from edgeweb.machine import session
from edgeweb.read import defaults
from edgeweb.read.model import Model, to_bytes
from edgeweb.schema.model import GoldenCase, GoldenInput
from edgeweb.schema.types import Default, TensorInfo, TensorType
from edgeweb.trial import native, output_shapes
from edgeweb.trial.native import Examined

# Only two of ONNX Runtime's names are not ONNX's own.
_NATIVE_NAMES = {"float32": "float", "float64": "double"}
_NATIVE_TYPES: dict[str, TensorType] = {f"tensor({_NATIVE_NAMES.get(kind, kind)})": kind for kind in DTYPES}
RANDOM = frozenset((
    "RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial", "Bernoulli", "Dropout",
))  # fmt: skip
_STORED_FEED_BYTES = 64 << 10
ARRAYS = (".npz", ".npy")
# A WebAssembly memory ends at 4 GiB, and the input is not alone in it.
_MAX_INPUT_BYTES = 2 << 30


def run(
    model: Model,
    inputs: Sequence[TensorInfo],
    operators: Mapping[str, int],
    *,
    texts: Mapping[str, Sequence[str]],
    data: Path | None,
    optimise: bool = True,
    measure: bool = False,
    cases: Sequence[list[GoldenInput]] = (),
    looks: Sequence[Feed] = (),
    optional: Sequence[Default] = (),
) -> Examined:
    """Examine the model in the limited child process.

    Args:
        inputs: those that must be fed.
        operators: how often each occurs; says whether the model may never end, or draws random numbers.
        texts: known values of string inputs, by input name.
        data: the user's inputs; None: seeded ones.
        optimise: whether its optimised graph is wanted.
        measure: whether to estimate the work of a run.
        cases: inputs that are known to make sense, to be tried first.
        looks: inputs that it runs on besides, whose outputs are kept.
        optional: inputs that are fed their defaults.

    Raises:
        ModelError, UnsupportedError: it cannot run.
        ConfigError: `data` does not fit its inputs.
    """
    _check_size(model, inputs)
    given = None if data is None else _given(data, inputs)
    tried = [*cases, *golden.candidates(inputs, texts)] if given is None else [given]
    usual = [GoldenInput(name=e.name, type=e.type, dims=e.dims, data=e.data, strings=e.strings) for e in optional]
    tried = [[*case, *usual] for case in tried]
    looks = [{**feed, **defaults.arrays(optional)} for feed in looks]
    plain = {name.rsplit(".", 1)[-1] for name in operators}
    endless, random = "Loop" in plain, bool(plain & RANDOM)
    # Optimising a graph rewrites all of its weights.
    whole = optimise and model.weights is None
    found = _examine(model, tried, whole, endless=endless, random=random, measure=measure, looks=looks)
    if given is not None and not found.case:
        why = found.notes[0].partition(": ")[2] if found.notes else "its shapes or values do not fit"
        raise ConfigError(f"The model does not run on {data}", why, "Correct the arrays, or leave --data out")
    return replace(found, notes=(*found.notes, *_unproven(tried, found)))


def _given(path: Path, inputs: Sequence[TensorInfo]) -> list[GoldenInput] | None:
    """The user's arrays, or the first of many samples; None for other kinds of data, and where the seeds serve better.

    Feeds too large for the manifest prove nothing in a browser; then the arrays are only what forms are judged on.
    """
    if path.suffix.lower() not in ARRAYS:
        return None
    try:
        case = read_data(path, inputs)
    except ConfigError:
        feeds, _, _ = array_files.read([path], inputs, [], [])
        if not feeds:
            raise
        case = [golden.stored_input(info.name, info.type, feeds[0][info.name]) for info in inputs]
    fixed = all(isinstance(size, int) for info in inputs for size in (info.shape or [None])[1:])
    return None if fixed and any(_stored_bytes(spec) > _STORED_FEED_BYTES for spec in case) else case


def _unproven(cases: list[list[GoldenInput]], found: Examined) -> list[str]:
    """Why there will be no golden case, where the child has not said it."""
    if not cases:
        return ["its inputs are too large for a trial, so its numbers are not proven"]
    if found.case and not found.reference:
        return ["every run gives other outputs, so its numbers are not proven"]
    if any(_stored_bytes(spec) > _STORED_FEED_BYTES for spec in found.case):
        return ["the given inputs are too large to be stored in the site, so its numbers are not proven"]
    return []


def _examine(model: Model, cases: list[list[GoldenInput]], optimise: bool, **flags: Any) -> Examined:
    try:
        return native.examine(
            model.path, to_bytes(model.proto), cases, optimise=optimise, weights=model.weights, **flags
        )
    except ModelError as error:
        neutral = neutral_locale(model.proto) if "locale" in str(error).lower() else None
        if neutral is None:
            raise
    # The browser's runtime knows every locale; this machine lacks one, which only the trial has to do without.
    found = native.examine(model.path, to_bytes(neutral), cases, optimise=False, weights=model.weights, **flags)
    return replace(found, notes=(*found.notes, "tried without the text locale, which this machine lacks"))


def _check_size(model: Model, inputs: Sequence[TensorInfo]) -> None:
    """An input of fixed shape that no browser can hold is refused before anybody makes one."""
    for tensor in inputs:
        count = math.prod(dim for dim in tensor.shape or [] if isinstance(dim, int))
        if count * np.dtype(DTYPES[tensor.type]).itemsize > _MAX_INPUT_BYTES:
            raise UnsupportedError(
                f'{model.path} has the input "{tensor.name}"',
                f"it always holds {count:,} elements, more than a browser can",
                "Export the model with a smaller shape",
            )


def outputs(declared: Sequence[TensorInfo], found: Examined) -> tuple[TensorInfo, ...]:
    """The outputs as declared, completed by what ONNX Runtime and the trial know about those without type or shape, or
    with a shape that the trial contradicts.
    """
    known = {output.name: output for output in declared}
    complete = []
    for name, kind, _ in found.outputs:
        output = known.get(name)
        seen = found.reference.get(name)
        if output is None or output.shape is None or output_shapes.differs(output.shape, seen):
            shape: list[int | str | None] | None = None
            if seen is not None:
                shape = [None, *seen.shape[1:]] if seen.ndim else []
            output = TensorInfo(
                name=name, type=_NATIVE_TYPES.get(kind, "float32") if output is None else output.type, shape=shape
            )
        complete.append(output)
    return tuple(complete)


def proven(found: Examined, shipped: bytes | Path) -> Examined:
    """With the outputs of the form that ships, which is what every browser has to reproduce."""
    if not found.reference:
        return found
    feed = {spec.name: golden.make_input(spec) for spec in found.case}
    (answer,) = session.run(shipped, [feed])
    return replace(found, reference={name: answer[name] for name in found.reference})


def golden_case(found: Examined, declared: Sequence[TensorInfo]) -> list[GoldenCase]:
    """The case for the manifest: none when no input worked, it is too large, or nothing that it gives repeats."""
    types = {output.name: output.type for output in declared}
    if not found.reference or any(_stored_bytes(spec) > _STORED_FEED_BYTES for spec in found.case):
        return []
    stored = [
        golden.expected(name, types[name], array, len(found.reference)) for name, array in found.reference.items()
    ]
    return [GoldenCase(inputs=found.case, outputs=stored)]


def own_case(found: Examined, model: bytes | Path | None, declared: Sequence[TensorInfo]) -> GoldenCase | None:
    """The case with the answers of a form, or, where `model` is None, with those of the trial."""
    own = golden_case(found if model is None else proven(found, model), declared)
    return own[0] if own else None


def _stored_bytes(spec: GoldenInput) -> int:
    """What a feed takes in the manifest; a seed takes nothing."""
    return len(spec.data or "") + sum(len(text.encode()) for text in spec.strings or ())


def read_data(path: Path, inputs: Sequence[TensorInfo]) -> list[GoldenInput]:
    """Feeds from a .npz (an array for each input, by name) or a .npy (for a model with one input).

    Raises:
        ConfigError: another kind of file, missing or surplus arrays, another type or shape.
    """
    found = arrays.load(path, inputs)
    arrays.check_names(path, found, inputs)
    return [golden.stored_input(info.name, info.type, arrays.fitted(path, info, found[info.name])) for info in inputs]


def neutral_locale(proto: onnx.ModelProto) -> onnx.ModelProto | None:
    """A copy whose StringNormalizer nodes ask for no locale that may be missing; None when there are none."""
    copy = onnx.ModelProto()
    copy.CopyFrom(proto)
    nodes = [node for node in copy.graph.node if node.op_type == "StringNormalizer"]
    for node in nodes:
        kept = [attribute for attribute in node.attribute if attribute.name != "locale"]
        del node.attribute[:]
        node.attribute.extend([*kept, onnx.helper.make_attribute("locale", "C")])
    return copy if nodes else None
