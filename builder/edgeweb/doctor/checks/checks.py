"""Every check, in the order in which a site is looked at."""

from __future__ import annotations

from itertools import chain

from edgeweb.doctor.checks import (
    caching,
    channels,
    deployments,
    encodings,
    files,
    headers,
    limits,
    manifests,
    missing,
    pages,
    policies,
    privacy,
    ranges,
    redirects,
    security,
    signatures,
    types,
    workers,
)  # fmt: skip
from edgeweb.doctor.common import Check

_ROOMS = (
    security, redirects, manifests, pages, files, encodings, types, ranges, workers, missing, caching, headers,
    policies, privacy, limits, deployments, channels, signatures,
)  # fmt: skip
CHECKS: tuple[Check, ...] = tuple(chain.from_iterable(room.CHECKS for room in _ROOMS))
