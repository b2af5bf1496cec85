"""What a site is built from, for its provenance: files by their SHA-256, without the paths of whoever built it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from edgeweb.config import Config
from edgeweb.errors import printable
from edgeweb.machine import scratch
from edgeweb.read import external, folder, intake, neighbours
from edgeweb.trust import whole

_BESIDE = (*neighbours.OBJECTS, *neighbours.TEXTS, *neighbours.TOKENIZERS, *neighbours.VOICES, neighbours.MODULES,
           neighbours.POOLING)  # fmt: skip


def model(source: Path, graphs: Iterable[Path]) -> dict[str, str]:
    """The graphs with their external data and what stands beside them and is looked at; of another format its file.

    None of an object of Python's, which was written for this build alone.
    """
    if source.is_file() and source.suffix != ".onnx":
        return {} if scratch.holds(source) else {printable(source.name): whole.digest(source)}
    # What one graph was taken apart into lies among our own files.
    took = dict.fromkeys([*([source] if source.is_file() else []), *graphs])
    own = [path for path in took if not scratch.holds(path) and path.is_file()]
    found = set(own)
    for path in own:
        found |= {path.parent / name for name in external.files(path)}
        found |= {folder.home(path) / name for name in _BESIDE}
    # By the names that they have in the folder of the model.
    return {_name(path, own): whole.digest(path) for path in sorted(found) if path.is_file()}


def _name(path: Path, graphs: Iterable[Path]) -> str:
    homes = (home for graph in graphs for home in (folder.home(graph), graph.parent.resolve(), graph.parent))
    home = next((home for home in homes if path.is_relative_to(home)), path.parent)
    return printable(path.relative_to(home).as_posix())


def given(settings: Config, base: Path) -> dict[str, str]:
    """Files of the user's that settings name, by the settings: their own names may say what is nobody's business."""
    labels = settings.labels if isinstance(settings.labels, str) else None
    named = {"data": settings.data, "hooks": settings.hooks.file, "labels": labels, "gallery": settings.gallery}
    paths = {key: base / value for key, value in named.items() if value}
    return {key: _digest(path) for key, path in paths.items() if path.exists()}


def _digest(path: Path) -> str:
    """Of a folder that of a list of its files, as `sha256sum` writes it."""
    if path.is_file():
        return whole.digest(path)
    lines = sorted((each.relative_to(path).as_posix(), whole.digest(each)) for each in intake.below(path))
    text = "".join(f"{digest}  {name}\n" for name, digest in lines)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def options(settings: Config) -> dict[str, Any]:
    """What was asked for but for paths, as far as it is neither off nor what it is anyway."""
    limits = settings.compress
    asked = {
        "title": settings.title, "task": settings.task, "lang": settings.lang,
        "specialise": settings.specialise, "precision": limits.precision, "min-agreement": limits.min_agreement,
        "max-size": limits.max_size, "distill": limits.distill, "hooks": settings.hooks.file is not None,
        "data": settings.data is not None, "labels": settings.labels is not None,
        "gallery": settings.gallery is not None, "examples": len(settings.examples),
    }  # fmt: skip
    return {key: value for key, value in asked.items() if value not in (None, False, 0)}
