"""Which form of a file a request gets: content coding, byte range or "not modified" (RFC 9110, sections 12 to 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

IDENTITY = "identity"

# Listed by the client in no way, identity is still allowed, but anything that it did list comes first (12.5.3).
_UNASKED = 0.0001
_WEIGHT = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)
_RANGE = re.compile(r"bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.IGNORECASE)
_ETAG = re.compile(r'(W/)?("[^"]*")')
# int() refuses more than 4,300 digits and no file has more than 18.
_MAX_DIGITS = 18


def choose_coding(accept: str | None, sizes: Mapping[str, int]) -> str | None:
    """The coding to send: the highest weight, then the fewest bytes.

    Args:
        accept: the Accept-Encoding header; None when there is none, which asks for the plain bytes.
        sizes: bytes of each form on offer, `identity` among them.

    Returns:
        A key of `sizes`, or None when the client refuses all of them.
    """
    if accept is None:
        return IDENTITY
    weights = _weights(accept)

    def weight(coding: str) -> float:
        return weights.get(coding, weights.get("*", _UNASKED if coding == IDENTITY else 0.0))

    usable = [coding for coding in sizes if weight(coding) > 0]
    return max(usable, key=lambda coding: (weight(coding), -sizes[coding]), default=None)


def _weights(accept: str) -> dict[str, float]:
    """Coding to weight; an entry whose weight cannot be read counts as absent."""
    weights: dict[str, float] = {}
    for entry in accept.split(","):
        name, *parameters = (part.strip() for part in entry.split(";"))
        coding = name.lower().removeprefix("x-")  # x-gzip is gzip (8.4.1.3)
        if not parameters:
            weights[coding] = 1.0
        elif found := _WEIGHT.fullmatch("".join(parameters[0].split())):
            weights[coding] = float(found[1])
    return weights


def byte_range(value: str, size: int) -> range | None:
    """The bytes that a Range header asks for.

    Returns:
        None when the header is to be ignored (malformed, another unit, several ranges); an empty range when it
        cannot be satisfied (416).
    """
    found = _RANGE.fullmatch(value)
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        return range(max(0, size - _number(found[2])), size)
    start = _number(found[1])
    last = _number(found[2]) if found[2] else size
    if last < start:
        # Backwards is malformed, but an open range that starts past the end is unsatisfiable.
        return None if found[2] else range(0)
    return range(start, min(last + 1, size)) if start < size else range(0)


def _number(digits: str) -> int:
    significant = digits.lstrip("0")
    return 10**_MAX_DIGITS if len(significant) > _MAX_DIGITS else int(significant or "0")


def not_modified(if_none_match: str | None, etag: str) -> bool:
    """Whether the client holds `etag` already; weak and strong tags compare alike here (13.1.2)."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or any(tag == etag for _, tag in _ETAG.findall(if_none_match))


def precondition_failed(if_match: str | None, if_unmodified_since: str | None, etag: str, modified: int) -> bool:
    """Whether the client wants a file that this one no longer is (13.1.1, 13.1.4).

    Args:
        if_match: tags of which one must be `etag`; a weak one never is.
        if_unmodified_since: a date; it counts where there is no `if_match`, and when it is one.
        etag: the file's.
        modified: when the file was last written, in seconds since 1970.
    """
    if if_match is not None:
        return if_match.strip() != "*" and ("", etag) not in _ETAG.findall(if_match)
    if if_unmodified_since is None:
        return False
    try:
        known = parsedate_to_datetime(if_unmodified_since)
    except (ValueError, OverflowError):
        return False
    # As numbers, because a file's time may lie beyond the last year of a datetime.
    return modified > (known if known.tzinfo else known.replace(tzinfo=UTC)).timestamp()


def range_allowed(if_range: str | None, etag: str) -> bool:
    """Whether a Range header counts: only for the very bytes the client holds a part of (strong comparison, 13.1.5)."""
    return if_range is None or if_range.strip() == etag
