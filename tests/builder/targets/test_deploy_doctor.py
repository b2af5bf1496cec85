"""A deployment ends with a look at the host, where its address is known."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import shipped
import uvicorn
from edgeweb import cli
from edgeweb.commands import deploy
from edgeweb.recipe import Site
from edgeweb_server import create_app


@contextmanager
def served(folder: Path) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(create_app(folder), port=0, log_level="error", server_header=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/"
    server.should_exit = True
    thread.join(10)


def test_the_doctor_looks_at_what_was_sent(
    build_once: Callable[..., Site],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(deploy, "_SHOWN_WITHIN_S", 1.0)
    monkeypatch.setattr(deploy, "_AGAIN_S", 0.2)
    first, second = shipped.releases(build_once, tmp_path)
    place = tmp_path / "www"
    assert cli.main(["deploy", str(first), f"folder:{place}", "-q"]) == 0
    assert "passed" not in capsys.readouterr().out
    with served(place) as url:
        (tmp_path / "edgeweb.toml").write_text(f'[deploy.live]\ntarget = "folder:{place}"\nurl = "{url}"\n')
        assert cli.main(["deploy", str(second), "live", "-q"]) == 0
        assert "0 failed" in capsys.readouterr().out
    # A server that goes on showing another folder.
    other = shutil.copytree(first, tmp_path / "other")
    model = next(other.glob("assets/*.onnx"), None) or next(other.glob("assets/ort-wasm-cut*.wasm"))
    with served(other) as url:
        model.write_bytes(b"0" * model.stat().st_size)
        (tmp_path / "edgeweb.toml").write_text(f'[deploy.live]\ntarget = "folder:{place}"\nurl = "{url}"\n')
        assert cli.main(["deploy", str(first), "live", "-q", "--json"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert document["sent"] is True
    assert "fail" in {each["state"] for each in document["doctor"]["checks"]}
    # Where nobody answers, it was sent all the same.
    assert cli.main(["deploy", str(second), "live", "-q"]) == 0
    assert cli.main(["deploy", str(first), "live", "-q", "--no-doctor"]) == 0
