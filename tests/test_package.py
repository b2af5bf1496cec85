"""The package as people get it: a wheel made from the sdist, without Node, in an environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

import hatch_build

ROOT = Path(__file__).resolve().parent.parent
BUILD = "import sys; from hatchling.build import build_{0} as build; print(build(sys.argv[1]))"


def run(*words: object, cwd: Path, path: str | None = None) -> str:
    env = {**os.environ, "PATH": path or os.environ["PATH"]}
    env.pop("PYTHONPATH", None)
    done = subprocess.run(
        [*map(str, words)], cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not hatch_build.is_whole(ROOT / "web" / "dist"):
        pytest.fail("web/dist has not been built, or for the demo alone; run: make setup")
    folder = tmp_path_factory.mktemp("package")
    sdist = folder / run(sys.executable, "-c", BUILD.format("sdist"), folder, cwd=ROOT)
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    # An empty PATH: neither Node nor npm can be what makes it.
    return folder / run(
        sys.executable, "-c", BUILD.format("wheel"), folder, cwd=folder / sdist.name.removesuffix(".tar.gz"), path="/"
    )


def test_the_wheel_carries_what_a_site_needs_and_nothing_private(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        texts = b"".join(archive.read(n) for n in names if n.endswith((".py", ".js", ".mjs", ".json", ".toml", ".md")))
    for wanted in (
        "edgeweb/web_dist/index.json",
        "edgeweb/web_dist/sw.js",
        "edgeweb/templates/icon-512.png",
        "edgeweb/templates/edgeweb.js",
        "edgeweb/sample/model.onnx",
        "edgeweb/py.typed",
        "edgeweb_server/py.typed",
    ):
        assert wanted in names
    assert any("ort-wasm" in name and name.endswith(".wasm") for name in names)
    assert any(name.endswith("licenses/THIRD_PARTY_NOTICES.txt") for name in names)
    assert not any("node_modules" in name or "/tests/" in name for name in names)
    assert str(ROOT).encode() not in texts


@pytest.mark.parametrize("kind", ["sdist", "wheel"])
def test_a_browser_half_for_the_demo_alone_is_never_packed(kind: str, tmp_path: Path) -> None:
    """It is completed first, which takes npm: without one there is no package, rather than one that lacks files."""
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "THIRD_PARTY_NOTICES.txt"):
        shutil.copy(ROOT / name, tmp_path)
    init = tmp_path / "builder" / "edgeweb" / "__init__.py"
    for path, text in ((init, '__version__ = "0"\n'), (tmp_path / "server" / "edgeweb_server" / "__init__.py", "")):
        path.parent.mkdir(parents=True)
        path.write_text(text)
    assets = tmp_path / "web" / "dist" / "assets"
    assets.mkdir(parents=True)
    (assets.parent / "index.json").write_text('{"assets": ["a.wasm"]}')
    for name in ("a.wasm", "a.wasm.gz"):
        (assets / name).write_bytes(b"a")
    words = (sys.executable, "-c", BUILD.format(kind), "packed")
    with pytest.raises(AssertionError, match="npm"):
        run(*words, cwd=tmp_path, path="/")
    assert not list(tmp_path.glob("packed/*"))
    (assets / "a.wasm.br").write_bytes(b"a")
    assert (tmp_path / "packed" / run(*words, cwd=tmp_path, path="/")).is_file()


def test_it_builds_a_site_in_an_empty_environment_without_node(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=False)
    bin_folder = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin")
    python = bin_folder / "python"
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    # The libraries come from this environment; a path line adds them without its own link to the checkout.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    where = run(python, "-c", "import edgeweb; print(edgeweb.__file__)", cwd=tmp_path)
    assert Path(where).is_relative_to(packages)
    sample = packages / "edgeweb" / "sample" / "model.onnx"
    run(python, "-m", "edgeweb.cli", "build", sample, "-o", "site", cwd=tmp_path, path=str(bin_folder))
    assert (tmp_path / "site" / "index.html").is_file()
    assert (tmp_path / "site" / "THIRD_PARTY_NOTICES.txt").is_file()
