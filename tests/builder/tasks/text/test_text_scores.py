"""How the scores of a model of texts become shares, and who says so."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import tiny
from edgeweb.config import Config
from edgeweb.tasks import evidence
from edgeweb.tasks.language.inputs import Beside
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Recognised
from edgeweb.tasks.text import detect
from edgeweb.tasks.text.kind import TEXT
from planned import I64, F, flat, seen
from token_models import BERT, READS, like, told

SEVERAL = "multi_label_classification"
TWO = {"0": "bad", "1": "good"}


@pytest.mark.parametrize(
    ("width", "config", "settings", "operators", "form", "source"),
    [
        (3, {"architectures": BERT}, {}, {"Softmax"}, "classification", "file"),
        (3, {"architectures": BERT, "problem_type": SEVERAL}, {}, {"Sigmoid"}, "classification", "file"),
        (1, {"architectures": BERT, "problem_type": SEVERAL}, {}, {"Sigmoid"}, "classification", "file"),
        (3, {"problem_type": SEVERAL}, {"output": {"y": {"softmax": False}}}, set(), "classification", "user"),
        (2, {"id2label": TWO}, {}, {"Softmax"}, "classification", "assumed"),
        (2, {"id2label": TWO}, {"output": {"y": {"softmax": True}}}, {"Softmax"}, "classification", "user"),
        (3, {}, {"task": "text-classification"}, {"Softmax"}, "classification", "assumed"),
        (3, {"architectures": BERT, "problem_type": "regression"}, {}, set(), "regression", None),
        (1, {"architectures": BERT, "problem_type": "regression"}, {}, set(), "regression", None),
        (1, {"architectures": BERT}, {}, {"Sigmoid"}, "classification", "assumed"),
        (1, {"architectures": BERT}, {"output": {"y": {"softmax": False}}}, set(), "classification", "user"),
        (3, {"problem_type": "regression", "id2label": {"0": "a", "1": "b", "2": "c"}}, {}, set(), "regression", None),
        (
            1,
            {"architectures": BERT, "sentence_transformers": {"activation_fn": "torch.nn.Sigmoid"}},
            {},
            {"Sigmoid"},
            "classification",
            "file",
        ),
        (
            1,
            {"architectures": BERT, "sentence_transformers": {"activation_fn": "torch.nn.modules.linear.Identity"}},
            {},
            set(),
            "classification",
            None,
        ),
    ],
)
def test_how_scores_become_shares(
    width: int, config: Any, settings: Any, operators: set[str], form: str, source: str | None, words: Language
) -> None:
    found = told({"y": ["n", width]}, like(words, **config), **settings)
    assert isinstance(found, Recognised) and found.spec.pipeline.postprocess
    graph = onnx.load_from_string(b64decode(found.spec.pipeline.postprocess)).graph
    assert {node.op_type for node in graph.node} & {"Softmax", "Sigmoid"} == operators
    claim = evidence.about(found.evidence, "probabilities")
    assert (found.spec.pipeline.result, None if claim is None else claim.source) == (form, source)
    named = config.get("id2label", {}) if form == "regression" or width == 2 else {}
    assert found.labels == tuple(named.values())


@pytest.mark.parametrize(
    ("operator", "shape", "form"), [("Softmax", ["n", 3], "classification"), ("Softmax", ["n", "t", 5], "spans")]
)
def test_shares_are_not_made_twice(operator: str, shape: tiny.Shape, form: str, words: Language) -> None:
    proto = flat({"input_ids": (I64, ["n", "t"])}, {"y": (F, shape)})
    proto.graph.node[0].op_type = operator
    tags = like(words, id2label={str(i): f"t{i}" for i in range(5)})
    known = replace(seen(proto), beside={"text": Beside(tags, READS)})
    found = detect.detect(known, Config())
    assert isinstance(found, Recognised) and found.spec.pipeline.result == form
    graph = onnx.load_from_string(b64decode(found.spec.pipeline.postprocess)).graph
    assert "Softmax" not in {node.op_type for node in graph.node}
    claim = evidence.about(found.evidence, "probabilities")
    assert claim is not None and (claim.value, claim.origin) == ("softmax", "operator Softmax")


def test_runs_show_that_scores_are_shares(words: Language) -> None:
    named = like(words, id2label=TWO)
    proto = flat({"input_ids": (I64, ["n", "t"])}, {"y": (F, ["n", 2])})
    known = replace(seen(proto), beside={"text": Beside(named, READS)})
    looks = TEXT.looks(known, Config(), Path())
    assert len(looks) == 8 and all(set(feed) == {"input_ids", "attention_mask"} for feed in looks)
    assert not TEXT.looks(
        replace(known, beside={"text": Beside(like(named, architectures=BERT), READS)}), Config(), Path()
    )
    for rows, source in (([[0.25, 0.75]] * 8, "trial"), ([[0.25, 0.75]] * 7 + [[0.5, 0.6]], "assumed")):
        gave = tuple({"y": np.array([row], np.float32)} for row in rows)
        found = detect.detect(replace(known, looks=gave), Config())
        assert isinstance(found, Recognised)
        claim = evidence.about(found.evidence, "probabilities")
        assert claim is not None and claim.source == source
