"""Models that hold texts against pictures or sounds: two graphs that meet at the end, whether exported as one or two.

As one, each question about a picture would read the labels again, and each label the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import onnx

from edgeweb.read import cut
from edgeweb.read.model import Model

TEXT = "text_model"
# What the other half is called by: its embedding, and what comes of both.
_MEETS = {"image_embeds": "logits_per_image", "audio_embeds": "logits_per_audio"}
_TEXT_EMBEDS, _IDS = "text_embeds", ("input_ids", "attention_mask", "position_ids", "token_type_ids")


@dataclass(frozen=True)
class Towers:
    """The half that takes a picture or a sound; `parts`: the others with that for texts; `head`: from the embeddings
    `own` and `texts` to `logits`, where the file has it.
    """

    model: Model
    parts: Mapping[str, Model] = field(default_factory=dict)
    head: onnx.ModelProto | None = None


def apart(model: Model, parts: Mapping[str, Model]) -> Towers:
    """The two halves of such a model; any other as it is."""
    graph = model.proto.graph
    outputs = {info.name: info for info in graph.output}
    own = next((name for name in _MEETS if name in outputs and _MEETS[name] in outputs), None)
    if own is None or _TEXT_EMBEDS not in outputs:
        return Towers(model, parts)
    texts = [info for info in graph.input if info.name in _IDS]
    others = [info for info in graph.input if info.name not in _IDS]
    first = cut.part(model.proto, others, [outputs[own]])
    second = cut.part(model.proto, texts, [outputs[_TEXT_EMBEDS]])
    last = cut.part(model.proto, [outputs[own], outputs[_TEXT_EMBEDS]], [outputs[_MEETS[own]]])
    if not texts or not others or first is None or second is None:
        return Towers(model, parts)
    return Towers(replace(model, proto=first), {**parts, TEXT: replace(model, proto=second)}, last)
