"""What is detected of models of token ids, by their outputs and their words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import tiny
from edgeweb.config import Config
from edgeweb.schema.language import TextInputs
from edgeweb.tasks.language.inputs import Beside
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Recognised
from edgeweb.tasks.text import detect
from msgspec import convert
from planned import I64, F, flat, seen

BERT = ["BertForSequenceClassification"]
READS = TextInputs(ids="input_ids", type="int64", mask="attention_mask")


def told(outputs: dict[str, tiny.Shape], language: Language, reads: Any = READS, **config: Any) -> Recognised | str:
    """What is detected of a model of token ids with these outputs."""
    proto = flat({"input_ids": (I64, ["n", "t"])}, {name: (F, shape) for name, shape in outputs.items()})
    known = replace(seen(proto, config.pop("labels", None)), beside={"text": Beside(language, reads)})
    return detect.detect(known, convert(config, Config))


def like(words: Language, **config: Any) -> Language:
    return replace(words, config={**words.config, **config})
