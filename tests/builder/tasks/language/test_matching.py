"""Labels held against a picture: the head, and where the scale comes from."""

from __future__ import annotations

import math
from base64 import b64decode
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from edgeweb.read.towers import TEXT
from edgeweb.schema.language import Matching
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.language import matching
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Further, Seen

OWN = np.array([[3.0, 4.0]], np.float32)
TEXTS = np.array([[3.0, 4.0], [4.0, -3.0], [0.6, 0.8]], np.float32)


def seen(language: Language | None, **config: object) -> Seen:
    part = Further(
        onnx.ModelProto(),
        [TensorInfo(name="input_ids", type="int64", shape=["n", "t"])],
        [TensorInfo(name="text_embeds", type="float32", shape=["n", 2])],
    )
    words = None if language is None else replace(language, config=config)
    return Seen(onnx.ModelProto(), [], [], {}, (), "", (), parts={TEXT: part}, language=words)


def scored(found: Matching) -> np.ndarray:
    session = ort.InferenceSession(b64decode(found.head))
    scores: np.ndarray = session.run(["scores"], {"own": OWN, "texts": TEXTS})[0]
    return scores


def of(given: Seen) -> tuple[Matching, tuple[Said, ...]]:
    found = matching.of(given, "A {}.")
    assert not isinstance(found, str), found
    return found


def test_without_a_head_the_scale_is_where_training_began_and_no_share_is_claimed(words: Language) -> None:
    found, (said,) = of(seen(words, model_type="clip", logit_scale_init_value=1.5))
    share = math.exp(math.exp(1.5)) / (2 * math.exp(math.exp(1.5)) + 1)
    assert scored(found) == pytest.approx([share, 1 - 2 * share, share], abs=1e-5)
    assert (said.claim, said.source) == ("probabilities", "assumed")
    assert (found.model, found.output, found.inputs.length) == (TEXT, "text_embeds", None)


@pytest.mark.parametrize(("said", "scale"), [({"logit_scale_init_value": 3.0}, 3.0), ({}, 1 / 0.07)])
def test_some_files_have_the_scale_itself(said: dict[str, float], scale: float, words: Language) -> None:
    found, _ = of(seen(words, model_type="clap", **said))
    share = 1 / (2 + math.exp(-scale))
    assert scored(found) == pytest.approx([share, 1 - 2 * share, share], abs=1e-5)


def test_a_head_of_the_file_is_taken_as_it_is(words: Language) -> None:
    value, kind = onnx.helper.make_tensor_value_info, onnx.TensorProto.FLOAT
    nodes = [
        onnx.helper.make_node("Transpose", ["b"], ["turned"], perm=[1, 0]),
        onnx.helper.make_node("MatMul", ["a", "turned"], ["out"]),
    ]
    graph = onnx.helper.make_graph(
        nodes, "head", [value("a", kind, [1, 2]), value("b", kind, ["n", 2])], [value("out", kind, [1, "n"])]
    )
    head = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9)
    found, (said,) = of(replace(seen(words, model_type="siglip"), head=head))
    logits = OWN @ TEXTS.T
    assert scored(found) == pytest.approx((1 / (1 + np.exp(-logits)))[0], abs=1e-5)
    assert (said.value, said.source) == ("sigmoid", "file")
    assert found.inputs.length == 64, "as its texts were in training"


def test_a_text_has_no_more_tokens_than_the_graph_takes(words: Language) -> None:
    long = replace(words, limit=512)
    kinds: dict[int, dict[str, object]] = {
        512: {"model_type": "clip"}, 64: {"model_type": "siglip"},
        16: {"model_type": "siglip", "text_config": {"max_position_embeddings": 16}},
    }  # fmt: skip
    for limit, config in kinds.items():
        assert matching.reader(replace(long, config=config)).limit == limit
    assert matching.reader(replace(words, limit=8, config=kinds[64])).limit == 8


def test_what_is_missing_is_said(words: Language) -> None:
    assert "scale and the bias" in str(matching.of(seen(words, model_type="siglip"), "{}"))
    assert "no tokenizer" in str(matching.of(seen(None), "{}"))
    assert "no graph for texts" in str(matching.of(replace(seen(words), parts={}), "{}"))


def test_labels_are_tried_in_their_sentence(words: Language) -> None:
    found, _ = of(seen(words, model_type="clip"))
    steps = matching.steps(found, words, ["owl."])
    assert steps.feeds[0]["input_ids"].tolist() == [words.ids("A owl.")]
