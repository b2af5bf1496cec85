"""A further graph of a task, such as a decoder: it is proven and judged on what the task itself feeds to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgeweb.inputs.arrays import Feed
from edgeweb.inputs.golden import Array, stored_input
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import scores
from edgeweb.tasks.kind import Kind, MadeUp
from edgeweb.tasks.plan import Plan

# What a case of the manifest may hold as it is; a larger array is a seeded one of the same shape there.
_STORED_BYTES = 8 << 10


@dataclass(frozen=True)
class Steps:
    """`feeds`: of calls as the task makes them. `scores`: the output that holds a score for each class, if one does.
    `exact`: what is made of its outputs may change altogether with them.
    """

    feeds: tuple[Feed, ...]
    scores: str | None = None
    exact: bool = False

    def case(self, inputs: Sequence[TensorInfo]) -> list[GoldenInput]:
        """The first call, for the manifest."""
        return [_stored(info, number, self.feeds[0][info.name]) for number, info in enumerate(inputs)]


# Of the site's own model, called "", or of the further one: its outputs for each feed.
Run = Callable[[str, Sequence[Feed]], list[Mapping[str, Array]]]


def _stored(info: TensorInfo, number: int, array: Array) -> GoldenInput:
    if array.nbytes <= _STORED_BYTES or not info.type.startswith("float"):
        return stored_input(info.name, info.type, array)
    return GoldenInput(name=info.name, type=info.type, dims=list(array.shape), seed=number + 1, low=-1.0, high=1.0)


class Further(Kind):
    """Stands for the kind of the site in all that is asked of one graph alone."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps

    def scores(self, plan: Plan, outputs: Sequence[TensorInfo]) -> str | None:
        """As the task says."""
        return scores.among(self.steps.scores, outputs)

    def writes(self, plan: Plan) -> bool:
        """Scores of a further graph are those of the next token."""
        return self.steps.scores is not None or self.steps.exact

    def made_up(
        self, plan: Plan, inputs: Sequence[TensorInfo], case: Sequence[GoldenInput], examples: Sequence[Path]
    ) -> MadeUp | None:
        """The task's own calls."""
        return MadeUp(self.steps.feeds, f"{len(self.steps.feeds)} calls as the task makes them", True)
