"""Children of a build: what hooks start and print neither holds nor misleads it, and they end however it ends."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from edgeweb.machine import scratch
from edgeweb.python import hookfile, hooks_trial
from tiny import picture, saved

# Processes that hold a lock each until they end, or five minutes.
STARTS = """
import fcntl, os, subprocess, sys
from pathlib import Path
from edgeweb import ops

here = Path(__file__).parent
hold = (
    "import fcntl, sys, time; file = open(sys.argv[1], 'w'); fcntl.flock(file, fcntl.LOCK_EX);"
    "file.write('held'); file.flush(); time.sleep(300)"
)
started = [subprocess.Popen([sys.executable, "-c", hold, here / "plain"])]
started.append(subprocess.Popen([sys.executable, "-c", hold, here / "away"], start_new_session=True))
(here / "pid").write_text(str(started[1].pid))
if os.fork() == 0:
    sys.argv = ["", here / "forked"]
    exec(hold)
while not all((here / name).exists() and (here / name).read_text() for name in ("plain", "away", "forked")):
    pass
preprocess = ops.image()
"""
WAITS = "import time\ntime.sleep(300)\n"
PRINTS = 'print(\'{"stage": "done"}\\n{"error": "of mine"}\', flush=True)\n'


def is_held(path: Path) -> bool:
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def until(right: bool, path: Path) -> None:
    """Wait until the file is held by somebody, or by nobody any more."""
    limit = time.monotonic() + 30
    while not (path.exists() and path.read_text()) or is_held(path) is not right:
        assert time.monotonic() < limit, f"{path.name} is {'not ' if right else ''}held"
        time.sleep(0.02)


@contextmanager
def nothing_left(folder: Path) -> Iterator[None]:
    """End what left the group of its child, which nobody does for it."""
    try:
        yield
    finally:
        os.kill(int((folder / "pid").read_text()), signal.SIGKILL)


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """However the test ends."""
    try:
        yield
    finally:
        process.kill()
        process.wait()


def test_what_a_hook_leaves_running_holds_no_build_and_ends_with_it(tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    file.write_text(STARTS + PRINTS)
    with nothing_left(tmp_path):
        said = hooks_trial.declared(hookfile.read(file), [], 60)
        assert said["preprocess"]["kind"] == "image"
        for name in ("plain", "forked"):
            until(False, tmp_path / name)
        # Whoever took leave of the group may stay, but nobody waits for it.
        assert is_held(tmp_path / "away")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_build_that_is_ended_takes_its_children_along_and_the_next_its_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: signal.Signals
) -> None:
    places = tmp_path / "places"
    places.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(places))
    model = saved(tmp_path, picture())
    (tmp_path / "own.py").write_text(STARTS + WAITS)
    words = [model, "--hooks", tmp_path / "own.py", "-o", tmp_path / "dist"]
    command = [sys.executable, "-m", "edgeweb.cli", "build", *words]
    build = subprocess.Popen(command, env={**os.environ, "TMPDIR": str(places)}, start_new_session=True)
    with nothing_left(tmp_path), ended(build):
        until(True, tmp_path / "plain")
        until(True, tmp_path / "forked")
        (lively,) = places.glob("edgeweb-*")
        scratch.sweep()
        assert (lively / "room" / "job.json").is_file()
        build.send_signal(how)
        assert build.wait(30) == (130 if how == signal.SIGINT else -how)
        until(False, tmp_path / "plain")
        until(False, tmp_path / "forked")
    assert lively.exists() is (how == signal.SIGKILL)
    scratch.sweep()
    assert not lively.exists()
