"""Distillation: a model teaches its own pruned, factored or rounded form, or another student, what it answers.

The student learns the teacher's values before the last Softmax (Ba and Caruana 2014, arXiv 1312.6184; Hinton et al.
2015, arXiv 1503.02531), which needs inputs but no labels. Rounding is part of it: weights are used as the multiples
that will be stored, while their gradients pass straight through (Bengio et al. 2013, arXiv 1308.3432).
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from edgeweb.coding import grid
from edgeweb.coding.grid import Grid
from edgeweb.compress import common, graph, layers
from edgeweb.compress.calibration import Calibration
from edgeweb.compress.torch import lessons
from edgeweb.compress.torch.base import Tensor
from edgeweb.compress.torch.graph import TorchGraph
from edgeweb.read.model import Model, Result

_SEED = 7
_BATCH, _AT_ONCE = 64, 256
RATE = 3e-3
EPOCHS = 8
Steps = Mapping[str, float]


def step(model: Model, options: Calibration, teacher: Model) -> Result:
    """Train `model` to answer as `teacher` does on the inputs of `options`; its weights that are zero stay zero.

    Its targets are the teacher's outputs, or what goes into a last Softmax, so both must call these by the same names.
    """

    def trained(proto: onnx.ModelProto) -> tuple[onnx.ModelProto, str]:
        if not options.feeds:
            raise common.DeclinedError("there are no inputs to learn from")
        with deterministic():
            school = Teacher(teacher.proto, options)
            student = Student(proto, school, options)
            before = student.error({})
            student.train(EPOCHS, RATE, {})
            after = student.error({})
        return student.proto(), f"distilled on {len(school)} inputs: its error fell from {before:.2g} to {after:.2g}"

    return common.attempt(model, options, trained, smaller=False)


@contextlib.contextmanager
def deterministic() -> Iterator[None]:
    """Same input, same bytes, on the same machine: one thread, because sums depend on how they are split."""
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    state = torch.get_rng_state()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(_SEED)
    try:
        yield
    finally:
        torch.set_rng_state(state)
        torch.use_deterministic_algorithms(strict)
        torch.set_num_threads(threads)


class Teacher:
    """A model's answers: `inputs` and `answers` by name, [count, ...] each; `power`: the variance of each answer."""

    def __init__(self, proto: onnx.ModelProto, options: Calibration, most: int = lessons.MOST) -> None:
        """Answer the inputs of `options` and their variations, `most` in all.

        Raises:
            DeclinedError: the model cannot be run for training, or its answers never change.
        """
        self.targets = layers.sensitive(proto.graph)
        if not self.targets:
            raise common.DeclinedError("none of its outputs is a float to learn")
        model = TorchGraph(proto, self.targets)
        model.check(proto, options.feeds, options.threads)
        varied = lessons.varied(options.feeds, most)
        self.inputs = {name: torch.from_numpy(array) for name, array in varied.items()}
        self.answers = _answers(model, model.weights, self.inputs)
        self.power = {name: float(value.var()) for name, value in self.answers.items()}
        if not all(math.isfinite(power) and power > 0 for power in self.power.values()):
            raise common.DeclinedError("its answers are the same for every input, or not finite")

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))


def _answers(model: TorchGraph, weights: Mapping[str, Tensor], inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    count = len(next(iter(inputs.values())))
    found: dict[str, list[Tensor]] = {}
    with torch.no_grad():
        for first in range(0, count, _AT_ONCE):
            part = {name: value[first : first + _AT_ONCE] for name, value in inputs.items()}
            for name, value in model.run(part, weights).items():
                found.setdefault(name, []).append(value)
    return {name: torch.cat(parts) for name, parts in found.items()}


class Student:
    """A smaller form in training. `rounds`: its large weights, which `steps` may round."""

    def __init__(self, proto: onnx.ModelProto, teacher: Teacher, options: Calibration) -> None:
        """Take a form that gives the same tensors as the teacher.

        Raises:
            DeclinedError: it cannot be run for training.
        """
        made = {name for node in proto.graph.node for name in node.output}
        if not made.issuperset(teacher.targets):
            raise common.DeclinedError("its outputs have other names than the teacher's")
        self._proto, self.teacher = proto, teacher
        self._graph = TorchGraph(proto, teacher.targets)
        self._graph.check(proto, options.feeds, options.threads)
        self.weights = {name: value.clone().requires_grad_() for name, value in self._graph.weights.items()}
        self.rounds = [layer for layer in layers.find(proto) if layer.name in self.weights]
        large = {layer.name for layer in self.rounds}
        # Pruned weights are zero, and stay so.
        self._kept = {name: (value != 0).float() for name, value in self._graph.weights.items() if name in large}

    def steps(self, relative: float) -> dict[str, float]:
        """The step of each large layer that is `relative` times its present spread."""
        spreads = {layer.name: float(self.weights[layer.name].detach().square().mean().sqrt()) for layer in self.rounds}
        return {name: float(grid.rounded_steps(np.array([s * relative]))[0]) for name, s in spreads.items()}

    def train(self, epochs: int, rate: float, steps: Steps) -> None:
        """Learn for so many rounds through all inputs, with weights rounded to `steps`; `rate` falls to nothing."""
        optimiser = torch.optim.Adam(list(self.weights.values()), lr=rate)
        batches = math.ceil(len(self.teacher) / _BATCH)
        falling: Tensor = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs * batches)
        for _ in range(epochs):
            for some in torch.randperm(len(self.teacher)).split(_BATCH):
                optimiser.zero_grad()
                self._error(some, steps).backward()
                optimiser.step()
                falling.step()

    def error(self, steps: Steps) -> float:
        """The mean square error over all inputs, in units of the answers' variance."""
        places = torch.arange(len(self.teacher)).split(_AT_ONCE)
        with torch.no_grad():
            return sum(float(self._error(some, steps)) * len(some) for some in places) / len(self.teacher)

    def _error(self, some: Tensor, steps: Steps) -> Tensor:
        feeds = {name: value[some] for name, value in self.teacher.inputs.items()}
        found = self._graph.run(feeds, {name: self._used(name, steps) for name in self.weights})
        errors = [
            torch.mean((value - self.teacher.answers[name][some]) ** 2) / self.teacher.power[name]
            for name, value in found.items()
        ]
        return sum(errors) / len(errors)

    def _used(self, name: str, steps: Steps) -> Tensor:
        """A weight as the model will have it; its gradient is that of the exact one."""
        value = self.weights[name]
        if name in self._kept:
            value = value * self._kept[name]
        if name in steps:
            near = torch.round(value.detach() / steps[name]) * steps[name]
            value = value + (near - value.detach())
        return value

    def _array(self, name: str) -> NDArray[np.float32]:
        found: NDArray[np.float32] = self._used(name, {}).detach().numpy().copy()
        return found

    def proto(self) -> onnx.ModelProto:
        """The model with what it has learnt."""
        made = graph.copy(self._proto)
        for tensor in made.graph.initializer:
            if tensor.name in self.weights:
                tensor.CopyFrom(numpy_helper.from_array(self._array(tensor.name), tensor.name))
        return made

    def grids(self, steps: Steps) -> dict[str, Grid]:
        """The large weights as multiples of `steps`, just as they were trained."""
        found = {}
        for layer in self.rounds:
            own = np.array([steps[layer.name]], np.float32)
            rows = self._array(layer.name).reshape(layer.weights.shape)
            found[layer.name] = Grid(grid.nearest(rows, np.repeat(own, len(rows))).multiples, own)
        return found
