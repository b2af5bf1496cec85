"""The user's own Python in a build: several models, the native trial, its errors, and what a site then carries."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import edgeweb
import pytest
from edgeweb import cli
from edgeweb.errors import ConfigError, EdgewebError, HookError, LimitError, UsageError
from edgeweb.hooks_api import runner
from edgeweb.python.packages import stdlib
from edgeweb.recipe import Site
from tiny import linear, saved, sums, texts

Build = Callable[..., Site]

GOOD = """
import edgeweb

calls = []

def preprocess(value, model):
    numbers = [float(word) for word in value.split()]
    return {"x": edgeweb.Array([numbers], "float32")}

def postprocess(outputs, model):
    calls.append(1)
    return {"scores": outputs["y"], "sum": sum(outputs["y"].reshape(-1)), "calls": len(calls)}

def reset():
    calls.clear()
"""
ASYNC = """
async def preprocess(value, model):
    first = await model.run("linear", {"x": [[1.0, 2.0, 3.0, 4.0]]})
    return {"x": [[*first["y"].tolist()[0], 0.0]]}

async def postprocess(outputs, model):
    return [model.names, model.inputs["x"].dtype, model["linear"].run({"x": [[0.0] * 4]})["y"].shape]
"""


def hooked(folder: Path, source: str, table: str = 'input = "text"', examples: tuple[str, ...] = ("1 2 3 4",)) -> Path:
    """A model with hooks and examples beside it."""
    model = saved(folder, linear(), "linear.onnx")
    (folder / "own.py").write_text(source)
    names = []
    for number, text in enumerate(examples):
        (folder / f"{number}.txt").write_text(text)
        names.append(f"{number}.txt")
    (folder / "edgeweb.toml").write_text(f"examples = {json.dumps(names)}\n[hooks]\nfile = 'own.py'\n{table}\n")
    return model


def test_a_site_carries_hooks_python_and_the_library_that_they_import(build: Build, tmp_path: Path) -> None:
    site = build(hooked(tmp_path, "from email import message\n" + GOOD))
    about, python = site.manifest.hooks, site.manifest.python
    assert about is not None and python is not None
    assert (about.name, about.model, about.input, about.seconds) == ("own.py", "linear", "text", 30.0)
    assert about.functions == ["preprocess", "postprocess", "reset"]
    assert (site.path / about.file).read_text() == "from email import message\n" + GOOD
    roles = {site.manifest.files[path].role for path in [about.file, *python.files, python.whole]}
    assert roles == {"python", "worker"}
    with zipfile.ZipFile(site.path / python.library) as kept:
        assert kept.namelist() == ["email.pyc", "email/message.pyc", "os.pyc", "stat.pyc"]
    with zipfile.ZipFile(site.path / python.api) as api:
        assert "edgeweb/hooks_api/array.py" in api.namelist()
        assert api.read("edgeweb/hooks_api/missing.txt") == b""
    assert "own.py ran natively on 1 of your examples" in [step["outcome"] for step in site.report["steps"]]
    assert "Python" in [part["kind"] for part in site.report["firstVisit"]["parts"]]


def test_a_site_without_hooks_has_no_python(build: Build, tmp_path: Path) -> None:
    site = build(saved(tmp_path, linear()))
    assert site.manifest.hooks is None and site.manifest.python is None
    assert "python" not in {entry.role for entry in site.manifest.files.values()}


def test_the_same_hooks_make_the_same_bytes(build: Build, tmp_path: Path) -> None:
    model = hooked(tmp_path, GOOD)
    first, second = (build(model, tmp_path / name) for name in ("a", "b"))
    assert first.manifest == second.manifest


def test_several_models_are_named_by_their_files(build: Build, tmp_path: Path) -> None:
    model = hooked(tmp_path, ASYNC)
    other = saved(tmp_path, texts(locale="C"), "shout.onnx")
    site = build([model, other])
    assert list(site.manifest.models) == ["shout"]
    part = site.manifest.models["shout"]
    assert [info.type for info in part.inputs] == ["string"] and part.golden and part.variants[0].files
    assert edgeweb.Local(tmp_path / "own.py", model, other).predict("") == [["linear", "shout"], "float32", [1, 3]]


def test_several_models_need_hooks_and_names_of_their_own(build: Build, tmp_path: Path) -> None:
    a, b = saved(tmp_path / "a", linear()), saved(tmp_path / "b", linear())
    with pytest.raises(UsageError, match="--hooks"):
        build([a, b])
    (tmp_path / "own.py").write_text(GOOD)
    with pytest.raises(UsageError, match='named "model"'):
        build([a, b], hooks=tmp_path / "own.py")


def test_local_runs_hooks_as_a_page_does(tmp_path: Path) -> None:
    model = hooked(tmp_path, GOOD)
    site = edgeweb.Local(tmp_path / "own.py", model)
    assert site.predict("1 2 3 4")["sum"] == pytest.approx(1)
    assert site.predict("1 2 3 4")["calls"] == 2
    site.reset()
    assert site.predict("1 2 3 4")["calls"] == 1


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def preprocess(value, model):\n    return 1 / 0\n", ["in preprocess, line 2", "0.txt", "ZeroDivisionError"]),
        ("def preprocess(value, model):\n    pass\n", ["returned None", "must return a dict"]),
        ("def preprocess(value, model):\n    return {'z': [1.0]}\n", ['no input "z"', "its inputs are x"]),
        ("def preprocess(value, model):\n    return {}\n", ['input "x"', "missing"]),
        ("def preprocess(value, model):\n    return {'x': [[1.0]]}\n", ["shape [1, 1]", "[batch, 4]"]),
        ("def preprocess(value, model):\n    yield 1\n", ["a generator", "must return a dict"]),
        (
            "import edgeweb\ndef preprocess(value, model):\n    return {'x': edgeweb.Array([[1.0, 2, 3, 4]])}\n",
            ['"x" is float64, not float32', 'astype("float32")'],
        ),
        (GOOD + "\ndef postprocess(outputs, model):\n    return {1, 2}\n", ["a set that is not JSON"]),
        (GOOD + "\ndef postprocess(outputs, model):\n    return float('nan')\n", ["not JSON"]),
        (GOOD + "\ndef postprocess(outputs, model):\n    return 'x' * 20_000_000\n", ["20,000,002 characters"]),
        ("import nothing_of_this_name\n" + GOOD, ["own.py failed, line 1", "ModuleNotFoundError"]),
        ("raise SystemExit(3)\n" + GOOD, ["SystemExit: 3"]),
        (GOOD + "\nimport os\nos._exit(0)\n", ["was stopped while it was imported", "Its process ended"]),
        ("def preprocess(value, model):\n    return preprocess(value, model)\n", ["RecursionError"]),
        ("def preprocess(value, model):\n    return {'x': [[float(input())] * 4]}\n", ["EOFError"]),
    ],
)
def test_what_fails_natively_is_said_with_its_line(build: Build, tmp_path: Path, source: str, words: list[str]) -> None:
    with pytest.raises(HookError) as caught:
        build(hooked(tmp_path, source))
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert not (tmp_path / "dist").exists()


def test_a_hook_that_never_ends_is_stopped(build: Build, tmp_path: Path) -> None:
    source = "def preprocess(value, model):\n    while True:\n        pass\n"
    with pytest.raises(HookError, match=r"stopped on 0\.txt.*after 1 s"):
        build(hooked(tmp_path, source, 'input = "text"\nseconds = 1'))


def test_the_command_line_shows_the_traceback(
    small_web: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = hooked(tmp_path, "def preprocess(value, model):\n    return value.nothing\n")
    assert cli.main(["build", str(model), "-o", str(tmp_path / "dist")]) == 2
    told = capsys.readouterr().err
    assert '  File "own.py", line 2, in preprocess\n    return value.nothing\n' in told
    assert "error: own.py failed in preprocess, line 2, on 0.txt. AttributeError:" in told


@pytest.mark.parametrize(
    ("source", "table", "error", "words"),
    [
        ("def preprocess(:\n", "", HookError, "line 1"),
        ("x = 1\n", "", ConfigError, "neither preprocess"),
        (GOOD, 'packages = ["no-such-package-here"]', ConfigError, "pip install no-such-package-here"),
        (GOOD, 'packages = ["=="]', ConfigError, "no requirement"),
        (GOOD, 'input = "video"', ConfigError, "video"),
        (GOOD, "seconds = 0", ConfigError, "seconds"),
    ],
)
def test_what_cannot_be_built_is_said(
    build: Build, tmp_path: Path, source: str, table: str, error: type[EdgewebError], words: str
) -> None:
    with pytest.raises(error, match=words):
        build(hooked(tmp_path, source, table))


def test_a_page_cannot_make_the_inputs_of_any_model(build: Build, tmp_path: Path) -> None:
    model = saved(tmp_path, sums(shape=[2, 3, 4]))
    hooks = tmp_path / "own.py"
    hooks.write_text("def postprocess(outputs, model):\n    return 1\n")
    with pytest.raises(ConfigError, match="no preprocess"):
        build(model, hooks=hooks)


def test_imports_are_followed_through_the_library() -> None:
    modules: dict[str, Any] = {
        "a": {"imports": ["b.c"]}, "b": {"imports": []}, "b.c": {"imports": ["a"]}, "d": {"imports": []},
    }  # fmt: skip
    assert stdlib.closure(stdlib.imported("import a\n"), modules) == {"a", "b", "b.c"}
    late = "def f():\n    from b import c, nothing\n"
    assert stdlib.imported(late) == {"b", "b.c", "b.nothing"}


def test_the_runner_names_what_both_sides_call() -> None:
    assert set(runner.FUNCTIONS) == {"preprocess", "postprocess", "reset"}


def test_examples_are_shipped_for_the_page_that_the_hooks_get(build: Build, tmp_path: Path) -> None:
    model = hooked(tmp_path, GOOD, examples=("1 2 3 4", "5 6 7 8"))
    (tmp_path / "page.html").write_text("1 1 1 1")
    settings = tmp_path / "edgeweb.toml"
    settings.write_text(settings.read_text().replace('"0.txt"', '"0.txt", "page.html"'))
    site = build(model)
    first, html, last = site.manifest.examples
    assert (site.path / first).read_text() == "1 2 3 4" and (site.path / last).read_text() == "5 6 7 8"
    # No host must serve what a visitor may open as a page of this site.
    assert html.startswith("assets/page-html-") and html.endswith(".bin")
    assert {site.manifest.files[path].role for path in (first, html, last)} == {"example"}
    (tmp_path / "0.txt").unlink()
    with pytest.raises(EdgewebError, match=r"0\.txt"):
        build(model)


def test_an_example_that_is_too_large_is_refused(build: Build, tmp_path: Path) -> None:
    model = hooked(tmp_path, GOOD)
    (tmp_path / "0.txt").write_text("1 2 3 4" + " " * (20 << 20))
    with pytest.raises(ConfigError, match="is too large"):
        build(model)


def test_hooks_read_what_the_models_say_of_themselves(build: Build, tmp_path: Path) -> None:
    proto = linear()
    proto.metadata_props.add(key="words", value="owl\nwren")
    asks = GOOD.replace("calls.append(1)", "assert model.metadata['words'] == 'owl\\nwren'; calls.append(1)")
    model = hooked(tmp_path, asks)
    saved(tmp_path, proto, "linear.onnx")
    about = build(model).manifest.hooks
    assert about is not None and about.metadata == {"linear": {"words": "owl\nwren"}}
    assert edgeweb.Local(tmp_path / "own.py", model).predict("1 2 3 4")["calls"] == 1
    # Nobody asks for it: it may name people or paths.
    (tmp_path / "own.py").write_text(GOOD)
    about = build(model).manifest.hooks
    assert about is not None and about.metadata == {}
    proto.metadata_props.add(key="more", value="x" * (1 << 20))
    saved(tmp_path, proto, "linear.onnx")
    (tmp_path / "own.py").write_text(asks)
    with pytest.raises(ConfigError, match="reads the models' metadata"):
        build(model)


def test_labels_reach_hooks_whatever_the_task(build: Build, tmp_path: Path) -> None:
    model = hooked(tmp_path, GOOD.replace("calls.append(1)", "assert model.labels == ('a', 'b'); calls.append(1)"))
    (tmp_path / "labels.txt").write_text("a\nb\n")
    site = build(model, task="tensors")
    assert (site.manifest.task, site.manifest.labels) == ("tensors", ["a", "b"])


def test_the_size_limit_is_for_all_models_together(build: Build, tmp_path: Path) -> None:
    model, other = hooked(tmp_path, ASYNC), saved(tmp_path, texts(locale="C"), "shout.onnx")
    site = build([model, other])
    sizes = [variants[0].wire_bytes for variants in (site.manifest.variants, site.manifest.models["shout"].variants)]
    with pytest.raises(LimitError, match=f"The 2 models together take {sum(sizes):,} bytes"):
        build([model, other], max_size=sum(sizes) - 1)
    parts = {part["kind"]: part["wireBytes"] for part in site.report["firstVisit"]["parts"]}
    assert parts["model"] == sum(sizes), parts
