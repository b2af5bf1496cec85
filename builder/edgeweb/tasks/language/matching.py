"""Labels that visitors write, held against a picture or a sound: what the graph for texts gets, what comes of both."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import msgspec
import numpy as np
import onnx
from onnx import TensorProto, compose, helper, numpy_helper

from edgeweb.read.model import to_bytes
from edgeweb.read.towers import TEXT
from edgeweb.schema.language import Matching, TextInputs
from edgeweb.tasks.evidence import Said, assumed
from edgeweb.tasks.further import Steps
from edgeweb.tasks.graph import Graph, Value, model
from edgeweb.tasks.language import inputs
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Seen

# So long are the texts of these in transformers' pipelines, whatever their tokenizer says.
_ALONE, _ALONE_TOKENS = "siglip", 64
# Its settings have the scale itself, others the logarithm.
_LINEAR, _LINEAR_SCALE, _MOST_SCALE = "clap", 1 / 0.07, 100.0
_EMBEDS = ("text_embeds", "pooler_output", "sentence_embedding", "text_features")


def reader(language: Language) -> Language:
    """The tokenizer, with no more tokens in a text than the graph for texts takes."""
    text = language.config.get("text_config")
    places = text.get("max_position_embeddings") if isinstance(text, dict) else None
    most = places if isinstance(places, int) else _ALONE_TOKENS if _alone(language) else language.limit
    return replace(language, limit=min(language.limit, most))


def _alone(language: Language) -> bool:
    """Whether each label is scored for itself."""
    return str(language.config.get("model_type", "")).startswith(_ALONE)


def of(seen: Seen, template: str) -> tuple[Matching, tuple[Said, ...]] | str:
    """How labels are held against what the site's own model gives, and who says so; or why they cannot be.

    Args:
        template: the sentence that a label stands in, at {}.
    """
    part, language = seen.parts.get(TEXT), seen.language
    if part is None or language is None:
        return "there is no graph for texts beside it" if part is None else "there is no tokenizer beside it"
    language = reader(language)
    reads = inputs.inputs(part.inputs, part.outputs, language)
    if not isinstance(reads, TextInputs):
        return reads or "its graph for texts takes no token ids"
    names = [info.name for info in part.outputs]
    output = next((name for name in (*_EMBEDS, *names[:1]) if name in names), None)
    if output is None:
        return "its graph for texts gives nothing"
    # As transformers' pipeline does: these were trained on texts of one length, each label for itself.
    alone = _alone(language)
    if alone and reads.length is None:
        reads = msgspec.structs.replace(reads, length=language.limit)
    if alone and seen.head is None:
        return "nothing says the scale and the bias of its scores"
    head, said = _head(seen, language, "sigmoid" if alone else "softmax")
    matching = Matching(
        model=TEXT, inputs=reads, output=output, head=b64encode(to_bytes(head)).decode(), template=template
    )
    return matching, said


def places(seen: Seen, template: str) -> Matching | str:
    """How a label is looked for at the places that the site's own model gives; or why it is not. As `of`."""
    part, language = seen.parts.get(TEXT), seen.language
    if part is None or language is None or seen.head is None:
        return "there is no tokenizer beside it" if language is None else "its texts and pictures are not apart"
    reads = inputs.inputs(part.inputs, part.outputs, reader(language))
    if not isinstance(reads, TextInputs):
        return reads or "its graph for texts takes no token ids"
    taken, own = [info.name for info in seen.head.graph.input], {info.name for info in seen.outputs}
    texts = {info.name for info in part.outputs}
    if set(taken) - own - texts:
        return "what comes of both takes more than what they give"
    return Matching(
        model=TEXT, inputs=reads, output=seen.head.graph.output[0].name, template=template,
        head=b64encode(to_bytes(seen.head)).decode(), given=[name for name in taken if name in own],
        reads=[name for name in taken if name not in own],
    )  # fmt: skip


def _head(
    seen: Seen, language: Language, last: Literal["softmax", "sigmoid"]
) -> tuple[onnx.ModelProto, tuple[Said, ...]]:
    """`own` [1, D] and `texts` [N, D] -> `scores` [N], as the file has it; otherwise by what config.json says."""
    shares = Said("probabilities", last, "file", f"config.json: {language.config.get('model_type', 'its model')}")
    if seen.head is not None:
        return _ended(seen.head, last), (shares,)
    scale = _first_scale(language)
    guess = assumed("probabilities", last, "the scale with which training began, as the graphs do not hold it", "")
    return _ended(_cosine(scale), last), (guess,)


def _first_scale(language: Language) -> float:
    """By which cosines were multiplied when training began."""
    start, linear = language.config.get("logit_scale_init_value"), language.config.get("model_type") == _LINEAR
    if linear:
        return float(start) if isinstance(start, (int, float)) and 0 < start <= _MOST_SCALE else _LINEAR_SCALE
    return math.exp(start) if isinstance(start, (int, float)) and 0 <= start < 10 else _MOST_SCALE


def _ended(head: onnx.ModelProto, last: Literal["softmax", "sigmoid"]) -> onnx.ModelProto:
    """With scores in place of logits, and names of its own."""
    made = compose.add_prefix(head, "head/")
    own, texts = (info.name for info in made.graph.input)
    (logits,) = (info.name for info in made.graph.output)
    names = {own: "own", texts: "texts"}
    for node in made.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
    after = Graph("after/")
    row = after.put("Reshape", logits, after.constant([-1]))
    _ = (
        after.put("Softmax", row, name="scores", axis=0)
        if last == "softmax"
        else after.put("Sigmoid", row, name="scores")
    )
    constants = [numpy_helper.from_array(value, name) for name, value in after.constants.items()]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [*made.graph.node, *after.nodes], "matching",
        [value("own", TensorProto.FLOAT, [1, "width"]), value("texts", TensorProto.FLOAT, ["labels", "width"])],
        [value("scores", TensorProto.FLOAT, ["labels"])], [*made.graph.initializer, *constants],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=list(made.opset_import), ir_version=min(made.ir_version, 10))


def _cosine(scale: float) -> onnx.ModelProto:
    """The cosines of `own` and each of `texts`, times `scale`."""
    graph = Graph()
    own, texts = (graph.put("LpNormalization", name, axis=-1, p=2) for name in ("own", "texts"))
    cosine = graph.put("MatMul", own, graph.put("Transpose", texts, perm=[1, 0]))
    graph.put("Mul", cosine, graph.constant(scale, np.float32), name="logits")
    inputs_of: list[Value] = [("own", TensorProto.FLOAT, [1, "width"]), ("texts", TensorProto.FLOAT, ["n", "width"])]
    return onnx.load_from_string(model("cosine", graph, inputs_of, [("logits", TensorProto.FLOAT, [1, "n"])]))


def steps(matching: Matching, language: Language, words: Sequence[str] = inputs.SENTENCES) -> Steps:
    """Labels in their sentence, one a call."""
    texts = [matching.template.replace("{}", text.rstrip(".!?")) for text in words]
    return Steps(tuple(inputs.feed(matching.inputs, language.ids(text)) for text in texts))
