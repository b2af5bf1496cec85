"""What was converted once is kept: by the file, the format's scripts, and the versions of what converted it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from edgeweb.convert import process
from edgeweb.convert.common import Format, How, Interpreter
from edgeweb.errors import ModelError
from edgeweb.machine import cache
from edgeweb.read import intake

_SAID = "said.json"
_MOST_BYTES = 4 << 30
_AT_ONCE = 1 << 20


def home(source: Path, form: Format, interpreter: Interpreter, how: How) -> Path:
    """The folder for one conversion, which may not exist yet."""
    whole = hashlib.sha256()
    scripts = sorted(process.RUNNER.parent.glob("*.py"))
    told = [form.key, interpreter.version, sorted(interpreter.versions.items()), how.columns, source.name]
    whole.update(json.dumps(told).encode())
    for path in [*scripts, *_files(source)]:
        whole.update(f"\n{path.name}\n".encode(errors="replace") + _digest(path))
    return cache.folder("converted") / whole.hexdigest()[:32]


def read(folder: Path) -> dict[str, Any] | None:
    """What was told of an earlier conversion whose result is whole; it now counts as used."""
    try:
        said = json.loads((folder / _SAID).read_text("utf-8"))
        os.utime(folder)
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) and place(folder, said).exists() else None


def write(made: Path, folder: Path, said: dict[str, Any]) -> None:
    """Move what was made to its place, all at once; whoever made the same meanwhile has made it alike. OSError."""
    (made / _SAID).write_text(json.dumps(said), "utf-8")
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f"{folder.name}.{os.getpid()}")
    try:
        shutil.copytree(made, part)
        with suppress(OSError):
            part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    _make_room(folder)


def place(folder: Path, said: dict[str, Any]) -> Path:
    """The file or folder in ONNX that a conversion has made.

    Raises:
        ModelError: it names none of its own.
    """
    found = (folder / str(said.get("place", ""))).resolve()
    if found == folder.resolve() or not found.is_relative_to(folder.resolve()):
        raise ModelError("The converter names no file", f"it says {said.get('place')}", "Convert it to ONNX yourself")
    return found


def _files(source: Path) -> list[Path]:
    if not source.is_dir():
        return [source]
    # What is written for edgeweb changes nothing of the model.
    return sorted(path for path in source.rglob("*") if path.is_file() and path.name != "edgeweb.toml")


def _digest(path: Path) -> bytes:
    try:
        file, _ = intake.open_regular(path)
    except intake.UnreadableError as error:
        raise ModelError(f"{path} cannot be read", str(error), "Check the file") from error
    found = hashlib.sha256()
    with file:
        while part := file.read(_AT_ONCE):
            found.update(part)
    return found.digest()


def _make_room(latest: Path) -> None:
    """What was used longest ago goes, where all of it has become too much; never the latest."""
    taken = 0
    known = []
    for folder in latest.parent.iterdir():
        with suppress(OSError):
            known.append((folder != latest, -folder.stat().st_mtime, folder))
    for _, _, folder in sorted(known):
        with suppress(OSError):
            taken += sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        if taken > _MOST_BYTES and folder != latest:
            shutil.rmtree(folder, ignore_errors=True)
