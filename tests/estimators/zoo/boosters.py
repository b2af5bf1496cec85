"""XGBoost, LightGBM and CatBoost: classifiers, regressors and rankers, on rows with missing values."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from zoo import data
from zoo.case import Array, Case, Cases, Form, Made, rows_of, split
from zoo.convert import answered

Writer = Callable[[Any, int], bytes]


def _xgboost(model: Any, width: int) -> bytes:
    from onnxmltools import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    # It knows no ranker by its class, and an objective that it does not know as one of classes.
    model = _as_regressor(model) if type(model).__name__ == "XGBRanker" else model
    return bytes(
        convert_xgboost(
            model, initial_types=[("X", FloatTensorType([None, width]))], target_opset=15
        ).SerializeToString()
    )


def _as_regressor(ranker: Any) -> Any:
    from xgboost import XGBRegressor

    found = XGBRegressor(base_score=0.5)
    booster = ranker.get_booster()
    booster.set_param({"objective": "reg:squarederror"})
    found._Booster = booster
    return found


def _lightgbm(zipmap: bool) -> Writer:
    def write(model: Any, width: int) -> bytes:
        from onnxmltools import convert_lightgbm
        from onnxmltools.convert.common.data_types import FloatTensorType

        types = [("X", FloatTensorType([None, width]))]
        return bytes(convert_lightgbm(model, initial_types=types, zipmap=zipmap, target_opset=15).SerializeToString())

    return write


def _catboost(model: Any, width: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        model.save_model(str(Path(folder) / "m.onnx"), format="onnx")
        return (Path(folder) / "m.onnx").read_bytes()


def _case(needs: str, name: str, variant: str, form: Form, maker: Callable[[], Any], write: Writer) -> Case:
    def make() -> Made:
        table, target, groups = _data(variant)
        rows = rows_of(table)
        model = maker()
        model.fit(table, target, **groups(name))
        try:
            content = write(model, table.shape[1])
        except Exception as error:  # noqa: BLE001 - whatever a converter throws
            return Made(name, variant, form, cannot=f"{type(error).__name__}: {str(error).partition(chr(10))[0][:120]}")
        input_name = "features" if needs == "catboost" else "X"
        return answered(Made(name, variant, form, content, split(rows, input_name)), model, rows)

    return Case(name, variant, make, needs)


def _data(variant: str) -> tuple[Array, Any, Callable[[str], dict[str, Any]]]:
    if "targets" in variant:
        table, target = data.linnerud()
        return table, target, lambda _: {}
    if "rank" in variant:
        table, target = data.diabetes()
        order = np.digitize(target, [80, 150, 220])
        groups = np.repeat(np.arange(8), 10)
        return (
            data.with_gaps(table),
            order,
            lambda name: (
                {"group": [10] * 8} if "LGBM" in name else {"qid": groups} if "XGB" in name else {"group_id": groups}
            ),
        )
    if "one target" in variant or "values" in variant:
        table, target = data.diabetes()
        return data.with_gaps(table), target, lambda _: {}
    if "counts" in variant:
        table, target = data.diabetes()
        return data.with_gaps(table), target.round(), lambda _: {}
    kind = "three" if "three" in variant else "two"
    table, target = data.labelled(f"{kind} names" if "names" in variant else kind)
    return data.with_gaps(table), target, lambda _: {}


def xgboost() -> Cases:
    small: dict[str, Any] = {"n_estimators": 4, "max_depth": 3, "random_state": 0, "n_jobs": 1}

    def case(name: str, variant: str, form: Form, **more: Any) -> Case:
        def maker() -> Any:
            import xgboost as library

            return getattr(library, name)(**small, **more)

        return _case("xgboost", name, variant, form, maker, _xgboost)

    yield case("XGBClassifier", "two classes", "class")
    yield case("XGBClassifier", "three classes", "class")
    yield case("XGBClassifier", "two classes, hinge", "class", objective="binary:hinge")
    yield case("XGBClassifier", "three classes, softmax", "class", objective="multi:softmax")
    yield case("XGBRegressor", "one target", "values")
    yield case("XGBRegressor", "counts", "values", objective="count:poisson")
    yield case("XGBRegressor", "shares of two", "values", objective="reg:logistic")
    yield case("XGBRegressor", "values, gamma", "values", objective="reg:gamma")
    yield case("XGBRegressor", "values, absolute error", "values", objective="reg:absoluteerror")
    yield case("XGBRegressor", "three targets", "values")
    yield case("XGBRanker", "rank", "values", objective="rank:pairwise")
    yield case("XGBRFClassifier", "two classes", "class")
    yield case("XGBRFRegressor", "one target", "values")


def lightgbm() -> Cases:
    small: dict[str, Any] = {
        "n_estimators": 4, "max_depth": 3, "random_state": 0, "verbose": -1, "n_jobs": 1, "min_child_samples": 5,
    }  # fmt: skip

    def case(name: str, variant: str, form: Form, zipmap: bool = False, **more: Any) -> Case:
        def maker() -> Any:
            import lightgbm as library

            return getattr(library, name)(**small, **more)

        return _case("lightgbm", name, variant, form, maker, _lightgbm(zipmap))

    for kind in ("two", "three"):
        yield case("LGBMClassifier", f"{kind} classes", "class")
        yield case("LGBMClassifier", f"{kind} names", "class")
        yield case("LGBMClassifier", f"{kind} classes, ZipMap", "class", zipmap=True)
    yield case("LGBMClassifier", "three classes, one against all", "class", objective="multiclassova")
    yield case("LGBMRegressor", "one target", "values")
    yield case("LGBMRegressor", "counts", "values", objective="poisson")
    yield case("LGBMRegressor", "values, quantile", "values", objective="quantile")
    yield case("LGBMRanker", "rank", "values")


def catboost() -> Cases:
    small: dict[str, Any] = {
        "iterations": 4, "depth": 3, "random_seed": 0, "verbose": False, "thread_count": 1,
        "allow_writing_files": False,
    }  # fmt: skip

    def case(name: str, variant: str, form: Form, **more: Any) -> Case:
        def maker() -> Any:
            import catboost as library

            return getattr(library, name)(**small, **more)

        return _case("catboost", name, variant, form, maker, _catboost)

    for kind in ("two", "three"):
        yield case("CatBoostClassifier", f"{kind} classes", "class")
        yield case("CatBoostClassifier", f"{kind} names", "class")
    yield case("CatBoostRegressor", "one target", "values")
    yield case("CatBoostClassifier", "two classes, cross entropy", "class", loss_function="CrossEntropy")
    yield case("CatBoostClassifier", "three classes, one against all", "class", loss_function="MultiClassOneVsAll")
    yield case("CatBoostRegressor", "counts", "values", loss_function="Poisson")
    yield case("CatBoostRegressor", "three targets", "values", loss_function="MultiRMSE")
    yield case("CatBoostRanker", "rank", "values", loss_function="YetiRank")


def cases() -> Cases:
    yield from xgboost()
    yield from lightgbm()
    yield from catboost()
