"""Who gets what, changed: each takes `channels.json` as it is and gives it as it should be, with a sentence on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from edgeweb.errors import UsageError, did_you_mean
from edgeweb.release import channels
from edgeweb.release.channels import Arm, Canary, Channels, Experiment

Channel = Literal["stable", "canary"]


@dataclass(frozen=True)
class Present:
    """A folder of releases: what it gives visitors, what is in it, and what was stable, the present one last."""

    name: str
    channels: Channels
    releases: Sequence[str]
    history: Sequence[str]

    def release(self, name: str) -> str:
        """One of them by its id, or by what it begins with."""
        here = self.releases
        fits = [each for each in here if each == name] or [e for e in here if len(name) > 3 and e.startswith(name)]
        if len(fits) > 1:
            raise UsageError(f"{name} is not one release", f"so begin {', '.join(fits)}", "Write more of it")
        if not fits:
            hint = did_you_mean(name, here, "See: edgeweb release list, or add it first: edgeweb release add DIR")
            raise UsageError(f"There is no release {name}", f"{self.name} has {', '.join(here) or 'none'}", hint)
        if fits[0] in self.channels.revoked:
            why = "channels.json revokes it, and browsers keep to that"
            raise UsageError(f"Release {fits[0]} cannot be used", why, "Build it again with something changed")
        return fits[0]


Changed = tuple[Channels, list[str]]


def promoted(present: Present, name: str, channel: Channel, percent: float) -> Changed:
    """A release for all visitors, or for some; whoever is in a canary stays in when it grows."""
    found, release = present.channels, present.release(name)
    if found.experiment is not None and (channel == "canary" or release != found.stable):
        why = "it compares releases, and a change would mix its figures"
        hint = f"Run: edgeweb release stop {found.experiment.name}"
        raise UsageError(f"The experiment {found.experiment.name} is running", why, hint)
    if channel == "stable":
        canary = found.canary
        rest = None if canary is not None and canary.release == release else canary
        said = [f"{release} is stable: every visitor gets it at the next visit"]
        return replace(found, stable=release, canary=rest), said
    return _canary(found, release, percent)


def _canary(found: Channels, release: str, percent: float) -> Changed:
    if release == found.stable:
        raise UsageError(f"{release} is stable", "every visitor has it already", "Name another release")
    _check_share(percent)
    before = found.canary
    salt = before.salt if before is not None and before.release == release else channels.new_salt()
    fresh = Canary(release=release, percent=_plain(percent), salt=salt)
    return replace(found, canary=fresh), [f"{release} is the canary: {percent:g} % of visitors get it"]


def compared(present: Present, name: str, arms: Sequence[tuple[str, str]], percent: float) -> Changed:
    """An experiment; named again with the same arms it keeps everybody where they are."""
    found = present.channels
    _check_alone(found, name)
    if name in ("stable", "canary"):
        raise UsageError(f"An experiment cannot be called {name}", "that is a channel", "Choose another name")
    each = [(arm, present.release(release)) for arm, release in arms]
    _check_share(percent)
    if len({arm for arm, _ in each}) < len(each) or len({release for _, release in each}) < len(each):
        why = "two have one name, or one release"
        raise UsageError("The arms cannot be told apart", why, "Name each once, such as A=ID B=ID")
    if len(each) < 2:
        raise UsageError("There is one arm", "an experiment compares two or more", "Name them, such as A=ID B=ID")
    control = next((_name(arm) for arm, release in each if release == found.stable), None)
    parts = [Arm(name=_name(arm), release=it, percent=_plain(percent)) for arm, it in each if it != found.stable]
    most = 100 / len(parts)
    if not 0 < percent <= most:
        why = f"{len(parts)} arm{'s have' if len(parts) > 1 else ' has'} at most {most:g} % each"
        raise UsageError(f"{percent:g} % cannot be given to each arm", why, "Give fewer with --percent")
    before = found.experiment
    stays = before is not None and [arm.name for arm in before.arms] == [arm.name for arm in parts]
    salt = before.salt if stays and before is not None else channels.new_salt()
    fresh = Experiment(name=_name(name), salt=salt, arms=parts, control=control)
    rest = "the others get the stable release" + (f", which is arm {control}" if control else "")
    said = f"{name}: {', '.join(f'{arm.name} {percent:g} %' for arm in parts)} of visitors; {rest}"
    return replace(found, experiment=fresh), [said]


def _check_alone(found: Channels, name: str) -> None:
    if found.experiment is not None and found.experiment.name != name:
        hint = f"Run: edgeweb release stop {found.experiment.name}"
        raise UsageError(f"The experiment {found.experiment.name} is running", "there can be one at a time", hint)
    if found.canary is not None:
        why = f"{found.canary.release} goes to {found.canary.percent:g} % of visitors, which would mix the figures"
        raise UsageError("There is a canary", why, "Promote it to stable, or: edgeweb release stop canary")


def stopped(present: Present, name: str) -> Changed:
    """Without the experiment of that name, or without the canary."""
    found = present.channels
    said = [f"{name} has ended: its visitors get {found.stable} at their next visit"]
    if found.experiment is not None and found.experiment.name == name:
        return replace(found, experiment=None), said
    if found.canary is not None and name in ("canary", found.canary.release):
        return replace(found, canary=None), said
    running = [found.experiment.name] if found.experiment else ["canary"] if found.canary else []
    hint = did_you_mean(name, running, f"Running: {', '.join(running) or 'nothing'}")
    raise UsageError(f"{name} is not running", "there is no experiment or canary of that name", hint)


def rolled_back(present: Present, without: Sequence[str] = ()) -> Changed:
    """The stable release before this one; a canary or an experiment ends with it."""
    found = present.channels
    gone = {found.stable, *found.revoked, *without}
    before = next((each for each in reversed(present.history) if each not in gone and each in present.releases), None)
    if before is None:
        why = "no release that was stable before is in the folder"
        raise UsageError("There is nothing to go back to", why, "Add a release and promote it")
    ended = "; what was compared with it has ended" if found.canary or found.experiment else ""
    said = [f"{before} is stable again, {found.stable} is not{ended}"]
    return replace(found, stable=before, canary=None, experiment=None), said


def revoked(present: Present, name: str) -> Changed:
    """A release for nobody, and stopped where it is open."""
    found = present.channels
    release = name if name in found.revoked else present.release(name)
    said = [f"{release} is revoked: it stops wherever it is open, at that page's next look"]
    if release == found.stable:
        found, more = rolled_back(present, [release])
        said += more
    if found.canary is not None and found.canary.release == release:
        found = replace(found, canary=None)
    if found.experiment is not None and release in {arm.release for arm in found.experiment.arms}:
        said.append(f"the experiment {found.experiment.name} has ended")
        found = replace(found, experiment=None)
    return replace(found, revoked=[*(each for each in found.revoked if each != release), release]), said


def replace(found: Channels, **changes: object) -> Channels:
    """The same with these parts changed."""
    return msgspec.structs.replace(found, **changes)


def _check_share(percent: float) -> None:
    if not 0 < percent <= 100:
        raise UsageError(f"{percent:g} % cannot be given", "a share of visitors is between 0 and 100", "See --percent")


def _plain(percent: float) -> float:
    """As it was typed: 5, and not 5.0."""
    return int(percent) if percent == int(percent) else percent


def _name(text: str) -> str:
    try:
        return msgspec.convert(text, channels.Name)
    except msgspec.ValidationError:
        why = "it is made of letters, digits, '_', '.' and '-', at most 32"
        raise UsageError(f'"{text}" is no name of an experiment or arm', why, "Choose another") from None
