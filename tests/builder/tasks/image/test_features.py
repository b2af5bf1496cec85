"""One vector of what a model ends in: pooled already, of its first token, or a mean."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
import tiny
from edgeweb.config import Config
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import choose as tasks
from edgeweb.tasks.image import authors, features, graphs
from planned import flat, seen

CONFIG = {"architectures": ["ViTModel"], "patch_size": 8}


def drawn(*shape: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(2).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize(
    ("outputs", "name", "pool"),
    [
        ({"last_hidden_state": drawn(1, 17, 6)}, "last_hidden_state", "first"),
        ({"last_hidden_state": drawn(1, 16, 6)}, "last_hidden_state", "tokens"),
        ({"last_hidden_state": drawn(1, 6, 4, 4)}, "last_hidden_state", "map"),
        ({"last_hidden_state": drawn(1, 17, 6), "pooler_output": drawn(1, 6)}, "pooler_output", ""),
        ({"last_hidden_state": drawn(1, 6, 4, 4), "pooler_output": drawn(1, 6, 1, 1)}, "pooler_output", ""),
    ],
)
def test_the_vector_is_the_authors_own(
    outputs: dict[str, np.ndarray[Any, Any]], name: str, pool: features.Pool, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    proto = flat({"pixels": (tiny.FLOAT, [1, 3, 32, 32])}, {k: (tiny.FLOAT, list(v.shape)) for k, v in outputs.items()})
    said = authors.of(proto, tmp_path / "model.onnx")
    plan = tasks.choose(replace(seen(proto), gave=outputs, beside={"image": said}), Config())
    assert (plan.task, plan.spec.outputs, plan.spec.pool) == ("image-feature-extraction", (name,), pool)
    info = TensorInfo(name=name, type="float32", shape=list(outputs[name].shape))
    after = graphs.postprocess(plan.spec, [info])
    (vector,) = ort.InferenceSession(after).run(None, {"raw0": outputs[name]})
    wanted = features.of(pool, outputs[name])
    assert wanted.shape == (6,)
    np.testing.assert_allclose(vector, wanted, rtol=1e-5)


@pytest.mark.parametrize(
    ("tokens", "pool"), [(5, "first"), (4, "tokens"), (17, "first"), (1, "tokens"), (13, "tokens")]
)
def test_a_token_more_than_a_grid_has_is_the_first(tokens: int, pool: features.Pool, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["PvtModel"], "patch_sizes": [4, 2, 2, 2]}))
    proto = flat({"pixels": (tiny.FLOAT, [1, 3, 32, 32])}, {"last_hidden_state": (tiny.FLOAT, [1, tokens, 6])})
    said = authors.of(proto, tmp_path / "model.onnx")
    gave = {"last_hidden_state": drawn(1, tokens, 6)}
    assert tasks.choose(replace(seen(proto), gave=gave, beside={"image": said}), Config()).spec.pool == pool
