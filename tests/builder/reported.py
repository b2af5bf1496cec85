"""A search for the smallest form, and what the report and its page say of it."""

from __future__ import annotations

import math
import re
import xml.dom.minidom
from html.parser import HTMLParser
from typing import Any

from edgeweb.files.table import FileTable
from edgeweb.search.candidate import Candidate, Found, LayerBits, Point
from edgeweb.search.likeness import Judgement
from edgeweb.site import page
from edgeweb.site.report import document as report
from edgeweb.site.report.compression import Searched
from edgeweb.tasks.evidence import Said

HOSTILE = "</bdi></svg><script>alert(1)</script>\"' onload=x &amp; \u202e\n{{ 7 * 7 }}"


def judged(agreement: float = 0.995, sqnr: float = 30.0, **more: Any) -> Judgement:
    given = {"kind": "cosine", "top1": None, "cosine": agreement, "worst": agreement - 0.01, "accuracy": None}
    return Judgement(agreement=agreement, sqnr=sqnr, samples=4, **{**given, "reference_accuracy": None, **more})


def found(*, layers: tuple[LayerBits, ...] = (), **more: Any) -> Found:
    as_it_is = Candidate("as it is", bytes(4000), None, 3000, None)
    planes = Candidate("byte planes", bytes(4000), (b"1",), 2800, None)
    stored = Candidate("stored", bytes(4000), (b"1",), 1000, judged(**more), None, "6.00 bits a weight", layers)
    half = Candidate("fp16", bytes(2000), None, 1900, judged(0.99999999, 60.0), "for comparison only")
    broken = Candidate("int8 static", bytes(1000), None, 900, judged(0.5, -math.inf), "cosine agreement is below")
    points = (Point(5.0, 0.97, 20.0, False), Point(6.0, 0.995, 30.0, True), Point(9.0, 0.9999, 48.0, True))
    tried = (as_it_is, planes, stored, half, broken)
    return Found(stored, tried, (("int8 dynamic", "no <matrix>"),), points, "8 seeded inputs")


def exact() -> Found:
    form = Candidate("as it is", bytes(4000), None, 3000, None)
    why = (("stored", "fp32 was asked for"),)
    return Found(form, (form, Candidate("byte planes", b"1", (b"1",), 3001, None)), why, (), "8 seeded inputs")


def document(
    search: Found, seeded: bool = True, reason: str = "because", serves: dict[str, list[str]] | None = None,
    said: tuple[Said, ...] = (),
) -> dict[str, Any]:  # fmt: skip
    facts = report.Facts(
        "T", 4000, 1000, "tensors", (reason,), said, (("optimise", "folded"), ("stored", "told below")), 0.995, True,
        Searched(search, "auto", 0.99, seeded, serves or {search.chosen.name: ["webgpu", "wasm"]}),
    )  # fmt: skip
    table = FileTable()
    table.add("index.html", bytes(1234), "page")
    return report.document(facts, table, ["index.html"])


def html(told: dict[str, Any]) -> str:
    return page.render_report(told, style="s.css", icon="i.svg", csp="default-src 'none'").decode()


def svg(text: str) -> xml.dom.minidom.Document:
    """The picture, which has to be well-formed."""
    match = re.search(r'(<svg class="picture".*</svg>)\s*<figcaption>', text, re.DOTALL)
    assert match is not None
    return xml.dom.minidom.parseString(match[1])


class Tags(HTMLParser):
    """Every tag of a page, with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


LAYERS = (LayerBits("a", 100, 4.5, 0.123456), LayerBits("b", 900, 6.1666, math.inf))
