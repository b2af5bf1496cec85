"""A training library's file, from the command line to the answer in Chromium, beside what the library says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from harness import edgeweb
from hosts import Host
from playwright.sync_api import Browser
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

pytest_plugins = ("site_fixtures",)

PREDICT = """async (rows) => {
  const { load } = await import('./edgeweb.js')
  const model = await load()
  const told = []
  for (const row of rows) told.push((await model.predict(row)).labels.map(({ label, score }) => [label, score]))
  return told
}"""


def asked(site: Path, rows: list[dict[str, Any]], chromium: Browser, host: Host) -> list[dict[str, float]]:
    """The score of each label that the page gives of each row."""
    context = chromium.new_context(service_workers="block")
    try:
        page = context.new_page()
        page.goto(host(site).url)
        return [dict(found) for found in page.evaluate(PREDICT, rows)]
    finally:
        context.close()


def built(model: Path, out: Path, *options: object) -> dict[str, Any]:
    """What the build says of the original."""
    done = edgeweb("build", model, "-o", out, "--json", *options)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)["report"]
    return found


def test_a_pipeline_of_words_and_numbers(chromium: Browser, host: Host, tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    rows = np.empty((200, 2), object)
    rows[:, 0], rows[:, 1] = draw.integers(18, 90, 200), draw.choice(["Berlin", "Paris", "Rome"], 200)
    stays = np.where((rows[:, 0] > 50) ^ (rows[:, 1] == "Rome"), "stays", "leaves")
    before = make_column_transformer((StandardScaler(), [0]), (OneHotEncoder(handle_unknown="ignore"), [1]))
    model = make_pipeline(before, RandomForestClassifier(15, random_state=0)).fit(rows, stays)
    joblib.dump(model, tmp_path / "stays.joblib")
    (tmp_path / "rows.csv").write_text("x1,x2\n" + "".join(f"{age},{city}\n" for age, city in rows), "utf-8")
    refused = edgeweb("build", tmp_path / "stays.joblib", "-o", tmp_path / "site")
    assert refused.returncode == 2 and "add --trust-pickle" in refused.stderr
    report = built(
        tmp_path / "stays.joblib", tmp_path / "site", "--trust-pickle", "--data", tmp_path / "rows.csv"
    )  # fmt: skip
    told = report["original"]
    assert told["file"] == "stays.joblib" and told["framework"].startswith("scikit-learn 1.")
    assert (told["rows"], told["same"], told["of"]) == (200, 200, "of rows.csv") and told["worst"] < 1e-5
    assert all(each["from"].startswith("stays.joblib: ") for each in report["evidence"] if each["source"] == "file")
    page = (tmp_path / "site" / "report" / "index.html").read_text("utf-8")
    assert "same answers as scikit-learn 1." in page and "on 200 rows of rows.csv" in page
    given = [{"x1": int(age), "x2": city} for age, city in rows[:40]]
    for found, says in zip(
        asked(tmp_path / "site", given, chromium, host), model.predict_proba(rows[:40]), strict=True
    ):
        assert found == pytest.approx(dict(zip(model.classes_.tolist(), says, strict=True)), abs=1e-5)


def test_boosted_trees_with_missing_values(chromium: Browser, host: Host, tmp_path: Path) -> None:
    import xgboost

    draw = np.random.default_rng(0)
    table = draw.normal(0, 3, (120, 3)).round(2)
    data = xgboost.DMatrix(table, label=table[:, 0] > table[:, 1], feature_names=["age", "size of it", "c"])
    model = xgboost.train({"objective": "binary:logistic", "max_depth": 3}, data, 6)
    model.save_model(tmp_path / "trees.ubj")
    (tmp_path / "labels.txt").write_text("small\nlarge\n")
    report = built(tmp_path / "trees.ubj", tmp_path / "site")
    assert report["original"]["sentence"].startswith("same answers as XGBoost 3.")
    table[::3, 1] = np.nan
    names = data.feature_names or []
    given = [
        {name: value for name, value in zip(names, row.tolist(), strict=True) if not np.isnan(value)}
        for row in table[:30]
    ]
    says = model.predict(xgboost.DMatrix(table[:30], feature_names=names))
    for found, large in zip(asked(tmp_path / "site", given, chromium, host), says, strict=True):
        assert found == pytest.approx({"small": 1 - large, "large": large}, abs=1e-5)
