"""The values that a choice of task is made from and results in; the steps after it read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import onnx

from edgeweb.inputs.golden import Array
from edgeweb.schema.tasks import Task
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.audio.manifest import AudioPipeline
from edgeweb.tasks.image.heads import Head
from edgeweb.tasks.image.manifest import ImageResult
from edgeweb.tasks.image.maps import Map
from edgeweb.tasks.series.manifest import SeriesPipeline
from edgeweb.tasks.tabular.manifest import TabularPipeline
from edgeweb.tasks.text.manifest import TextInputs, TextPipeline
from edgeweb.tasks.text.tokenizer import Language

_PASS_THROUGH = {"Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Cast", "Transpose", "Dropout"}
# More of these in a row than any exporter writes.
_MAX_PASSES = 16


@dataclass(frozen=True)
class ImageSpec:
    """What the pre-processing graph is made from: (x / scale - mean) / std, then the layout and the input's type.

    `outputs`: those that the result is made of, by `head` where they are boxes and by `map` where they lie over the
    picture; otherwise the one output has scores, which a `softmax` makes probabilities, the best `top` of them wanted.
    `tiles`: a larger picture is worked on part by part. `crop`: height and width of the middle that the model gets.
    `standardise`: by the picture's own mean and deviation. `points`: the names of those that boxes have, of which lines
    join the pairs in `skeleton`.
    """

    input: str
    outputs: tuple[str, ...]
    height: int
    width: int
    layout: Literal["NCHW", "NHWC"]
    color: Literal["RGB", "BGR", "GRAY"]
    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]
    resize: Literal["crop", "stretch", "pad"]
    softmax: bool
    assumed: bool
    result: ImageResult = "classification"
    head: Head | None = None
    map: Map | None = None
    crop: tuple[int, int] | None = None
    standardise: bool = False
    tiles: bool = False
    top: int | None = None
    points: tuple[str, ...] = ()
    skeleton: tuple[tuple[int, int], ...] = ()

    @property
    def scores(self) -> str | None:
        """The output that has a score for each class."""
        return self.outputs[0] if self.result == "classification" else None

    @property
    def brightness(self) -> bool:
        """Whether the model takes and gives grey pictures, whose colours can be put back."""
        return self.result == "image" and self.color == "GRAY"

    @property
    def channels(self) -> int:
        """1 or 3."""
        return 1 if self.color == "GRAY" else 3

    @property
    def formula(self) -> str:
        """The arithmetic in one line, for people."""
        span = f"({self.color} 0..255 / {self.scale:g} - {list(self.mean)}) / {list(self.std)}"
        cut = f", of it the middle {self.crop[1]} x {self.crop[0]}" if self.crop else ""
        own = ", less its own mean and divided by its own deviation" if self.standardise else ""
        return f"{self.resize} to {self.width} x {self.height}{cut}, {span}{own}, {self.layout}"


@dataclass(frozen=True)
class Plan:
    """The task with the reasons for it; at most one of `image`, `tabular`, `audio` and `series`.

    `text`: the texts go in, as ids that `language` knows, or by `tabular` as they are.
    """

    task: Task
    reasons: tuple[str, ...]
    image: ImageSpec | None = None
    tabular: TabularPipeline | None = None
    audio: AudioPipeline | None = None
    series: SeriesPipeline | None = None
    labels: tuple[str, ...] = ()
    text: TextPipeline | None = None
    language: Language | None = None


@dataclass(frozen=True)
class Seen:
    """What is known of a model when its task is chosen.

    `labels`: from the user, out of `labels_from`; `classes`: from the graph. `fed`: the dims of the inputs of a run,
    `gave`: its outputs; empty where it has not run. `language`: the tokenizer beside it; `reads`: which inputs take
    the ids of a text, or why none do; None: it takes no ids.
    """

    proto: onnx.ModelProto
    inputs: Sequence[TensorInfo]
    outputs: Sequence[TensorInfo]
    operators: Mapping[str, int]
    labels: Sequence[str]
    labels_from: str
    classes: Sequence[str]
    fed: Mapping[str, Sequence[int]] = field(default_factory=dict)
    gave: Mapping[str, Array] = field(default_factory=dict)
    language: Language | None = None
    reads: TextInputs | str | None = None

    def ends_in(self, output: str, operator: str) -> bool:
        """Whether `operator` made the output, but for nodes that only change its shape or type."""
        makers = {name: node for node in self.proto.graph.node for name in node.output}
        for _ in range(_MAX_PASSES):
            node = makers.get(output)
            if node is None or node.op_type == operator:
                return node is not None
            if node.op_type not in _PASS_THROUGH or not node.input:
                return False
            output = node.input[0]
        return False


def classes_in(info: TensorInfo) -> int | None:
    """How many scores a row of an output holds: [N, C], [N, C, 1, 1]; None when that is not its shape, or unknown."""
    _, *sizes = info.shape or [None]
    first = sizes[0] if sizes else None
    return first if isinstance(first, int) and all(size == 1 for size in sizes[1:]) else None
