"""What report.json and the report's page say of the search for the smallest form."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
from edgeweb.recipe import Site
from edgeweb.site.report import compression
from edgeweb.site.report import document as report
from edgeweb.site.report.compression import Searched
from edgeweb.tasks.evidence import Said
from reported import LAYERS, document, exact, found, html, svg


def test_the_search_is_told_in_the_order_of_trying() -> None:
    told = document(found(layers=LAYERS))
    assert list(told)[-2:] == ["compression", "cost"]
    assert told["cost"] == {"firstVisitBytes": 1234, "repeatVisitBytes": 0, "thousandUsersBytes": 1_234_000}
    known = told["compression"]
    assert list(known) == [
        "samples", "seeded", "precision", "minimum", "timing", "untimed", "forms", "draft", "declined",
        "trials", "layers",
    ]  # fmt: skip
    assert (known["samples"], known["precision"], known["minimum"]) == ("8 seeded inputs", "auto", 0.99)
    assert [form["form"] for form in known["forms"]] == ["as it is", "byte planes", "stored", "fp16", "int8 static"]
    assert [form["shipped"] for form in known["forms"]] == [False, False, True, False, False]
    assert known["forms"][2] == {
        "form": "stored", "bytes": 4000, "wireBytes": 1000, "agreement": 0.995, "measure": "cosine", "top1": None,
        "cosine": 0.995, "worst": 0.985, "sqnr": 30.0, "accuracy": None, "referenceAccuracy": None, "samples": 4,
        "latency": None, "shipped": True, "serves": ["webgpu", "wasm"], "refused": None, "note": "6.00 bits a weight",
    }  # fmt: skip
    assert known["declined"] == [{"form": "int8 dynamic", "why": "no <matrix>"}]
    assert known["trials"][0] == {"bits": 5.0, "agreement": 0.97, "sqnr": 20.0, "passed": False}
    assert known["layers"] == [
        {"name": "a", "weights": 100, "bits": 4.5, "step": 0.1235},
        {"name": "b", "weights": 900, "bits": 6.167, "step": None},
    ]


def test_the_page_tells_which_form_serves_what() -> None:
    text = html(document(found(layers=LAYERS), serves={"stored": ["wasm"], "fp16": ["webgpu", "wasm"]}))
    verdicts = re.findall(r'<span class="chip">ships</span> ([^<]+)<', text)
    assert [each.split(";")[0] for each in verdicts] == [
        "to CPUs",
        "to GPUs, and wherever the other gives other numbers",
    ]
    assert text.count('<tbody class="ships">') == 2


def test_what_is_not_known_or_infinite_is_null_and_only_what_is_equal_is_1() -> None:
    known = compression.document(
        Searched(found(sqnr=math.inf, agreement=1.0, cosine=math.nan), "auto", 0.99, False, {})
    )
    as_it_is, _, stored, half, broken = known["forms"]
    assert (as_it_is["agreement"], as_it_is["measure"], as_it_is["sqnr"], as_it_is["samples"]) == (
        1,
        "exact",
        None,
        None,
    )
    assert (stored["agreement"], stored["sqnr"], stored["cosine"]) == (1, None, None)
    assert half["agreement"] == 0.999999
    assert compression.share(half["agreement"]) == "0.9999" and compression.share(1.0) == "1.0000"
    assert broken["sqnr"] is None
    text = json.dumps(known, allow_nan=False)
    assert "NaN" not in text


def test_the_same_search_gives_the_same_bytes() -> None:
    first, second = (html(document(found(layers=LAYERS))) for _ in range(2))
    assert first == second


def test_the_page_sorts_forms_by_bytes_and_marks_the_one_that_ships() -> None:
    text = html(document(found(layers=LAYERS)))
    table = text[text.index('class="forms"') : text.index("</table>", text.index('class="forms"'))]
    assert re.findall(r'scope="row">([^<]+)<', table) == ["int8 static", "stored", "fp16", "byte planes", "as it is"]
    assert table.count('<span class="chip">ships</span>') == table.count('<tbody class="ships">') == 1
    assert "to CPUs" not in table
    assert "4.00×" in table and "0.9950" in table and "for comparison only" in table
    assert "no &lt;matrix&gt;" in text and "<matrix>" not in text
    assert "told below" not in text and "folded" in text


def test_made_up_inputs_are_called_that_and_real_ones_are_not() -> None:
    assert "These inputs were made up." in html(document(found(), seeded=True))
    assert "made up" not in html(document(found(), seeded=False))


def test_what_is_right_is_told_where_labels_are_known() -> None:
    text = html(document(found(accuracy=0.97, reference_accuracy=0.98, top1=0.99, kind="top-1"), seeded=False))
    assert "right on 97.0 %, the original on 98.0 %" in text


def test_the_page_tells_each_claim_with_its_source_and_what_settles_it() -> None:
    known = Said("labels", ("cat", "dog"), "file", "config.json")
    made = Said("preprocessing", "x / 255", "assumed", "the usual", "[input.image]\nscale = 255.0", about="image")
    text = html(document(exact(), said=(known, made)))
    for words in ("<bdi>cat, dog</bdi>", "in the file</span> <bdi>config.json", "assumed</span> <bdi>the usual"):
        assert words in text
    assert "<code>[input.image]\nscale = 255.0</code>" in text
    assert "One claim is only assumed" in text
    assert "Nothing was assumed." in html(document(exact(), said=(known,)))


def test_without_a_lossy_form_the_section_is_short_and_says_why() -> None:
    told = document(exact())
    text = html(told)
    assert "No weight was changed" in text and "fp32 was asked for" in text
    assert "1.33× smaller" in text
    assert 'class="forms"' not in text and "picture" not in text and 'class="layers"' not in text
    assert "made up" not in text
    assert compression.bits_a_weight(told["compression"]) is None


def test_a_build_tells_its_search_and_prints_seven_rows(build: Callable[..., Site], tmp_path: Path) -> None:
    proto = tiny.linear(64, 10)
    np.savez(tmp_path / "data.npz", x=np.random.default_rng(1).standard_normal((40, 64)).astype(np.float32))
    site = build(tiny.saved(tmp_path / "a", proto), data=tmp_path / "data.npz")
    known = site.report["compression"]
    assert known == json.loads((site.path / "report.json").read_text())["compression"]
    assert not known["seeded"] and known["trials"] and sum(form["shipped"] for form in known["forms"]) == 1
    shipped = next(form for form in known["forms"] if form["shipped"])
    assert shipped["form"] == "stored" and shipped["wireBytes"] == site.manifest.variants[0].wire_bytes
    rows = report.build_rows(site.path, site.manifest, site.report, 1.0)
    assert [name for name, _ in rows] == ["site", "task", "model", "first visit", "proven", "public", "built in"]
    row = dict(rows)["model"]
    assert re.fullmatch(
        r"[\d.]+ (KB|bytes), \d+\.\d times smaller than its file; "
        r"answers alike to 9\d(\.\d+)? % on your inputs \(\d\d of 40 \w+ of data\.npz\)",
        row,
    )
    more = dict(report.build_rows(site.path, site.manifest, site.report, 1.0, details=True))
    assert re.search(r" \(stored, \d+\.\d bits a weight, agreement \d\.\d{4}\); answers alike", more["model"])
    assert site.manifest.release in more["site"] and "page and scripts" in more["first visit"]
    svg((site.path / "report" / "index.html").read_text())


def test_a_build_without_a_smaller_form_names_what_ships(build: Callable[..., Site], tmp_path: Path) -> None:
    site = build(tiny.saved(tmp_path / "a", tiny.linear()), precision="fp32")
    row = dict(report.build_rows(site.path, site.manifest, site.report, 1.0))["model"]
    assert row.endswith(" its file; same answers, no weight was changed")
    assert site.report["compression"]["declined"] == [{"form": "stored", "why": "fp32 was asked for"}]


@pytest.mark.parametrize(
    ("form", "seeded", "words"),
    [
        ({"measure": "exact", "agreement": 1.0}, False, "same answers, no weight was changed"),
        ({"measure": "top-1", "agreement": 0.99608}, False, "same answer on 99.6 % of your inputs (20 of 40 rows)"),
        ({"measure": "top-1", "agreement": 1}, False, "same answers on your inputs (20 of 40 rows)"),
        (
            {"measure": "cosine", "agreement": 0.999999},
            True,
            "answers alike to 99.99 % on 20 made-up inputs",
        ),
        (
            {"measure": "equal", "agreement": 0.5},
            False,
            "50 % of what it answers is the same on your inputs (20 of 40 rows)",
        ),
        (
            {"measure": "top-1", "agreement": 1, "accuracy": 0.97, "referenceAccuracy": 0.975},
            False,
            "same answers on your inputs (20 of 40 rows), right on 97 % (before: 97.5 %)",
        ),
    ],
)
def test_how_alike_a_form_answers_is_said_in_plain_words(form: dict[str, Any], seeded: bool, words: str) -> None:
    whole = {"samples": 20, "accuracy": None, "referenceAccuracy": None, **form}
    assert compression.answers(whole, "40 rows", seeded) == words


def test_sizes_and_times_are_said_in_plain_words() -> None:
    assert report.smaller(4200, 1000) == "4.2 times smaller than its file"
    assert report.smaller(41_200, 1000) == "41 times smaller than its file"
    assert report.smaller(1000, 990) == report.smaller(900, 1000) == "as large as its file"
    assert [compression.speed(ratio) for ratio in (0.5, 0.97, 1.04, 2.25)] == [
        "2.0 times as fast", "as fast as before", "as fast as before", "takes 2.2 times as long",
    ]  # fmt: skip


def test_inputs_that_become_public_are_named(build: Callable[..., Site], tmp_path: Path) -> None:
    """Arrays of the user's are the golden case, which everybody can read; rows of a table are not."""
    model = tiny.saved(tmp_path, tiny.linear())
    np.savez(tmp_path / "ward.npz", x=np.ones((2, 4), np.float32))
    said = "inputs of ward.npz (x) are the golden case: everybody can read them in edgeweb.json"
    site = build(model, data=tmp_path / "ward.npz")
    assert ("public", said) in report.build_rows(site.path, site.manifest, site.report, 1.0)
    (tmp_path / "ward.csv").write_text("1,2,3,4\n5,6,7,8\n")
    site = build(model, data=tmp_path / "ward.csv")
    assert not [row for row in report.build_rows(site.path, site.manifest, site.report, 1.0) if row[0] == "public"]
