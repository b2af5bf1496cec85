"""What is known of a model that takes texts."""

from __future__ import annotations

from dataclasses import dataclass

from edgeweb.schema.language import Writer
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.tabular.manifest import TabularPipeline
from edgeweb.tasks.text.manifest import TextPipeline
from edgeweb.tasks.told import Told


@dataclass(frozen=True)
class TextSpec:
    """The texts go in as ids that `language` knows, at most `limit` of them; or as they are, and `table` says what
    comes out. `writer`: how it writes texts, where it does. `told`: what people are told of its outputs.
    """

    pipeline: TextPipeline
    language: Language | None = None
    table: TabularPipeline | None = None
    limit: int = 0
    writer: Writer | None = None
    told: tuple[Told, ...] = ()
