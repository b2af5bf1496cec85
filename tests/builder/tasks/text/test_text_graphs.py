"""The graphs after models of text, beside the formulas that they stand for."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime as ort
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.text import graphs


def run(graph: bytes, **feeds: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
    return [np.asarray(each) for each in ort.InferenceSession(graph).run(None, feeds)]


def test_vectors_of_a_text_are_the_formula_of_sentence_transformers() -> None:
    rng = np.random.default_rng(1)
    raw, mask = rng.standard_normal((1, 5, 8)).astype(np.float32), np.array([[1, 1, 1, 0, 0]])
    output = TensorInfo(name="last_hidden_state", type="float32", shape=[1, None, 8])
    right = {
        "mean": raw[0, :3].mean(axis=0), "cls": raw[0, 0], "max": raw[0, :3].max(axis=0), "last": raw[0, 2],
        "weighted": (raw[0, :3] * [[1], [2], [3]]).sum(axis=0) / 6, "mean-sqrt": raw[0, :3].sum(axis=0) / 3**0.5,
    }  # fmt: skip
    right["cls+mean"] = np.concatenate([right["cls"], right["mean"]])
    for pooling, vector in right.items():
        (made,) = run(graphs.make("pool", output, pooling), raw=raw, mask=mask)
        np.testing.assert_allclose(made, vector / np.linalg.norm(vector), atol=1e-6)


def test_scores_blanks_and_tags() -> None:
    logits, mask = np.array([[[1, 3, 2], [0, 0, 5]]], np.float32), np.array([[1, 1]])
    output = TensorInfo(name="logits", type="float32", shape=[1, None, 3])
    shares = np.exp(logits[0]) / np.exp(logits[0]).sum(axis=1, keepdims=True)
    scores, classes = run(graphs.make("tags", output, "mean"), raw=logits, mask=mask)
    np.testing.assert_allclose(scores, shares.max(axis=1), atol=1e-6)
    assert classes.tolist() == [1, 2]
    scores, classes = run(graphs.make("fill", output, "mean"), raw=logits, mask=mask, places=np.array([0]))
    assert classes.tolist() == [1, 2, 0]
    np.testing.assert_allclose(scores, np.sort(shares[0])[::-1], atol=1e-6)
    flat = TensorInfo(name="logits", type="float16", shape=[1, 3])
    (scores,) = run(graphs.make("sigmoid", flat, "mean"), raw=logits[:, 0].astype(np.float16), mask=mask)
    np.testing.assert_allclose(scores, 1 / (1 + np.exp(-logits[0, 0])), atol=1e-3)
