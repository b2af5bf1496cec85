"""The small types of `edgeweb.json`, and those of its parts that need no others."""

from __future__ import annotations

from typing import Annotated

import msgspec

Bytes = Annotated[int, msgspec.Meta(ge=0)]
# The last look-ahead is for Python, whose `$` also matches before a line end.
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
SitePath = Annotated[str, msgspec.Meta(pattern=r"^(?!/)(?!.*(^|/)\.\.?(/|$))[A-Za-z0-9._/-]+$(?!\n)")]
Base64 = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9+/]+={0,2}(?![\\s\\S])")]


class Tolerance(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True, kw_only=True
):
    """Agreement asked of a backend: |a-b| <= atol + rtol*|b| for every element, or at least `cosine` where given."""

    rtol: float
    atol: float
    cosine: float | None = None


class Cut(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True, kw_only=True):
    """How a runtime was made from the whole one, whose joined .wasm has the SHA-256 `source`.

    `kept` of its `functions` are in it; the others trap, and set the 4 bytes of memory at `flag` to 1. `by`: how those
    to keep were found; `tool`: what made it. `restores`: so many sessions are in it, the model's and then those of the
    graphs around it: it begins with them, with one thread, and needs no model.
    """

    source: Sha256
    functions: Annotated[int, msgspec.Meta(ge=1)]
    kept: Annotated[int, msgspec.Meta(ge=1)]
    flag: Annotated[int, msgspec.Meta(ge=4)]
    by: str
    tool: str
    restores: Annotated[int, msgspec.Meta(ge=0)] = 0


class Gallery(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True, kw_only=True
):
    """What an embedding is compared with: entry i has the id `ids[i]`, and row i of `vectors` is its embedding.

    `vectors`: rows of `width` numbers of length 1, float32, little endian. `thumbnails`: picture files one after the
    other, of as many bytes as `sizes` say.
    """

    ids: list[str]
    width: Annotated[int, msgspec.Meta(ge=1)]
    vectors: SitePath
    thumbnails: SitePath | None = None
    sizes: list[Bytes] = []


class Package(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True, kw_only=True
):
    """A Python package of the site. `sha256`: of the wheel that it is from.

    `files` in order, joined, are a zip of what stands in site-packages.
    """

    name: str
    version: str
    sha256: Sha256
    files: list[SitePath]
