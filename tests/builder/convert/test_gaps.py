"""Texts that are missing: what an encoder was taught of them, a page has as the empty text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import edgeweb
import numpy as np
import pytest
from alike import pickled, same
from edgeweb.errors import EdgewebError, ModelError
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, TargetEncoder

pandas = pytest.importorskip("pandas")


def fitted(encoder: Any, gap: Any) -> Any:
    """A pipeline that was taught that whoever has no city buys."""
    rng = np.random.default_rng(0)
    cities = np.where(rng.random(80) < 0.3, gap, rng.choice(["Rome", "Oslo"], 80).astype(object))
    known = np.array([isinstance(each, str) for each in cities])
    frame = pandas.DataFrame({"age": rng.normal(40, 9, 80), "city": pandas.Series(cities, dtype=object)})
    table = make_column_transformer((encoder, ["city"]), remainder="passthrough")
    return make_pipeline(table, LogisticRegression(max_iter=500)).fit(frame, np.where(known, "leaves", "buys"))


def rows() -> dict[str, np.ndarray]:
    cities = np.array(["Rome", "", "Oslo", ""] * 5, object)
    return {"age": np.linspace(20, 60, 20)[:, None], "city": cities[:, None]}


@pytest.mark.parametrize("gap", [np.nan, None], ids=["NaN", "None"])
@pytest.mark.parametrize(
    "encoder",
    [OneHotEncoder(handle_unknown="ignore"), OrdinalEncoder(encoded_missing_value=-9), TargetEncoder()],
    ids=lambda each: type(each).__name__,
)
def test_the_empty_text_is_what_a_frame_has_not(encoder: Any, gap: Any, tmp_path: Path) -> None:
    model = fitted(encoder, gap)
    found = pickled(model, tmp_path)
    assert same(found, rows()) == (20, 20)
    frame = pandas.DataFrame({"age": [33.0], "city": pandas.Series([gap], dtype=object)})
    assert model.predict(frame) == ["buys"]


def test_a_gap_that_becomes_nan_is_refused(tmp_path: Path) -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = fitted(OrdinalEncoder(encoded_missing_value=-1), np.nan)
    model.steps[-1] = ("trees", HistGradientBoostingClassifier(max_iter=2))
    model.steps[0][1].transformers[0][1].set_params(encoded_missing_value=np.nan)
    frame = pandas.DataFrame({"age": np.arange(40.0), "city": pandas.Series(["Rome", np.nan] * 20, dtype=object)})
    with pytest.raises(ModelError, match="OrdinalEncoder that makes NaN of missing texts"):
        pickled(model.fit(frame, [0, 1] * 20), tmp_path)


def test_what_cannot_be_converted_is_called_by_its_name() -> None:
    model = make_pipeline(FunctionTransformer(np.log1p), LogisticRegression()).fit([[1.0], [2.0]], [0, 1])
    with pytest.raises(EdgewebError) as told:
        edgeweb.inspect(model)
    assert told.value.what == "LogisticRegression cannot be converted by skl2onnx"
