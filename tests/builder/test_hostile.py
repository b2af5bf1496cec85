"""Bad, awkward and unsafe models through `edgeweb build`: refused in one line or built, and nothing else touched."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tiny
from edgeweb import cli
from edgeweb.trial import native

HOSTILE = tiny.SHARED / "hostile"
INDEX = HOSTILE / "index.json"
CASES: list[dict[str, Any]] = json.loads(INDEX.read_text("utf-8")) if INDEX.is_file() else []
ROOT = Path(__file__).parents[2]
# Those that must never be accepted, whatever else is done with them.
NEVER_BUILT = {"infinite-loop", "dims-huge-input", "constantofshape-bomb-fold", "conv-huge-pads"}

pytestmark = pytest.mark.skipif(not CASES, reason="../shared/hostile is not there")


def copied(case: dict[str, Any], tmp_path: Path) -> Path:
    """The case in a folder of its own, with what a file share cannot hold."""
    folder = tmp_path / case["name"]
    shutil.copytree(HOSTILE / case["name"], folder, symlinks=True)
    folder.chmod(0o755)
    if case["name"] == "ext-symlink-out":
        link = folder / "w.bin"
        link.unlink(missing_ok=True)
        (tmp_path / "outside.bin").write_bytes(bytes(48))
        link.symlink_to(tmp_path / "outside.bin")
    return folder / Path(case["path"]).name


@pytest.fixture(scope="module")
def earlier() -> dict[str, bytes]:
    """The files of a folder that looks like a site."""
    return {"index.html": b"earlier", "edgeweb.json": b"{}", "headers.json": b"{}", "assets/x.js": b"1"}


@pytest.fixture
def out(tmp_path: Path, earlier: dict[str, bytes]) -> Path:
    folder = tmp_path / "dist"
    for name, data in earlier.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
@pytest.mark.usefixtures("small_web")
def test_build(
    case: dict[str, Any], tmp_path: Path, out: Path, earlier: dict[str, bytes],
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(native, "_SECONDS", 3.0)
    path = copied(case, tmp_path)
    before = files_of(path.parent)
    code = cli.main(["build", str(path), "-o", str(out)])
    stdout, stderr = capsys.readouterr()
    assert "Traceback" not in stderr
    assert code == 2 if case["kind"] == "bad" or case["name"] in NEVER_BUILT else code in (0, 2)
    if code == 2:
        last = stderr.rstrip("\n").split("\n")[-1]
        assert re.match(r"error: .+\. .+\. .+\.$", last)
        assert path.name in last
        assert stdout == ""
        assert files_of(out) == earlier
    else:
        assert (out / "index.html").read_bytes() != b"earlier"
    assert files_of(path.parent) == before
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != "outside.bin") == sorted([path.parent.name, "dist"])


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_inspect(case: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = copied(case, tmp_path)
    code = cli.main(["inspect", str(path), "--json"])
    stdout, stderr = capsys.readouterr()
    assert code in (0, 2)
    if code:
        assert stdout == ""
        assert stderr.startswith("error: ")
    else:
        json.loads(stdout)


ESCAPES = [case for case in CASES if case["kind"] == "unsafe" and case["name"].startswith("ext-")]


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("case", ESCAPES, ids=[case["name"] for case in ESCAPES])
def test_nothing_outside_the_folder_is_opened(case: dict[str, Any], tmp_path: Path) -> None:
    path = copied(case, tmp_path)
    (tmp_path / "secret.bin").write_bytes(bytes(48))
    log = tmp_path / "trace"
    command = ["strace", "-f", "-e", "trace=openat,open", "-o", str(log), sys.executable, "-m", "edgeweb.cli"]
    # With HOME, because Python looks into /etc/passwd for it.
    env = {"PYTHONPATH": f"{ROOT / 'builder'}:{ROOT / 'server'}", "PATH": "/usr/bin:/bin", "HOME": str(ROOT)}
    done = subprocess.run([*command, "inspect", str(path)], capture_output=True, text=True, env=env, check=False)
    if not log.is_file() or str(path) not in log.read_text():
        pytest.skip("strace may not trace here")
    opened = set(re.findall(r'open(?:at)?\([^"]*"([^"]+)"', log.read_text()))
    assert done.returncode in (0, 2)
    mine = {name for name in opened if name.startswith(str(tmp_path))}
    assert mine <= {str(path), str(path.parent), *(str(p) for p in path.parent.iterdir() if not p.is_symlink())}
    assert not opened & {"/etc/passwd", "/etc/hostname"}
