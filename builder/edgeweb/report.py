"""What the build did, what it cost and what it gained: the facts behind report.json, the report page and the printed table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edgeweb.pack import FileTable

_KINDS = {
    "runtime": "ONNX Runtime Web",
    "model": "model",
    "page": "page and scripts",
    "worker": "compute worker",
    "icon": "icons",
    "example": "examples",
}


@dataclass(frozen=True)
class Facts:
    """Collected on the way through the recipe. `steps`: (step, what it did or why not)."""

    title: str
    source_bytes: int
    parameters: int
    task: str
    reasons: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]
    agreement: float
    proven: bool


def document(facts: Facts, table: FileTable, first_visit: Sequence[str]) -> dict[str, Any]:
    """report.json: plain values only, in a stable order. Bytes on the wire are those of a browser that takes brotli."""
    rows = []
    for role, kind in _KINDS.items():
        paths = [path for path in first_visit if table.entries.get(path) and table.entries[path].role == role]
        if paths:
            rows.append(
                {
                    "kind": kind,
                    "files": len(paths),
                    "bytes": sum(table.entries[p].bytes for p in paths),
                    "wireBytes": table.wire_bytes(paths),
                }
            )
    return {
        "title": facts.title,
        "task": facts.task,
        "reasons": list(facts.reasons),
        "sourceBytes": facts.source_bytes,
        "parameters": facts.parameters,
        "agreement": facts.agreement,
        "proven": facts.proven,
        "steps": [{"step": step, "outcome": outcome} for step, outcome in facts.steps],
        "firstVisit": {
            "bytes": sum(row["bytes"] for row in rows),
            "wireBytes": sum(row["wireBytes"] for row in rows),
            "parts": rows,
        },
    }


def size(count: int) -> str:
    """Bytes for people: 3 digits, decimal units as browsers and hosts count."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if count >= factor:
            value = count / factor
            return (
                f"{value:.2f} {unit}" if value < 10 else f"{value:.1f} {unit}" if value < 100 else f"{value:.0f} {unit}"
            )
    return f"{count} bytes"
