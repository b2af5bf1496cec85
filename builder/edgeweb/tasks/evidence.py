"""Why a site claims what it claims: each kind of model says it in these values, and the stronger source wins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from edgeweb.schema.evidence import STRENGTH, Claim, Evidence, Plain, Source

_ORDER: tuple[Claim, ...] = get_args(Claim)


@dataclass(frozen=True)
class Said:
    """One claim with its source; `origin`: the file, operator or run that says it, in a few words.

    `settle`: of what is assumed the lines for `edgeweb.toml` that would say it. `about`: the input or output, where a
    claim is made of several.
    """

    claim: Claim
    value: Plain | tuple[Plain, ...]
    source: Source
    origin: str
    settle: str = ""
    about: str = ""

    @property
    def evidence(self) -> Evidence:
        """As the manifest has it."""
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return Evidence(claim=self.claim, value=value, source=self.source, origin=self.origin)


@dataclass(frozen=True)
class Origin:
    """Who set a setting: the user on the command line, or a file beside the model."""

    source: Source
    file: str


def assumed(claim: Claim, value: Plain | tuple[Plain, ...], why: str, settle: str) -> Said:
    """What nothing has shown: whoever builds the site hears it, and no visitor is told so."""
    return Said(claim, value, "assumed", why, settle)


def strongest(*said: Said | None) -> Said | None:
    """Of several sources for one claim the strongest, of equal ones the first."""
    known = [each for each in said if each is not None]
    return min(known, key=lambda each: STRENGTH.index(each.source), default=None)


def ordered(said: Iterable[Said]) -> tuple[Said, ...]:
    """One of each claim, the strongest, in the order of the claims; of pre-processing, one for each input."""
    kept: dict[tuple[int, str], Said] = {}
    for each in said:
        key = (_ORDER.index(each.claim), each.about)
        kept[key] = strongest(kept.get(key), each) or each
    return tuple(kept[key] for key in sorted(kept))


def about(said: Iterable[Said], claim: Claim) -> Said | None:
    """What is said of one claim."""
    return next((each for each in said if each.claim == claim), None)


def known(said: Iterable[Said], claim: Claim) -> bool:
    """Whether it is claimed and more than assumed."""
    found = about(said, claim)
    return found is not None and found.source != "assumed"


def assumptions(said: Iterable[Said]) -> list[Said]:
    """What is assumed, in the order of the claims."""
    return [each for each in said if each.source == "assumed"]
