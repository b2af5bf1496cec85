"""Steps of scikit-learn's that skl2onnx forgets or does not know: mended where a graph can say it, else named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alike import pickled, same
from edgeweb.errors import ModelError
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_iris
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor, VotingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

DATA = load_iris()
TEXTS = np.array([[text] for text in ("a naïve idea", "größer I say", "x y z", "it's 12 o'clock", "идея дня")] * 4)


def test_words_are_found_in_every_language(tmp_path: Path) -> None:
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS.ravel(), np.arange(20) % 5 > 1)
    assert same(pickled(model, tmp_path), {"text": TEXTS.astype(object)}) == (20, 20)


@pytest.mark.parametrize(
    "model",
    [
        HistGradientBoostingRegressor(loss="poisson", max_iter=5),
        pytest.param(HistGradientBoostingRegressor(loss="gamma", max_iter=5), marks=pytest.mark.thorough),
        VotingClassifier([("a", LogisticRegression(max_iter=500)), ("b", GaussianNB())], voting="soft", weights=[1, 3]),
    ],
)
def test_what_a_graph_can_say_is_said(tmp_path: Path, model: Any) -> None:
    found = pickled(model.fit(DATA.data, DATA.target + 1), tmp_path)
    assert same(found, {"input": DATA.data}) == (150, 150)


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (HistGradientBoostingClassifier(max_iter=2, categorical_features=[0]), "with categorical_features"),
        (make_pipeline(SimpleImputer(add_indicator=True), LinearRegression()), "with add_indicator"),
        (CalibratedClassifierCV(LogisticRegression(max_iter=500), method="temperature"), "by temperature"),
        (TransformedTargetRegressor(LinearRegression()), "It is TransformedTargetRegressor"),
    ],
)
def test_what_would_be_wrong_is_named(tmp_path: Path, model: Any, why: str) -> None:
    rows = np.round(DATA.data)
    rows[::9, 1] = np.nan if "indicator" in why else rows[::9, 1]
    with pytest.raises(ModelError, match=f"step that skl2onnx does not convert.*{why}"):
        pickled(model.fit(rows, DATA.target), tmp_path)
