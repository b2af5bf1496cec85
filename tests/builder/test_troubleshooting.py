"""docs/troubleshooting.md: every line that it quotes is what the command line says today."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
import tiny
from edgeweb import cli
from edgeweb.files import webdist
from onnx import helper

PAGE = Path(__file__).parents[2] / "docs" / "troubleshooting.md"
QUOTED = dict(re.findall(r"^### (.+)\n\n```text\n(error: .+)\n```$", PAGE.read_text("utf-8"), re.MULTILINE))


def _model(name: str = "iris.onnx", proto: onnx.ModelProto | None = None) -> str:
    tiny.saved(Path(), proto or tiny.linear(), name)
    return name


def _text(name: str, text: str) -> str:
    Path(name).write_text(text)
    return name


def _cut() -> str:
    data = Path(_model("cut.onnx")).read_bytes()
    Path("cut.onnx").write_bytes(data[: len(data) // 2])
    return "cut.onnx"


def _without_weights() -> str:
    onnx.save(tiny.linear(), "big.onnx", save_as_external_data=True, location="big.onnx.data", size_threshold=0)
    Path("big.onnx.data").unlink()
    return "big.onnx"


def _too_new() -> str:
    proto = tiny.linear()
    proto.opset_import[0].version = 99
    return _model("new.onnx", proto)


def _foreign() -> str:
    node = helper.make_node("FancyOp", ["x"], ["y"], domain="com.example")
    graph = helper.make_graph([node], "own", [tiny.value("x", shape=(1, 4))], [tiny.value("y", shape=(1, 4))])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.example", 1)]
    return _model("own.onnx", helper.make_model(graph, opset_imports=opsets, ir_version=8))


def _folder(name: str, *files: str) -> str:
    Path(name).mkdir()
    for file in files:
        (Path(name) / file).touch()
    return name


HOOK = "def preprocess(value, model):\n    return {}\n"
COMMANDS: dict[str, Callable[[], list[str]]] = {
    "The file is not there": lambda: ["build", "modle.onnx"],
    "The file is a placeholder": lambda: [
        "build", _text("model.onnx", "version https://git-lfs.github.com/spec/v1\noid sha256:1\n"),
    ],
    "The file is cut off": lambda: ["build", _cut()],
    "Weights are missing": lambda: ["build", _without_weights()],
    "The folder has no ONNX file": lambda: ["build", _folder("downloads")],
    "The registry is not found": lambda: ["build", "models:/birds@champion"],
    "The model is too new": lambda: ["build", _too_new()],
    "An operator is not of ONNX": lambda: ["build", _foreign()],
    "The labels do not fit": lambda: [
        "build", _model("birds.onnx", tiny.picture()), "--labels", _text("labels.txt", "owl\nhen\n"),
    ],
    "A key is misspelt": lambda: ["build", _model(), "--config", _text("edgeweb.toml", 'titel = "Iris"\n')],
    "The task does not fit the model": lambda: ["build", _model(), "--task", "image-classification"],
    "The table has other columns": lambda: ["build", _model(), "--data", _text("rows.csv", "a,b\n1,2\n")],
    "Several models": lambda: ["build", _model(), _model("birds.onnx", tiny.picture())],
    "A package is not installed": lambda: [
        "build", _model(), "--hooks", _text("hooks.py", f"import colourful\n{HOOK}"),
    ],
    "Pyodide is not there": lambda: ["build", _model(), "--hooks", _text("hooks.py", HOOK)],
    "The folder holds something else": lambda: ["build", _model(), "-o", _folder("thesis", "chapter-1.txt")],
    "There is no site in the folder": lambda: ["serve", _folder("thesis", "chapter-1.txt")],
    "The address is not one": lambda: ["doctor", "birds.example/app"],
    "Nothing answers": lambda: ["doctor", "https://no-such-host.invalid/"],
}  # fmt: skip


def test_the_page_quotes_what_is_tried_here() -> None:
    assert list(QUOTED) == list(COMMANDS)


@pytest.mark.usefixtures("small_web")
@pytest.mark.parametrize("heading", QUOTED)
def test_each_line_is_what_is_said(
    heading: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    if heading == "Pyodide is not there":
        monkeypatch.setattr(webdist.WebDist, "pyodide", False)
    assert cli.main(COMMANDS[heading]()) == 2
    # Some files are named with their folder, which is the test's own.
    assert capsys.readouterr().err.splitlines()[-1].replace(f"{tmp_path}/", "") == QUOTED[heading]
