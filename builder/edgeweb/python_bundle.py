"""Pyodide, the standard library, edgeweb's own modules and the hooks, as files of a site."""

from __future__ import annotations

import contextlib
import functools
import gzip
import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import brotli

from edgeweb import cache, library, manifest, wheels
from edgeweb.config import HooksConfig
from edgeweb.hooks import HookFile
from edgeweb.manifest import HookInput
from edgeweb.pack import FileTable
from edgeweb.parts import Package
from edgeweb.webdist import PythonFiles, WebDist
from edgeweb.wheels import Wheel

_HERE = Path(__file__).parent
# What compresses in an instant is not kept, and of the rest the newest: a megabyte each.
_SLOW_BYTES = 1 << 20
_KEPT = 8
# The oldest date that a zip can say.
_DATE = (1980, 1, 1, 0, 0, 0)
# What unpacks an archive in the page; names in it are read as code page 437 where they say nothing else.
_UNPACKING = {"zipfile", "encodings.cp437"}


def add(table: FileTable, web: WebDist, source: str, packages: Sequence[Wheel]) -> manifest.Python:
    """Put the interpreter and the packages into the site.

    Of the standard library comes as much as the packages and the hooks in `source` import.
    """
    archives = [wheels.archive(wheel) for wheel in packages]
    found: PythonFiles = web.python
    glue = found.glue if all(wheels.is_pure(wheel.path) for wheel in packages) else found.linking
    for name in (found.worker, glue, *found.wasm, found.library):
        path = web.path(name)
        br, gz = (Path(f"{path}{suffix}").read_bytes() for suffix in (".br", ".gz"))
        role: manifest.Role = "worker" if name == found.worker else "python"
        table.add(f"assets/{name}", path.read_bytes(), role, br=br, gz=gz)
    imports = library.imported(source) | wheels.imported(archives) | (_UNPACKING if archives else set())
    pruned, missing = library.pruned(web.path(found.library), web.folder / "library.json", imports)
    kept = table.add_hashed("python-library", ".zip", pruned, "python")
    table.sidecars[f"{kept}.br"], table.sidecars[f"{kept}.gz"] = _compressed(pruned)
    api = table.add_hashed("edgeweb-python", ".zip", _zipped(missing), "python")
    bundled = [_package(table, wheel, data) for wheel, data in zip(packages, archives, strict=True)]
    table.compress()
    first = (found.worker, glue, *found.wasm)
    files = [*(f"assets/{name}" for name in first), kept, api, *(path for each in bundled for path in each.files)]
    return manifest.Python(
        version=found.version, worker=f"assets/{found.worker}", glue=f"assets/{glue}",
        wasm=[f"assets/{name}" for name in found.wasm], library=kept, api=api, whole=f"assets/{found.library}",
        files=files,
        wire_bytes=table.wire_bytes(files), packages=bundled,
    )  # fmt: skip


def _package(table: FileTable, wheel: Wheel, data: bytes) -> Package:
    files = table.add_shards(wheel.name, ".zip", data, "python")
    return Package(name=wheel.name, version=wheel.version, sha256=wheel.sha256, files=files)


@functools.lru_cache(maxsize=2)
def _compressed(data: bytes) -> tuple[bytes, bytes]:
    """The brotli and the gzip form.

    Brotli takes fifteen seconds, and many hooks have the same library: this user's next build reads it from the cache.
    """
    room = cache.folder("library")
    path = room / f"{hashlib.sha256(data).hexdigest()}-{brotli.__version__}.br"
    br = _kept(path, data)
    if br is None:
        br = brotli.compress(data, quality=11, lgwin=22)
        if len(data) >= _SLOW_BYTES:
            # Without room the next build takes as long again.
            with contextlib.suppress(OSError):
                cache.write(path, br)
                for old in sorted(room.glob("*.br"), key=lambda each: each.stat().st_mtime)[:-_KEPT]:
                    old.unlink()
    return br, gzip.compress(data, compresslevel=9, mtime=0)


def _kept(path: Path, data: bytes) -> bytes | None:
    """The brotli form that an earlier build has left, if it is that of `data`."""
    try:
        br = path.read_bytes()
        return br if brotli.decompress(br) == data else None
    except (OSError, brotli.error):
        return None


def hooks_entry(
    table: FileTable,
    file: HookFile,
    model: str,
    kind: HookInput,
    said: HooksConfig,
    metadata: Mapping[str, Mapping[str, str]],
) -> manifest.Hooks:
    """Put the hooks file into the site, and say what a page needs to know of it."""
    path = table.add_hashed(Path(file.name).stem, ".py", file.source.encode(), "python")
    return manifest.Hooks(
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
