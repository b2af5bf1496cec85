"""A draft of a model: each layer's multiples as coarse as its answers bear, the rest of each multiple to come later.

Coarsening layer l by m adds about c_l * (m^2 - 1) to the outputs' squared error. c_l is measured, a layer at a time;
for a price of error the best m of each layer follows by itself, and one number, the price, is left to search
(Shoham and Gersho, "Efficient bit allocation for an arbitrary set of quantizers", 1988).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from edgeweb.coding import refine
from edgeweb.coding.grid import Grid
from edgeweb.compress import stored
from edgeweb.compress.layers import Probe
from edgeweb.inputs.golden import Array

# 1: the layer comes whole, with the draft.
DIVISORS = (1, 3, 5, 7, 9, 15, 31, 63)
_TRIAL = 5
# A smaller layer has few bytes to hold back, and steps and tables of its own to repeat.
_LEAST_WEIGHTS = 2048
_ROUNDS = 9

Divisors = Mapping[str, int]


def halves(grids: Mapping[str, Grid], divisors: Divisors) -> dict[str, Grid]:
    """The grids that the draft has: coarse where there is a divisor, otherwise as they are."""
    return {name: refine.coarse(grid, divisors[name]) if name in divisors else grid for name, grid in grids.items()}


def smallest(
    probe: Probe, grids: Mapping[str, Grid], feeds: Sequence[Mapping[str, Array]], passes: Callable[[Divisors], bool]
) -> Divisors:
    """The divisors of the draft with the fewest bytes that `passes`; none where not even a little less passes.

    Args:
        grids: of the whole model, by layer.
        feeds: to measure layers on.
    """
    large = {name: grid for name, grid in grids.items() if grid.multiples.size >= _LEAST_WEIGHTS}
    rates = {name: _rates(grid) for name, grid in large.items()}
    minds = _measured(probe, grids, list(large), feeds)

    def at(price: float) -> Divisors:
        costs = {
            name: min(rate, key=lambda m: rate[m] + math.exp(price) * minds[name] * (m * m - 1))
            for name, rate in rates.items()
        }
        return {name: divisor for name, divisor in costs.items() if divisor > 1}

    # From errors that cost nothing to errors that no bit is worth.
    low, high = -10.0, 60.0
    best: Divisors = {}
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        found = at(middle)
        if found and not passes(found):
            low = middle
        else:
            best, high = found, middle
    return best


def _rates(grid: Grid) -> dict[int, float]:
    """Bits that the draft spends on the grid, by divisor."""
    fitting = [divisor for divisor in DIVISORS[1:] if refine.fits(grid, divisor)]
    return {1: stored.bits([grid]), **{divisor: stored.bits([refine.coarse(grid, divisor)]) for divisor in fitting}}


def _measured(
    probe: Probe, grids: Mapping[str, Grid], names: Sequence[str], feeds: Sequence[Mapping[str, Array]]
) -> dict[str, float]:
    """How much the outputs mind that a layer alone is coarsened, in units of m^2 - 1."""
    values = stored.values_of(grids)
    reference = probe.run(feeds, values, watched=True)
    found = {}
    for name in names:
        trial = refine.coarse(grids[name], _TRIAL).values()
        error = stored.noise(reference, probe.run(feeds, {**values, name: trial}, watched=True))
        found[name] = max(min(error, 1e6), 1e-12) / (_TRIAL**2 - 1)
    return found
