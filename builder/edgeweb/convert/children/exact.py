"""What skl2onnx rounds, forgets or refuses, although a graph can say it: scalers before trees, gaps in texts, words."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
from edgeweb_children import graphs
from onnx import TensorProto, helper, numpy_helper

# How the input of a scaler of 64 bits is called.
WIDE = "_wide"
# How skl2onnx writes the words of scikit-learn's default, whose \w is any letter, and those of one letter as well.
_WORDS = {b"[a-zA-Z0-9_]+": rb"[\p{L}\p{N}_]{2,}", rb"(?u)\b\w+\b": rb"[\p{L}\p{N}_]+"}


def steps(estimator: Any) -> Iterator[Any]:
    """An estimator and all that it is made of."""
    yield estimator
    if hasattr(estimator, "best_estimator_"):
        yield from steps(estimator.best_estimator_)
    rows = [*getattr(estimator, "steps", ()), *getattr(estimator, "transformers_", ())]
    for _, each, *_ in [*rows, *getattr(estimator, "transformer_list", ())]:
        if not isinstance(each, str):
            yield from steps(each)


def as_on_a_page(estimator: Any) -> Any:
    """A copy whose imputers of texts fill the empty one, which is what a page has for no text, where a frame has NaN;
    and whose classes True and False are called so, not 1 and 0.
    """
    found = copy.deepcopy(estimator)
    for each in steps(found):
        if fills_texts(each) and not isinstance(each.missing_values, str):
            each.missing_values = ""
        # LightGBM keeps them under another name.
        for name in ("classes_", "_classes"):
            classes = vars(each).get(name)
            if isinstance(classes, np.ndarray) and classes.dtype.kind == "b":
                setattr(each, name, classes.astype(str))
        if hasattr(each, "flatten_transform"):
            # Of the votes that it passes on, which are no answer; skl2onnx knows the other form alone.
            each.flatten_transform = False
        if isinstance(getattr(each, "weights", None), list):
            each.weights = np.asarray(each.weights)
    return found


def whole_words(made: onnx.ModelProto) -> None:
    """Words as scikit-learn finds them, also of letters that English does not have."""
    for node in made.graph.node:
        for each in node.attribute if node.op_type == "Tokenizer" else ():
            if each.name == "tokenexp":
                each.s = _WORDS.get(each.s, each.s)


def through_link(made: onnx.ModelProto, estimator: Any) -> None:
    """What was learnt as a logarithm, told as the number itself."""
    last = [*steps(estimator)][-1]
    if type(last).__name__ != "HistGradientBoostingRegressor" or last.loss not in ("poisson", "gamma"):
        return
    (output,) = (each.name for each in made.graph.output)
    made.graph.node.append(helper.make_node("Exp", [graphs.before(made, output)], [output]))


def fills_texts(step: Any) -> bool:
    """Whether it is an imputer whose values are texts."""
    return type(step).__name__ == "SimpleImputer" and any(isinstance(each, str) for each in step.statistics_.tolist())


def exact_scalers(made: onnx.ModelProto, estimator: Any) -> None:
    """Scalers that count with 64 bits, as scikit-learn's do: rounded earlier, a whole number that lies on the threshold
    of a tree, as many do, may fall to its other side.
    """
    if not any(node.op_type.startswith("TreeEnsemble") for node in made.graph.node):
        return
    known = [pair for each in steps(estimator) if (pair := _scaling(each)) is not None]
    nodes: list[onnx.NodeProto] = []
    for node in made.graph.node:
        given = {each.name: np.asarray(each.floats, np.float32) for each in node.attribute}
        of = known if node.op_type == "Scaler" else []
        same = [pair for pair in of if _alike(given["offset"], pair[0]) and _alike(given["scale"], 1 / pair[1])]
        nodes += _exact(made.graph, node, *same[0]) if same else [node]
    del made.graph.node[:]
    made.graph.node.extend(nodes)


def _scaling(step: Any) -> tuple[Any, Any] | None:
    """What a scaler takes away, and then divides by."""
    kind = type(step).__name__
    if kind == "StandardScaler":
        width = step.n_features_in_
        offset = step.mean_ if step.with_mean else np.zeros(width)
        return np.asarray(offset), np.asarray(step.scale_ if step.with_std else np.ones(width))
    if kind == "RobustScaler":
        width = step.n_features_in_
        offset = step.center_ if step.with_centering else np.zeros(width)
        return np.asarray(offset), np.asarray(step.scale_ if step.with_scaling else np.ones(width))
    if kind == "MinMaxScaler":
        return np.asarray(-step.min_ / step.scale_), np.asarray(1 / step.scale_)
    return None


def _alike(given: Any, exact: Any) -> bool:
    return given.shape == exact.shape and bool(np.allclose(given, exact.astype(np.float32), rtol=1e-6, atol=0))


def _exact(graph: onnx.GraphProto, node: onnx.NodeProto, offset: Any, scale: Any) -> Iterator[onnx.NodeProto]:
    name = node.output[0]
    for key, array in (("offset", offset), ("scale", scale)):
        graph.initializer.append(numpy_helper.from_array(array.astype(np.float64), f"{name}_{key}"))
    yield helper.make_node("Cast", [node.input[0]], [f"{name}{WIDE}"], to=TensorProto.DOUBLE)
    yield helper.make_node("Sub", [f"{name}{WIDE}", f"{name}_offset"], [f"{name}_moved"])
    yield helper.make_node("Div", [f"{name}_moved", f"{name}_scale"], [f"{name}_scaled"])
    yield helper.make_node("Cast", [f"{name}_scaled"], [name], to=TensorProto.FLOAT)
