"""Wheels and folders of modules made in code, and what is resolved of them."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edgeweb.python.packages import resolve
from edgeweb.python.packages.distribution import Distribution
from edgeweb.recipe import Site
from tiny import ROOT

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


def resolved(url: str | None, *asked: str | Path) -> list[str]:
    lock = ROOT / "web" / "dist" / "pyodide-lock.json"
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
