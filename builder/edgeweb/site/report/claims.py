"""What a site claims, in words for those who build it, with the lines of `edgeweb.toml` that settle assumptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from edgeweb.errors import LimitError, printable
from edgeweb.schema.evidence import Claim, Source
from edgeweb.tasks import evidence, settle
from edgeweb.tasks.evidence import Said

SOURCES: Mapping[Source, str] = {
    "user": "said by you",
    "file": "in the file",
    "trial": "shown by runs",
    "assumed": "assumed",
}
NAMES: Mapping[Claim, str] = {
    "task": "Task",
    "answer": "Answer",
    "labels": "Classes",
    "probabilities": "Probabilities",
    "preprocessing": "Preparation",
    "columns": "Columns",
    "boxes": "Boxes",
    "rate": "Sound",
}
_SENTENCES: Mapping[Claim, str] = {
    "task": "its task is {}",
    "answer": 'its answer is the output "{}"',
    "labels": "its classes are {}",
    "probabilities": "scores are probabilities ({})",
    "preprocessing": "the input is made as {}",
    "columns": "its columns are {}",
    "boxes": "boxes are read as {}",
    "rate": "it hears {} samples a second",
}
MOST = 5
_LIST = 60
_VALUE = 140
_SHOWN = 240
# Longer lines, of many labels, say, are for `edgeweb init`.
_LINE = 200

Row = Mapping[str, Any]


def rows(said: Sequence[Said]) -> list[dict[str, Any]]:
    """Claims as in the manifest, each with the input or output that it is about; those that are assumed with the TOML
    that settles them.
    """
    more = ({"about": each.about, "settle": each.settle} for each in said)
    return [
        {**msgspec.to_builtins(each.evidence), **{name: text for name, text in extra.items() if text}}
        for each, extra in zip(said, more, strict=True)
    ]


def short(value: Any, text: int = _VALUE, limit: int = _LIST) -> str:
    """A claim's value on a line, of at most `text` characters; of a list what fits into `limit`, and how many."""
    if not isinstance(value, list):
        return printable(value, text)
    shown: list[str] = []
    for each in value:
        if sum(len(text) + 2 for text in shown) + len(str(each)) > limit and shown:
            return f"{', '.join(shown)}, … ({len(value)})"
        shown.append(printable(each, limit))
    return ", ".join(shown)


def sentence(row: Row) -> str:
    """A claim in plain words."""
    words = _SENTENCES[row["claim"]].format(short(row["value"]))
    return words.replace("the input", f'"{printable(row["about"], 40)}"', 1) if row.get("about") else words


def known(row: Row) -> str:
    """Where a claim is from, in words."""
    return f"{SOURCES[row['source']]}: {printable(row['from'], 160)}"


def toml(row: Row) -> list[str]:
    """The lines that settle what is assumed; none where nothing does."""
    return settle.lines(row["settle"]) if row.get("settle") else []


def assumptions(found: Sequence[Row]) -> list[Row]:
    """The rows that nothing has shown."""
    return [row for row in found if row["source"] == "assumed"]


def told(found: Sequence[Row], command: str) -> list[str]:
    """The last lines of a build, as lines of `edgeweb.toml`: what settles a claim, with the claim as its comment, and
    how many more there are; `command` writes all.
    """
    left = assumptions(found)
    shown = [(_fits(toml(row)), f"{sentence(row)} ({printable(row['from'], 80)})") for row in left[:MOST]]
    width = min(_LIST, max((len(line) for line, _ in shown), default=0))
    more = len(left) - len(shown)
    return [
        *(f"{line:<{width}}  # {words}" if line else f"# {words}: {command} writes it" for line, words in shown),
        *([f"... and {more} more: {command} writes them all"] if more else []),
    ]


def _fits(lines: Sequence[str]) -> str:
    """The line, where one says it and a terminal shows it."""
    return lines[0] if len(lines) == 1 and len(lines[0]) <= _LINE else ""


def shown(row: Row) -> dict[str, str]:
    """A row of the report's page."""
    return {
        "name": NAMES[row["claim"]],
        "about": printable(row.get("about", ""), 60),
        "value": short(row["value"], _SHOWN, _VALUE),
        "source": row["source"],
        "known": SOURCES[row["source"]],
        "from": printable(row["from"], _SHOWN),
        "toml": row.get("settle", ""),
    }


def counted(found: Sequence[Row]) -> str:
    """How much is assumed, for the report's page; empty where nothing is."""
    left = len(assumptions(found))
    if not left:
        return ""
    what = "One claim is" if left == 1 else f"{left} claims are"
    return f"{what} only assumed: you are told so here, no visitor is."


def check(said: Sequence[Said], source: object) -> None:
    """That nothing is assumed; LimitError."""
    left = rows(evidence.assumptions(said))
    if left:
        count = "1 thing" if len(left) == 1 else f"{len(left)} things"
        raise LimitError(
            f"{source} leaves {count} to be assumed, which --strict forbids",
            f"nothing says that {'; '.join(sentence(row) for row in left[:MOST])}",
            "Let edgeweb init write edgeweb.toml beside it, and correct there what is wrong",
        )
