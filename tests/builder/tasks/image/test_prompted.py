"""Pictures that a visitor points into: what the second graph takes of the first, and on what it is tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import tiny
from edgeweb.config import Config
from edgeweb.inputs.arrays import Feed
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.image import detect, prompted
from edgeweb.tasks.image.spec import ImageSpec
from edgeweb.tasks.plan import Further, Recognised
from planned import I64, F, flat, seen

Ends = dict[str, tuple[int, tiny.Shape]]
PICTURE: tiny.Shape = [1, 3, 32, 32]
LOOKS = flat({"pixel_values": (F, PICTURE)}, {"image_embeddings": (F, [1, 8, 2, 2]), "image_positional": (F, [1, 8])})
ASKED: Ends = {
    "input_points": (F, [1, "n", "points", 2]), "input_labels": (I64, ["b", "n", "points"]),
    "image_embeddings": (F, [1, 8, 2, 2]),
}  # fmt: skip
GIVES: Ends = {"iou_scores": (F, ["b", "n", 3]), "pred_masks": (F, ["b", "n", 3, 8, 8])}


def found(takes: Ends, gives: Ends) -> str | ImageSpec:
    proto = flat(takes, gives)
    other = seen(proto)
    whole = replace(seen(LOOKS), parts={prompted.PART: Further(proto, other.inputs, other.outputs)})
    case = detect.case(whole, Config())
    assert not isinstance(case, str), case
    plan = prompted.prompter(case)
    if isinstance(plan, str):
        return plan
    assert (plan.task, plan.parts) == ("mask-generation", (prompted.PART,))
    assert {each.source for each in plan.evidence if each.claim in ("task", "answer")} == {"file"}
    spec: ImageSpec = plan.spec
    return spec


def test_of_what_was_seen_only_that_is_given_which_the_second_graph_takes() -> None:
    spec = found(ASKED, GIVES)
    assert isinstance(spec, ImageSpec)
    assert spec.prompted is not None
    assert (spec.prompted.given, spec.prompted.boxes) == (["image_embeddings"], None)
    boxed = found({**ASKED, "input_boxes": (F, ["b", "n", 4])}, GIVES)
    assert isinstance(boxed, ImageSpec)
    assert boxed.prompted is not None
    assert boxed.prompted.boxes == "input_boxes"


def test_a_second_graph_that_cannot_be_fed_or_gives_no_masks_is_refused() -> None:
    assert '"mask_input"' in str(found({**ASKED, "mask_input": (F, [1, 1, 8, 8])}, GIVES))
    assert "no masks" in str(found(ASKED, {"pred_masks": GIVES["pred_masks"]}))
    alone = detect.case(seen(LOOKS), Config(task="mask-generation"))
    assert not isinstance(alone, str)
    assert "beside it" in str(prompted.prompter(alone))


def test_the_folder_itself_says_the_task() -> None:
    other = seen(flat(ASKED, GIVES))
    plan = detect.detect(
        replace(seen(LOOKS), parts={prompted.PART: Further(other.proto, other.inputs, other.outputs)}), Config()
    )
    assert isinstance(plan, Recognised)
    assert plan.task == "mask-generation"


def test_the_second_graph_is_tried_in_several_places_of_one_picture() -> None:
    spec = found({**ASKED, "input_boxes": (F, ["b", "n", 4])}, GIVES)
    assert isinstance(spec, ImageSpec)
    assert spec.prompted is not None
    looked: list[Sequence[Feed]] = []

    def run(name: str, feeds: Sequence[Feed]) -> list[Feed]:
        looked.append(feeds)
        return [{"image_embeddings": np.full((1, 8, 2, 2), 7, np.float32), "image_positional": np.zeros((1, 8))}]

    picture = TensorInfo(name="pixel_values", type="float32", shape=None)
    case = [GoldenInput(name="pixel_values", type="float32", dims=[1, 3, 20, 40], seed=1, low=0, high=1)]
    steps = prompted.steps(spec.prompted, picture, case, run)  # type: ignore[arg-type]
    assert len(looked) == 1, "it looks once"
    assert steps.feeds[0]["input_points"].tolist() == [[[[20, 10]]]], "x before y: the middle"
    assert {each for call in steps.feeds for each in call} == {*ASKED, "input_boxes"}
    assert len({call["input_points"].tobytes() for call in steps.feeds}) == len(steps.feeds) == 3
    assert all((call["image_embeddings"] == 7).all() for call in steps.feeds)
