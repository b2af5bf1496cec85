"""A deployment where files are replaced one by one: assets first, and the ledger says meanwhile what is in doubt."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

import msgspec

from edgeweb.errors import EdgewebError
from edgeweb.targets import claims, ledger
from edgeweb.targets.common import Teller, Wanted, raced
from edgeweb.targets.ledger import Entry, Ledger
from edgeweb.targets.plan import Plan, plan
from edgeweb.targets.shipment import Shipment

Phases = Sequence[Mapping[str, Entry]]
_RENEW_EVERY_S = 60.0


class OutrunError(Exception):
    """Somebody else has written the ledger since it was read."""


class Place(Protocol):
    """A host's room for one site. Everything that fails is an EdgewebError; no file is ever there in part."""

    @property
    def name(self) -> str:
        """As it is told in errors."""

    def read(self) -> bytes | None:
        """The ledger, and from now on `write` refuses when it is not this one any more."""

    def write(self, data: bytes) -> None:
        """The ledger. OutrunError where another one was written since `read`, or the last `write`."""

    def send(self, phases: Phases, tell: Teller, alive: Callable[[], None]) -> None:
        """The files of each phase, wholly before those of the next; `alive` is called now and then."""

    def delete(self, paths: Sequence[str]) -> None:
        """Those of them that are there."""


def deploy(
    place: Place, site: Shipment, wanted: Wanted, tell: Teller, files: Mapping[str, Entry] | None = None
) -> Plan:
    """What was done, or with `wanted.dry` would be. Cut at any moment, the next deployment mends it."""
    tell(f"reading what is on {place.name}")
    known = ledger.decode(place.read())
    claims.check(place.name, known, wanted)
    planned = plan(site, known, wanted.at, wanted.keep_days, files)
    if wanted.dry:
        return planned
    with claims.token() as token:
        claim = _Claim(place, claims.begun(planned, known, token))
        try:
            claim.write(claim.ledger)
        except OutrunError:
            raise raced(place.name, ledger.decode(place.read())) from None
        try:
            _carry_out(place, planned, claim, tell)
        except OutrunError:
            raise raced(place.name, ledger.decode(place.read())) from None
        except BaseException:
            claim.give_up()
            raise
    return planned


def _carry_out(place: Place, planned: Plan, claim: _Claim, tell: Teller) -> None:
    if planned.phases:
        place.send(planned.phases, tell, claim.alive)
    if planned.deleted:
        # The new one counts from here on. Whoever comes after a cut finds what is still to be deleted.
        about = claim.ledger.begun and msgspec.structs.replace(claim.ledger.begun, files=dict(planned.deleted))
        claim.write(msgspec.structs.replace(planned.ledger, begun=about))
        tell(f"deleting {len(planned.deleted)} files that nobody needs")
        place.delete(list(planned.deleted))
    claim.write(planned.ledger)


class _Claim:
    """The ledger while the deployment goes on."""

    def __init__(self, place: Place, first: Ledger) -> None:
        self._place, self.ledger, self._last = place, first, time.monotonic()

    def write(self, new: Ledger) -> None:
        self._place.write(ledger.encode(new))
        self.ledger, self._last = new, time.monotonic()

    def alive(self) -> None:
        """Says now and then that this deployment still goes on. OutrunError where another has taken it for cut."""
        if time.monotonic() - self._last > _RENEW_EVERY_S:
            self.write(claims.renewed(self.ledger))

    def give_up(self) -> None:
        """So that the next need not wait. Where even that fails, it has to."""
        with suppress(EdgewebError, OutrunError):
            self.write(claims.renewed(self.ledger, timedelta()))
