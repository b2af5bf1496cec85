"""The user's own Python in a build: several models, the native trial, its errors, and what a site then carries."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from edgeweb import cli
from edgeweb.errors import ConfigError, EdgewebError, HookError
from edgeweb.hooks_api import runner
from hooked_model import GOOD, Build, hooked
from tiny import linear, saved, sums


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
