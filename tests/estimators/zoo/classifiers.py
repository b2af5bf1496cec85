"""Everything with `predict` that gives a class: classifiers, clusterers and models of outliers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from sklearn import (
    calibration,
    cluster,
    discriminant_analysis,
    ensemble,
    gaussian_process,
    linear_model,
    mixture,
    model_selection,
    multiclass,
    multioutput,
    naive_bayes,
    neighbors,
    neural_network,
    svm,
    tree,
)  # fmt: skip

from zoo import data
from zoo.case import Case, Cases
from zoo.convert import made

Maker = Callable[[], Any]
SMALL = {"n_estimators": 4, "random_state": 0}
TREE = tree.DecisionTreeClassifier


def logistic(**more: Any) -> Any:
    return linear_model.LogisticRegression(max_iter=300, **more)


CLASSIFIERS: dict[str, Maker] = {
    "AdaBoostClassifier": lambda: ensemble.AdaBoostClassifier(**SMALL),
    "BaggingClassifier": lambda: ensemble.BaggingClassifier(TREE(max_depth=3), **SMALL),
    "BernoulliNB": lambda: naive_bayes.BernoulliNB(binarize=0.5),
    "CalibratedClassifierCV": lambda: calibration.CalibratedClassifierCV(logistic(), cv=2),
    "ComplementNB": naive_bayes.ComplementNB,
    "DecisionTreeClassifier": lambda: TREE(max_depth=4, random_state=0),
    "ExtraTreeClassifier": lambda: tree.ExtraTreeClassifier(max_depth=4, random_state=0),
    "ExtraTreesClassifier": lambda: ensemble.ExtraTreesClassifier(max_depth=4, **SMALL),
    "GaussianNB": naive_bayes.GaussianNB,
    "GaussianProcessClassifier": lambda: gaussian_process.GaussianProcessClassifier(optimizer=None),
    "GradientBoostingClassifier": lambda: ensemble.GradientBoostingClassifier(max_depth=2, **SMALL),
    "GridSearchCV": lambda: model_selection.GridSearchCV(logistic(), {"C": [0.1, 1.0]}, cv=2),
    "HistGradientBoostingClassifier": lambda: ensemble.HistGradientBoostingClassifier(max_iter=4, max_depth=3),
    "KNeighborsClassifier": lambda: neighbors.KNeighborsClassifier(3),
    "LinearDiscriminantAnalysis": discriminant_analysis.LinearDiscriminantAnalysis,
    "LinearSVC": lambda: svm.LinearSVC(random_state=0),
    "LogisticRegression": logistic,
    "LogisticRegressionCV": lambda: linear_model.LogisticRegressionCV(
        Cs=2, cv=2, max_iter=300, use_legacy_attributes=False, l1_ratios=(0,), scoring="accuracy"
    ),
    "MLPClassifier": lambda: neural_network.MLPClassifier((6,), max_iter=60, random_state=0),
    "MultinomialNB": naive_bayes.MultinomialNB,
    "NuSVC probability": lambda: svm.NuSVC(nu=0.3, probability=True, random_state=0),
    "NuSVC": lambda: svm.NuSVC(nu=0.3),
    "OneVsOneClassifier": lambda: multiclass.OneVsOneClassifier(logistic()),
    "OneVsRestClassifier": lambda: multiclass.OneVsRestClassifier(logistic()),
    "PassiveAggressiveClassifier": lambda: linear_model.PassiveAggressiveClassifier(random_state=0),
    "Perceptron": lambda: linear_model.Perceptron(random_state=0),
    "QuadraticDiscriminantAnalysis": discriminant_analysis.QuadraticDiscriminantAnalysis,
    "RadiusNeighborsClassifier": lambda: neighbors.RadiusNeighborsClassifier(20.0),
    "RandomForestClassifier": lambda: ensemble.RandomForestClassifier(max_depth=4, **SMALL),
    "RidgeClassifier": linear_model.RidgeClassifier,
    "RidgeClassifierCV": linear_model.RidgeClassifierCV,
    "SGDClassifier log_loss": lambda: linear_model.SGDClassifier(loss="log_loss", random_state=0),
    "SGDClassifier modified_huber": lambda: linear_model.SGDClassifier(loss="modified_huber", random_state=0),
    "SGDClassifier": lambda: linear_model.SGDClassifier(random_state=0),
    "SVC linear": lambda: svm.SVC(kernel="linear"),
    "SVC ovo": lambda: svm.SVC(decision_function_shape="ovo"),
    "SVC ovo break ties": lambda: svm.SVC(decision_function_shape="ovr", break_ties=True),
    "SVC probability": lambda: svm.SVC(probability=True, random_state=0),
    "SVC": svm.SVC,
    "StackingClassifier": lambda: ensemble.StackingClassifier(
        [("tree", TREE(max_depth=2, random_state=0)), ("bayes", naive_bayes.GaussianNB())], logistic(), cv=2
    ),
    "TunedThresholdClassifierCV": lambda: model_selection.TunedThresholdClassifierCV(logistic(), cv=2),
    "VotingClassifier hard": lambda: _voting("hard", flatten_transform=False),
    "VotingClassifier soft": lambda: _voting("soft", flatten_transform=False),
}
# Ways to fit one that show elsewhere in the file; asked without ZipMap alone.
WAYS: dict[str, Maker] = {
    "AdaBoostClassifier stumps": lambda: ensemble.AdaBoostClassifier(TREE(max_depth=1), **SMALL),
    "BaggingClassifier SVC": lambda: ensemble.BaggingClassifier(svm.SVC(), n_estimators=2, random_state=0),
    "CalibratedClassifierCV LinearSVC": lambda: calibration.CalibratedClassifierCV(svm.LinearSVC(random_state=0), cv=2),
    "CalibratedClassifierCV isotonic": lambda: calibration.CalibratedClassifierCV(logistic(), cv=2, method="isotonic"),
    "GridSearchCV SVC": lambda: model_selection.GridSearchCV(svm.SVC(), {"C": [0.1, 1.0]}, cv=2),
    "KNeighborsClassifier by distance": lambda: neighbors.KNeighborsClassifier(3, weights="distance"),
    "MLPClassifier tanh": lambda: neural_network.MLPClassifier((4,), activation="tanh", max_iter=40, random_state=0),
    "OneVsOneClassifier SVC": lambda: multiclass.OneVsOneClassifier(svm.SVC()),
    "OneVsRestClassifier SVC": lambda: multiclass.OneVsRestClassifier(svm.SVC()),
    "OneVsRestClassifier trees": lambda: multiclass.OneVsRestClassifier(TREE(max_depth=2, random_state=0)),
    "SGDClassifier perceptron": lambda: linear_model.SGDClassifier(loss="perceptron", random_state=0),
    "SVC poly": lambda: svm.SVC(kernel="poly", degree=2),
    "StackingClassifier passthrough": lambda: ensemble.StackingClassifier(
        [("tree", TREE(max_depth=2, random_state=0))], logistic(), cv=2, passthrough=True
    ),
    "VotingClassifier weighted": lambda: _voting("soft", flatten_transform=False, weights=np.array([1, 2, 3])),
}
TWO_ONLY = ("TunedThresholdClassifierCV", "GaussianProcessClassifier")
# These have no such option.
NO_ZIPMAP = ("LinearSVC",)
# Of each way to give scores one, with names and numbers of classes that are not their places.
NAMED = (
    "LogisticRegression", "RandomForestClassifier", "SVC", "SVC probability", "LinearSVC", "KNeighborsClassifier",
    "GradientBoostingClassifier", "GaussianNB", "MLPClassifier", "HistGradientBoostingClassifier", "OneVsOneClassifier",
    "SGDClassifier", "VotingClassifier hard", "DecisionTreeClassifier", "AdaBoostClassifier", "Perceptron",
)  # fmt: skip
OPTIONS: list[tuple[str, str, dict[str, Any]]] = [
    *(
        (name, "raw scores", {"zipmap": False, "raw_scores": True})
        for name in ("LogisticRegression", "SVC", "SVC probability", "LinearSVC", "GradientBoostingClassifier",
                     "SGDClassifier", "LinearDiscriminantAnalysis")
    ),
    *(
        (name, "ZipMap columns", {"zipmap": "columns"})
        for name in ("LogisticRegression", "RandomForestClassifier", "SVC", "GaussianNB")
    ),
    *((name, "class labels", {"zipmap": False, "output_class_labels": True}) for name in ("LogisticRegression", "SVC")),
    *((name, "no class labels", {"zipmap": False, "nocl": True}) for name in ("LogisticRegression", "GaussianNB")),
    *((name, "leaf", {"zipmap": False, "decision_leaf": True}) for name in ("DecisionTreeClassifier",)),
    *((name, "path", {"zipmap": False, "decision_path": True}) for name in ("DecisionTreeClassifier",)),
    *((name, "leaf", {"zipmap": False, "decision_leaf": True}) for name in ("RandomForestClassifier",)),
]  # fmt: skip


def _voting(kind: str, **more: Any) -> Any:
    return ensemble.VotingClassifier(
        [("tree", TREE(max_depth=2, random_state=0)), ("bayes", naive_bayes.GaussianNB()), ("line", logistic())],
        voting=kind,
        **more,
    )


@cache
def fitted(name: str, kind: str) -> Any:
    """One estimator for all that is written of it."""
    table, target = data.labelled(kind)
    return {**CLASSIFIERS, **WAYS}[name]().fit(table, target)


def classifiers() -> Cases:
    """Each with two and three classes, with ZipMap and without."""
    for name in CLASSIFIERS:
        for kind in ("two", "three") if name not in TWO_ONLY else ("two",):
            for zipped in (False, True) if name not in NO_ZIPMAP else (False,):
                yield _classifier(name, kind, f"{kind} classes" + (", ZipMap" if zipped else ""), {"zipmap": zipped})
        for kind in ("two names", "three names", "three odd", "two signs", "three numerals") if name in NAMED else ():
            yield _classifier(name, kind, kind, {"zipmap": False})
        if name in NAMED and name not in NO_ZIPMAP:
            yield _classifier(name, "three names", "three names, ZipMap", {"zipmap": True})
    for name in WAYS:
        for kind in ("two", "three"):
            yield _classifier(name, kind, f"{kind} classes", {"zipmap": False})
    for name in ("LogisticRegression", "DecisionTreeClassifier", "SVC", "GaussianNB"):
        yield _classifier(name, "two fractions", "two fractions", {"zipmap": False})
    for name in ("LogisticRegression", "RandomForestClassifier", "SVC", "KNeighborsClassifier", "GaussianNB"):
        for opset in (9, 12, 15):
            yield _classifier(name, "three names", f"three names, opset {opset}", {"zipmap": False}, opset)
    yield _classifier("LogisticRegression", "two truth", "two truth values", {"zipmap": False})
    for name, words, options in OPTIONS:
        for kind in ("two", "three"):
            yield _classifier(name, kind, f"{kind} classes, {words}", options)


def _classifier(name: str, kind: str, variant: str, options: dict[str, Any], opset: int = 21) -> Case:
    own = {key: value for key, value in options.items() if key != "zipmap" or name not in NO_ZIPMAP}
    return Case(
        name,
        variant,
        lambda: made(name, variant, "class", fitted(name, kind), data.labelled(kind)[0], own, opset=opset),
    )


def categorical() -> Cases:
    """CategoricalNB takes whole numbers."""

    def make(zipped: bool, variant: str) -> Any:
        table, target = data.counts()
        whole = table.astype(np.int64)
        model = naive_bayes.CategoricalNB(min_categories=17).fit(whole, target)
        return made("CategoricalNB", variant, "class", model, whole, {"zipmap": zipped})

    for zipped in (False, True):
        variant = "three classes" + (", ZipMap" if zipped else "")
        yield Case("CategoricalNB", variant, lambda zipped=zipped, variant=variant: make(zipped, variant))  # type: ignore[misc]


CLUSTERERS: dict[str, Maker] = {
    "KMeans": lambda: cluster.KMeans(4, n_init=1, random_state=0),
    "MiniBatchKMeans": lambda: cluster.MiniBatchKMeans(3, n_init=1, random_state=0),
    "GaussianMixture": lambda: mixture.GaussianMixture(3, random_state=0),
    "GaussianMixture tied": lambda: mixture.GaussianMixture(2, covariance_type="tied", random_state=0),
    "BayesianGaussianMixture": lambda: mixture.BayesianGaussianMixture(n_components=3, random_state=0),
}
OUTLIERS: dict[str, Maker] = {
    "IsolationForest": lambda: ensemble.IsolationForest(n_estimators=8, random_state=0, contamination=0.2),
    "LocalOutlierFactor": lambda: neighbors.LocalOutlierFactor(8, novelty=True, contamination=0.2),
    "OneClassSVM": lambda: svm.OneClassSVM(nu=0.2),
    "SGDOneClassSVM": lambda: linear_model.SGDOneClassSVM(nu=0.2, random_state=0),
}


def without_target() -> Cases:
    """Clusters by their numbers, and 1 or -1."""
    for name, maker in CLUSTERERS.items():
        extra = [("score samples", {"score_samples": True})] if "Mixture" in name else []
        for variant, options in [("plain", None), *extra]:
            yield _unasked(name, variant, "cluster", maker, options)
    for name, maker in OUTLIERS.items():
        extra = (
            [("score samples", {"score_samples": True})] if name in ("IsolationForest", "LocalOutlierFactor") else []
        )
        for variant, options in [("plain", None), *extra]:
            yield _unasked(name, variant, "outlier", maker, options)


def _unasked(name: str, variant: str, form: Any, maker: Maker, options: dict[str, Any] | None) -> Case:
    return Case(name, variant, lambda: made(name, variant, form, maker().fit(table := data.iris()[0]), table, options))


def several_answers() -> Cases:
    """Several questions at once, and several labels of one."""
    table, target = data.iris()
    two = np.stack([target == 0, target == 2, table[:, 0] > 5.5], axis=1).astype(np.int64)
    mixed = np.stack([target, (table[:, 0] > 5.5).astype(np.int64)], axis=1)
    alike = np.stack([target, np.digitize(table[:, 1], [2.8, 3.3])], axis=1)
    models: dict[str, tuple[Maker, Any]] = {
        "MultiOutputClassifier": (lambda: multioutput.MultiOutputClassifier(logistic()), mixed),
        "DecisionTreeClassifier": (lambda: TREE(max_depth=4, random_state=0), alike),
        "RandomForestClassifier": (lambda: ensemble.RandomForestClassifier(max_depth=4, **SMALL), alike),
        "KNeighborsClassifier": (lambda: neighbors.KNeighborsClassifier(3), alike),
        "OneVsRestClassifier": (lambda: multiclass.OneVsRestClassifier(logistic()), two),
        "MLPClassifier": (lambda: neural_network.MLPClassifier((6,), max_iter=60, random_state=0), two),
    }
    for name, (maker, answers) in models.items():
        words = "several labels" if answers is two else "several outputs"
        for zipped in (False, True):
            variant = words + (", ZipMap" if zipped else "")

            def make(
                name: str = name, variant: str = variant, maker: Maker = maker, answers: Any = answers, z: bool = zipped
            ) -> Any:
                return made(name, variant, "classes", maker().fit(table, answers), table, {"zipmap": z})

            yield Case(name, variant, make)


def cases() -> Cases:
    yield from classifiers()
    yield from categorical()
    yield from without_target()
    yield from several_answers()
