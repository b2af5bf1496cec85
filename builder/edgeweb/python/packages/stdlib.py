"""The part of Python's standard library that hooks import, cut out of the whole; which module needs which is known."""

from __future__ import annotations

import ast
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

# The oldest date that a zip can say.
_DATE = (1980, 1, 1, 0, 0, 0)


def pruned(whole: Path, index: Path, wanted: Iterable[str]) -> tuple[bytes, list[str]]:
    """A zip with the modules that the interpreter uses and those `wanted`, and the names of all others.

    Args:
        whole: the compiled library, stored. Its files that are no modules are left out.
        index: library.json of the browser half: what each module imports, and what every site uses.
    """
    known = json.loads(index.read_text("utf-8"))
    modules: Mapping[str, Any] = known["modules"]
    kept = closure({*known["used"], *wanted}, modules)
    archive = io.BytesIO()
    with zipfile.ZipFile(whole) as given, zipfile.ZipFile(archive, "w") as target:
        for name in sorted(kept):
            path = modules[name]["file"]
            target.writestr(zipfile.ZipInfo(path, _DATE), given.read(path))
    return archive.getvalue(), sorted(set(modules) - kept)


def closure(wanted: Iterable[str], modules: Mapping[str, Any]) -> set[str]:
    """Those of `wanted` that the library has, with all that they import, and the packages around each."""
    kept: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name in kept or name not in modules:
            continue
        kept.add(name)
        waiting += modules[name]["imports"]
        waiting += filter(None, [name.rpartition(".")[0]])
    return kept


def imported(source: str) -> set[str]:
    """Every module that some line of `source` imports, as dotted names; names taken from packages may be modules."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found
