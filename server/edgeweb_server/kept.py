"""What a deployment has left of older releases, for pages that are still open: `deployed.json` names it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LEDGER_FILE = "deployed.json"
_ASSETS = "assets/"


def assets(folder: Path, data: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """Their paths, and entries as a manifest has them, where they are there; nothing of a file that is no ledger."""
    try:
        found = json.loads(data)
        files = [file for each in found["deployments"] for file in each["files"].items()]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return
    for path, entry in files:
        if (
            isinstance(path, str)
            and path.startswith(_ASSETS)
            and isinstance(entry, dict)
            and _is_there(folder, path, entry)
        ):
            yield path, {"bytes": entry["bytes"], "sha256": entry.get("sha256")}


def _is_there(folder: Path, path: str, entry: dict[str, Any]) -> bool:
    try:
        return (folder / path).stat().st_size == entry.get("bytes")
    except (OSError, ValueError):
        return False
