"""What a check is, what it finds, and what all of them together say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from edgeweb.doctor.folder import Folder
    from edgeweb.doctor.visit import Visit

State = Literal["pass", "warn", "fail", "skipped"]


@dataclass(frozen=True)
class Finding:
    """What one look found. `what`: what is wrong; where nothing is, what was seen; where nobody looked, why.

    `consequence`: for a visitor; `mend`: for the very host. Both are empty where there is nothing to mend.
    """

    state: State
    what: str
    consequence: str = ""
    mend: str = ""


@dataclass(frozen=True)
class Check:
    """One thing that is looked at. `about`: what holds where it passes.

    `host`, `folder`: how it is looked at, each yielding what is wrong; nothing where all is well. Without `host` it is
    of no host, without `folder` only a host can show it.
    """

    name: str
    about: str
    host: Callable[[Visit], Iterable[Finding]] | None = None
    folder: Callable[[Folder], Iterable[Finding]] | None = None


@dataclass(frozen=True)
class Checked:
    """A check, and one thing that it found."""

    name: str
    state: State
    what: str
    consequence: str = ""
    mend: str = ""

    @classmethod
    def of(cls, name: str, found: Finding) -> Checked:
        """The same, under the name of its check."""
        return cls(name, found.state, found.what, found.consequence, found.mend)


@dataclass(frozen=True)
class Diagnosis:
    """What was looked at. `where`: as it was asked for; `host`: what serves it, as far as its answers tell."""

    where: str
    release: str
    host: str
    checks: Sequence[Checked]

    @property
    def passed(self) -> bool:
        """Whether no check failed; warnings do not count."""
        return not self.of("fail")

    def of(self, state: State) -> list[Checked]:
        """What ended so."""
        return [each for each in self.checks if each.state == state]

    @property
    def document(self) -> dict[str, Any]:
        """For --json."""
        checks = [{"name": each.name, "state": each.state, **_said(each)} for each in self.checks]
        counts = {state: len(self.of(state)) for state in ("pass", "warn", "fail", "skipped")}
        about = {"where": self.where, "release": self.release, "host": self.host}
        return {**about, "passed": self.passed, "counts": counts, "checks": checks}


def _said(each: Checked) -> dict[str, str]:
    found = {"what": each.what, "consequence": each.consequence, "mend": each.mend}
    return {name: text for name, text in found.items() if text}


def several(paths: Sequence[str], most: int = 3, *, ranked: bool = False) -> str:
    """The first of some paths, and how many more there are; the site's page is called "/".

    `ranked`: they stand in an order of their own; otherwise pages come first, and assets last.
    """
    named = [path or "/" for path in paths]
    if not ranked:
        named.sort(key=lambda path: (path != "/", path.startswith("assets/"), path))
    more = len(named) - most
    return ", ".join(named[:most]) + (f" and {more} more" if more > 0 else "")


def listed(words: Sequence[str]) -> str:
    """Words as a sentence has them."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
