"""A model of pictures while its task is chosen: what is known of it, and who has said what."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from edgeweb.config import Config, OutputConfig
from edgeweb.inputs.golden import Array
from edgeweb.schema.tasks import Task
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import settle
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.image import pictures
from edgeweb.tasks.image.authors import NOBODY, Authors
from edgeweb.tasks.image.pictures import USUAL, Picture, Usual
from edgeweb.tasks.plan import Recognised, Seen
from edgeweb.tasks.scores import NEARLY, add_up

FILE = "its inputs and outputs, as they are declared"


@dataclass(frozen=True)
class Case:
    """`seen` has one input, which takes `picture`s; `authors`: what these say of the model; `doubt`: why that is left
    out of account.
    """

    seen: Seen
    config: Config
    picture: Picture
    authors: Authors = NOBODY
    doubt: str = ""

    @property
    def info(self) -> TensorInfo:
        """The input."""
        return self.seen.inputs[0]

    @property
    def what(self) -> str:
        """The beginning of every reason."""
        picture = self.picture
        channels = f"{picture.channels} channel{'' if picture.channels == 1 else 's'}"
        shape = f"the shape of a picture ({picture.width} x {picture.height}, {channels})"
        return f'input "{self.info.name}" has {shape}'

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the pictures of the run; without one, of the model's."""
        fed = self.seen.fed.get(self.info.name)
        if fed is None:
            return self.picture.height, self.picture.width
        return (fed[2], fed[3]) if self.picture.layout == "NCHW" else (fed[1], fed[2])

    @cached_property
    def gave(self) -> Mapping[str, Array]:
        """The outputs of a run; without one, zeros where their sizes are known."""
        if self.seen.gave:
            return self.seen.gave
        found = {}
        for info in self.seen.outputs:
            sizes = [1, *(info.shape or [])[1:]]
            if info.type != "string" and all(isinstance(size, int) for size in sizes):
                found[info.name] = np.zeros([int(size or 0) for size in sizes], info.type)
        return found

    @property
    def ran(self) -> bool:
        """Whether values are those of a run."""
        return bool(self.seen.gave)

    def row(self, info: TensorInfo) -> int | None:
        """How many numbers an output has for each picture, where they have no place in it."""
        sizes = list((info.shape or [])[1:])
        if info.name in self.seen.gave:
            array = self.seen.gave[info.name]
            # A run has one picture: of a number alone nothing is said of its batch.
            sizes = list(array.shape[1:]) if array.ndim == 0 or array.shape[0] == 1 else [None]
        if not info.type.startswith("float") or info.shape is None:
            return None
        if not all(isinstance(size, int) for size in sizes) or any(size != 1 for size in sizes[1:]):
            return None
        return math.prod(int(size or 0) for size in sizes) or None

    def axis(self, output: str, operator: str) -> int | None:
        """Of the operator in which an output ends, but for nodes that only change its shape."""
        makers = {name: node for node in self.seen.proto.graph.node for name in node.output}
        node = makers.get(output)
        while node is not None and node.op_type != operator:
            node = makers.get(node.input[0]) if node.input else None
        if node is None:
            return None
        return next((int(each.i) for each in node.attribute if each.name == "axis"), 0)

    def adds_up(self, output: str, axis: int = -1) -> bool:
        """Whether in each run the values along an axis are shares of 1; without a run nothing contradicts it."""
        runs = [run[output].astype(np.float64) for run in (self.seen.gave, *self.seen.looks) if output in run]
        return all(add_up(run, axis, NEARLY) and float(run.min(initial=0)) > -NEARLY for run in runs)

    def asked(self, output: str) -> OutputConfig:
        """What the user says of an output."""
        return self.config.output.get(output, OutputConfig())

    def told(self, task: Task) -> Said | None:
        """Who names the task, where somebody does."""
        if self.config.task == task:
            return self.seen.says("task", task, "task")
        if self.config.task is None and self.authors.task == task:
            return Said("task", task, "file", self.authors.origin)
        return None

    def labelled(self, task: Task, count: int) -> Said | None:
        """The task as names for just so many classes show it."""
        seen = self.seen
        return seen.named("task", task) if len(seen.labels or seen.classes) == count else None

    def answer(self, output: str, why: str = "") -> Said:
        """Which output is the answer."""
        only = "its only output" if len(self.seen.outputs) == 1 else why
        if only:
            return Said("answer", output, "file", only)
        return Said("answer", output, "file" if self.told_any else "assumed", "the first of its outputs that fits")

    @property
    def told_any(self) -> bool:
        """Whether anybody names a task."""
        return self.config.task is not None or self.authors.task is not None

    def made(
        self, task: Task, why: str, outputs: tuple[str, ...], said: tuple[Said, ...], usual: Usual = USUAL, **of: Any
    ) -> Recognised:
        """A model of that task. `of`: what the spec has besides."""
        spec, prepared = pictures.prepared(self.seen, self.config, self.picture, outputs, usual, self.authors.fit)
        if self.doubt and "config.json" in prepared.origin.split(", "):
            # What is of another model says nothing of this one's pictures either.
            keys = {key: getattr(spec, key) for key in ("scale", "color", "resize")}
            lines = settle.toml(("input", spec.input), **keys, mean=list(spec.mean), std=list(spec.std))
            prepared = replace(prepared, source="assumed", origin="config.json, of another model", settle=lines)
        return Recognised(task, (f"{self.what} and {why}",), replace(spec, **of), evidence=(*said, prepared))
