"""What `edgeweb inspect` prints of a model: in plain words, in detail, and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tiny
from onnx import helper, numpy_helper
from typed import Streams, refused, run


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tiny.saved(tmp_path / "iris", tiny.linear(), "iris.onnx")


def test_inspect(capsys: Streams, table: Path) -> None:
    code, stdout, stderr = run(capsys, "inspect", table)
    assert (code, stderr) == (0, "  … running it once, to see what it gives\n")
    assert stdout.splitlines()[0] == "iris.onnx"
    assert "  inputs       x: float32 [batch, 4]\n" in stdout
    assert "  outputs      y: float32 [batch, 3]\n" in stdout
    assert "  operators    MatMul 1, Softmax 1\n" in stdout
    assert '  task         tabular-classification: 4 columns in, 3 probabilities "y" out\n' in stdout
    assert "12 parameters, 2 nodes" in stdout
    assert "  what it is   tabular-classification: it sorts rows of a table into classes\n" in stdout
    assert "  goes in      a row of values" in stdout and "  comes out    a class" in stdout
    assert "  evidence     task: tabular-classification (in the file: operator Softmax)\n" in stdout
    assert "  in browsers  it runs: tried here" in stdout
    assert stdout.splitlines()[-1] == f"Next: edgeweb build {table}"


def test_inspect_as_json(capsys: Streams, table: Path) -> None:
    code, stdout, _ = run(capsys, "inspect", table, "--json")
    found = json.loads(stdout)
    assert (code, found["trial"], found["failed"]) == (0, "passed", None)
    assert found["inputs"] == [{"name": "x", "type": "float32", "shape": ["batch", 4]}]
    assert (found["parameters"], found["nodes"], found["blockers"]) == (12, 2, [])
    assert found["operators"] == {"MatMul": 1, "Softmax": 1}
    assert found["task"] == "tabular-classification"


def test_inspect_says_what_no_browser_can_run(capsys: Streams, tmp_path: Path) -> None:
    proto = tiny.linear()
    proto.graph.node.append(helper.make_node("Teleport", ["y"], ["z"], domain="com.example"))
    path = tiny.saved(tmp_path, proto)
    code, stdout, _ = run(capsys, "inspect", path)
    assert code == 0
    assert "in browsers  cannot run:\n    - " in stdout
    assert "Teleport of the domain com.example" in stdout
    assert stdout.splitlines()[-1].startswith("Next: change the model")
    found = json.loads(run(capsys, "inspect", path, "--json")[1])
    assert ("Teleport" in found["blockers"][0], found["trial"]) == (True, "none")
    assert "Teleport" in refused(capsys, "build", path, "-o", tmp_path / "dist")


def test_inspect_answers_where_the_model_does_not_run(capsys: Streams, tmp_path: Path) -> None:
    proto = tiny.linear()
    proto.graph.initializer[0].CopyFrom(numpy_helper.from_array(tiny.weights(5, 3), "w"))
    path = tiny.saved(tmp_path, proto)
    code, stdout, _ = run(capsys, "inspect", path)
    assert code == 0
    assert f"  in browsers  cannot run: {path} is refused by ONNX Runtime" in stdout
    assert "  task         tabular-classification: " in stdout
    assert stdout.splitlines()[-1].startswith("Next: change the model")
    found = json.loads(run(capsys, "inspect", path, "--json")[1])
    assert (found["trial"], found["failed"].split(". ")[0]) == ("failed", f"{path} is refused by ONNX Runtime")
    assert "refused by ONNX Runtime" in refused(capsys, "init", path)


def test_names_from_a_model_cannot_steer_the_terminal(capsys: Streams, tmp_path: Path) -> None:
    proto = tiny.linear()
    proto.producer_name = "\x1b[2J\u202egnp"
    proto.graph.input[0].name = proto.graph.node[0].input[0] = "x\n\x1b]0;pwned\x07"
    path = tiny.saved(tmp_path, proto)
    _, stdout, _ = run(capsys, "inspect", path)
    assert not set(stdout) & {"\x1b", "\x07", "\u202e"}
    json.loads(run(capsys, "inspect", path, "--json")[1])
