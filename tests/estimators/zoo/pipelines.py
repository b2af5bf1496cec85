"""Pipelines as people write them: imputers, encoders, columns of several types, words."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import (
    cluster,
    compose,
    decomposition,
    ensemble,
    feature_extraction,
    impute,
    linear_model,
    naive_bayes,
    neighbors,
    pipeline,
    preprocessing,
    svm,
)  # fmt: skip

from zoo import data
from zoo.case import Case, Cases, Form, Made
from zoo.classifiers import Maker, logistic
from zoo.convert import answered, made, onnx_of

SCALE = preprocessing.StandardScaler


def _numeric(name: str, variant: str, form: Form, maker: Maker, kind: str, options: Any = None) -> Case:
    def make() -> Made:
        table, target = {"diabetes": data.diabetes, "linnerud": data.linnerud}.get(kind, lambda: data.labelled(kind))()
        table = data.with_gaps(table) if "missing" in variant else table
        return made(name, variant, form, maker().fit(table, target), table, options)

    return Case(name, variant, make)


def numeric() -> Cases:
    p = pipeline.make_pipeline
    off = {"zipmap": False}
    yield _numeric("Pipeline", "scaler, logistic", "class", lambda: p(SCALE(), logistic()), "three names")
    yield _numeric("Pipeline", "scaler, SVC", "class", lambda: p(SCALE(), svm.SVC()), "two", off)
    yield _numeric("Pipeline", "PCA, forest", "class", lambda: p(decomposition.PCA(2), _forest()), "three odd", off)
    yield _numeric(
        "Pipeline", "imputer, logistic, missing", "class", lambda: p(impute.SimpleImputer(), logistic()), "two", off
    )
    yield _numeric(
        "Pipeline",
        "imputer, ridge, missing",
        "values",
        lambda: p(impute.SimpleImputer(), linear_model.Ridge()),
        "diabetes",
    )
    yield _numeric("Pipeline", "scaler, k-means", "cluster", lambda: _clusters(), "three")
    yield _numeric(
        "Pipeline", "scaler, three targets", "values", lambda: p(SCALE(), linear_model.LinearRegression()), "linnerud"
    )
    yield _numeric("Pipeline", "scaler, PCA", "transformed", lambda: p(SCALE(), decomposition.PCA(2)), "three")
    powers, bins = preprocessing.PolynomialFeatures, preprocessing.KBinsDiscretizer
    near, rows = neighbors.KNeighborsClassifier, preprocessing.Normalizer
    yield _numeric("Pipeline", "powers, logistic", "class", lambda: p(powers(2), logistic()), "two", off)
    yield _numeric("Pipeline", "normalizer, near", "class", lambda: p(rows(), near(3)), "three", off)
    yield _numeric("Pipeline", "scaler, outliers", "outlier", lambda: p(SCALE(), svm.OneClassSVM(nu=0.2)), "three")

    def binned() -> Any:
        return p(bins(3, encode="ordinal", strategy="uniform"), logistic())

    yield _numeric("Pipeline", "bins, logistic", "class", binned, "three names", off)
    yield _numeric(
        "FeatureUnion",
        "scaler and PCA",
        "transformed",
        lambda: pipeline.make_union(SCALE(), decomposition.PCA(2)),
        "three",
    )
    yield _numeric(
        "HistGradientBoostingClassifier",
        "missing values",
        "class",
        lambda: ensemble.HistGradientBoostingClassifier(max_iter=4),
        "two",
        off,
    )
    yield _numeric(
        "HistGradientBoostingRegressor",
        "missing values",
        "values",
        lambda: ensemble.HistGradientBoostingRegressor(max_iter=4),
        "diabetes",
    )


def _forest() -> Any:
    return ensemble.RandomForestClassifier(n_estimators=4, max_depth=4, random_state=0)


def _clusters() -> Any:
    found = pipeline.make_pipeline(SCALE(), cluster.KMeans(4, n_init=1, random_state=0))
    found.n_clusters = 4
    return found


def mixed() -> Cases:
    """One input for each column, as skl2onnx writes a table of several types."""
    finals: dict[str, tuple[Maker, Form]] = {
        "logistic": (logistic, "class"),
        "ridge": (linear_model.Ridge, "values"),
        "alone": (lambda: None, "transformed"),
    }
    for words, (final, form) in finals.items():
        for gaps in (False, True):
            variant = f"numbers and words, {words}" + (", missing" if gaps else "")
            yield Case("ColumnTransformer", variant, lambda v=variant, f=final, m=form, g=gaps: _mixed(v, f, m, g))  # type: ignore[misc]


def _mixed(variant: str, final: Maker, form: Form, gaps: bool) -> Made:
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    table, target = data.cancer()
    rows = (data.with_gaps(table) if gaps else table)[:40, :2]
    words = np.resize(np.array(["red", "blue", "green"]), 40)
    frame = np.column_stack([rows.astype(object), words.astype(object)])
    before = compose.ColumnTransformer([
        ("numbers", pipeline.make_pipeline(impute.SimpleImputer(), SCALE()), [0, 1]),
        ("words", preprocessing.OneHotEncoder(handle_unknown="ignore", sparse_output=False), [2]),
    ])  # fmt: skip
    model = before if form == "transformed" else pipeline.make_pipeline(before, final())
    model.fit(frame, target[:40])
    one = FloatTensorType([None, 1])
    types = [("size", one), ("weight", one), ("colour", StringTensorType([None, 1]))]
    options = {"zipmap": False} if form == "class" else None
    feeds = [
        {"size": rows[i : i + 1, :1], "weight": rows[i : i + 1, 1:], "colour": np.array([[words[i]]], object)}
        for i in range(10)
    ]
    return answered(
        Made("ColumnTransformer", variant, form, onnx_of(model, rows, options, types), feeds), model, frame[:10]
    )


def words() -> Cases:
    """Texts to topics and to numbers."""
    for zipped in (False, True):
        variant = "words, logistic" + (", ZipMap" if zipped else "")
        yield Case("Pipeline", variant, lambda v=variant, z=zipped: _texts(v, logistic(), "class", {"zipmap": z}))  # type: ignore[misc]
    yield Case(
        "Pipeline",
        "words, naive Bayes",
        lambda: _texts("words, naive Bayes", naive_bayes.MultinomialNB(), "class", {"zipmap": False}),
    )
    yield Case(
        "Pipeline",
        "words, SGD",
        lambda: _texts("words, SGD", linear_model.SGDClassifier(random_state=0), "class", {"zipmap": False}),
    )
    yield Case("Pipeline", "words, ridge", lambda: _texts("words, ridge", linear_model.Ridge(), "values", None))


def _texts(variant: str, final: Any, form: Form, options: Any) -> Made:
    from skl2onnx.common.data_types import StringTensorType

    model = pipeline.make_pipeline(feature_extraction.text.TfidfVectorizer(), final).fit(data.TEXTS, data.TOPICS)
    feeds = [{"X": np.array([[text]], object)} for text in data.TEXTS]
    types = [("X", StringTensorType([None, 1]))]
    table = np.array(data.TEXTS).reshape(-1, 1)
    return made("Pipeline", variant, form, model, table, options, rows=data.TEXTS, feeds=feeds, types=types)


def cases() -> Cases:
    yield from numeric()
    yield from mixed()
    yield from words()
