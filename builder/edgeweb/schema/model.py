"""What `edgeweb.json` says of a model: its forms, and the numbers that prove them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edgeweb.schema.types import Bytes, Default, SitePath, Strict, TensorInfo, TensorType

Backend = Literal["wasm", "webgpu", "webnn"]

Optimization = Literal["disabled", "basic", "extended", "all"]


class GoldenOutput(Strict, frozen=True):
    """An expected output: elements 0, stride, 2*stride, ... as `data` (base64, little endian) or `strings`."""

    name: str
    type: TensorType
    dims: list[int]
    stride: Annotated[int, msgspec.Meta(ge=1)]
    data: str | None = None
    strings: list[str] | None = None


class Draft(Strict, frozen=True):
    """A form that the first `files` of a variant give by themselves, to answer until the others are there.

    Its ONNX file is as long as the variant's. `golden`: what it answers to each of the manifest's golden cases.
    """

    files: Annotated[int, msgspec.Meta(ge=1)]
    wire_bytes: Bytes
    agreement: float
    golden: list[list[GoldenOutput]]


class Variant(Strict, frozen=True):
    """One form of the model. `files` in order, joined, are the ONNX file; `wire_bytes` after brotli.

    `decoded_bytes`: the ONNX file's length when `files` are coded parts (docs/weights.md); None: they are the file
    itself, joined.
    `lossy`: its numbers are only nearly the original's. `draft`: the first of `files` are of use before the others.
    `accelerate`: so much work that a page should try a GPU without being asked. `golden`: the place, in the manifest's
    `golden`, of the case that holds this form's own answers.
    """

    id: str
    backends: list[Backend]
    files: list[SitePath]
    wire_bytes: Bytes
    agreement: float
    tolerance: Tolerance
    graph_optimization: Optimization
    accelerate: bool = False
    lossy: bool = False
    golden: Annotated[int, msgspec.Meta(ge=0)] = 0
    decoded_bytes: Bytes | None = None
    draft: Draft | None = None


class GoldenInput(Strict, frozen=True):
    """A feed: either `strings`, or `data` (base64, little endian), or numbers from the seeded generator of `golden.py`.

    Seeded: element i is `low + (high - low) * u(seed, i)`, u in [0, 1) with 24 bits, rounded down for integer types.
    """

    name: str
    type: TensorType
    dims: list[int]
    seed: int | None = None
    low: float | None = None
    high: float | None = None
    data: str | None = None
    strings: list[str] | None = None


class GoldenCase(Strict, frozen=True):
    """Feeds and what native ONNX Runtime answered, to prove a backend on the visitor's device."""

    inputs: list[GoldenInput]
    outputs: list[GoldenOutput]


class Part(Strict, frozen=True):
    """A further model of the site, which hooks run by its name; as the spine has it for the first one."""

    inputs: list[TensorInfo]
    outputs: list[TensorInfo]
    variants: list[Variant]
    golden: list[GoldenCase] = []
    optional: list[Default] = []


class Tolerance(Strict, frozen=True):
    """Agreement asked of a backend: |a-b| <= atol + rtol*|b| for every element, or at least `cosine` where given."""

    rtol: float
    atol: float
    cosine: float | None = None
