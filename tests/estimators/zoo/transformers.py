"""Everything with `transform`: coordinates, scales, codes, selections, words."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import (
    compose,
    decomposition,
    ensemble,
    feature_extraction,
    feature_selection,
    impute,
    linear_model,
    neighbors,
    preprocessing,
    random_projection,
)  # fmt: skip

from zoo import data
from zoo.case import Array, Case, Cases, rows_of, split
from zoo.classifiers import Maker
from zoo.convert import made

FORESTS = {"n_estimators": 3, "max_depth": 2, "random_state": 0}

NUMERIC: dict[str, Maker] = {
    "Binarizer": lambda: preprocessing.Binarizer(threshold=2.0),
    "FunctionTransformer": lambda: preprocessing.FunctionTransformer(),
    "GaussianRandomProjection": lambda: random_projection.GaussianRandomProjection(2, random_state=0),
    "GenericUnivariateSelect": lambda: feature_selection.GenericUnivariateSelect(mode="k_best", param=2),
    "IncrementalPCA": lambda: decomposition.IncrementalPCA(2),
    "KBinsDiscretizer onehot": lambda: _bins("onehot-dense"),
    "KBinsDiscretizer ordinal": lambda: _bins("ordinal"),
    "KernelPCA": lambda: decomposition.KernelPCA(2, kernel="rbf"),
    "MaxAbsScaler": preprocessing.MaxAbsScaler,
    "MinMaxScaler": preprocessing.MinMaxScaler,
    "NeighborhoodComponentsAnalysis": lambda: neighbors.NeighborhoodComponentsAnalysis(2, max_iter=5, random_state=0),
    "Normalizer l1": lambda: preprocessing.Normalizer("l1"),
    "Normalizer l2": lambda: preprocessing.Normalizer("l2"),
    "PCA": lambda: decomposition.PCA(2),
    "PCA one": lambda: decomposition.PCA(1),
    "PCA whitened": lambda: decomposition.PCA(3, whiten=True),
    "PolynomialFeatures": lambda: preprocessing.PolynomialFeatures(2),
    "PowerTransformer": preprocessing.PowerTransformer,
    "QuantileTransformer": lambda: preprocessing.QuantileTransformer(n_quantiles=20),
    "RFE": lambda: feature_selection.RFE(linear_model.LogisticRegression(max_iter=300), n_features_to_select=2),
    "RFECV": lambda: feature_selection.RFECV(linear_model.LogisticRegression(max_iter=300), cv=2),
    "RandomTreesEmbedding": lambda: ensemble.RandomTreesEmbedding(sparse_output=False, **FORESTS),
    "RobustScaler": preprocessing.RobustScaler,
    "SelectFdr": lambda: feature_selection.SelectFdr(),
    "SelectFpr": lambda: feature_selection.SelectFpr(),
    "SelectFromModel": lambda: feature_selection.SelectFromModel(linear_model.LogisticRegression(max_iter=300)),
    "SelectFwe": lambda: feature_selection.SelectFwe(),
    "SelectKBest": lambda: feature_selection.SelectKBest(k=2),
    "SelectPercentile": lambda: feature_selection.SelectPercentile(percentile=50),
    "StandardScaler": preprocessing.StandardScaler,
    "TargetEncoder": lambda: preprocessing.TargetEncoder(target_type="continuous", smooth=1.0),
    "TfidfTransformer": feature_extraction.text.TfidfTransformer,
    "TruncatedSVD": lambda: decomposition.TruncatedSVD(2, random_state=0),
    "VarianceThreshold": lambda: feature_selection.VarianceThreshold(0.2),
}
GAPS: dict[str, Maker] = {
    "KNNImputer": lambda: impute.KNNImputer(n_neighbors=2),
    "SimpleImputer": impute.SimpleImputer,
    "SimpleImputer indicator": lambda: impute.SimpleImputer(add_indicator=True),
}


def _bins(code: str) -> Any:
    return preprocessing.KBinsDiscretizer(3, encode=code, strategy="uniform")  # type: ignore[arg-type]


def numeric() -> Cases:
    for name, maker in NUMERIC.items():

        def make(name: str = name, maker: Maker = maker) -> Any:
            table, target = data.iris()
            return made(name, "iris", "transformed", maker().fit(table, target), table)

        yield Case(name, "iris", make)
    for name, maker in GAPS.items():

        def gaps(name: str = name, maker: Maker = maker) -> Any:
            table = data.with_gaps(data.iris()[0])
            return made(name, "missing values", "transformed", maker().fit(table), table)

        yield Case(name, "missing values", gaps)


def _simple(name: str, variant: str, build: Any) -> Case:
    return Case(name, variant, lambda: build(name, variant))


def narrow() -> Cases:
    """One column in, one out, some of whole numbers: such an output is no class."""
    kind: dict[str, Maker] = {
        "Binarizer": NUMERIC["Binarizer"],
        "KBinsDiscretizer ordinal": NUMERIC["KBinsDiscretizer ordinal"],
        "StandardScaler": NUMERIC["StandardScaler"],
    }
    for name, maker in kind.items():

        def build(name: str, variant: str, maker: Maker = maker) -> Any:
            table = data.iris()[0][:, 2:3]
            return made(name, variant, "transformed", maker().fit(table), table)

        yield _simple(name, "one column", build)

    def chosen(name: str, variant: str) -> Any:
        table, target = data.counts()
        whole = table.astype(np.int64)
        return made(name, variant, "transformed", feature_selection.SelectKBest(k=1).fit(whole, target), whole)

    def coded(name: str, variant: str) -> Any:
        column = np.array([["red"], ["blue"], ["green"], ["blue"]])
        feeds = split(column.astype(object))
        return made(
            name, variant, "transformed", preprocessing.OrdinalEncoder().fit(column), column, rows=column, feeds=feeds
        )

    def sides(name: str, variant: str) -> Any:
        return _labels(name, variant, preprocessing.LabelBinarizer(), np.array([3, 5, 5, 3], np.int64))

    def twice(name: str, variant: str) -> Any:
        column = np.array([["red", "S"], ["blue", "M"], ["green", "S"], ["blue", "M"]], object)
        first = compose.ColumnTransformer([("first", preprocessing.OrdinalEncoder(), [0])]).fit(column)
        return made(name, variant, "transformed", first, column, rows=column, feeds=split(column))

    yield _simple("ColumnTransformer", "one column of words", twice)
    yield _simple("SelectKBest", "one whole number", chosen)
    yield _simple("OrdinalEncoder", "one column of words", coded)
    yield _simple("LabelBinarizer", "two classes", sides)


def codes() -> Cases:
    """Categories in."""
    table = np.array([["red", "S"], ["blue", "M"], ["red", "L"], ["green", "M"], ["blue", "S"], ["green", "L"]])
    numbers = np.array([[1, 4], [2, 5], [1, 6], [3, 5], [2, 4], [3, 6]], np.int64)
    target = np.array([1.0, 2.0, 3.0, 2.5, 1.5, 3.5])
    makers: dict[str, Maker] = {
        "OneHotEncoder": lambda: preprocessing.OneHotEncoder(sparse_output=False, handle_unknown="ignore"),
        "OrdinalEncoder": preprocessing.OrdinalEncoder,
        "TargetEncoder": lambda: preprocessing.TargetEncoder(target_type="continuous", smooth=1.0),
    }
    for name, maker in makers.items():
        for variant, rows in (("words", table), ("whole numbers", numbers)):

            def build(name: str, variant: str, rows: Array = rows, maker: Maker = maker) -> Any:
                feeds = split(rows.astype(object) if rows.dtype.kind == "U" else rows)
                return made(name, variant, "transformed", maker().fit(rows, target), rows, rows=rows, feeds=feeds)

            yield _simple(name, variant, build)
    yield _simple("LabelEncoder", "words", lambda n, v: _labels(n, v, preprocessing.LabelEncoder(), table[:, 0]))
    yield _simple(
        "LabelBinarizer", "three classes", lambda n, v: _labels(n, v, preprocessing.LabelBinarizer(), numbers[:, 0])
    )


def _labels(name: str, variant: str, encoder: Any, column: Array) -> Any:
    from skl2onnx.common.data_types import Int64TensorType, StringTensorType

    words = column.dtype.kind == "U"
    feeds = [{"X": np.array([[value]], object if words else np.int64)} for value in column]
    types = [("X", StringTensorType([None, 1]) if words else Int64TensorType([None, 1]))]
    table = column.reshape(-1, 1)
    return made(name, variant, "transformed", encoder.fit(column), table, rows=column, feeds=feeds, types=types)


def words() -> Cases:
    """Texts in."""
    makers: dict[str, Maker] = {
        "CountVectorizer": feature_extraction.text.CountVectorizer,
        "TfidfVectorizer": feature_extraction.text.TfidfVectorizer,
    }
    for name, maker in makers.items():

        def build(name: str, variant: str, maker: Maker = maker) -> Any:
            from skl2onnx.common.data_types import StringTensorType

            feeds = [{"X": np.array([[text]], object)} for text in data.TEXTS]
            types = [("X", StringTensorType([None, 1]))]
            table = np.array(data.TEXTS).reshape(-1, 1)
            return made(
                name, variant, "transformed", maker().fit(data.TEXTS), table, rows=data.TEXTS, feeds=feeds, types=types
            )

        yield _simple(name, "texts", build)
    yield _simple("FeatureHasher", "words", _hasher)
    yield _simple("DictVectorizer", "words", _dictionary)


def _hasher(name: str, variant: str) -> Any:
    rows = np.array([["red"], ["blue"], ["green"], ["blue"]])
    hasher = feature_extraction.FeatureHasher(n_features=4, input_type="string").fit(rows)
    return made(name, variant, "transformed", hasher, rows, rows=rows, feeds=split(rows.astype(object)))


def _dictionary(name: str, variant: str) -> Any:
    from skl2onnx.common.data_types import DictionaryType, FloatTensorType, StringTensorType

    rows = [{"a": 1.0}, {"b": 2.0}, {"a": 3.0, "b": 1.0}]
    types = [("X", DictionaryType(StringTensorType([1]), FloatTensorType([1])))]
    model = feature_extraction.DictVectorizer(sparse=False).fit(rows)
    table = np.array([["a"]])
    return made(name, variant, "transformed", model, table, rows=rows, feeds=[{"X": row} for row in rows], types=types)  # type: ignore[dict-item]


def near() -> Cases:
    """Neighbours and kernels."""

    def neighbours(name: str, variant: str) -> Any:
        table, _ = data.iris()
        model = neighbors.NearestNeighbors(n_neighbors=3, radius=None).fit(table)
        model.predict = lambda rows: model.kneighbors(rows)[1]
        return made(name, variant, "transformed", model, table)

    def transformer(name: str, variant: str) -> Any:
        table, _ = data.iris()
        return made(name, variant, "transformed", neighbors.KNeighborsTransformer(n_neighbors=3).fit(table), table)

    def centerer(name: str, variant: str) -> Any:
        table, _ = data.iris()
        rows = table[:6]
        kernel = rows @ rows.T
        return made(
            name, variant, "transformed", preprocessing.KernelCenterer().fit(kernel), kernel, rows=rows_of(kernel, 6)
        )

    yield _simple("NearestNeighbors", "iris", neighbours)
    yield _simple("KNeighborsTransformer", "iris", transformer)
    yield _simple("KernelCenterer", "iris", centerer)


def own() -> Cases:
    """skl2onnx's own."""

    def cast(name: str, variant: str) -> Any:
        from skl2onnx.sklapi import CastTransformer

        table, _ = data.iris()
        return made(name, variant, "transformed", CastTransformer(dtype=np.float32).fit(table), table)

    def replace(name: str, variant: str) -> Any:
        from skl2onnx.sklapi import ReplaceTransformer

        table, _ = data.iris()
        return made(name, variant, "transformed", ReplaceTransformer(0.2, np.nan).fit(table), table)

    def regressor(name: str, variant: str) -> Any:
        from skl2onnx.sklapi import CastRegressor

        table, target = data.diabetes()
        return made(name, variant, "values", CastRegressor(linear_model.Ridge()).fit(table, target), table)

    yield _simple("CastTransformer", "iris", cast)
    yield _simple("ReplaceTransformer", "iris", replace)
    yield _simple("CastRegressor", "one target", regressor)


def cases() -> Cases:
    yield from numeric()
    yield from narrow()
    yield from codes()
    yield from words()
    yield from near()
    yield from own()
