"""Everything with `predict` that gives numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import (
    cross_decomposition,
    ensemble,
    gaussian_process,
    linear_model,
    multioutput,
    neighbors,
    neural_network,
    svm,
    tree,
)  # fmt: skip

from zoo import data
from zoo.case import Case, Cases
from zoo.classifiers import SMALL, Maker
from zoo.convert import made

LINE = linear_model.LinearRegression
TREE = tree.DecisionTreeRegressor

REGRESSORS: dict[str, Maker] = {
    "ARDRegression": lambda: linear_model.ARDRegression(max_iter=20),
    "AdaBoostRegressor": lambda: ensemble.AdaBoostRegressor(**SMALL),
    "BaggingRegressor": lambda: ensemble.BaggingRegressor(TREE(max_depth=3), **SMALL),
    "BayesianRidge": lambda: linear_model.BayesianRidge(max_iter=20),
    "ElasticNet": linear_model.ElasticNet,
    "ElasticNetCV": lambda: linear_model.ElasticNetCV(alphas=3, cv=2),
    "GammaRegressor": linear_model.GammaRegressor,
    "GaussianProcessRegressor": lambda: gaussian_process.GaussianProcessRegressor(optimizer=None, alpha=1.0),
    "GradientBoostingRegressor": lambda: ensemble.GradientBoostingRegressor(max_depth=2, **SMALL),
    "HistGradientBoostingRegressor": lambda: ensemble.HistGradientBoostingRegressor(max_iter=4, max_depth=3),
    "HuberRegressor": lambda: linear_model.HuberRegressor(max_iter=500),
    "LarsCV": lambda: linear_model.LarsCV(cv=2),
    "LassoCV": lambda: linear_model.LassoCV(alphas=3, cv=2),
    "LassoLarsCV": lambda: linear_model.LassoLarsCV(cv=2),
    "LassoLarsIC": lambda: linear_model.LassoLarsIC(),
    "LinearSVR": lambda: svm.LinearSVR(random_state=0),
    "NuSVR": lambda: svm.NuSVR(C=50.0),
    "OrthogonalMatchingPursuitCV": lambda: linear_model.OrthogonalMatchingPursuitCV(cv=2),
    "PassiveAggressiveRegressor": lambda: linear_model.PassiveAggressiveRegressor(random_state=0),
    "PoissonRegressor": linear_model.PoissonRegressor,
    "QuantileRegressor": lambda: linear_model.QuantileRegressor(alpha=0.01),
    "RANSACRegressor": lambda: linear_model.RANSACRegressor(random_state=0),
    "SGDRegressor": lambda: linear_model.SGDRegressor(random_state=0),
    "SVR": lambda: svm.SVR(C=50.0),
    "SVR linear": lambda: svm.SVR(C=50.0, kernel="linear"),
    "StackingRegressor": lambda: ensemble.StackingRegressor(
        [("tree", TREE(max_depth=2, random_state=0)), ("line", LINE())], linear_model.Ridge(), cv=2
    ),
    "TheilSenRegressor": lambda: linear_model.TheilSenRegressor(random_state=0, max_subpopulation=100),
    "TweedieRegressor": linear_model.TweedieRegressor,
    "VotingRegressor": lambda: ensemble.VotingRegressor([("tree", TREE(max_depth=2)), ("line", LINE())]),
}
# These take several targets too.
WIDE: dict[str, Maker] = {
    "DecisionTreeRegressor": lambda: TREE(max_depth=4, random_state=0),
    "ExtraTreeRegressor": lambda: tree.ExtraTreeRegressor(max_depth=4, random_state=0),
    "ExtraTreesRegressor": lambda: ensemble.ExtraTreesRegressor(max_depth=4, **SMALL),
    "KNeighborsRegressor": lambda: neighbors.KNeighborsRegressor(3),
    "Lars": linear_model.Lars,
    "Lasso": linear_model.Lasso,
    "LassoLars": linear_model.LassoLars,
    "LinearRegression": LINE,
    "MLPRegressor": lambda: neural_network.MLPRegressor(hidden_layer_sizes=(6,), max_iter=60, random_state=0),
    "OrthogonalMatchingPursuit": linear_model.OrthogonalMatchingPursuit,
    "PLSRegression": lambda: cross_decomposition.PLSRegression(2),
    "RadiusNeighborsRegressor": lambda: neighbors.RadiusNeighborsRegressor(3.0),
    "RandomForestRegressor": lambda: ensemble.RandomForestRegressor(max_depth=4, **SMALL),
    "Ridge": linear_model.Ridge,
    "RidgeCV": linear_model.RidgeCV,
}
# These take nothing but several.
SEVERAL: dict[str, Maker] = {
    "GaussianProcessRegressor": REGRESSORS["GaussianProcessRegressor"],
    "MultiOutputRegressor": lambda: multioutput.MultiOutputRegressor(linear_model.Ridge()),
    "MultiTaskElasticNet": linear_model.MultiTaskElasticNet,
    "MultiTaskElasticNetCV": lambda: linear_model.MultiTaskElasticNetCV(alphas=3, cv=2),
    "MultiTaskLasso": linear_model.MultiTaskLasso,
    "MultiTaskLassoCV": lambda: linear_model.MultiTaskLassoCV(alphas=3, cv=2),
}


def _case(name: str, variant: str, maker: Maker, options: dict[str, Any] | None = None) -> Case:
    def make() -> Any:
        table, target = data.linnerud() if "three" in variant or "two" in variant else data.diabetes()
        wanted = target[:, :2] if "two" in variant else target / 100 if variant == "small values" else target
        return made(name, variant, "values", maker().fit(table, wanted), table, options)

    return Case(name, variant, make)


def cases() -> Cases:
    for name, maker in {**REGRESSORS, **WIDE}.items():
        yield _case(name, "one target", maker)
    for name, maker in {**WIDE, **SEVERAL}.items():
        yield _case(name, "three targets", maker)
    for name in ("LinearRegression", "RandomForestRegressor", "MLPRegressor"):
        yield _case(name, "two targets", WIDE[name])
    for name in ("GaussianProcessRegressor", "BayesianRidge"):
        yield _case(name, "one target, return_std", REGRESSORS[name], {"return_std": True})
    yield from _shares()
    yield from _flags()


def _shares() -> Cases:
    """Numbers between 0 and 1 that add up to 1 and are no probabilities of classes."""

    def make() -> Any:
        table, _ = data.diabetes()
        parts = np.exp(table[:, :3])
        model = LINE().fit(table, parts / parts.sum(axis=1, keepdims=True))
        return made("LinearRegression", "three shares", "values", model, table)

    yield Case("LinearRegression", "three shares", make)


def _flags() -> Cases:
    """Numbers that are 0 and 1, as those of classes are."""
    makers: dict[str, Maker] = {"DecisionTreeRegressor": WIDE["DecisionTreeRegressor"], "LinearRegression": LINE}
    for name, maker in makers.items():
        for width in (1, 3):

            def make(name: str = name, maker: Maker = maker, width: int = width) -> Any:
                table, target = data.iris()
                flags = np.eye(3)[target][:, :width]
                return made(name, f"{width} flags", "values", maker().fit(table, flags), table)

            yield Case(name, f"{width} flags", make)
