"""What models of a kind enter of the runtime, as it was measured: for builds that cannot measure their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

_PROFILES = Path(__file__).parents[1] / "profiles.json"


class Tier(msgspec.Struct, frozen=True):
    """What models of a kind enter: `entered` has a bit for each function, in base64."""

    name: str
    operators: list[str]
    types: list[str]
    entered: str


class Profiles(msgspec.Struct, frozen=True):
    """`runtime`: the SHA-256 of the .wasm that they are of. `base`: what every model may need, errors included."""

    runtime: str
    base: str
    tiers: list[Tier]


@dataclass(frozen=True)
class Needs:
    """What a site's graphs have: operators with their domain where they have one, and the types of their tensors."""

    operators: frozenset[str]
    types: frozenset[str]


def profiles(runtime: str) -> Profiles | None:
    """Those that ship with the package; None where they are of another runtime."""
    found = msgspec.json.decode(_PROFILES.read_bytes(), type=Profiles) if _PROFILES.is_file() else None
    return found if found is not None and found.runtime == runtime else None


def covering(tiers: Sequence[Tier], needs: Needs) -> Tier | None:
    """The one kind that has every operator and type, or the last, which is of all kinds: where several have them, none
    of these need have met what is special to such a model."""
    found = [each for each in tiers if needs.operators <= set(each.operators) and needs.types <= set(each.types)]
    return found[0] if len(found) == 2 else found[-1] if found else None
