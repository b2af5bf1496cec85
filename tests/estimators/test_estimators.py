"""What a page says of a row is what the estimator says, for every estimator that can be converted."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from zoo import judge, kept, table
from zoo.case import Case
from zoo.judge import Judged

DOCS = Path(__file__).parents[2] / "docs" / "estimators.md"
# Parts that converters make graphs of, and no estimators.
PARTS = {
    "SklearnArrayFeatureExtractor", "SklearnCast", "SklearnClassLabels", "SklearnConcat", "SklearnFlatten",
    "SklearnIdentity", "SklearnImputer", "SklearnMultiply", "SklearnOVRDecisionFunction", "SklearnSequenceAt",
    "SklearnSequenceConstruct", "SklearnZipMap", "SklearnZipMapColumns", "Sklearn_ConstantPredictor",
}  # fmt: skip


def chosen() -> list[Case]:
    """Of all whose packages are there; every third estimator, unless time does not matter."""
    there = [case for case in kept.everything() if kept.there(case)]
    names = sorted({case.estimator for case in there})
    some = set(names[:: 1 if os.environ.get("EDGEWEB_THOROUGH") else 3])
    return [case for case in there if case.estimator in some]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Judged]]:
    folder = tmp_path_factory.mktemp("estimators")
    with judge.in_a_copy():
        yield [judge.judged(case.make(), folder) for case in chosen()]


def test_no_page_says_anything_wrong(verdicts: list[Judged]) -> None:
    assert [f"{each.key}: {each.why}" for each in verdicts if each.verdict == "wrong"] == []


WRONG: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("SVC: two classes", {"label": None, "scores": "probabilities"}, {}, "says '1', the estimator '0', the file '0'"),
    ("LinearRegression: three targets", {"values": None, "scores": "variable"}, {}, "where there are none"),
    ("LogisticRegression: three classes", {}, {"sure": None}, "called probabilities"),
]


@pytest.mark.parametrize(("key", "read", "estimator", "why"), WRONG, ids=["sign", "targets", "shares"])
def test_a_wrong_page_is_found(
    key: str, read: dict[str, Any], estimator: dict[str, Any], why: str, tmp_path: Path
) -> None:
    (case,) = (case for case in kept.everything() if case.key == key)
    made = case.make()
    with judge.in_a_copy():
        found = judge.decided(made, tmp_path)
    assert judge.Judge(made, found).verdict().verdict == "right"
    plan = replace(found.plan, spec=msgspec.structs.replace(found.plan.spec, **read))
    verdict = judge.Judge(replace(made, **estimator), replace(found, plan=plan)).verdict()
    assert verdict.verdict == "wrong" and why in verdict.why


def test_every_estimator_that_skl2onnx_converts_is_among_them() -> None:
    from skl2onnx import supported_converters
    from skl2onnx._supported_operators import sklearn_operator_name_map as aliases

    names = {case.estimator.partition(" ")[0] for case in kept.everything()}
    known = {kind.__name__: alias for kind, alias in aliases.items() if kind.__name__ != "_ConstantPredictor"}
    assert sorted(set(known) - names) == []
    assert set(supported_converters()) == {*known.values(), *PARTS}


def test_most_pages_say_all_that_the_estimator_says(verdicts: list[Judged]) -> None:
    assert sum(each.verdict == "right" for each in verdicts) > len(verdicts) * 0.6


def test_the_docs_tell_of_each_as_it_is(verdicts: list[Judged]) -> None:
    here = {case.estimator for case in chosen()}
    told = re.findall(r"^\| (.+?) \| .*$", DOCS.read_text("utf-8"), re.MULTILINE)
    written = [line for line in DOCS.read_text("utf-8").splitlines() if line.startswith("| ")][1:]
    assert [line for name, line in zip(told[1:], written, strict=True) if name in here] == list(table.lines(verdicts))


@pytest.mark.thorough
def test_catboost_is_among_them() -> None:
    if all(kept.there(case) for case in kept.everything()):
        return
    reason = "CatBoost is not installed: make test-all fetches it"
    pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
