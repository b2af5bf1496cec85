"""Texts on which a model is looked at: the user's own, and such as have the words that the model knows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx

from edgeweb.errors import ConfigError
from edgeweb.inputs.arrays import Feed, spread
from edgeweb.read import visit
from edgeweb.schema.language import TextInputs
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.language import inputs as text_inputs
from edgeweb.tasks.language.inputs import Beside
from edgeweb.tasks.plan import Seen
from edgeweb.tasks.text import files, likely

_OWN, _WORDS, _TOGETHER = 64, 96, 3


def texts(seen: Seen, data: Path | None, *, prose: bool) -> list[Feed]:
    """Feeds of one text each, always the same for the same model and data; none where the files beside the model say
    what its outputs are.

    Args:
        data: the user's samples.
        prose: the model takes texts apart itself.
    """
    beside: Beside = seen.beside.get("text", Beside(None, None))
    if isinstance(beside.reads, TextInputs) and beside.language is not None:
        language, reads = beside.language, beside.reads
        scores = [info for info in seen.outputs if info.type.startswith("float") and likely.rank(info) == 2]
        named = seen.labels or seen.classes or language.labels
        if len(scores) != 1 or not named or "SequenceClassification" in language.architecture or reads.state:
            return []
        return [text_inputs.feed(reads, language.ids(text)) for text in (*_own(data), *text_inputs.SENTENCES)]
    if not prose or len(seen.inputs) != 1:
        return []
    return [_feed(seen.inputs[0], text) for text in (*_own(data), *text_inputs.SENTENCES, *_known(seen.proto))]


def _own(data: Path | None) -> list[str]:
    """The user's; what cannot be read is told later, when it is needed."""
    if data is None or data.suffix.lower() != ".txt":
        return []
    try:
        return spread(files.lines(data), _OWN)
    except ConfigError:
        return []


def _feed(info: TensorInfo, text: str) -> Feed:
    return {info.name: np.array([text], object).reshape([1] * len(info.shape or [1]))}


def _known(proto: onnx.ModelProto) -> list[str]:
    """Words of the model's vocabulary, alone and several together: they reach more of its classes than others do."""
    found = [
        visit.text(word)
        for node in proto.graph.node
        if node.op_type == "TfIdfVectorizer"
        for attribute in node.attribute
        if attribute.name == "pool_strings"
        for word in attribute.strings
    ]
    alone = spread(found, _WORDS)
    return [*alone, *(" ".join(alone[place::_TOGETHER]) for place in range(_TOGETHER) if alone[place:])]
