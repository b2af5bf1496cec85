"""The three papers of a site, made of what its report and manifest say, and of nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edgeweb.files.table import FileTable
from edgeweb.site.papers import bom, card, provenance

CARD, BOM, PROVENANCE = "card.md", "bom.json", "provenance.json"


@dataclass(frozen=True)
class Inputs:
    """What a site was built from. `files`: names to SHA-256, of the model none where it was made of an object;
    `options`: what was asked for, without paths; `licence`: as the model's file says it.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    licence: str | None = None


def add(table: FileTable, about: Mapping[str, Any], report: Mapping[str, Any], inputs: Inputs) -> None:
    """Put them into a site that is whole but for them; the last names all other files by their hashes.

    Args:
        about: the manifest's own keys, with `runtimes` and `python`.
        report: the content of report.json.
    """
    table.add(CARD, card.text(about, report, inputs.licence).encode(), "page")
    table.add(BOM, _json(bom.document(about, report, table.entries, inputs.licence)), "page")
    table.add(PROVENANCE, _json(provenance.statement(about, table.entries, inputs.files, inputs.options)), "page")


def _json(document: Any) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()
