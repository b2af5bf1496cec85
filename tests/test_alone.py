"""Building is private: no command looks a name up or tries a connection, and each leaves only what it should."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import alone
import numpy as np
import onnx
import pytest
import standin
from onnx import TensorProto, helper, numpy_helper

WHY_NOT = alone.why_not()
pytestmark = pytest.mark.skipif(WHY_NOT is not None, reason=WHY_NOT or "")
EDGEWEB = (sys.executable, "-m", "edgeweb.cli")
# What a build keeps for the next one, in the user's cache: no name of a model and nothing of a machine is in it.
# Dask's cluster, which the test starts and not edgeweb, leaves its locks.
KEPT = re.compile(r"cache/edgeweb/(brotli|profile|latency)/[0-9a-f]+.*|(site|demo)/.*|tmp/dask-scratch-space/.*")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A small one, with a name and metadata that would be worth telling."""
    weight = np.random.default_rng(1).normal(size=(64, 10)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["z"]), helper.make_node("Softmax", ["z"], ["y"])], "CANARY-graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 10])], [numpy_helper.from_array(weight, "w")],
    )  # fmt: skip
    proto = helper.make_model(graph, producer_name="CANARY-producer", opset_imports=[helper.make_opsetid("", 17)])
    proto.ir_version = 8
    helper.set_model_props(proto, {"CANARY": "CANARY-value"})
    path = tmp_path / "given" / "model.onnx"
    path.parent.mkdir()
    onnx.save(proto, path)
    return path


def check(done: alone.Told, home: Path) -> None:
    """Nothing was asked of anybody, and nothing is left but what is documented."""
    assert done.asked == []
    strange = sorted(name for name in alone.left(home) if not KEPT.fullmatch(name))
    assert strange == [], done.out
    # Elsewhere nothing was made, but what Python compiles for itself.
    outside = [
        path for path in done.made if path.startswith("/") and not path.startswith((str(home), "/dev/", "/proc/"))
    ]
    assert [path for path in outside if Path(path).exists() and "__pycache__" not in path] == []


def run(words: Sequence[str | Path], home: Path, browser: str = "none") -> alone.Told:
    log = home.parent / f"{home.name}.strace"
    done = alone.told(alone.start([*EDGEWEB, *map(str, words)], home, log, EDGEWEB_BROWSER=browser), log)
    assert done.code == 0, done.out
    return done


# Asks for the page from inside the same namespace, and then has the server end.
VISIT = """
import re, signal, subprocess, sys, urllib.request
command = [sys.executable, '-m', 'edgeweb.cli', *sys.argv[1:]]
child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
url = next(found[0] for line in child.stdout if (found := re.search(r'http://[^ ]+', line)))
with urllib.request.urlopen(url) as answer:
    print(len(answer.read()), flush=True)
child.send_signal(signal.SIGINT)
child.wait(20)
"""


def visited(words: Sequence[str], home: Path) -> None:
    log = home.parent / "served.strace"
    command = [sys.executable, "-c", VISIT, *words, "--port", "0"]
    done = alone.told(alone.start(command, home, log, EDGEWEB_BROWSER="none"), log)
    assert done.code == 0 and int(done.out.strip().splitlines()[-1]) > 1000, done.out
    check(done, home)


def test_inspect_build_and_serve(tmp_path: Path, model: Path) -> None:
    home = tmp_path / "own"
    check(run(["inspect", model], home), home)
    check(run(["build", model, "-o", home / "site"], home), home)
    assert "CANARY" not in (home / "site" / "edgeweb.json").read_text()
    visited(["serve", str(home / "site")], home)


def test_a_repository_is_asked_of_its_host_and_nobody_else(tmp_path: Path, model: Path) -> None:
    """The stand-in runs inside the same namespace, which has nothing but the loopback."""
    home, log = tmp_path / "own", tmp_path / "strace"
    folder = tmp_path / "served" / "org" / "tiny"
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(model.read_bytes())
    words = [*EDGEWEB, "build", "hf://org/tiny", "-o", str(home / "site")]
    command = [sys.executable, str(Path(standin.__file__)), str(folder.parents[1]), *words]
    done = alone.told(alone.start(command, home, log, EDGEWEB_BROWSER="none"), log)
    assert done.code == 0 and done.asked == [], done.out
    asked = json.loads(done.out.strip().splitlines()[-1])
    # No report, no look for updates; the head and the body of one file.
    assert [path.partition(standin.COMMIT)[0] for path in asked] == [
        "/api/models/org/tiny", "/api/models/org/tiny/tree/", "/org/tiny/resolve/", "/org/tiny/resolve/",
    ]  # fmt: skip
    left = {name for name in alone.left(home) if not KEPT.fullmatch(name)}
    assert left and all(name.startswith("cache/huggingface/hub/") for name in left)


@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no Chromium")
def test_build_with_a_browser(tmp_path: Path, model: Path) -> None:
    """The browser that measures the site is as silent, and leaves nothing beside its profile."""
    # Not tmp_path, whose length leaves no room for the path of Chromium's socket.
    with tempfile.TemporaryDirectory() as short:
        home = Path(short) / "own"
        done = run(["build", model, "-o", home / "site"], home, "chromium")
        check(done, home)
        assert any(name.startswith("cache/edgeweb/profile/") for name in alone.left(home)), done.out


def test_demo(tmp_path: Path) -> None:
    home = tmp_path / "own"
    visited(["demo", "-o", str(home / "demo")], home)


@pytest.mark.thorough
@pytest.mark.parametrize("how", ["distill", "dask"])
def test_what_takes_minutes(tmp_path: Path, model: Path, how: str) -> None:
    """PyTorch, and a Dask cluster whose workers are processes of their own, which nothing of edgeweb started."""
    home, log = tmp_path / "own", tmp_path / "strace"
    data = tmp_path / "given" / "data.npz"
    np.savez(data, x=np.random.default_rng(1).normal(size=(200, 64)).astype(np.float32))
    words = [*EDGEWEB, "build", str(model), "-o", str(home / "site"), "--data", str(data)]
    command = [*words, "--distill"] if how == "distill" else [sys.executable, "-c", CLUSTER, *words]
    done = alone.told(alone.start(command, home, log, EDGEWEB_BROWSER="none"), log, 900)
    assert done.code == 0, done.out
    check(done, home)


# In the folder of the test, as Dask keeps what it spills beside where it was started.
CLUSTER = """
import subprocess, sys, tempfile
from distributed import LocalCluster
if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as room:
        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=room) as cluster:
            sys.exit(subprocess.run([*sys.argv[1:], '--dask', cluster.scheduler_address]).returncode)
"""


def test_a_program_that_does_ask_is_seen(tmp_path: Path) -> None:
    """The watch itself: a look-up and a connection are both noticed."""
    script = "import socket\nfor a in (('192.0.2.1', 53), ('127.0.0.1', 9)):\n  socket.socket(2, 2).connect(a)\n"
    log = tmp_path / "strace"
    done = alone.told(alone.start([sys.executable, "-c", script], tmp_path / "own", log), log)
    assert len(done.asked) == 1 and "192.0.2.1" in done.asked[0]


def test_whoever_imports_edgeweb_is_silent_too(tmp_path: Path, model: Path) -> None:
    """A program of the user's own, its children and what they would write; edgeweb need not come first among imports
    of other libraries than ONNX Runtime itself."""
    home, log = tmp_path / "own", tmp_path / "strace"
    script = (
        "import sys, numpy, onnx, PIL.Image, joblib, tokenizers, starlette, uvicorn\n"
        "import edgeweb\nimport onnxruntime\n"
        "onnxruntime.InferenceSession(sys.argv[1])\n"
        "import distributed, dask, playwright\n"
    )
    done = alone.told(alone.start([sys.executable, "-c", script, str(model)], home, log), log)
    assert done.code == 0, done.out
    check(done, home)
