"""The values that a choice of task is made from and results in; the steps after it read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import onnx

from edgeweb.inputs.golden import Array
from edgeweb.read import ends
from edgeweb.schema.evidence import Claim, Plain
from edgeweb.schema.tasks import Task
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.evidence import Origin, Said
from edgeweb.tasks.kind import TENSORS, Kind
from edgeweb.tasks.language.tokenizer import Language


@dataclass(frozen=True)
class Recognised:
    """What a kind says of a model that is of it: the task and the reasons for it; `spec`: what it knows of the model;
    `labels`: those that the model's authors gave. `evidence`: for each of its claims but those on the labels.
    `parts`: the further graphs that it needs, by their roles.
    """

    task: Task
    reasons: tuple[str, ...]
    spec: Any
    labels: tuple[str, ...] = ()
    evidence: tuple[Said, ...] = ()
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The task with the reasons for it, and the evidence for all that a site claims of the model.

    `spec`: what `kind` knows of the model, in a type of its own. `parts`: the further graphs that it needs, by their
    roles.
    """

    task: Task
    reasons: tuple[str, ...]
    kind: Kind = TENSORS
    spec: Any = None
    labels: tuple[str, ...] = ()
    evidence: tuple[Said, ...] = ()
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Further:
    """Another graph of the model's folder."""

    proto: onnx.ModelProto
    inputs: Sequence[TensorInfo]
    outputs: Sequence[TensorInfo]


@dataclass(frozen=True)
class Seen:
    """What is known of a model when its task is chosen.

    `labels`: from the user, out of `labels_from`; `classes`: from the file, or what lies beside it, out of
    `classes_from`. `fed`: the dims of the inputs of a run, `gave`: its outputs; `looks`: the outputs of further runs,
    on the inputs that the kinds wanted looked at, in that order; all empty where it has not run. `beside`: what each
    kind has found beside the model, by the kind's key. `origins`: who said a setting, by its dotted key, where that is
    not edgeweb.toml.
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
    beside: Mapping[str, Any] = field(default_factory=dict)
    classes_from: str = "the model's file"
    looks: Sequence[Mapping[str, Array]] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)
    parts: Mapping[str, Further] = field(default_factory=dict)
    language: Language | None = None
    head: onnx.ModelProto | None = None

    def says(self, claim: Claim, value: Plain | tuple[Plain, ...], key: str) -> Said:
        """A claim that the setting `key` makes, such as `input.image.mean`, with whoever set it."""
        found = self.origins.get(key) or Origin("user", "edgeweb.toml")
        return Said(claim, value, found.source, found.file)

    def named(self, claim: Claim, value: Plain | tuple[Plain, ...]) -> Said:
        """A claim that the names of classes make, the user's or else the file's, with where they stand."""
        found = self.origins.get("labels") or Origin("user", Path(self.labels_from).name)
        found = found if self.labels else Origin("file", self.classes_from)
        count = f"{len(self.labels or self.classes)} names of classes in "
        return Said(claim, value, found.source, ("" if claim == "labels" else count) + found.file)

    def ends_in(self, output: str, operator: str) -> bool:
        """Whether `operator` made the output, but for nodes that only change its shape or type."""
        return ends.ends_in(self.proto, output, operator)
