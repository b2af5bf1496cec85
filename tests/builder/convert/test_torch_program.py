"""Exported programs of PyTorch: the same answers in ONNX, the names of the module, and no code of a stranger's."""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edgeweb.convert import conversion
from edgeweb.convert.common import How
from edgeweb.errors import EdgewebError, ModelError
from edgeweb.machine import session

pytest.importorskip("torch")
pytest.importorskip("onnxscript", reason="torch.onnx needs onnxscript, which is not installed")

Parts = dict[str, bytes]
GRAPH, WEIGHTS = "models/model.json", "data/weights/model_weights_config.json"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two inputs, answers in a dict, and an example of two for any number."""
    import torch

    class Priced(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.codes = torch.nn.Linear(4, 3), torch.nn.Embedding(7, 3)

        def forward(self, numbers: torch.Tensor, code: torch.Tensor) -> dict[str, torch.Tensor]:
            mixed = torch.relu(self.first(numbers)) + self.codes(code)
            return {"price": mixed.sum(1), "mixed": mixed}

    torch.manual_seed(0)
    batch = torch.export.Dim("batch")
    example = {"numbers": torch.rand(2, 4), "code": torch.tensor([1, 2])}
    shapes = {"numbers": {0: batch}, "code": {0: batch}}
    path = tmp_path_factory.mktemp("program") / "price.pt2"
    torch.export.save(torch.export.export(Priced().eval(), (), example, dynamic_shapes=shapes), path)
    return path


def exported(path: Path, module: Any, shape: tuple[int, ...]) -> Path:
    import torch

    torch.export.save(torch.export.export(module, (torch.rand(shape),)), path)
    return path


def test_it_answers_as_pytorch_does_under_the_names_of_the_module(program: Path) -> None:
    import torch

    found = conversion.converted(program, How())
    assert found is not None and found.framework == f"PyTorch {torch.__version__.partition('+')[0]}"
    draw = np.random.default_rng(0)
    runs = [{"numbers": draw.random((count, 4), np.float32), "code": draw.integers(0, 7, count)} for count in (1, 2, 5)]
    says, ours = conversion.answers_each(found, runs), session.run(found.place, runs)
    own = torch.export.load(program).module()
    for rows, one, other in zip(runs, says, ours, strict=True):
        assert list(other) == ["price", "mixed"] and other["mixed"].shape == (len(rows["code"]), 3)
        real = own(numbers=torch.from_numpy(rows["numbers"]), code=torch.from_numpy(rows["code"]))
        for name in other:
            assert np.array_equal(one[name], real[name].detach().numpy())
            assert np.allclose(one[name], other[name], atol=1e-6)


@pytest.mark.thorough
def test_a_fixed_number_of_rows_and_training_are_said(tmp_path: Path) -> None:
    import torch

    two = exported(tmp_path / "two.pt2", torch.nn.Linear(3, 2).eval(), (2, 3))
    found = conversion.converted(two, How())
    assert found is not None
    assert any(note.startswith("it takes exactly 2 at once") for note in found.notes)
    trains = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Dropout(0.5))
    with pytest.raises(ModelError, match=r"was exported in training mode\. Its dropout changes every answer"):
        conversion.converted(exported(tmp_path / "trains.pt2", trains, (1, 3)), How())


class Evil:
    """What a pickle would run."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return Path.touch, (self.marker,)


def changed(program: Path, to: Path, change: Callable[[Parts], None]) -> Path:
    """The same archive with other files in it."""
    with zipfile.ZipFile(program) as archive:
        first = archive.namelist()[0].split("/")[0]
        parts = {name.removeprefix(f"{first}/"): archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(to, "w") as archive:
        for name, data in parts.items():
            archive.writestr(f"{first}/{name}", data)
    return to


def replaced(name: str, old: str, new: str) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        text = parts[name].decode()
        assert old in text
        parts[name] = text.replace(old, new).encode()

    return change


def test_no_code_in_it_is_run(program: Path, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    touch = f"__import__('pathlib').Path('{marker}').touch()"
    expressions: Callable[[Parts], None] = lambda parts: replaced(GRAPH, _expression(parts), touch)(parts)  # noqa: E731
    evil = pickle.dumps(Evil(marker))
    hostile: dict[str, Callable[[Parts], None]] = {
        "a size that is code": expressions,
        "a call of 'torch.hub.load'": replaced(GRAPH, "torch.ops.aten.relu.default", "torch.hub.load"),
        "a call of '_operator.call'": replaced(GRAPH, "torch.ops.aten.relu.default", "_operator.call"),
        "a call of 'torch.ops.aten.from_file": replaced(
            GRAPH, "torch.ops.aten.relu.default", "torch.ops.aten.from_file.default"
        ),
        "a name that is code": replaced(GRAPH, '"numbers"', json.dumps(f"numbers={touch}")),
        "weights of a class": replaced(WEIGHTS, '"use_pickle": false', '"use_pickle": true'),
        "a Python object": lambda parts: parts.update({"data/constants/custom_obj_0": evil}),
        "compiled code": lambda parts: parts.update({"data/aotinductor/model/code.so": b""}),
        "a call of 'torch.load'": lambda parts: parts.update({"models/more": b'{"target": "torch.load"}'}),
        "would lie outside": lambda parts: parts.update({"../../outside": b""}),
        "a pickle of more than numbers": lambda parts: parts.update({"data/sample_inputs/model.pt": evil}),
    }
    for number, (why, change) in enumerate(hostile.items()):
        path = changed(program, tmp_path / f"{number}.pt2", change)
        with pytest.raises(EdgewebError) as error:
            conversion.converted(path, How())
        assert error.value.exit_code == 2 and why in str(error.value), (why, str(error.value))
        assert str(error.value).startswith((f"{path} holds code", f"{path} is unsafe"))
        assert not marker.exists(), why


@pytest.mark.thorough
def test_conditions_that_are_code_are_left_out(program: Path, tmp_path: Path) -> None:
    marker = tmp_path / "marker"

    def change(parts: Parts) -> None:
        graph = json.loads(parts[GRAPH])
        graph["guards_code"] = [f"not __import__('pathlib').Path('{marker}').touch()"]
        parts[GRAPH] = json.dumps(graph).encode()

    found = conversion.converted(changed(program, tmp_path / "guards.pt2", change), How())
    assert found is not None
    rows = {"numbers": np.ones((2, 4), np.float32), "code": np.zeros(2, np.int64)}
    assert conversion.answers(found, rows)["price"].shape == (2,)
    assert not marker.exists()


def test_a_damaged_program_is_one_sentence(program: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pt2"
    whole = program.read_bytes()
    broken.write_bytes(whole[:2000])
    later = changed(program, tmp_path / "later.pt2", replaced(GRAPH, '"major": 8', '"major": 99'))
    for path, what in ((broken, "is no archive"), (later, "is damaged, or of another PyTorch")):
        with pytest.raises(EdgewebError) as error:
            conversion.converted(path, How())
        assert error.value.exit_code == 2 and str(error.value).startswith(f"{path} {what}")
        assert "\n" not in str(error.value)


def _expression(parts: Parts) -> str:
    text = parts[GRAPH].decode()
    return text.split('"expr_str": "', 1)[1].split('"', 1)[0]
