"""What `predict()` says in Chromium of estimators' rows is what the proof over all of them has judged."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edgeweb.errors import EdgewebError
from harness import ROOT
from hosts import Host, built
from playwright.sync_api import Browser

sys.path.insert(0, str(ROOT / "tests" / "estimators"))
from zoo import judge, kept
from zoo.case import Case, Feeds

pytest_plugins = ("site_fixtures",)

# Of each form that an answer has one; `make test-all` asks all of them.
SOME = {
    "ColumnTransformer: numbers and words, logistic, missing",
    "KMeans: plain",
    "LinearRegression: three targets",
    "OneClassSVM: plain",
    "PCA: iris",
    "Pipeline: words, logistic",
    "LinearSVC: two classes, raw scores",
    "SVC: two classes",
    "XGBClassifier: three classes",
}
PREDICT = """async (rows) => {
  const { load } = await import('./edgeweb.js')
  const model = await load()
  const plain = (_, value) => typeof value === 'bigint' ? Number(value) : ArrayBuffer.isView(value) ? [...value] : value
  const told = []
  for (const row of rows) told.push(JSON.parse(JSON.stringify(await model.predict(row), plain)))
  return told
}"""


def parameters() -> list[Any]:
    found = [case for case in kept.everything() if kept.there(case)]
    assert {case.key for case in found} >= SOME
    return [pytest.param(case, id=case.key, marks=[] if case.key in SOME else [pytest.mark.thorough]) for case in found]


def given(found: judge.Decided, feeds: Feeds) -> Any:
    """What `predict()` takes for a row: the cells by their columns, or the text."""
    table = found.plan.kind.row(found.plan)
    if found.plan.kind.key == "text":
        (array,) = feeds.values()
        return array.item()
    assert table is not None
    cells = ((column, feeds[column.input].ravel()[column.index]) for column in table.columns)
    return {column.name: value.item() if hasattr(value, "item") else value for column, value in cells}


@pytest.mark.parametrize("case", parameters())
def test_the_page_says_what_was_judged(case: Case, chromium: Browser, host: Host, tmp_path: Path) -> None:
    made = case.make()
    try:
        with judge.in_a_copy():
            found = judge.decided(made, tmp_path)
    except EdgewebError:
        # A build refuses it, and the table of the docs says why.
        return
    verdict = judge.Judge(made, found).verdict()
    assert verdict.verdict in ("right", "less"), verdict.why
    (tmp_path / "model.onnx").write_bytes(made.model)
    site = built(tmp_path / "model.onnx", tmp_path / "site", "--precision", "fp32")
    if found.plan.task == "tensors":
        return
    wanted = [judge.shown(found, row) for row in judge.session.run(judge.runs_here(found.shipped), made.feeds)]
    context = chromium.new_context(service_workers="block")
    try:
        page = context.new_page()
        page.goto(host(site).url)
        told = page.evaluate(PREDICT, [given(found, feeds) for feeds in made.feeds])
    finally:
        context.close()
    for one, other in zip(told, wanted, strict=True):
        compare(one, other)


def compare(told: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert told["task"] == wanted["task"]
    if told["task"] == "regression":
        np.testing.assert_allclose(told["values"], wanted["values"], rtol=2e-4, atol=1e-5)
        return
    assert told["labels"][0]["label"] == wanted["labels"][0]["label"]
    # A label without a score has none in either.
    first, second = ({each["label"]: each["score"] or 0 for each in one["labels"]} for one in (told, wanted))
    assert [each["score"] is None for each in told["labels"]] == [each["score"] is None for each in wanted["labels"]]
    assert first == pytest.approx(second, rel=2e-4, abs=1e-5)
