"""What onnxmltools 1.16 leaves out of LightGBM's models, in the trees or behind them."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import onnx
from edgeweb_children import graphs
from edgeweb_children.runner import Job, Refusal
from onnx import helper

# Objectives that the converter does not know, which end in one of these.
_PLAIN = {"mape": "", "fair": "", "cross_entropy": "Sigmoid", "cross_entropy_lambda": "Softplus"}
_OBJECTIVE = re.compile(r"^objective=(\w+)(.*)$", re.MULTILINE)
_SIGMOID = re.compile(r"sigmoid:([\d.eE+-]+)")
_AGAIN = "Train it without that, or export it to ONNX yourself"


class Behind(NamedTuple):
    """`scale`: of all leaves. `ends`: operators after the sum. `apart`: whether each class has a share of its own."""

    scale: float = 1.0
    ends: tuple[str, ...] = ()
    apart: bool = False


def plain(job: Job, booster: Any) -> tuple[Any, Behind]:
    """The booster, under an objective that the converter knows, and what it leaves out.

    Raises:
        Refusal: it has what no graph of trees says.
    """
    text = booster.model_to_string()
    if "\nis_linear=1" in text:
        raise Refusal(f"{job.source} has a linear model in each leaf", "onnxmltools leaves these out", _AGAIN)
    if _takes_zeros_away(text):
        what = f"{job.source} takes zeros for missing values (zero_as_missing)"
        raise Refusal(what, "onnxmltools does not convert that", _AGAIN)
    found = _OBJECTIVE.search(text)
    name, more = (found[1], found[2]) if found else ("", "")
    sigmoid = _SIGMOID.search(more)
    scale = float(sigmoid[1]) if sigmoid and name in ("binary", "multiclassova") else 1.0
    if "\naverage_output" in text:
        scale /= booster.current_iteration()
    ends = ("Abs", "Mul") if " sqrt" in more else tuple(filter(None, [_PLAIN.get(name, "")]))
    if name in _PLAIN:
        booster = _under(booster, text)
    return booster, Behind(scale, ends, name == "multiclassova")


def finish(made: onnx.ModelProto, behind: Behind) -> None:
    """Put it into the graph."""
    (trees,) = [node for node in made.graph.node if node.op_type.startswith("TreeEnsemble")]
    given = {each.name: each for each in trees.attribute}
    for name in ("class_weights", "target_weights"):
        if name in given and behind.scale != 1:
            given[name].floats[:] = [each * behind.scale for each in given[name].floats]
    if behind.apart:
        given["post_transform"].s = b"LOGISTIC"
    if not behind.ends:
        return
    (output,) = (each.name for each in made.graph.output)
    made.graph.node.extend(_nodes(behind.ends, graphs.before(made, output), output))


def _nodes(ends: tuple[str, ...], made: str, output: str) -> list[onnx.NodeProto]:
    if len(ends) == 1:
        return [helper.make_node(ends[0], [made], [output])]
    # The square that keeps its sign, of what was trained on roots.
    first = helper.make_node("Abs", [made], ["edgeweb_size"])
    return [first, helper.make_node("Mul", [made, "edgeweb_size"], [output])]


def _takes_zeros_away(text: str) -> bool:
    """By the kinds of decisions: their third and fourth bit say what counts as missing, 1 is zero."""
    found = re.findall(r"^decision_type=(.*)$", text, re.MULTILINE)
    return any(int(each) >> 2 & 3 == 1 for line in found for each in line.split())


def _under(booster: Any, text: str) -> Any:
    import lightgbm as library

    found = library.Booster(model_str=_OBJECTIVE.sub("objective=regression", text, count=1))
    found.params = {**booster.params, "objective": "regression"}
    return found
