"""The small types of `edgeweb.json`, and what all of its parts have in common."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True, kw_only=True):
    """What every part of the manifest has in common."""


TensorType = Literal[
    "float32", "float64", "float16", "int8", "uint8", "int16", "uint16",
    "int32", "uint32", "int64", "uint64", "bool", "string",
]  # fmt: skip


class TensorInfo(Strict, frozen=True):
    """A model input or output. A dimension is a size, a name, or null when unknown; shape null: rank unknown."""

    name: str
    type: TensorType
    shape: list[int | str | None] | None


Bytes = Annotated[int, msgspec.Meta(ge=0)]

# The last look-ahead is for Python, whose `$` also matches before a line end.
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]

SitePath = Annotated[str, msgspec.Meta(pattern=r"^(?!/)(?!.*(^|/)\.\.?(/|$))[A-Za-z0-9._/-]+$(?!\n)")]

Base64 = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9+/]+={0,2}(?![\\s\\S])")]

Number = Literal["float32", "float64", "float16", "int8", "uint8", "int16", "int32", "int64"]


class Constant(Strict, frozen=True):
    """An input that is the same at every call; `data` in base64, little endian."""

    name: str
    type: Number
    dims: list[Annotated[int, msgspec.Meta(ge=1)]]
    data: Base64


class Default(Strict, frozen=True):
    """An input that need not be fed, as `TensorInfo` has inputs, and what it is then, as `GoldenInput` has feeds."""

    name: str
    type: TensorType
    shape: list[int | str | None] | None
    dims: list[int]
    data: str | None = None
    strings: list[str] | None = None

    @property
    def info(self) -> TensorInfo:
        """As any other input."""
        return TensorInfo(name=self.name, type=self.type, shape=self.shape)


class State(Strict, frozen=True):
    """A tensor that a call gives and the next one takes; zeros at first."""

    input: str
    output: str
    type: Number
    dims: list[Annotated[int, msgspec.Meta(ge=1)]]
