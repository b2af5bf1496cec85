"""What a site is tried with while its runtime is measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from edgeweb import manifest
from edgeweb.runtime import profiling
from edgeweb.schema.language import Matching, TextInputs, Writer
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.image.kind import IMAGE
from edgeweb.tasks.image.manifest import ImagePipeline, Prompted
from edgeweb.tasks.text.kind import TEXT
from edgeweb.tasks.text.manifest import TextPipeline

SITE = manifest.decode((Path(__file__).parents[2] / "golden" / "manifest.json").read_bytes())
INPUTS = TextInputs(ids="ids", type="int64")


@pytest.mark.parametrize(
    ("shape", "sizes", "dims"),
    [
        ([1, 4], {"n": 5}, [1, 4]),
        (["n", 4], {}, [3, 4]),
        (["n", 4], {"n": 17}, [17, 4]),
        (["n", "m"], {"m": 2}, [3, 2]),
        ([None, None], {"x 1": 5}, [3, 5]),
        (None, {"n": 5}, [3, 4]),
    ],
)
def test_feeds_of_other_sizes(shape: list[int | str | None] | None, sizes: dict[str, int], dims: list[int]) -> None:
    given = GoldenInput(name="x", type="float32", dims=[3, 4], seed=1, low=-1.0, high=2.0)
    info = TensorInfo(name="x", type="float32", shape=shape)
    assert profiling._feed(info, given, sizes, 10) == {"type": "float32", "dims": dims, "low": -10.0, "high": 20.0}
    assert set(sizes) <= {*profiling._open([info]), "n"}


def _visits(kind: Any, pipeline: Any, **more: Any) -> list[dict[str, Any]]:
    none = {"language": None, "writer": None, "matching": None}
    return list(kind.visits(pipeline, msgspec.structs.replace(SITE, **{**none, **more})))


def test_labels_and_places_are_tried_where_only_they_reach_a_further_model() -> None:
    plain = ImagePipeline(
        input="x", outputs=[], result="tensors", brightness=False, height=8, width=8, resize="stretch",
        preprocess="", postprocess=None, assumed=False, formula="",
    )  # fmt: skip
    asked = Prompted(model="more", given=[], points="p", labels="l", scores="s", masks="m")
    labels = Matching(model="more", inputs=INPUTS, output="y", head="", template="{}")
    assert {each["input"] for each in _visits(IMAGE, plain)} == {"picture"}
    assert any("labels" in each.get("value", {}) for each in _visits(IMAGE, plain, matching=labels))
    found = _visits(IMAGE, msgspec.structs.replace(plain, prompted=asked))
    assert {"points", "boxes"} <= {name for each in found for name in each.get("value", {})}


def test_what_writes_is_tried_in_all_ways() -> None:
    found = _visits(TEXT, TextPipeline(result="text", output="y", inputs=INPUTS), writer=Writer(INPUTS, "y"))
    assert {"temperature", "beams"} <= {name for each in found for name in each.get("options", {})}
    assert any(each["input"] == "talk" for each in found), "a conversation goes on from what is kept"
