"""What a site says of a model never becomes another thing when the file says less, or says it in another order.

Right models are changed: without metadata and the files beside them, with outputs in another order and under other
names, with other names of classes, with scores that no longer agree with the label. Then the page may say less.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from edgeweb import opened, options, prepare
from edgeweb.inputs.golden import Array
from edgeweb.machine import session
from edgeweb.read import model as reading
from edgeweb.tasks import evidence
from edgeweb.tasks.plan import Plan
from onnx import TensorProto, helper, numpy_helper

SHARED = Path(__file__).resolve().parents[3] / "shared"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared models are not at {SHARED}")
MODELS = [
    "models/breast-cancer-forest", "models/digits-mlp", "models/digits-svc", "models/hand-keypoints",
    "models/penguins-mixed-inputs", "models/penguins-zipmap", "models/sms-spam-tfidf", "models/wine-lgbm-tensor",
    "models/diabetes-gbr", "models/iris-pytorch", "cases/kmeans", "cases/svc-binary-noprob", "cases/multi-regression",
    "cases/titanic-missing", "cases/xgb-missing",
]  # fmt: skip
PICTURES = [
    "models/cifar10-resnet8", "models/vww-mobilenet-96", "models/yunet-320", "cases/hf-vit-multilabel",
    "cases/hf-segformer", "cases/yolo-obb-tiny",
]  # fmt: skip
PREFIX = "zz "
_ROWS = 6
Said = list[dict[str, Any]]
Changed = Callable[[onnx.ModelProto], None]


def without_metadata(proto: onnx.ModelProto) -> None:
    del proto.metadata_props[:]
    proto.producer_name = proto.producer_version = proto.doc_string = proto.domain = ""
    proto.graph.name, proto.graph.doc_string = "g", ""


def outputs_turned(proto: onnx.ModelProto) -> None:
    turned = list(reversed(proto.graph.output))
    del proto.graph.output[:]
    proto.graph.output.extend(turned)


def outputs_renamed(proto: onnx.ModelProto) -> None:
    _imported(proto)
    for number, output in enumerate(proto.graph.output):
        proto.graph.node.append(helper.make_node("Identity", [output.name], [f"out_{number}"]))
        output.name = f"out_{number}"


def classes_renamed(proto: onnx.ModelProto) -> None:
    """Texts that are classes: in the operators that name them, and in tables that labels are picked from."""
    for node in proto.graph.node:
        for attribute in node.attribute:
            if attribute.name in ("classlabels_strings", "values_strings") and "OneHot" not in node.op_type:
                attribute.strings[:] = [PREFIX.encode() + each for each in attribute.strings]
    tables = {node.input[0] for node in proto.graph.node if node.op_type == "ArrayFeatureExtractor"}
    for tensor in proto.graph.initializer:
        if tensor.name in tables and tensor.data_type == TensorProto.STRING:
            tensor.string_data[:] = [PREFIX.encode() + each for each in tensor.string_data]


def _imported(proto: onnx.ModelProto) -> None:
    if not any(each.domain in ("", "ai.onnx") for each in proto.opset_import):
        proto.opset_import.add(domain="", version=9)


def _scores(proto: onnx.ModelProto, change: Callable[[str, str], list[onnx.NodeProto]]) -> None:
    """Change every output of real numbers that stands beside a label."""
    _imported(proto)
    for output in proto.graph.output if len(proto.graph.output) > 1 else ():
        if output.type.tensor_type.elem_type == TensorProto.FLOAT:
            old = output.name
            proto.graph.node.extend(change(old, f"{old} changed"))
            output.name = f"{old} changed"


def scores_turned(proto: onnx.ModelProto) -> None:
    def turned(old: str, new: str) -> list[onnx.NodeProto]:
        (output,) = (each for each in proto.graph.output if each.name == old)
        width = output.type.tensor_type.shape.dim[-1].dim_value or 2
        proto.graph.initializer.append(numpy_helper.from_array(np.arange(width)[::-1].copy(), f"{old} places"))
        return [helper.make_node("Gather", [old, f"{old} places"], [new], axis=1)]

    _scores(proto, turned)


def scores_negated(proto: onnx.ModelProto) -> None:
    _scores(proto, lambda old, new: [helper.make_node("Neg", [old], [new])])


def labels_dropped(proto: onnx.ModelProto) -> None:
    reals = [o for o in proto.graph.output if o.type.tensor_type.elem_type in (TensorProto.FLOAT, TensorProto.DOUBLE)]
    maps = [o for o in proto.graph.output if not o.type.HasField("tensor_type")]
    kept = [onnx.ValueInfoProto.FromString(o.SerializeToString()) for o in (*reals, *maps)]
    if kept:
        del proto.graph.output[:]
        proto.graph.output.extend(kept)


CHANGES: list[Changed] = [
    without_metadata, outputs_turned, outputs_renamed, classes_renamed, scores_turned, scores_negated, labels_dropped,
]  # fmt: skip


def decide(path: Path) -> tuple[Plan, opened.Opened]:
    """The plan that `build` makes of a model file."""
    asked = opened.ask([path], options.NOTHING, lambda _: None, builds=False)
    found = opened.read(reading.load(path), asked.settings, asked.base, asked.said, asked.origins)
    return prepare.tried(found, ships=False).plan, found


def say(path: Path, rows: Mapping[str, Array]) -> tuple[Plan, Said]:
    """What the page says of each row."""
    plan, found = decide(path)
    data = reading.to_bytes(found.model.proto)
    native = plan.kind.native(plan, found.info.inputs, found.info.outputs)
    names = [info.name for info in found.info.inputs]
    count = min(_ROWS, *(len(array) for array in rows.values()))
    feeds = [{n: a[i : i + 1] for n, a in zip(names, rows.values(), strict=True)} for i in range(count)]
    return plan, [native.result(outputs) for outputs in session.run(data, feeds)]


def inputs_of(folder: Path) -> dict[str, Array]:
    with np.load(next(folder.glob("inputs*.npz")), allow_pickle=False) as found:
        return {name: a.astype(object) if a.dtype.kind == "U" else a for name, a in found.items()}


def less(right: dict[str, Any], said: dict[str, Any], plans: tuple[Plan, Plan]) -> bool:
    """Whether a page says the right thing, or a part of it. `plans`: of the right model, and of the changed one."""
    if said["task"] in ("regression", "tensors"):
        # Numbers as the model gives them claim nothing.
        return True
    if said["task"] != right["task"]:
        return False
    if said["task"] == "segmentation":
        return bool(np.array_equal(said["mask"], right["mask"]))
    key = "boxes" if said["task"] == "detection" else "labels"
    if key == "labels" and not (said[key] and right[key]):
        return False
    pairs = zip(said[key], right[key], strict=True) if key == "boxes" else [(said[key][0], right[key][0])]
    shares = [evidence.known(plan.evidence, "probabilities") for plan in plans]
    return all(alike(mine, theirs, plans[0].labels, shares) for mine, theirs in pairs)


def alike(mine: dict[str, Any], theirs: dict[str, Any], names: Sequence[str], shares: Sequence[bool]) -> bool:
    """The same class under its name, under the new one, or under its number; of probabilities the same."""
    known = {theirs["label"], PREFIX + theirs["label"], f"class {theirs['label']}"}
    known |= {f"class {place}" for place, name in enumerate(names) if name == theirs["label"]}
    if mine["label"] not in known:
        return False
    claimed = shares[1] and mine["score"] is not None
    return not claimed or (shares[0] and theirs["score"] == pytest.approx(mine["score"], abs=1e-5))


def changed(name: str, changes: Sequence[Changed], folder: Path) -> None:
    """Each change alone, and each must say what the whole says, or less."""
    source = SHARED / name
    shutil.copytree(source, folder / "whole", ignore=shutil.ignore_patterns("*.npz", "samples"))
    rows = inputs_of(source)
    plan, right = say(folder / "whole" / "model.onnx", rows)
    for change in changes:
        proto = onnx.load(source / "model.onnx")
        change(proto)
        place = folder / change.__name__
        if change in (without_metadata, classes_renamed):
            place.mkdir()
        else:
            shutil.copytree(folder / "whole", place)
        onnx.save(proto, place / "model.onnx")
        other, said = say(place / "model.onnx", rows)
        for row, (truth, mine) in enumerate(zip(right, said, strict=True)):
            assert less(truth, mine, (plan, other)), (change.__name__, row, truth, mine)


@pytest.mark.parametrize("name", MODELS)
def test_a_changed_model_says_less_and_never_something_else(name: str, tmp_path: Path) -> None:
    changed(name, CHANGES, tmp_path)


@pytest.mark.parametrize("name", PICTURES)
def test_a_changed_model_of_pictures_says_less(name: str, tmp_path: Path) -> None:
    changed(name, [without_metadata, outputs_turned, outputs_renamed], tmp_path)
