"""What is known of a model that takes texts."""

from __future__ import annotations

from dataclasses import dataclass

from edgeweb.tasks.tabular.manifest import TabularPipeline
from edgeweb.tasks.text.manifest import TextInputs, TextPipeline
from edgeweb.tasks.text.tokenizer import Language


@dataclass(frozen=True)
class TextSpec:
    """The texts go in as ids that `language` knows; or as they are, and `table` says what comes out."""

    pipeline: TextPipeline
    language: Language | None = None
    table: TabularPipeline | None = None


@dataclass(frozen=True)
class Beside:
    """The tokenizer beside a model; `reads`: which inputs take its ids, or why none do; None: it takes no ids."""

    language: Language | None
    reads: TextInputs | str | None
