"""The command line: what goes to which stream, exit codes, and one line for every error."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

import pytest
import tiny
from edgeweb import cli, recipe
from edgeweb.schema.tasks import Task
from typed import Streams, refused, run

ROOT = Path(__file__).parents[2]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tiny.saved(tmp_path / "iris", tiny.linear(), "iris.onnx")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """What its columns are called nothing says."""
    return tiny.saved(tmp_path / "bare", tiny.linear(softmax=False))


@pytest.mark.usefixtures("small_web")
def test_build_prints_what_it_made_and_what_to_type_next(capsys: Streams, bare: Path, tmp_path: Path) -> None:
    out = tmp_path / "my dist"
    code, stdout, stderr = run(capsys, "build", bare, "-o", out)
    assert code == 0
    assert stdout.splitlines()[-1] == f"Next: edgeweb serve '{out}'"
    for word in ("site", "task", "model", "first visit", "proven", "built in"):
        assert f"\n  {word} " in f"\n{stdout}"
    assumed, more = stdout.partition("\nAssumed, as nothing says it. ")[2].split("\n\nThe page can say more. ")
    assert tomllib.loads("\n".join(more.splitlines()[1:-2]))
    assumed = assumed.splitlines()[1:]
    # Whole, these are lines of edgeweb.toml.
    columns = ["x1", "x2", "x3", "x4"]
    assert tomllib.loads("\n".join(assumed))["input"] == {"x": {"columns": columns}}
    assert assumed[-2].startswith("  # its columns are x1, x2, x3, x4 (")
    assert all(line.startswith("  … ") for line in stderr.splitlines())
    assert "\r" not in stderr + stdout


@pytest.mark.usefixtures("small_web")
def test_build_as_json_is_one_document_and_nothing_else(capsys: Streams, table: Path, tmp_path: Path) -> None:
    code, stdout, stderr = run(capsys, "build", table, "-o", tmp_path / "dist", "--json")
    found = json.loads(stdout)
    assert (code, found["path"], found["task"]) == (0, str(tmp_path / "dist"), "tabular-classification")
    assert len(found["release"]) == 16
    assert found["report"]["proven"] is True
    task = {"claim": "task", "value": "tabular-classification", "source": "file", "from": "operator Softmax"}
    assert found["report"]["evidence"][0] == task
    assert "reading" in stderr


@pytest.mark.usefixtures("small_web")
def test_every_option_of_build_reaches_the_recipe(capsys: Streams, table: Path, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("a\nb\nc\n")
    words = [
        "--title",
        "My page",
        "--labels",
        tmp_path / "words.txt",
        "--task",
        "tabular-classification",
        "--base-url",
        "/x/",
    ]
    words += [
        "--precision",
        "fp32",
        "--min-agreement",
        "0.5",
        "--max-size",
        "1MB",
        "--no-specialise",
        "--force",
        "--debug",
    ]
    code, stdout, _ = run(capsys, "build", table, "-o", tmp_path / "dist", "--json", *words)
    assert code == 0
    assert json.loads(stdout)["report"]["title"] == "My page"
    assert "/x/*" in (tmp_path / "dist" / "_headers").read_text()


@pytest.mark.usefixtures("small_web")
def test_a_strict_build_writes_nothing_until_init_has_said_what_was_assumed(
    capsys: Streams, bare: Path, tmp_path: Path
) -> None:
    strict = ("build", bare, "-o", tmp_path / "dist", "--strict")
    line = refused(capsys, *strict, code=3)
    assert "its columns are x1, x2, x3, x4. Let edgeweb init" in line
    assert not (tmp_path / "dist").exists()
    code, stdout, _ = run(capsys, "init", bare)
    made = bare.with_name("edgeweb.toml")
    assert (code, stdout.splitlines()[0].partition(":")[0]) == (0, f"Wrote {made}")
    assert tomllib.loads(made.read_text("utf-8"))["input"] == {"x": {"columns": ["x1", "x2", "x3", "x4"]}}
    assert stdout.splitlines()[-1].endswith(f"then edgeweb build {bare}")
    assert "edgeweb.toml is there already" in refused(capsys, "init", bare)
    code, stdout, _ = run(capsys, *strict)
    assert (code, "Assumed" in stdout) == (0, False)
    as_json = json.loads(run(capsys, "init", bare, "--force", "--json")[1])
    assert as_json["path"] == str(made)
    assert ("columns", "user") in [(each["claim"], each["source"]) for each in as_json["evidence"]]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--json",), "COMMAND is missing"),
        (("fly",), 'There is no command "fly". The commands are demo, init, dev, build,'),
        (("biuld", "m.onnx"), "Did you mean build?"),
        (("my model.onnx",), "Did you mean: edgeweb build 'my model.onnx'?"),
        (("build",), "MODEL is missing. The command edgeweb build needs it. See: edgeweb build --help."),
        (("build", "m.onnx", "--colour", "red"), "edgeweb build has no option --colour."),
        (("build", "m.onnx", "--out"), "-o/--out is missing its value"),
        (
            ("build", "m.onnx", "--precision", "int2"),
            '--precision cannot be "int2". It takes auto, fp32, fp16, int8 or',
        ),
        (("build", "m.onnx", "--precision", "INT8"), "Did you mean int8?"),
        (("build", "m.onnx", "--task", "x"), 'There is no task "x". edgeweb knows others. See: edgeweb build --help'),
        (("build", "m.onnx", "--task", "image-clasification"), "Did you mean image-classification"),
        (("build", "m.onnx", "--min-agreement", "2"), "Argument --min-agreement: 2 is not between 0 and 1"),
        (("build", "m.onnx", "--min-agreement", "x"), "Argument --min-agreement: x is not a number between 0 and 1"),
        (("build", "m.onnx", "--titl=x"), "Did you mean --title?"),
        (("serve", "--prot", "1"), "edgeweb serve has no option --prot. "),
        (("build", "a.onnx", "b.onnx"), "2 models cannot become one site"),
        (("build", "m.onnx", "--hooks", "hooks.py"), "hooks.py cannot be read"),
        (("build", "m.onnx", "--max-size", "big"), '"big" is not a size'),
        (("build", "missing.onnx"), "missing.onnx is not there"),
        (("inspect", "missing.onnx"), "missing.onnx is not there"),
        (("inspect", "a.onnx", "b.onnx"), '"b.onnx" is one too many. The command edgeweb inspect takes no more.'),
        (("serve", "--port", "x"), "Argument --port: invalid int value: 'x'"),
    ],
)
@pytest.mark.usefixtures("small_web")
def test_wrong_usage(
    capsys: Streams, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: Any, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message in refused(capsys, *words)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("small_web")
def test_a_missed_limit_is_exit_code_3(capsys: Streams, table: Path, tmp_path: Path) -> None:
    line = refused(capsys, "build", table, "-o", tmp_path / "dist", "--max-size", "10B", code=3)
    assert "--max-size allows 10" in line
    assert not (tmp_path / "dist").exists()
    assert refused(capsys, "build", table, "-o", tmp_path / "dist", "--max-size", "10B", "--json", code=3)


def test_a_folder_that_is_no_site_cannot_be_served(capsys: Streams, tmp_path: Path) -> None:
    code, stdout, stderr = run(capsys, "serve", tmp_path)
    assert (code, stdout) == (2, "")
    assert stderr.startswith("error: ")
    assert stderr.count("\n") == 1


def test_a_defect_asks_for_a_report_and_shows_its_traceback_with_debug(
    capsys: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(recipe, "inspected", broken)
    line = refused(capsys, "inspect", "m.onnx", code=1)
    assert line.startswith("error: edgeweb itself failed: oops. ")
    assert "Please report it" in line
    with pytest.raises(ZeroDivisionError):
        cli.main(["inspect", "m.onnx", "--debug"])


def test_an_interrupt_is_exit_code_130(capsys: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(recipe, "inspected", interrupted)
    assert run(capsys, "inspect", "m.onnx") == (130, "", "")


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_alone_it_prints_the_help(capsys: Streams, words: list[str]) -> None:
    with pytest.raises(SystemExit) as leave:
        cli.main(words)
    out = capsys.readouterr().out
    assert leave.value.code == 0
    assert "\n  build       a model file into a static site " in out and "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 80


def test_the_help_of_build_begins_with_what_is_used_most(capsys: Streams) -> None:
    with pytest.raises(SystemExit):
        cli.main(["build", "--help"])
    out = capsys.readouterr().out
    places = [out.index(f"\n{words}\n") for words in ("Most used:", "How small, and how alike:", "Everything else:")]
    assert places == sorted(places)
    assert out.index("  --labels FILE ") < places[1] < out.index("  --dask ADDRESS ") < places[2]
    assert all(task in out for task in get_args(Task))


@pytest.mark.parametrize("command", ["demo", "init", "dev", "build", "inspect", "serve", "strings", "completion"])
def test_every_command_explains_itself_with_an_example(capsys: Streams, command: str) -> None:
    with pytest.raises(SystemExit) as leave:
        cli.main([command, "--help"])
    out = capsys.readouterr().out
    assert leave.value.code == 0
    assert f"Example:\n  edgeweb {command}" in out
    assert "--json" in out


def test_the_version(capsys: Streams) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert re.fullmatch(r"edgeweb \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_a_reader_who_has_gone_is_no_error(table: Path) -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "builder"), str(ROOT / "server")])}
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "edgeweb.cli", "inspect", str(table), "--json"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, env=env, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "  … running it once, to see what it gives\n")


def test_steps_move_on_a_terminal_while_the_document_goes_to_a_file(table: Path) -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "builder"), str(ROOT / "server")])}
    env |= {"TERM": "xterm", "CI": "", "NO_COLOR": ""}
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "edgeweb.cli", "inspect", str(table), "--json"]
    seen = b""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True, env=env) as child:
        os.close(theirs)
        # A terminal that has gone is an error to read from.
        with suppress(OSError):
            while more := os.read(ours, 1 << 12):
                seen += more
        document = json.load(child.stdout or io.StringIO())
    os.close(ours)
    assert (child.returncode, document["trial"]) == (0, "passed")
    assert "✓\x1b[0m running it once, to see what it gives".encode() in seen
    assert seen.rindex(b"\x1b[?25h") > seen.rindex(b"\x1b[?25l")


def test_what_to_type_next_is_found_where_the_command_was(
    capsys: Streams, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [".venv/bin/edgeweb"])
    monkeypatch.setenv("PATH", "")
    _, stdout, _ = run(capsys, "inspect", table)
    assert stdout.splitlines()[-1] == f"Next: .venv/bin/edgeweb build {table}"
