"""Packages for hooks: what is asked for, wheels from folders, pip and a stand-in for Pyodide's distribution."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import edgeweb
import numpy as np
import pytest
from edgeweb import cli
from edgeweb.errors import ConfigError
from edgeweb.files import webdist
from edgeweb.files.table import FileTable
from edgeweb.python import bundle
from edgeweb.python.packages import own, requirements, resolve, wheels
from edgeweb.python.packages.distribution import Distribution
from edgeweb.recipe import Site
from tiny import linear, saved

Build = Callable[..., Site]
HEADER = '# /// script\n# dependencies = ["tomli_w==1.2.0", "./orchard"]\n# ///\n'
PURE, COMPILED = "py3-none-any", "cp314-cp314-pyemscripten_2026_0_wasm32"
USES = (
    "import email\nimport orchard\n"
    "def preprocess(value, model):\n    return {'x': [[orchard.WEIGHT] * 4]}\n"
    "def postprocess(outputs, model):\n    return orchard.WEIGHT\n"
)


def wheel(name: str, requires: tuple[str, ...] = (), tag: str = PURE, version: str = "1.0") -> tuple[str, bytes]:
    """A wheel's file name and bytes."""
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {
        f"{name}/__init__.py": "import email.message\nX = 1\n",
        f"{name}/part.pyi": "X: int\n",
        f"{name}/tests/test_x.py": "import stat\n",
        f"{name}-{version}.data/purelib/{name}_more.py": "Y = 1\n",
        f"{name}-{version}.data/scripts/run": "#!python\n",
        f"{name}-{version}.dist-info/METADATA": about + "".join(f"Requires-Dist: {each}\n" for each in requires),
        f"{name}-{version}.dist-info/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{name}-{version}.dist-info/RECORD": "",
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        for path, text in files.items():
            target.writestr(zipfile.ZipInfo(path), text)
    return f"{name}-{version}-{tag}.whl", made.getvalue()


class StandIn:
    """A distribution on this machine: a lock file and wheels, over HTTP. `sent` changes what goes out for a file."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.sent: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.entries: dict[str, Any] = {}
        self.info = {"abi_version": "2026_0", "arch": "wasm32", "platform": "emscripten_5_0_3", "python": "3.14.2"}

    def add(self, name: str, requires: tuple[str, ...] = (), tag: str = COMPILED, **extra: Any) -> None:
        file, data = wheel(name.replace("-", "_"), requires, tag)
        self.files[file] = data
        sha256 = hashlib.sha256(data).hexdigest()
        entry = {"name": name, "version": "1.0", "file_name": file, "sha256": sha256, "imports": [name], "depends": []}
        self.entries[name] = {**entry, **extra}
        self.files["pyodide-lock.json"] = json.dumps({"info": self.info, "packages": self.entries}).encode()


@pytest.fixture
def stand_in() -> Iterator[tuple[StandIn, str]]:
    found = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.removeprefix("/full/")
            found.asked.append(name)
            if name not in found.files:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(found.files[name])))
            self.end_headers()
            self.wfile.write(found.sent.get(name, found.files[name]))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found, f"http://127.0.0.1:{server.server_port}/full"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of the test's own, and no package index."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("EDGEWEB_PYODIDE_URL", raising=False)


def resolved(url: str | None, *asked: str | Path) -> list[str]:
    lock = Path(__file__).parents[2] / "web" / "dist" / "pyodide-lock.json"
    distribution = Distribution("314.0.7", lock, url, Path.cwd(), lambda _: None)
    return [
        f"{each.name} {each.version} {each.origin}" for each in resolve.resolve(asked, distribution, lambda _: None)
    ]


def orchard(folder: Path) -> Path:
    """A plain folder of modules."""
    (folder / "orchard" / "__pycache__").mkdir(parents=True)
    (folder / "orchard" / "__init__.py").write_text("import email.message\nWEIGHT = 1.5\n")
    (folder / "orchard" / "__pycache__" / "x.pyc").write_text("not for a wheel")
    return folder / "orchard"


def test_requirements_come_from_the_configuration_and_the_header(tmp_path: Path) -> None:
    found = requirements.of(["pydantic >= 2", "../mine", "tomli_w==1.2.0"], HEADER, tmp_path / "h" / "own.py", tmp_path)
    assert found == ("pydantic>=2", (tmp_path / "../mine").resolve(), "tomli_w==1.2.0", tmp_path / "h" / "orchard")
    assert requirements.of([], "x = 1\n", tmp_path / "own.py", tmp_path) == ()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (HEADER + "\n" + HEADER, "two blocks"),
        ("# /// script\n# dependencies = [\n# ///\n", "not TOML"),
        ('# /// script\n# dependencies = "pydantic"\n# ///\n', "no list"),
        ('# /// script\n# dependencies = ["a b"]\n# ///\n', "header of own.py is no requirement"),
        ('# /// script\n# requires-python = "<3.14"\n# ///\n', "browser's Python is 3.14"),
        ('# /// script\n# requires-python = "new"\n# ///\n', "requires-python"),
    ],
)
def test_a_header_that_cannot_be_read_is_said(tmp_path: Path, source: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        requirements.of([], source, tmp_path / "own.py", tmp_path)


def test_what_is_not_installed_here_is_one_sentence(
    small_web: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = saved(tmp_path, linear())
    (tmp_path / "own.py").write_text(HEADER.replace("tomli_w==1.2.0", "no-such-thing[x]>=1") + USES)
    orchard(tmp_path)
    words = ["build", str(model), "--hooks", str(tmp_path / "own.py"), "-o", str(tmp_path / "dist")]
    assert cli.main(words) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: no-such-thing is not installed here.") and "pip install no-such-thing." in told
    assert not (tmp_path / "dist").exists()


def test_a_wheel_becomes_what_stands_in_site_packages(tmp_path: Path) -> None:
    name, data = wheel("orchard")
    (tmp_path / name).write_bytes(data)
    found = wheels.read(tmp_path / name, "")
    assert (found.name, found.version, found.sha256) == ("orchard", "1.0", hashlib.sha256(data).hexdigest())
    archive = wheels.archive(found)
    assert archive == wheels.archive(found)
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        assert packed.namelist() == [
            "orchard-1.0.dist-info/METADATA", "orchard-1.0.dist-info/WHEEL", "orchard/__init__.py",
            "orchard/tests/test_x.py", "orchard_more.py",
        ]  # fmt: skip
    assert wheels.imported([archive]) == {"email.message"}


@pytest.mark.parametrize(
    "tag", ["cp314-cp314-manylinux_2_28_x86_64", "cp313-cp313-pyemscripten_2025_0_wasm32", "py2-none-any"]
)
def test_wheels_of_other_systems_are_refused(tmp_path: Path, tag: str) -> None:
    name, data = wheel("orchard", tag=tag)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ConfigError, match="does not run in a browser"):
        resolved(None, tmp_path / name)


def test_a_project_is_built_from_a_copy(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    name, data = wheel("orchard", ("more; sys_platform == 'win32'",))
    (project / name).write_bytes(data)
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "orchard"\nversion = "1.0"\n'
    )
    (project / "backend.py").write_text(
        f"import pathlib, shutil\npathlib.Path('litter').touch()\n"
        f"def build_wheel(folder, *_):\n    shutil.copy({name!r}, folder)\n    return {name!r}\n"
    )
    assert resolved(None, project) == ["orchard 1.0 your own"]
    assert sorted(path.name for path in project.iterdir()) == ["backend.py", name, "pyproject.toml"]
    (project / "backend.py").write_text("def build_wheel(*_):\n    raise ValueError('no seeds')\n")
    with pytest.raises(ConfigError, match=r"could not be built into a wheel\. .*no seeds"):
        resolved(None, project)


def test_code_that_must_be_compiled_goes_to_the_tool_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in: the tool's compiler cannot be fetched everywhere. What it says when it fails is its last error."""
    project, tools = tmp_path / "native", tmp_path / "bin"
    project.mkdir()
    tools.mkdir()
    for name in ("pyproject.toml", "fast.c"):
        (project / name).touch()
    tool = tools / "pyodide"
    tool.write_text(
        '#!/bin/sh\n[ -f "$4/fast.c" ] && mkdir -p "$3" && : > "$3/fast-1-cp314-cp314-pyemscripten_2026_0_wasm32.whl"\n'
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tools), prepend=os.pathsep)
    assert own.wheel(project, tmp_path / "one").name == f"fast-1-{COMPILED}.whl"
    assert sorted(file.name for file in project.iterdir()) == ["fast.c", "pyproject.toml"]
    tool.write_text("#!/bin/sh\necho 'ConnectionError: no host' >&2\nexit 1\n")
    with pytest.raises(
        ConfigError, match=r"could not be built into a wheel\. ConnectionError: no host\. .*pyodide build"
    ):
        own.wheel(project, tmp_path / "two")


def test_folders_that_are_no_pure_package_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    (tmp_path / "native" / "src").mkdir(parents=True)
    (tmp_path / "native" / "pyproject.toml").touch()
    (tmp_path / "native" / "src" / "fast.pyx").touch()
    (tmp_path / "empty").mkdir()
    for name, words in (("native", "must be compiled, src/fast.pyx"), ("empty", "neither"), ("gone", "is not there")):
        with pytest.raises(ConfigError, match=words):
            own.wheel(tmp_path / name, tmp_path / "scratch")


def test_a_site_carries_a_folder_of_modules(build: Build, tmp_path: Path) -> None:
    model = saved(tmp_path, linear(), "linear.onnx")
    orchard(tmp_path)
    (tmp_path / "own.py").write_text(USES)
    (tmp_path / "one.txt").write_text("one")
    table = 'examples = ["one.txt"]\n[hooks]\nfile = "own.py"\ninput = "text"\npackages = ["./orchard"]\n'
    (tmp_path / "edgeweb.toml").write_text(table)
    site = build(model)
    python = site.manifest.python
    assert python is not None
    (found,) = python.packages
    assert (found.name, found.version) == ("orchard", "0") and set(found.files) <= set(python.files)
    with zipfile.ZipFile(site.path / found.files[0]) as packed:
        assert packed.namelist() == ["orchard-0.dist-info/METADATA", "orchard-0.dist-info/WHEEL", "orchard/__init__.py"]
    with zipfile.ZipFile(site.path / python.library) as library:
        assert "email/message.pyc" in library.namelist()
    (row,) = site.report["packages"]
    assert (row["name"], row["version"]) == ("orchard", "0") and row["bytes"] > row["wireBytes"] > 0
    assert '<th scope="row">orchard</th><td>0</td>' in (site.path / "report" / "index.html").read_text()
    # It need not be installed where the site is built.
    assert "own.py ran natively on 1 of your examples" in [step["outcome"] for step in site.report["steps"]]
    assert build(model, tmp_path / "again").manifest == site.manifest


def test_only_compiled_packages_bring_the_glue_that_loads_them(web: Path, tmp_path: Path) -> None:
    half = webdist.read(web)
    found = []
    for name, data in (wheel("orchard"), wheel("fast", tag=COMPILED)):
        (tmp_path / name).write_bytes(data)
        found.append(wheels.read(tmp_path / name, ""))
    pure, compiled = found
    for bundled, glue in (((), "python-1"), ((pure,), "python-1"), ((pure, compiled), "pyodide-1")):
        table = FileTable()
        made = bundle.add(table, half, "", bundled)
        assert made.glue == f"assets/{glue}.mjs"
        assert [path for path in table.contents if path.endswith(".mjs")] == [made.glue]


def test_a_checkout_set_up_for_the_demo_alone_makes_the_same_files(web: Path, tmp_path: Path) -> None:
    light = shutil.copytree(web, tmp_path / "web")
    (light / "assets" / "pyodide-1.wasm.br").unlink()
    (light / "assets" / "library-1.zip.br").unlink()
    whole, made = FileTable(), FileTable()
    assert bundle.add(whole, webdist.read(web), "", ()) == bundle.add(made, webdist.read(light), "", ())
    assert made.sidecars == whole.sidecars and "assets/pyodide-1.wasm.br" in made.sidecars


def test_inspect_names_packages(small_web: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = saved(tmp_path, linear())
    orchard(tmp_path)
    (tmp_path / "own.py").write_text(USES)
    (tmp_path / "edgeweb.toml").write_text('[hooks]\nfile = "own.py"\npackages = ["./orchard"]\n')
    assert cli.main(["inspect", str(model)]) == 0
    assert "  packages     orchard 0 (" in capsys.readouterr().out
    assert cli.main(["inspect", str(model), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["packages"]
    assert found["name"] == "orchard" and found["bytes"] > 0 and len(found["sha256"]) == 64


def test_the_distribution_gives_what_no_index_has(
    stand_in: tuple[StandIn, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, url = stand_in
    # The markers of what a package needs are those of the browser.
    found.add("apple-tree", ("branch>=1; sys_platform == 'emscripten'", "saw; sys_platform != 'emscripten'"))
    found.add("branch", ("leaf; python_version >= '3.14' and platform_machine == 'wasm32'",))
    found.add("leaf", tag=PURE)
    names = [f"{name} 1.0 Pyodide's distribution" for name in ("apple-tree", "branch", "leaf")]
    assert resolved(url, "apple_tree") == names
    assert sorted(set(found.asked)) == sorted(found.files)
    found.asked.clear()
    # From the cache the second time, but for the lock file.
    monkeypatch.setenv("EDGEWEB_PYODIDE_URL", url)
    assert resolved("http://127.0.0.1:9/", "apple_tree") == names and set(found.asked) == {"pyodide-lock.json"}
    with pytest.raises(ConfigError, match=r"apple[-_]tree>2 has no wheel that runs in a browser"):
        resolved(url, "apple_tree>2")


def test_a_folder_serves_as_the_distribution(stand_in: tuple[StandIn, str], tmp_path: Path) -> None:
    stand_in[0].add("leaf")
    for name, data in stand_in[0].files.items():
        (tmp_path / name).write_bytes(data)
    assert resolved(str(tmp_path), "leaf") == ["leaf 1.0 Pyodide's distribution"]


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ("flip", "is not what the lock file names. Its"),
        ("cut", "cut off after"),
        ("gone", "The server answered 404"),
        ("lock", "is no lock file"),
        ("other", "is of another Pyodide. It is for Python 3.12"),
        ("shared", "cannot be bundled"),
        ("sideways", "cannot be bundled"),
        ("upwards", "is no lock file"),
    ],
)
def test_what_the_distribution_does_wrong_is_said(stand_in: tuple[StandIn, str], harm: str, words: str) -> None:
    found, url = stand_in
    if harm == "other":
        found.info["python"] = "3.12.1"
    found.add("root", package_type="shared_library")
    found.add("leaf", **({"depends": ["root"]} if harm == "shared" else {}))
    file = found.entries["leaf"]["file_name"]
    if harm == "sideways":
        found.add("leaf", file_name=f"../../{file}")
    if harm == "upwards":
        found.add("leaf", sha256="../../up")
    data = found.files[file]
    if harm == "flip":
        found.sent[file] = data[:100] + bytes([data[100] ^ 1]) + data[101:]
    if harm == "cut":
        found.sent[file] = data[:100]
    if harm == "gone":
        del found.files[file]
    if harm == "lock":
        found.files["pyodide-lock.json"] = b"<html>"
    with pytest.raises(ConfigError) as caught:
        resolved(url, "leaf")
    told = str(caught.value)
    assert words in told and url in told and "leaf" in told + file
    assert not list(Path(caught.value.what).glob("*"))


def test_without_its_network_the_sentence_names_the_ways_out(tmp_path: Path) -> None:
    # A port that nobody listens on, with the lock file that came with Pyodide: `numpy` is known, and cannot be had.
    with pytest.raises(ConfigError) as caught:
        resolved("http://127.0.0.1:9/full", "numpy")
    told = str(caught.value)
    assert all(
        word in told
        for word in ("numpy could not be fetched from http://127.0.0.1:9/full/", "EDGEWEB_PYODIDE_URL", "pyodide-url")
    )


def test_the_shipped_lock_is_of_the_python_that_wheels_are_for() -> None:
    lock = Path(__file__).parents[2] / "web" / "dist" / "pyodide-lock.json"
    found = json.loads(lock.read_text())
    assert f"pyemscripten_{found['info']['abi_version']}_{found['info']['arch']}" == wheels.PLATFORM
    assert found["info"]["python"] == requirements.PYTHON
    assert {"numpy", "pillow", "scikit-learn"} <= set(found["packages"])


def test_without_an_index_the_packages_are_those_of_the_last_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, data = wheel("orchard")
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / name).write_bytes(data)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "shelf"))
    told: list[str] = []
    distribution = Distribution("1", tmp_path, "http://127.0.0.1:9", tmp_path, told.append)
    (before,) = resolve.resolve(["orchard"], distribution, told.append)
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.delenv("PIP_NO_INDEX")
    for variable in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9/")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    assert resolve.resolve(["orchard"], distribution, told.append) == (before,)
    assert "the package index cannot be reached" in told[-1]
    before.path.write_bytes(b"changed")
    with pytest.raises(ConfigError, match="could not be"):
        resolve.resolve(["orchard"], distribution, told.append)


NUMPY = """# /// script
# dependencies = ["numpy"]
# ///
import numpy as np

def preprocess(value, model):
    assert isinstance(value, np.ndarray), type(value)
    return {"x": value.T[::-1].astype("float32") @ np.ones((2, 4), "float32")}

def postprocess(outputs, model):
    assert isinstance(outputs["y"], np.ndarray)
    outputs["y"] += 1
    return {"y": outputs["y"], "mean": np.float32(outputs["y"].mean())}
"""


def test_arrays_are_numpys_where_it_is_bundled(tmp_path: Path) -> None:
    model = saved(tmp_path, linear(), "linear.onnx")
    (tmp_path / "own.py").write_text(NUMPY)
    value = np.arange(6, dtype=np.float64).reshape(2, 3)
    found = edgeweb.Local(tmp_path / "own.py", model).predict(value)
    plain = "def postprocess(outputs, model):\n    return type(outputs['y']).__name__\n"
    (tmp_path / "plain.py").write_text(plain)
    feeds = {"x": [[1.0, 2.0, 3.0, 4.0]]}
    assert np.shape(found["y"]) == (3, 3) and isinstance(found["mean"], float)
    assert edgeweb.Local(tmp_path / "plain.py", model).predict(feeds) == "Array"
    # edgeweb.toml counts where it names these hooks.
    (tmp_path / "edgeweb.toml").write_text('[hooks]\nfile = "plain.py"\npackages = ["numpy"]\n')
    assert edgeweb.Local(tmp_path / "plain.py", model).predict(feeds) == "ndarray"
