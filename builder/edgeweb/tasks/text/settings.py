"""`[text]` of `edgeweb.toml`."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edgeweb.schema.table import Table


class TextConfig(Table, frozen=True):
    """`[text]`: the tokenizer's file or folder, the tokens in one text, and how many vectors become one; of a chat what
    it is told first (`system`), and texts at which an answer ends (`stop`). Of a model with a decoder of its own the
    text that stands before each that it reads (`prefix`), and the languages that it reads (`source`) and writes
    (`language`), where it knows several.
    """

    tokenizer: str | None = None
    max_tokens: Annotated[int, msgspec.Meta(ge=4, le=131072)] | None = None
    pooling: Literal["mean", "cls", "max", "last"] | None = None
    system: Annotated[str, msgspec.Meta(max_length=20_000)] | None = None
    prefix: Annotated[str, msgspec.Meta(max_length=2_000)] | None = None
    source: str | None = None
    language: str | None = None
    stop: list[Annotated[str, msgspec.Meta(min_length=1)]] = []
