"""The packages as people get them: edgeweb's wheel made from its sdist, without Node, in an environment of its own, and
edgeweb-runtime beside it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from edgeweb.files import webdist

import hatch_build

ROOT = Path(__file__).resolve().parent.parent
BUILD = "import sys; from hatchling.build import build_{0} as build; print(build(sys.argv[1]))"
RUNTIME = ROOT / "packages" / "runtime"
# What a newcomer waits for.
MOST_BYTES = 20_000_000
HOOKS = "def postprocess(outputs, model):\n    return {name: array.shape for name, array in outputs.items()}\n"


def ended(*words: object, cwd: Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PATH": path or os.environ["PATH"]}
    env.pop("PYTHONPATH", None)
    return subprocess.run(
        [*map(str, words)], cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False
    )


def run(*words: object, cwd: Path, path: str | None = None) -> str:
    done = ended(*words, cwd=cwd, path=path)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


def assets(package: Path) -> set[str]:
    with zipfile.ZipFile(package) as archive:
        return {Path(name).name for name in archive.namelist() if "/assets/" in name}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not all(hatch_build.is_whole(ROOT / "web" / "dist", apart=each) for each in (True, False)):
        pytest.fail("web/dist has not been built, or for the demo alone; run: make setup")
    folder = tmp_path_factory.mktemp("package")
    sdist = folder / run(sys.executable, "-c", BUILD.format("sdist"), folder, cwd=ROOT)
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    # An empty PATH: neither Node nor npm can be what makes it.
    return folder / run(
        sys.executable, "-c", BUILD.format("wheel"), folder, cwd=folder / sdist.name.removesuffix(".tar.gz"), path="/"
    )


@pytest.fixture(scope="module")
def runtime(wheel: Path) -> Path:
    folder = wheel.parent
    return folder / run(sys.executable, "-c", BUILD.format("wheel"), folder, cwd=RUNTIME, path="/")


@pytest.mark.parametrize("lacking", ["dev/dev.js", "strings/en.json", "index.json"])
def test_a_browser_half_that_lacks_a_file_is_built_again(tmp_path: Path, lacking: str) -> None:
    dist = tmp_path / "dist"
    shutil.copytree(ROOT / "web" / "dist", dist, copy_function=os.symlink)
    assert hatch_build.is_whole(dist, apart=False)
    (dist / lacking).unlink()
    assert not hatch_build.is_whole(dist, apart=False)


def test_each_asset_is_in_one_of_the_two_and_the_first_is_small(wheel: Path, runtime: Path) -> None:
    ours, others = assets(wheel), assets(runtime)
    there = {path.name for path in (ROOT / "web" / "dist" / "assets").iterdir()}
    assert ours | others == there and not ours & others
    assert wheel.stat().st_size < MOST_BYTES
    assert (wheel.parent / f"{wheel.name.split('-py3')[0]}.tar.gz").stat().st_size < MOST_BYTES
    assert {name.split("-")[0] for name in others} == {"ort", "pyodide", "python"}
    with zipfile.ZipFile(runtime) as archive:
        names = archive.namelist()
    for wanted in ("py.typed", "LICENSE", "THIRD_PARTY_NOTICES.txt"):
        assert f"edgeweb_runtime/{wanted}" in names


def test_the_extra_asks_for_the_same_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["optional-dependencies"]["runtime"] == [webdist.install().removeprefix("pip install ")]


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
    """It is completed first, which takes npm: without one there is no package, rather than one that lacks files.

    What belongs into the other package may be absent.
    """
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "THIRD_PARTY_NOTICES.txt"):
        shutil.copy(ROOT / name, tmp_path)
    init = tmp_path / "builder" / "edgeweb" / "__init__.py"
    for path, text in ((init, '__version__ = "0"\n'), (tmp_path / "server" / "edgeweb_server" / "__init__.py", "")):
        path.parent.mkdir(parents=True)
        path.write_text(text)
    assets = tmp_path / "web" / "dist" / "assets"
    assets.mkdir(parents=True)
    apart = '"runtimes": {"jspi": {"glue": "b.mjs", "wasm": ["b.wasm"]}}'
    (assets.parent / "index.json").write_text(f'{{"assets": ["a.wasm", "b.mjs", "b.wasm"], {apart}}}')
    for path in (*(assets.parent / name for name in hatch_build.BESIDE), assets / "a.wasm", assets / "a.wasm.gz"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"a")
    words = (sys.executable, "-c", BUILD.format(kind), "packed")
    with pytest.raises(AssertionError, match="npm"):
        run(*words, cwd=tmp_path, path="/")
    assert not list(tmp_path.glob("packed/*"))
    (assets / "a.wasm.br").write_bytes(b"a")
    assert (tmp_path / "packed" / run(*words, cwd=tmp_path, path="/")).is_file()


def test_it_builds_a_site_in_an_empty_environment_without_node(wheel: Path, runtime: Path, tmp_path: Path) -> None:
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
    built = ended(python, "-m", "edgeweb.cli", "build", sample, "-o", "site", cwd=tmp_path, path=str(bin_folder))
    assert built.returncode == 0, built.stderr
    assert (tmp_path / "site" / "index.html").is_file()
    assert (tmp_path / "site" / "THIRD_PARTY_NOTICES.txt").is_file()
    # For want of the second package without GPUs, which its report says, and without Python.
    assert webdist.install() in (tmp_path / "site" / "report.json").read_text("utf-8")
    manifest = json.loads((tmp_path / "site" / "edgeweb.json").read_text("utf-8"))
    assert {backend for variant in manifest["variants"] for backend in variant["backends"]} == {"wasm"}
    (tmp_path / "hooks.py").write_text(HOOKS)
    words = ("build", sample, "--hooks", "hooks.py", "-o", "hooked")
    refused = ended(python, "-m", "edgeweb.cli", *words, cwd=tmp_path, path=str(bin_folder))
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1] == (
        f"error: hooks.py needs Python in the browser. edgeweb-runtime is not installed. Run: {webdist.install()}."
    )
    with zipfile.ZipFile(runtime) as archive:
        archive.extractall(packages)
    have = "from edgeweb.files import webdist; web = webdist.find(); print(web.gpu, web.pyodide)"
    assert run(python, "-c", have, cwd=tmp_path) == "True True"
