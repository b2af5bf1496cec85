"""Pyodide, the standard library, edgeweb's own modules and the hooks, as files of a site."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from edgeweb.config import HooksConfig
from edgeweb.files.squeeze import brotli_form
from edgeweb.files.table import FileTable
from edgeweb.files.webdist import PythonFiles, WebDist
from edgeweb.python.hookfile import HookFile
from edgeweb.python.packages import stdlib, wheels
from edgeweb.python.packages.wheels import Wheel
from edgeweb.schema.site import HookInput, Hooks, Package, Python, Role

_HERE = Path(__file__).parents[1]
# The oldest date that a zip can say.
_DATE = (1980, 1, 1, 0, 0, 0)
# What unpacks an archive in the page; names in it are read as code page 437 where they say nothing else.
_UNPACKING = {"zipfile", "encodings.cp437"}


def add(table: FileTable, web: WebDist, source: str, packages: Sequence[Wheel]) -> Python:
    """Put the interpreter and the packages into the site.

    Of the standard library comes as much as the packages and the hooks in `source` import.
    """
    archives = [wheels.archive(wheel) for wheel in packages]
    found: PythonFiles = web.python
    glue = found.glue if all(wheels.is_pure(wheel.path) for wheel in packages) else found.linking
    for name in (found.worker, glue, *found.wasm, found.library):
        path = web.path(name)
        role: Role = "worker" if name == found.worker else "python"
        table.add_built(f"assets/{name}", path, role)
    imports = stdlib.imported(source) | wheels.imported(archives) | (_UNPACKING if archives else set())
    pruned, missing = stdlib.pruned(web.path(found.library), web.folder / "library.json", imports)
    kept = table.add_hashed("python-library", ".zip", pruned, "python")
    if not table.plain:
        table.sidecars[f"{kept}.br"] = brotli_form(pruned, slowest=True)
        table.sidecars[f"{kept}.gz"] = gzip.compress(pruned, 9, mtime=0)
    api = table.add_hashed("edgeweb-python", ".zip", _zipped(missing), "python")
    bundled = [_package(table, wheel, data) for wheel, data in zip(packages, archives, strict=True)]
    table.compress()
    first = (found.worker, glue, *found.wasm)
    files = [*(f"assets/{name}" for name in first), kept, api, *(path for each in bundled for path in each.files)]
    return Python(
        version=found.version, worker=f"assets/{found.worker}", glue=f"assets/{glue}",
        wasm=[f"assets/{name}" for name in found.wasm], library=kept, api=api, whole=f"assets/{found.library}",
        files=files,
        wire_bytes=table.wire_bytes(files), packages=bundled,
    )  # fmt: skip


def _package(table: FileTable, wheel: Wheel, data: bytes) -> Package:
    files = table.add_shards(wheel.name, ".zip", data, "python")
    return Package(name=wheel.name, version=wheel.version, sha256=wheel.sha256, files=files)


def hooks_entry(
    table: FileTable,
    file: HookFile,
    model: str,
    kind: HookInput,
    said: HooksConfig,
    metadata: Mapping[str, Mapping[str, str]],
) -> Hooks:
    """Put the hooks file into the site, and say what a page needs to know of it."""
    path = table.add_hashed(Path(file.name).stem, ".py", file.source.encode(), "python")
    return Hooks(
        file=path,
        name=file.name,
        model=model,
        functions=list(file.functions),
        input=kind,
        seconds=said.seconds,
        columns=list(said.columns),
        metadata={name: dict(texts) for name, texts in metadata.items()},
    )


def _zipped(missing: Iterable[str]) -> bytes:
    """What hooks import as `edgeweb`: the same files that run here. Stored: the transport compresses it whole."""
    paths = [_HERE / "__init__.py", _HERE / "errors.py", _HERE / "ops.py", *sorted((_HERE / "hooks_api").glob("*.py"))]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        for path in paths:
            info = zipfile.ZipInfo(f"edgeweb/{path.relative_to(_HERE).as_posix()}", _DATE)
            target.writestr(info, path.read_bytes())
        # Read by hooks_api/browser.py.
        listed = zipfile.ZipInfo("edgeweb/hooks_api/missing.txt", _DATE)
        target.writestr(listed, "\n".join(sorted(missing)))
    return archive.getvalue()
