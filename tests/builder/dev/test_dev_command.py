"""`edgeweb dev` as a user starts and stops it: a process of its own, the real browser half, no browser."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny
from edgeweb import arguments
from edgeweb.console import developing

ROOT = Path(__file__).parents[3]
Start = Callable[..., "Running"]


class Running:
    """A process, its one line of standard output, and what its page is told."""

    def __init__(self, *words: object, **environment: str) -> None:
        self.mark = uuid.uuid4().hex
        paths = os.pathsep.join([str(ROOT / "builder"), str(ROOT / "server")])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "edgeweb.cli", "dev", *map(str, words), "--port", "0", "--json"],
            env={**os.environ, "PYTHONPATH": paths, "EDGEWEB_TEST_MARK": self.mark, **environment},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def url(self) -> str:
        assert self.process.stdout is not None
        return str(json.loads(self.process.stdout.readline())["url"])

    def states(self, url: str) -> Iterator[dict[str, Any]]:
        with urllib.request.urlopen(f"{url}.edgeweb-dev/events", timeout=60) as events:
            yield from (json.loads(line[6:]) for line in events if line.startswith(b"data: "))

    def stop(self) -> tuple[int, str, str]:
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err

    def left(self) -> list[str]:
        """What still runs of it, whatever it has started."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                if f"EDGEWEB_TEST_MARK={self.mark}".encode() in (place / "environ").read_bytes():
                    found.append((place / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue
        return found


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[Running] = []

    def begin(*words: object, **environment: str) -> Running:
        running.append(Running(*words, **environment))
        return running[-1]

    yield begin
    for each in running:
        if each.process.poll() is None:
            each.process.kill()
            each.process.communicate()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tiny.saved(tmp_path / "iris", tiny.linear(), "iris.onnx")


def test_it_serves_at_once_builds_again_and_ends_with_all_that_it_has_started(model: Path, start: Start) -> None:
    running = start(model)
    url = running.url()
    good = (state for state in running.states(url) if not state["building"])
    first = next(good)
    page = urllib.request.urlopen(f"{url}site/", timeout=10).read()
    assert b"<title>Iris</title>" in page
    # The page around it has what this site has not.
    assert b"edgeweb-dev" in urllib.request.urlopen(url, timeout=10).read()
    assert b"edgeweb-dev" not in page
    (model.parent / "edgeweb.toml").write_text('title = "Flowers"\n')
    second = next(good)
    assert (second["changed"], second["title"]) == (["edgeweb.toml"], "Flowers")
    assert second["release"] != first["release"]
    assert b"<title>Flowers</title>" in urllib.request.urlopen(f"{url}site/", timeout=10).read()
    code, out, err = running.stop()
    # One document, of which the line was read; an open page is no reason to wait.
    assert (code, out) == (130, "")
    assert "Traceback" not in err
    assert err.endswith(" s, after edgeweb.toml\n")
    assert running.left() == []


def test_ctrl_c_in_the_middle_of_a_build_ends_what_that_has_started(model: Path, tmp_path: Path, start: Start) -> None:
    hooks, begun = tmp_path / "hooks.py", tmp_path / "begun"
    hooks.write_text(
        f"import pathlib, time\ndef postprocess(outputs, model):\n"
        f"    pathlib.Path({str(begun)!r}).touch()\n    time.sleep(60)\n"
    )
    running = start(model, "--hooks", hooks)
    running.url()
    limit = time.monotonic() + 40
    while not begun.exists():
        assert time.monotonic() < limit
        time.sleep(0.05)
    assert len(running.left()) > 1
    code, _, err = running.stop()
    assert (code, "Traceback" in err) == (130, False)
    while running.left():
        assert time.monotonic() < limit
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["none.onnx"], "error: none.onnx cannot be read. No such file or directory. Check the path.\n"),
        (["--nonsense"], "error: "),
    ],
)
def test_what_was_mistyped_is_one_line_and_exit_code_2(start: Start, words: list[str], message: str) -> None:
    out, err = (running := start(*words)).process.communicate(timeout=30)
    assert (running.process.returncode, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(message)


def test_it_opens_the_browser_that_the_user_has_chosen(model: Path, tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o755)
    paths = os.pathsep.join([str(ROOT / "builder"), str(ROOT / "server")])
    process = subprocess.Popen(
        [sys.executable, "-m", "edgeweb.cli", "dev", str(model), "--port", "0"],
        env={**os.environ, "PYTHONPATH": paths, "BROWSER": str(browser)},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        url = next(line for line in process.stdout if "Local:" in line).split()[-1]
        limit = time.monotonic() + 20
        while not opened.exists() or not opened.read_text():
            assert time.monotonic() < limit
            time.sleep(0.05)
        assert opened.read_text().strip() == url
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


@pytest.mark.parametrize(
    ("words", "opens", "host"),
    [([], True, "127.0.0.1"), (["--open"], True, "127.0.0.1"), (["--no-open", "--host"], False, "0.0.0.0")],
)
def test_it_takes_what_people_know_from_vite(words: list[str], opens: bool, host: str) -> None:
    given = arguments.parsed({name: lambda _: 0 for name in arguments._COMMANDS}, ["dev", "model.onnx", *words])
    assert (given.opens, given.host, given.models) == (opens, host, [Path("model.onnx")])


LOCAL, OTHERS = "http://127.0.0.1:8000/", "--host lets other devices see it"


@pytest.mark.parametrize(
    ("host", "url", "network"),
    [
        ("127.0.0.1", LOCAL, OTHERS), ("::1", "http://[::1]:8000/", OTHERS),
        ("localhost", "http://localhost:8000/", OTHERS), ("192.168.1.5", "http://192.168.1.5:8000/", ""),
    ],
)  # fmt: skip
def test_it_says_where_the_page_is_and_who_can_see_it(
    host: str, url: str, network: str, capsys: pytest.CaptureFixture[str]
) -> None:
    developing.announce("model.onnx", "1.2", url, host)
    lines = [line.split(":  ", 1)[1].strip() for line in capsys.readouterr().out.splitlines() if ":  " in line]
    assert lines == [url, *([network] if network else [])]
