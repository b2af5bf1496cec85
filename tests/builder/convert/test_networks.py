"""Modules of torch that Python hands over: exported by an example, with its names, for any number of rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import edgeweb
import numpy as np
import pytest
from edgeweb.convert import objects
from edgeweb.errors import UsageError

torch = pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


class Priced(torch.nn.Module):  # type: ignore[misc,name-defined]
    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Dropout(0.5))
        self.layers[0].eval()

    def forward(self, numbers: Any, code: Any) -> dict[str, Any]:
        return {"price": self.layers(numbers).sum(1) + code}


def test_a_module_is_exported_as_it_answers_and_trains_on() -> None:
    module = Priced()
    example = {"numbers": np.zeros((1, 4)), "code": np.array([3], np.int64)}
    with objects.handed(module, {"data": example}) as ((path,), given):
        program = torch.export.load(path)
        with np.load(given["data"]) as arrays:
            assert {name: arrays[name].shape for name in arrays} == {"numbers": (1, 4), "code": (1,)}
    rows: dict[str, Any] = {"numbers": torch.rand(5, 4), "code": torch.arange(5)}
    modes = [each.training for each in module.modules()]
    assert modes == [True, True, False, True]
    assert torch.equal(program.module()(**rows)["price"], module.eval()(**rows)["price"])


def test_it_is_read_like_any_other() -> None:
    pytest.importorskip("onnxscript", reason="torch.onnx needs onnxscript, which is not installed")
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 2))
    info = edgeweb.inspect(module, data=torch.rand(7, 3, 4))
    assert [(each.name, each.type, each.shape) for each in info.inputs] == [("input", "float32", ["batch", 3, 4])]
    assert [(each.name, each.shape) for each in info.outputs] == [("output", ["batch", 2])]


def test_what_is_missing_or_wrong_is_one_sentence() -> None:
    with pytest.raises(UsageError, match=r"This Linear needs an example.*edgeweb.build\(model, data=example\)"):
        edgeweb.inspect(torch.nn.Linear(3, 2))
    with pytest.raises(UsageError, match="This Linear cannot be saved for the process that converts it"):
        edgeweb.inspect(torch.nn.Linear(3, 2), data=np.zeros((2, 5)))
