"""What boosted trees were trained for, and how: the graph says the same, also where a converter leaves a part out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from alike import converted, same
from edgeweb.errors import ModelError
from sklearn.datasets import load_iris

DATA = load_iris()
LARGE = (DATA.target > 0).astype(int)
SHARE = DATA.target / 2.5 + 0.1
PAIR = np.column_stack([DATA.target, -2 * DATA.target])
THOROUGH = pytest.mark.thorough


def xgboosted(path: Path, kind: str, target: Any, **more: Any) -> Path:
    import xgboost

    given = xgboost.DMatrix(DATA.data, label=target, **({"group": [50] * 3} if "rank" in kind else {}))
    xgboost.train({"objective": kind, "max_depth": 3, "seed": 1, **more}, given, 4).save_model(path / "m.json")
    return path / "m.json"


XGBOOST = {
    "shares": ("reg:logistic", SHARE, {}),
    "a forest": ("multi:softprob", DATA.target, {"num_class": 3, "num_parallel_tree": 3, "subsample": 0.6}),
    "dropped trees": ("binary:logistic", LARGE, {"booster": "dart", "rate_drop": 0.6, "max_depth": 1}),
    "two targets": ("reg:squarederror", PAIR, {}),
    "two labels": ("binary:logistic", np.column_stack([LARGE, 1 - LARGE]), {}),
    "quantiles": ("reg:quantileerror", DATA.target, {"quantile_alpha": [0.1, 0.9]}),
    "survival": ("survival:cox", DATA.target + 1, {}),
    "ranks": ("rank:pairwise", DATA.target, {}),
    "labels alone": ("multi:softmax", DATA.target, {"num_class": 3}),
    "counts": ("count:poisson", DATA.target, {}),
}


@pytest.mark.parametrize(
    "case", [each if each in ("a forest", "dropped trees") else pytest.param(each, marks=THOROUGH) for each in XGBOOST]
)
def test_of_xgboost(tmp_path: Path, case: str) -> None:
    kind, target, more = XGBOOST[case]
    assert same(converted(xgboosted(tmp_path, kind, target, **more)), {"input": DATA.data}) == (150, 150)


# XGBoost itself advises against linear ones.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"booster": "gblinear"}, "is a linear model"),
        pytest.param(
            {"multi_strategy": "multi_output_tree", "tree_method": "hist"}, "several answers each", marks=THOROUGH
        ),
    ],
)
def test_what_onnxmltools_does_not_convert_of_xgboost(tmp_path: Path, more: dict[str, Any], why: str) -> None:
    target = DATA.target if "booster" in more else PAIR
    with pytest.raises(ModelError, match=why):
        converted(xgboosted(tmp_path, "reg:squarederror", target, **more))


def boosted(path: Path, target: Any, **more: Any) -> Path:
    import lightgbm

    given = {"verbose": -1, "min_data_in_leaf": 5, "num_leaves": 6, **more}
    lightgbm.train(given, lightgbm.Dataset(DATA.data, target), 4).save_model(path / "m.txt")
    return path / "m.txt"


FOREST = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}
LIGHTGBM = {
    "a forest": (LARGE, {"objective": "binary", "sigmoid": 2.0, **FOREST}),
    "a forest of numbers": (DATA.target, {"objective": "regression", **FOREST}),
    "classes apart": (DATA.target, {"objective": "multiclassova", "num_class": 3}),
    "roots": (DATA.target, {"objective": "regression", "reg_sqrt": True}),
    "parts": (SHARE, {"objective": "mape"}),
    "fair": (SHARE, {"objective": "fair"}),
    "shares": (SHARE, {"objective": "cross_entropy"}),
    "shares by a softplus": (SHARE, {"objective": "cross_entropy_lambda"}),
}


@pytest.mark.parametrize(
    "case",
    [each if each in ("a forest", "roots", "parts") else pytest.param(each, marks=THOROUGH) for each in LIGHTGBM],
)
def test_of_lightgbm(tmp_path: Path, case: str) -> None:
    target, more = LIGHTGBM[case]
    assert same(converted(boosted(tmp_path, target, **more)), {"input": DATA.data}) == (150, 150)


@pytest.mark.parametrize(
    ("more", "why"), [({"linear_tree": True}, "linear model in each leaf"), ({"zero_as_missing": True}, "takes zeros")]
)
def test_what_onnxmltools_does_not_convert_of_lightgbm(tmp_path: Path, more: dict[str, Any], why: str) -> None:
    with pytest.raises(ModelError, match=why):
        converted(boosted(tmp_path, DATA.target, objective="regression", **more))


CATBOOST = {
    "counts": (DATA.target, {"loss_function": "Poisson"}),
    "classes apart": (DATA.target, {"loss_function": "MultiClassOneVsAll"}),
}


def fitted(path: Path, target: Any, **more: Any) -> Path:
    catboost = pytest.importorskip("catboost")
    model = catboost.CatBoost({"iterations": 4, "depth": 3, "verbose": False, "allow_writing_files": False, **more})
    model.fit(DATA.data, target).save_model(str(path / "m.cbm"))
    return path / "m.cbm"


@pytest.mark.parametrize("case", CATBOOST)
def test_of_catboost(tmp_path: Path, case: str) -> None:
    target, more = CATBOOST[case]
    assert same(converted(fitted(tmp_path, target, **more)), {"features": DATA.data}) == (150, 150)


@pytest.mark.parametrize(
    ("target", "more", "why"),
    [
        (PAIR, {"loss_function": "MultiRMSE"}, "tells several things at once"),
        (LARGE > 0, {"loss_function": "Logloss"}, r"says: Unexpected label type\. Train it with"),
        (LARGE, {"loss_function": "RMSE", "grow_policy": "Lossguide"}, "non symmetric trees"),
    ],
)
def test_what_catboost_does_not_export(tmp_path: Path, target: Any, more: dict[str, Any], why: str) -> None:
    with pytest.raises(ModelError, match=why):
        converted(fitted(tmp_path, target, **more))
