"""What a site claims, in words, and the last lines of a build."""

from __future__ import annotations

import tomllib

import pytest
from edgeweb.errors import LimitError
from edgeweb.site.report import claims
from edgeweb.tasks.evidence import Said, assumed

KNOWN = Said("task", "image-classification", "file", "config.json")
MADE = Said(
    "preprocessing", "(x / 255 - 0.5) / 0.5", "assumed", "the usual", "[input.image]\nmean = [0.5]", about="image"
)
LABELS = tuple(f"class {number}" for number in range(100))
MANY = [
    assumed("probabilities", "softmax", "labels are given", f"[output.y{number}]\nsoftmax = true")
    for number in range(7)
]  # fmt: skip


def test_rows_are_those_of_the_manifest_with_what_settles_them() -> None:
    assert claims.rows([KNOWN, MADE]) == [
        {"claim": "task", "value": "image-classification", "source": "file", "from": "config.json"},
        {
            "claim": "preprocessing", "value": "(x / 255 - 0.5) / 0.5", "source": "assumed", "from": "the usual",
            "about": "image", "settle": "[input.image]\nmean = [0.5]",
        },
    ]  # fmt: skip


def test_words() -> None:
    known, made, labels = claims.rows([KNOWN, MADE, Said("labels", LABELS, "user", "labels.txt")])
    assert claims.sentence(known) == "its task is image-classification"
    assert claims.known(known) == "in the file: config.json"
    assert claims.sentence(made) == '"image" is made as (x / 255 - 0.5) / 0.5'
    assert claims.short(labels["value"]) == "class 0, class 1, class 2, class 3, class 4, class 5, … (100)"
    assert claims.sentence(claims.rows([Said("rate", 16000, "user", "")])[0]) == "it hears 16000 samples a second"


def test_a_build_tells_five_assumptions_as_lines_of_toml_and_counts_the_rest() -> None:
    told = claims.told(claims.rows([KNOWN, MADE, *MANY]), "edgeweb init m.onnx")
    assert len(told) == 6
    assert tomllib.loads("\n".join(told[:5]))["input"] == {"image": {"mean": [0.5]}}
    assert told[0].endswith('  # "image" is made as (x / 255 - 0.5) / 0.5 (the usual)')
    assert told[5] == "... and 3 more: edgeweb init m.onnx writes them all"
    assert claims.told(claims.rows([KNOWN]), "edgeweb init m.onnx") == []


def test_what_no_line_holds_is_left_to_init() -> None:
    long = assumed("labels", LABELS, "the usual", f"labels = {[*LABELS]}")
    (line,) = claims.told(claims.rows([long]), "edgeweb init m.onnx")
    assert line.startswith("# its classes are class 0, ")
    assert line.endswith("(the usual): edgeweb init m.onnx writes it")


def test_strict_allows_no_assumption() -> None:
    claims.check([KNOWN], "m.onnx")
    with pytest.raises(LimitError, match=r"m\.onnx leaves 2 things to be assumed.*Nothing says that \"image\" is made"):
        claims.check([KNOWN, MADE, MANY[0]], "m.onnx")
