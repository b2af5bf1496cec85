"""Several releases of one small site: the first is built, the others differ from it by their titles."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
from edgeweb import manifest


def another(site: Path, out: Path, title: str) -> str:
    """A site like another but for its title, and one asset of its own; its release."""
    shutil.copytree(site, out)
    about = manifest.read(out)
    data = title.encode()
    name = f"assets/{title.replace(' ', '-')}.txt"
    (out / name).write_bytes(data)
    entry = msgspec.convert({"bytes": len(data), "sha256": _sha256(data), "role": "page"}, manifest.FileEntry)
    fresh = manifest.released(msgspec.structs.replace(about, title=title, files={**about.files, name: entry}))
    (out / "edgeweb.json").write_bytes(manifest.encode(fresh))
    return fresh.release


def _sha256(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()
