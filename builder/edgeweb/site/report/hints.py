"""What a page could say if it were told: names of classes and values, and whether scores are logits."""

from __future__ import annotations

from collections.abc import Sequence

from edgeweb.manifest import Manifest
from edgeweb.site.report.claims import Row
from edgeweb.tasks import scores, settle

_SORTS = (
    "tabular-classification", "image-classification", "text-classification", "audio-classification"
)  # fmt: skip
# More names are for a file.
_FEW = 6


def hints(manifest: Manifest, evidence: Sequence[Row]) -> list[str]:
    """Lines of `edgeweb.toml`, each with what it is good for as its comment; nothing of it is assumed.

    Args:
        manifest: of the site.
        evidence: its claims, as `claims.rows` has them.
    """
    said = {row["claim"]: row for row in evidence}
    found: list[tuple[str, str]] = []
    if manifest.task in _SORTS:
        found += [*_nameless(manifest.labels), *_unshared(said)]
    if manifest.task == "tabular-regression" and manifest.tabular is not None:
        found += _values(manifest.tabular.values, manifest)
    width = max((len(line) for line, _ in found), default=0)
    return [f"{line:<{width}}  # {words}" for line, words in found]


def _nameless(labels: Sequence[str] | None) -> list[tuple[str, str]]:
    if not labels or not all(label.isdecimal() for label in labels):
        return []
    few = [f"name of {label}" for label in labels]
    line = settle.toml((), labels=few) if len(few) <= _FEW else 'labels = "labels.txt"'
    more = "" if len(few) <= _FEW else ", with a name a line"
    return [(line, f"a visitor reads {labels[0]}, {labels[1]}, … where names could stand{more}")] if few[1:] else []


def _unshared(said: dict[str, Row]) -> list[tuple[str, str]]:
    answer = said.get("answer")
    if answer is None or "probabilities" in said or "labels" not in said:
        return []
    lines = settle.lines(settle.toml(("output", str(answer["value"])), softmax=True))
    return [(lines[0], "if its scores are logits: the page then says how sure it is, not the order alone")]


def _values(output: str | None, manifest: Manifest) -> list[tuple[str, str]]:
    width = next((scores.width(each) for each in manifest.outputs if each.name == output), None)
    if width is None or manifest.labels:
        return []
    if width == 1:
        return [('labels = ["what it is, in which unit"]', "the page shows a bare number")]
    names = [f"name {number}" for number in range(1, min(width, _FEW) + 1)]
    return [
        ('task = "tabular-classification"', f"if its {width} values are scores of classes; they are shown as numbers"),
        (settle.toml((), labels=names), "what they are called"),
    ]
