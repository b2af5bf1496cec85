"""The swap: the place holds the old site or the new one, whole, whatever happens in between."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from edgeweb.errors import OutputError
from edgeweb.site import swap
from tiny import ROOT

BUILDER = ROOT / "builder"
FILES = 12
# Writes generations 1, 2, 3, ... for ever; every file of a generation holds its number.
WRITER = f"""
import sys
from pathlib import Path
from edgeweb.site import swap
target, number = Path(sys.argv[1]), int(sys.argv[2])
print("ready", flush=True)
while True:
    number += 1
    with swap.staged(target) as stage:
        for i in range({FILES}):
            (stage / f"f{{i}}").write_text(str(number))
"""


def write(target: Path, text: str) -> None:
    with swap.staged(target) as stage:
        for i in range(FILES):
            (stage / f"f{i}").write_text(text)


def generation(target: Path) -> str:
    """The one text that all files of a whole site hold."""
    assert sorted(path.name for path in target.iterdir()) == sorted(f"f{i}" for i in range(FILES))
    (text,) = {path.read_text() for path in target.iterdir()}
    return text


def leftovers(target: Path) -> list[str]:
    return [path.name for path in target.parent.iterdir() if path != target]


def test_new_empty_and_old_places(tmp_path: Path) -> None:
    target = tmp_path / "below" / "dist"
    write(target, "1")
    assert generation(target) == "1"
    write(target, "2")
    assert generation(target) == "2"
    assert leftovers(target) == []
    empty = tmp_path / "empty"
    empty.mkdir()
    write(empty, "3")
    assert generation(empty) == "3"
    assert target.stat().st_mode & 0o777 == 0o755


def test_file_systems_without_an_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swap, "_exchange", lambda a, b: False)
    target = tmp_path / "dist"
    write(target, "1")
    write(target, "2")
    assert generation(target) == "2"
    assert leftovers(target) == []


def test_the_old_site_comes_back_when_the_second_step_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swap, "_exchange", lambda a, b: False)
    target = tmp_path / "dist"
    write(target, "1")
    rename = Path.rename

    def failing(self: Path, to: Path) -> Path:
        if to == target and not self.name.endswith("-old"):
            raise OSError(28, "No space left on device")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OutputError, match="No space left on device"):
        write(target, "2")
    assert generation(target) == "1"
    assert leftovers(target) == []


def test_an_error_while_writing_leaves_the_old_site(tmp_path: Path) -> None:
    target = tmp_path / "dist"
    write(target, "1")
    with pytest.raises(ZeroDivisionError), swap.staged(target) as stage:
        (stage / "f0").write_text("2")
        raise ZeroDivisionError
    assert generation(target) == "1"
    assert leftovers(target) == []


def test_a_kill_at_any_instant_leaves_the_old_or_the_new_site(tmp_path: Path) -> None:
    target = tmp_path / "dist"
    write(target, "0")
    last = 0
    dice = random.Random(5)
    env = {**os.environ, "PYTHONPATH": str(BUILDER)}
    for _ in range(30):
        command = [sys.executable, "-c", WRITER, str(target), str(last)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            time.sleep(dice.random() * 0.03)
            child.kill()
        now = int(generation(target))
        assert now >= last
        last = now
    assert last > 0, "no site was ever swapped in, so nothing was tested"
    write(target, "end")
    assert leftovers(target) == []


def dead_process() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_leftovers_of_dead_builds_go_and_those_of_others_stay(tmp_path: Path) -> None:
    target = tmp_path / "my[1]*"
    own = f".{target.name}.edgeweb-"
    for name in (f"{own}{dead_process()}-abc", f"{own}{os.getpid()}-abc", ".other.edgeweb-1-abc", f"{own}notes"):
        (tmp_path / name).mkdir()
    write(target, "1")
    assert sorted(leftovers(target)) == sorted(
        [".other.edgeweb-1-abc", f".{target.name}.edgeweb-{os.getpid()}-abc", f".{target.name}.edgeweb-notes"]
    )


def test_an_old_site_that_a_kill_left_aside_comes_back(tmp_path: Path) -> None:
    target = tmp_path / "dist"
    write(target, "1")
    target.rename(tmp_path / f".dist.edgeweb-{dead_process()}-abc-old")
    with pytest.raises(ZeroDivisionError), swap.staged(target):
        assert generation(target) == "1"
        raise ZeroDivisionError
    assert generation(target) == "1"


def test_a_place_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file/dist cannot be written\. .* --out"):
        write(tmp_path / "file" / "dist", "1")


def test_a_read_only_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)

    # Root may write everywhere, so the refusal is made here.
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    if os.access(closed, os.W_OK):
        monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with pytest.raises(
        OutputError, match=r"dist cannot be written\. Permission denied\. Choose another folder with --out\."
    ):
        write(closed / "dist", "1")


def test_what_may_not_be_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, own = tmp_path / "dist", tmp_path / "dist" / "sub" / "model.onnx"
    swap.check(target, [own.parent.parent.parent / "model.onnx"], force=False)
    target.mkdir()
    swap.check(target, [], force=False)
    (target / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"is not empty\. edgeweb did not make it\..*--force"):
        swap.check(target, [], force=False)
    swap.check(target, [], force=True)
    for force in (False, True):
        with pytest.raises(OutputError, match=r"holds model\.onnx\..*would be lost"):
            swap.check(target, [own], force=force)
    link = tmp_path / "link"
    link.symlink_to(target)
    for bad in (link, target / "notes.txt"):
        with pytest.raises(OutputError, match="is not a folder"):
            swap.check(bad, [], force=True)
    (target / "edgeweb.json").write_text("{}")
    (target / "headers.json").write_text("{}")
    swap.check(target, [], force=False)
    monkeypatch.chdir(target)
    with pytest.raises(OutputError, match="You are in this folder"):
        swap.check(Path(), [], force=True)
    with pytest.raises(OutputError, match="File name too long"):
        swap.check(tmp_path / ("x" * 300), [], force=True)
