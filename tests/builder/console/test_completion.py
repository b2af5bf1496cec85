"""Completion in a real shell: what is switched on as the help says, and what bash then offers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from edgeweb.console import completion
from edgeweb.errors import UsageError

ROOT = Path(__file__).parents[3]
# As bash calls it when Tab is pressed at the end of the line.
TAB = """
eval "$(edgeweb completion bash)"
COMP_LINE="$1" COMP_POINT=${#1} COMP_TYPE=9
_python_argcomplete edgeweb
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bin")
    command = folder / "edgeweb"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m edgeweb.cli "$@"\n')
    command.chmod(0o755)
    return folder


def offered(path: Path, line: str) -> set[str]:
    env = {**os.environ, "PATH": f"{path}{os.pathsep}{os.environ['PATH']}"}
    env["PYTHONPATH"] = os.pathsep.join([str(ROOT / "builder"), str(ROOT / "server")])
    done = subprocess.run(["bash", "-c", TAB, "bash", line], capture_output=True, text=True, env=env, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return {word.strip() for word in done.stdout.split("\n")} - {""}


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("edgeweb b", {"build"}),
        ("edgeweb build --min", {"--min-agreement"}),
        ("edgeweb build m.onnx --precision int", {"int8", "int4"}),
        ("edgeweb build --task tabular-c", {"tabular-classification"}),
        ("edgeweb serve --titl", set()),
    ],
)
def test_bash_completes_commands_options_and_words(path: Path, line: str, words: set[str]) -> None:
    assert offered(path, line) == words


def test_what_is_typed_after_model_are_files() -> None:
    assert "-o default" in completion.script("bash")


def test_each_shell_has_its_script(monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = {shell: completion.script(shell) for shell in completion.SHELLS}
    assert "complete --command edgeweb" in scripts["fish"]
    assert "Register-ArgumentCompleter" in scripts["powershell"]
    assert "compdef _python_argcomplete edgeweb" in scripts["zsh"]
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert completion.script(None) == scripts["fish"]
    monkeypatch.setenv("SHELL", "/bin/dash")
    with pytest.raises(UsageError, match=r"Your shell, dash, is none .*\. Give one of bash, zsh"):
        completion.script(None)
    monkeypatch.delenv("SHELL")
    with pytest.raises(UsageError, match="SHELL is not set"):
        completion.script(None)


def test_the_docs_switch_it_on_as_the_help_does() -> None:
    told = (ROOT / "docs" / "config.md").read_text("utf-8")
    commands = [line.split(maxsplit=1)[1] for line in completion.HOW.splitlines()]
    assert len(commands) == len(completion.SHELLS)
    assert [command for command in commands if f"`{command}`" not in told] == []
