"""Models that hold texts against pictures or sounds: two graphs that meet at the end, whether exported as one or two.

As one, each question about a picture would read the labels again, and each label the picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import onnx
from onnx import ValueInfoProto, helper

from edgeweb.read import architectures, cut
from edgeweb.read.model import Model
from edgeweb.read.published import beside

TEXT = "text_model"
# What the other half is called by: its embedding, and what comes of both.
_MEETS = {"image_embeds": "logits_per_image", "audio_embeds": "logits_per_audio"}
_TEXT_EMBEDS, _IDS = "text_embeds", ("input_ids", "attention_mask", "position_ids", "token_type_ids")
# What a model gives of places in a picture: where they are, and, for each of the texts, its scores.
BOXES, LOGITS = "pred_boxes", "logits"
LOCATES = "zero-shot-object-detection"
# Larger constants say nothing of types.
_TELLING_BYTES = 1024


@dataclass(frozen=True)
class Towers:
    """The half that takes a picture or a sound; `parts`: the others with that for texts; `head`: from the embeddings
    `own` and `texts` to `logits`, where the file has it; of a model that finds places from the outputs of both halves
    that have no other name.
    """

    model: Model
    parts: Mapping[str, Model] = field(default_factory=dict)
    head: onnx.ModelProto | None = None


def apart(model: Model, parts: Mapping[str, Model]) -> Towers:
    """The two halves of such a model; any other as it is."""
    graph = model.proto.graph
    outputs = {info.name: info for info in graph.output}
    texts = [info for info in graph.input if info.name in _IDS]
    others = [info for info in graph.input if info.name not in _IDS]
    own = next((name for name in _MEETS if name in outputs and _MEETS[name] in outputs), None)
    if texts and others and BOXES in outputs and LOGITS in outputs:
        return _finding(model, parts, texts, others) or Towers(model, parts)
    if own is None or _TEXT_EMBEDS not in outputs:
        return Towers(model, parts)
    first = cut.part(model.proto, others, [outputs[own]])
    second = cut.part(model.proto, texts, [outputs[_TEXT_EMBEDS]])
    last = cut.part(model.proto, [outputs[own], outputs[_TEXT_EMBEDS]], [outputs[_MEETS[own]]])
    if not texts or not others or first is None or second is None:
        return Towers(model, parts)
    return Towers(replace(model, proto=first), {**parts, TEXT: replace(model, proto=second)}, last)


def _finding(
    model: Model, parts: Mapping[str, Model], texts: Sequence[ValueInfoProto], others: Sequence[ValueInfoProto]
) -> Towers | None:
    """Cut where what is made of the picture alone meets what is made of a text alone; None where its authors do not say
    that it looks for texts, or where the boxes depend on these.
    """
    if architectures.task_of(beside(model.path, "config.json")) != LOCATES:
        return None
    proto = model.proto
    outputs = {info.name: info for info in proto.graph.output}
    meet = cut.meeting(proto, [info.name for info in others], [info.name for info in texts], LOGITS)
    kinds = _types(proto)
    if not meet or not all(name in kinds for side in meet for name in side):
        return None
    names = {raw: f"{kind}{i}" for kind, side in zip(("own", "text"), meet, strict=True) for i, raw in enumerate(side)}
    given, reads = ([kinds[name] for name in side] for side in meet)
    first = cut.part(proto, others, [outputs[BOXES], *given])
    second = cut.part(proto, texts, reads)
    last = cut.part(proto, [*given, *reads], [outputs[LOGITS]])
    if first is None or second is None or last is None:
        return None
    halves = [replace(model, proto=cut.called(each, names)) for each in (first, second)]
    return Towers(halves[0], {**parts, TEXT: halves[1]}, cut.called(last, names))


def _types(proto: onnx.ModelProto) -> dict[str, ValueInfoProto]:
    """Every tensor whose type the operators say, without the weights, which may be large."""
    graph = proto.graph
    small = [each for each in graph.initializer if each.ByteSize() <= _TELLING_BYTES]
    large = [each for each in graph.initializer if each.ByteSize() > _TELLING_BYTES]
    weights = [helper.make_tensor_value_info(each.name, each.data_type, list(each.dims)) for each in large]
    light = helper.make_graph(graph.node, "types", [*graph.input, *weights], graph.output, small)
    told = onnx.shape_inference.infer_shapes(helper.make_model(light, opset_imports=proto.opset_import, ir_version=8))
    known = [*told.graph.value_info, *told.graph.input, *told.graph.output]
    return {info.name: info for info in known if info.type.tensor_type.elem_type}
