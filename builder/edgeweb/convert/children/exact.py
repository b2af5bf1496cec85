"""What skl2onnx rounds, forgets or refuses, although a graph can say it: scalers before trees, gaps in texts, words."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
from edgeweb_children import graphs
from edgeweb_children.columns import ENCODERS
from onnx import TensorProto, helper, numpy_helper

# An encoder whose number for a gap skl2onnx knows.
_NUMBERS = "OrdinalEncoder"
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
    """A copy whose imputers of texts fill the empty one, and whose encoders know it, which is what a page has for no
    text, where a frame has NaN; and whose classes True and False are called so, not 1 and 0.
    """
    found = copy.deepcopy(estimator)
    for each in steps(found):
        if _fills_gaps(each):
            each.missing_values = ""
        if _knows_gaps(each) and type(each).__name__ != _NUMBERS:
            each.categories_ = [_with_empty(known) for known in each.categories_]
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


def gap(estimator: Any) -> Any:
    """What a frame has where there is no text, where a step knows what to do with that; else the empty text."""
    found = list(steps(estimator))
    if any(None in known.tolist() for each in found if _knows_gaps(each) for known in each.categories_):
        return None
    return np.nan if any(_fills_gaps(each) or _knows_gaps(each) for each in found) else ""


def hands_gaps_on(step: Any) -> bool:
    """Whether it makes NaN of a text that is not there, which ONNX's encoder of texts does not."""
    if type(step).__name__ != _NUMBERS or not _knows_gaps(step):
        return False
    return bool(np.isnan(step.encoded_missing_value)) and not (
        step.handle_unknown == "use_encoded_value" and np.isnan(step.unknown_value)
    )


def empty_for_gaps(made: onnx.ModelProto, estimator: Any) -> None:
    """The empty text in place of "nan", as which skl2onnx writes what is no text into an encoder to numbers."""
    if not any(type(each).__name__ == _NUMBERS and _knows_gaps(each) for each in steps(estimator)):
        return
    for node in made.graph.node:
        for each in node.attribute if node.op_type == "LabelEncoder" else ():
            if each.name == "keys_strings" and each.strings[-1] in (b"nan", b"None"):
                each.strings[-1] = b""


def _fills_gaps(step: Any) -> bool:
    return fills_texts(step) and not isinstance(step.missing_values, str)


def _knows_gaps(step: Any) -> bool:
    """An encoder that was fitted on texts of which some were missing."""
    if type(step).__name__ not in ENCODERS:
        return False
    return any(_is_gap(each) for known in step.categories_ if _of_texts(known) for each in known.tolist())


def _of_texts(known: Any) -> bool:
    return any(isinstance(each, str) for each in known.tolist())


def _is_gap(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def _with_empty(known: Any) -> Any:
    """Categories with the empty text in the place of none."""
    if not _of_texts(known):
        return known
    return np.array(["" if _is_gap(each) else each for each in known.tolist()], object)


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
