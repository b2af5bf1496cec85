"""What a site with hooks carries of Python."""

from __future__ import annotations

import shutil
from pathlib import Path

from edgeweb.files import webdist
from edgeweb.files.table import FileTable
from edgeweb.python import bundle
from edgeweb.python.packages import wheels
from packaged import COMPILED, wheel


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
