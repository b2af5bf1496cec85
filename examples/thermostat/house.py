"""A house with one heater, and the household in it: what the thermostat has to live with.

The house is one thermal mass. In dt hours its temperature changes by

    dT = dt / CAPACITY * (HEATER * power - LOSS * (T - outdoors))

with CAPACITY 3 kWh/K, LOSS 0.18 kW/K and HEATER 7 kW: left alone it cools by half of the difference in 11.6 hours, and
at 0 degrees outdoors the heater needs 53 minutes for one degree at 20. So a house that has cooled must be heated long
before somebody comes. page/house.js has the same three figures.
"""

import math

import numpy as np

CAPACITY, LOSS, HEATER = 3.0, 0.18, 7.0
STEP = 1 / 6  # hours between two decisions
DAY = round(24 / STEP)


def warmer(inside, outdoors, power):
    """The temperature one step later."""
    return inside + STEP / CAPACITY * (HEATER * power - LOSS * (inside - outdoors))


def outdoors(hour, mean):
    """Coldest at four in the morning, 3.5 degrees above the day's mean at four in the afternoon."""
    return mean - 3.5 * np.cos(2 * math.pi * (hour - 4) / 24)


def leaving(hour: float, weekend: bool) -> float:
    """How likely somebody who is at home leaves within a step."""
    if weekend:
        return 0.05 if 10 <= hour < 15 else 0.01
    return 0.45 if 7.5 <= hour < 9 else 0.02 if 9 <= hour < 20 else 0.0


def coming(hour: float, weekend: bool) -> float:
    """How likely somebody who is out comes back within a step."""
    if weekend:
        return 0.1 if 12 <= hour < 22 else 0.03
    return 0.3 if 16.5 <= hour < 19 else 0.02 if 9 <= hour < 16.5 else 0.15


def wanted(hour, target):
    """Three degrees less will do while people sleep."""
    return np.where((hour >= 22.5) | (hour < 6), target - 3, target)
