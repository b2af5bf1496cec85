"""Models that take two numbers: the kind."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from edgeweb.config import Config
from edgeweb.tasks.kind import Kind, Packed
from edgeweb.tasks.plan import Plan, Recognised, Seen
from edgeweb.tasks.toy.manifest import ToyPipeline


class Toy(Kind):
    """`spec` is the manifest's pipeline itself."""

    key = "toy"
    tasks = ("toy-sum",)

    def claims(self, settings: Config) -> bool:
        """By its table."""
        return settings.toy is not None

    def detect(self, seen: Seen, settings: Config) -> Recognised | str:
        """By its table alone."""
        if settings.toy is None:
            return ""
        return Recognised("toy-sum", ("[toy] says so",), ToyPipeline(input=seen.inputs[0].name, unit=settings.toy.unit))

    def pipelines(self, plan: Plan, made: Packed) -> Mapping[str, msgspec.Struct]:
        """Which input takes the numbers."""
        return {"toy": plan.spec}


TOY = Toy()
