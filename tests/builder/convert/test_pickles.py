"""No byte of a pickle runs before somebody says that it may, and then it runs without a network."""

from __future__ import annotations

import pickle
import socket
import subprocess
import sys
from pathlib import Path

import edgeweb
import joblib
import payloads
import pytest
from edgeweb.convert import conversion
from edgeweb.convert.common import How
from edgeweb.errors import EdgewebError, ModelError

NAMES = sorted(payloads.all_of(Path("mark")))
# What nothing here ever loads, trusted or not: an array, and skops' format, which has types and no pickle.
DEAD = ("array.pkl", "model.skops")
MODEL = Path(edgeweb.__file__).parent / "sample" / "model.onnx"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_there_are_twenty_that_would_run(tmp_path: Path) -> None:
    """Loaded, each writes its file: else the next test would show nothing."""
    alive = [name for name in NAMES if name not in DEAD and name != "packed.pkl"]
    assert len(alive) >= 20
    for name in alive:
        path = tmp_path / name
        path.write_bytes(payloads.all_of(tmp_path / f"{name}.ran")[name])
    code = "import joblib, sys\nfor path in sys.argv[1:]: joblib.load(path)"
    subprocess.run([sys.executable, "-c", code, *(tmp_path / name for name in alive)], check=True)
    assert [name for name in alive if not (tmp_path / f"{name}.ran").exists()] == []


@pytest.mark.parametrize("name", NAMES)
def test_none_runs_without_trust(tmp_path: Path, name: str) -> None:
    mark, path = tmp_path / "ran", tmp_path / name
    path.write_bytes(payloads.all_of(mark)[name])
    for call in (edgeweb.inspect, edgeweb.init, lambda given: edgeweb.build(given, tmp_path / "site")):
        with pytest.raises(EdgewebError) as error:
            call(path)
        assert error.value.exit_code == 2 and str(path) in str(error.value)
    assert not mark.exists()
    assert not (tmp_path / "site").exists() and not (tmp_path / "edgeweb.toml").exists()


@pytest.mark.parametrize("suffix", ["pt2", "keras", "h5", "txt", "cbm", "ubj", "tflite", "pb", "safetensors"])
def test_another_name_hides_none(tmp_path: Path, suffix: str) -> None:
    mark, path = tmp_path / "ran", tmp_path / f"model.{suffix}"
    for name in ("protocol0.pkl", "protocol5.pkl", "zlib.joblib", "model.skops"):
        path.write_bytes(payloads.all_of(mark)[name])
        with pytest.raises(EdgewebError) as error:
            edgeweb.build(path, tmp_path / "site")
        assert error.value.exit_code == 2 and str(path) in str(error.value)
    assert not mark.exists() and not (tmp_path / "site").exists()


@pytest.mark.parametrize("suffix", ["npy", "npz", "pkl", "csv"])
def test_none_runs_as_data(tmp_path: Path, suffix: str) -> None:
    import numpy as np

    mark, data = tmp_path / "ran", tmp_path / f"rows.{suffix}"
    if suffix == "npz":
        np.savez(data, input=np.array([payloads.Calls(Path.touch, mark)], object))
    else:
        data.write_bytes(payloads.all_of(mark)["array.pkl" if suffix == "npy" else "protocol4.pkl"])
    with pytest.raises(EdgewebError) as error:
        edgeweb.build(MODEL, tmp_path / "site", data=data)
    assert error.value.exit_code == 2 and data.name in str(error.value)
    assert not mark.exists() and not (tmp_path / "site").exists()


def test_what_to_do_is_said(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps({}))
    with pytest.raises(EdgewebError) as error:
        conversion.converted(path, How())
    assert str(error.value) == (
        f"{path} is a Python pickle. To read it is to run whatever code its author put in, and edgeweb runs none of a "
        "stranger's. If you made it yourself, add --trust-pickle (on Linux it is then read without network); "
        "or save it with "
        "skops.io.dump."
    )


@pytest.mark.skipif(sys.platform != "linux", reason="no other system cuts a process off from the network")
def test_what_is_trusted_runs_without_a_network(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        code = f"""
import socket
try:
    socket.create_connection(("127.0.0.1", {port}), 2).close()
    found = "connected"
except OSError as error:
    found = type(error).__name__
open({str(mark)!r}, "w").write(found)
"""
        joblib.dump(payloads.Calls(exec, code), tmp_path / "model.joblib")
        with pytest.raises(ModelError, match=r"holds a builtins\.NoneType"):
            conversion.converted(tmp_path / "model.joblib", How(trust_pickle=True))
        with pytest.raises(TimeoutError):
            server.accept()
    assert mark.read_text() == "ConnectionRefusedError"
