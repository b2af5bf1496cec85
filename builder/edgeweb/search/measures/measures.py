"""The measures that decide how far two forms of a model agree."""

from __future__ import annotations

from edgeweb.search.measures import cosine, equal, top1
from edgeweb.search.measures.common import Measure

# The lowest figure decides; among equal ones the measure that comes first. `sqnr` is in dB, and has its own limit.
MEASURES: tuple[Measure, ...] = (top1, cosine, equal)
