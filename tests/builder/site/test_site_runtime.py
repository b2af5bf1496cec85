"""What a site's graphs need of the runtime, and whose start is stored."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import tiny
from edgeweb.site import runtimes


def test_what_graphs_need() -> None:
    found = runtimes.needs([tiny.linear(), tiny.convolution()])
    assert {"Conv", "Gemm"} & found.operators
    assert "FLOAT" in found.types


def prepared(backends: list[str], multiply_adds: int | None, draft: object = None, lacks_gpu: bool = False) -> Any:
    form = SimpleNamespace(backends=backends, draft=draft)
    return SimpleNamespace(multiply_adds=multiply_adds, shipped=[form], lacks_gpu=lacks_gpu)


@pytest.mark.parametrize(
    ("models", "operators", "why"),
    [
        ([prepared(["wasm"], None)], {"Gemm", "ai.onnx.ml.Scaler"}, ""),
        ([prepared(["wasm", "webgpu"], 19_999_999)], {"Conv"}, ""),
        ([prepared(["wasm", "webgpu"], 20_000_000)], {"Conv"}, "the model has work for several threads"),
        ([prepared(["wasm", "webgpu"], None)], {"Conv"}, "the model has work for several threads"),
        ([prepared(["wasm"], None, lacks_gpu=True)], {"Conv"}, "the model has work for several threads"),
        ([prepared(["wasm"], None, object())], {"Gemm"}, "it has room for one model, in one piece"),
        ([prepared(["wasm"], None)] * 2, {"Gemm"}, "it has room for one model, in one piece"),
        (
            [prepared(["wasm"], None)],
            {"Gemm", "RandomNormalLike"},
            "RandomNormalLike would draw the same numbers at every visit",
        ),
    ],
)
def test_whose_start_is_stored(models: list[Any], operators: set[str], why: str) -> None:
    assert runtimes.unsuited(models, operators) == why
