"""Sketches of sixteen things, each drawn as unsteadily as a person with a thick pen would."""

import math
import random

import numpy as np
from PIL import Image, ImageDraw

Path = list[tuple[float, float]]


def arc(x: float, y: float, across: float, down: float, start: float = 0.0, end: float = 1.0) -> Path:
    """Part of an ellipse, from one angle to another in turns; 0 is at the right, a quarter below."""
    angles = [2 * math.pi * (start + (end - start) * step / 24) for step in range(25)]
    return [(x + across * math.cos(angle), y + down * math.sin(angle)) for angle in angles]


def ring(*points: tuple[float, float]) -> Path:
    """Straight lines, back to where they began."""
    return [*points, points[0]]


def rays(x: float, y: float, inner: float, outer: float, count: int, turn: float) -> list[Path]:
    """Lines away from a middle."""
    angles = [2 * math.pi * (turn + step / count) for step in range(count)]
    return [[(x + far * math.cos(angle), y + far * math.sin(angle)) for far in (inner, outer)] for angle in angles]


def bicycle(dice: random.Random) -> list[Path]:
    size, seat, bar = dice.uniform(0.18, 0.23), dice.uniform(0.34, 0.42), dice.uniform(0.25, 0.36)
    frame = [(0.23, 0.7), (0.4, seat + 0.08), (0.68, bar + 0.12), (0.48, 0.7), (0.23, 0.7)]
    wheels = [arc(0.23, 0.7, size, size), arc(0.77, 0.7, size, size)]
    return [*wheels, frame, [(0.77, 0.7), (0.66, bar), (0.76, bar - 0.03)], [(0.32, seat), (0.47, seat)]]


def boat(dice: random.Random) -> list[Path]:
    deck, top, mast = dice.uniform(0.62, 0.7), dice.uniform(0.05, 0.15), dice.uniform(0.42, 0.55)
    hull = ring((0.08, deck), (0.92, deck), (dice.uniform(0.7, 0.8), 0.9), (dice.uniform(0.2, 0.3), 0.9))
    sails = [ring((mast, top), (mast, deck - 0.06), (dice.uniform(0.78, 0.9), deck - 0.06))]
    if dice.random() < 0.5:
        sails.append(ring((mast, top + 0.12), (mast, deck - 0.06), (0.16, deck - 0.06)))
    return [hull, [(mast, top), (mast, deck)], *sails]


def car(dice: random.Random) -> list[Path]:
    roof, line, size = dice.uniform(0.26, 0.36), dice.uniform(0.48, 0.54), dice.uniform(0.08, 0.12)
    body = ring(
        (0.05, 0.74), (0.05, line), (0.24, line), (0.34, roof), (0.66, roof), (0.78, line),
        (0.95, line + 0.04), (0.95, 0.74),
    )  # fmt: skip
    windows = [[(0.27, line), (0.75, line)]] if dice.random() < 0.5 else []
    return [body, *windows, arc(0.26, 0.76, size, size), arc(0.74, 0.76, size, size)]


def cat(dice: random.Random) -> list[Path]:
    ear, eye = dice.uniform(0.02, 0.12), dice.uniform(0.4, 0.5)
    ears = [[(0.16, 0.4), (0.2, ear), (0.42, 0.24)], [(0.58, 0.24), (0.8, ear), (0.84, 0.4)]]
    hairs = [[(0.5 + side * 0.15, 0.65 + at), (0.5 + side * 0.5, 0.6 + 2 * at)] for side in (-1, 1) for at in (0, 0.06)]
    face = [arc(0.36, eye, 0.03, 0.03), arc(0.64, eye, 0.03, 0.03), ring((0.46, 0.6), (0.54, 0.6), (0.5, 0.66))]
    return [arc(0.5, 0.56, 0.37, 0.36), *ears, *face, *hairs[: dice.choice((2, 4, 4))]]


def cloud(dice: random.Random) -> list[Path]:
    bumps = [(0.2, 0.6, 0.16), (0.36, 0.42, 0.2), (0.62, 0.4, 0.22), (0.82, 0.58, 0.15)]
    outline: Path = []
    for (x, y, size), (start, end) in zip(bumps, [(0.25, 0.68), (0.45, 0.85), (0.6, 1.02), (0.75, 1.25)], strict=True):
        outline += arc(x, y + dice.uniform(-0.03, 0.03), size, size, start, end)
    return [[*outline, (0.2, dice.uniform(0.73, 0.78))]]


def cup(dice: random.Random) -> list[Path]:
    top, foot = dice.uniform(0.22, 0.32), dice.uniform(0.0, 0.12)
    body = ring((0.12, top), (0.68, top), (0.68 - foot, 0.85), (0.12 + foot, 0.85))
    steam = [[(x, top - 0.06), (x + 0.05, top - 0.13), (x - 0.02, top - 0.2)] for x in (0.28, 0.48)]
    return [body, arc(0.68, 0.52, dice.uniform(0.15, 0.22), 0.17, -0.25, 0.25), *(steam if dice.random() < 0.5 else [])]


def face(dice: random.Random) -> list[Path]:
    smile, eye = dice.uniform(0.08, 0.2), dice.uniform(0.36, 0.44)
    eyes = [arc(0.35, eye, 0.03, 0.04), arc(0.65, eye, 0.03, 0.04)]
    nose = [[(0.5, 0.45), (0.47, 0.58), (0.53, 0.58)]] if dice.random() < 0.5 else []
    return [arc(0.5, 0.5, 0.42, 0.44), *eyes, *nose, arc(0.5, 0.64, 0.2, smile, 0.02, 0.48)]


def fish(dice: random.Random) -> list[Path]:
    high, tail = dice.uniform(0.2, 0.28), dice.uniform(0.14, 0.22)
    fins = [[(0.32, 0.5 - high), (0.48, 0.32 - high), (0.56, 0.53 - high)]] if dice.random() < 0.4 else []
    back = ring((0.72, 0.5), (0.96, 0.5 - tail), (0.96, 0.5 + tail))
    return [arc(0.4, 0.5, 0.34, high), back, arc(0.22, 0.45, 0.025, 0.025), *fins]


def flower(dice: random.Random) -> list[Path]:
    count, turn = dice.choice((5, 5, 6)), dice.random()
    middles = [2 * math.pi * (turn + step / count) for step in range(count)]
    petals = [arc(0.5 + 0.19 * math.cos(each), 0.28 + 0.17 * math.sin(each), 0.1, 0.1) for each in middles]
    leaf = arc(0.64, 0.76, 0.12, 0.06) if dice.random() < 0.6 else [(0.5, 0.85), (0.7, 0.68)]
    return [arc(0.5, 0.28, 0.09, 0.09), *petals, [(0.5, 0.5), (0.5, 0.98)], leaf]


def heart(dice: random.Random) -> list[Path]:
    dip = dice.uniform(0.24, 0.32)
    left = arc(0.29, 0.32, 0.22, 0.2, 0.5, 1.0)
    return [
        [
            (0.5, 0.93),
            (0.07, 0.4),
            *left,
            (0.5, dip + 0.08),
            *arc(0.71, 0.32, 0.22, 0.2, 0.5, 1.0),
            (0.93, 0.4),
            (0.5, 0.93),
        ]
    ]


def house(dice: random.Random) -> list[Path]:
    eaves, door = dice.uniform(0.4, 0.5), dice.uniform(0.38, 0.6)
    walls = ring((0.15, eaves), (0.85, eaves), (0.85, 0.95), (0.15, 0.95))
    more = [[(door, 0.95), (door, 0.68), (door + 0.16, 0.68), (door + 0.16, 0.95)]]
    if dice.random() < 0.6:
        more.append(ring((0.23, 0.58), (0.36, 0.58), (0.36, 0.72), (0.23, 0.72)))
    if dice.random() < 0.4:
        more.append([(0.68, 0.22), (0.68, 0.08), (0.78, 0.08), (0.78, 0.32)])
    return [walls, [(0.06, eaves), (0.5, dice.uniform(0.02, 0.14)), (0.94, eaves)], *more]


def ice_cream(dice: random.Random) -> list[Path]:
    rim = dice.uniform(0.4, 0.46)
    cone = ring((0.26, rim), (0.74, rim), (0.5, 0.98))
    lines = [[(0.36, 0.62), (0.58, 0.48)], [(0.42, 0.76), (0.66, 0.56)]] if dice.random() < 0.5 else []
    second = [arc(0.5, 0.16, 0.15, 0.14)] if dice.random() < 0.4 else []
    return [cone, arc(0.5, rim, 0.25, 0.27, 0.5, 1.0), *lines, *second]


def star(dice: random.Random) -> list[Path]:
    turn = dice.uniform(-0.03, 0.03)
    angles = [2 * math.pi * (turn - 0.25 + step / 10) for step in range(10)]
    outer, inner = 0.47, dice.uniform(0.17, 0.22)
    points = [((outer, inner)[k % 2], angle) for k, angle in enumerate(angles)]
    if dice.random() < 0.4:
        points = [(outer, angles[k]) for k in (0, 4, 8, 2, 6)]
    return [ring(*((0.5 + far * math.cos(angle), 0.5 + far * math.sin(angle)) for far, angle in points))]


def sun(dice: random.Random) -> list[Path]:
    size = dice.uniform(0.18, 0.25)
    return [arc(0.5, 0.5, size, size), *rays(0.5, 0.5, size + 0.08, 0.48, dice.choice((7, 8, 9, 10)), dice.random())]


def tree(dice: random.Random) -> list[Path]:
    trunk = [[(0.44, 0.62), (0.43, 0.97)], [(0.56, 0.62), (0.57, 0.97)]]
    if dice.random() < 0.4:
        return [ring((0.5, 0.03), (0.2, 0.4), (0.8, 0.4)), ring((0.5, 0.22), (0.14, 0.66), (0.86, 0.66)), *trunk]
    if dice.random() < 0.5:
        return [arc(0.5, 0.35, 0.33, 0.32), *trunk]
    crown = [arc(x, y, 0.19, 0.19, *ends) for x, y, ends in ((0.3, 0.42, (0.2, 0.78)), (0.5, 0.24, (0.5, 1.0)))]
    return [[*crown[0], *crown[1], *arc(0.7, 0.42, 0.19, 0.19, -0.28, 0.3), (0.3, 0.6)], *trunk]


def umbrella(dice: random.Random) -> list[Path]:
    rim, hook = dice.uniform(0.45, 0.52), dice.choice((-1, 1))
    waves = (
        [arc(x, rim, 0.14, 0.07, 1.0, 0.5) for x in (0.22, 0.5, 0.78)]
        if dice.random() < 0.6
        else [[(0.07, rim), (0.93, rim)]]
    )
    stick = [
        (0.5, rim),
        (0.5, 0.86),
        *arc(0.5 + hook * 0.08, 0.86, 0.08, 0.1, 0.5 if hook > 0 else 0, 0 if hook > 0 else 0.5),
    ]
    return [arc(0.5, rim, 0.43, 0.42, 0.5, 1.0), *waves, stick]


THINGS = (bicycle, boat, car, cat, cloud, cup, face, fish, flower, heart, house, ice_cream, star, sun, tree, umbrella)
NAMES = tuple(thing.__name__.replace("_", " ") for thing in THINGS)


def unsteady(paths: list[Path], dice: random.Random) -> list[np.ndarray]:
    """As a hand has it: leaning, stretched, somewhere on the sheet, with corners that are off and open ends."""
    lean, stretch, size = dice.gauss(0, 0.12), dice.uniform(0.8, 1.25), dice.uniform(0.5, 0.88)
    mirrored = dice.choice((-1, 1))
    across, down = size * min(1, stretch), size * min(1, 1 / stretch)
    x, y = (0.5 + dice.uniform(-1, 1) * (1 - 0.06 - side) / 2 for side in (across, down))
    turn = np.array([[math.cos(lean), -math.sin(lean)], [math.sin(lean), math.cos(lean)]])
    found = []
    for path in paths:
        points = np.array(path) - 0.5
        steps = np.linspace(0, len(points) - 1, 8 * len(points) if len(points) < 12 else len(points))
        fine = np.stack([np.interp(steps, range(len(points)), points[:, axis]) for axis in (0, 1)], axis=-1)
        phases = np.array([[dice.uniform(0, 6.3), dice.uniform(0, 6.3)] for _ in range(3)])
        along = np.linspace(0, 1, len(fine))[:, None]
        wobble = sum(np.sin(phase + 6.3 * (k + 0.5) * along) / (k + 1) for k, phase in enumerate(phases))
        fine = fine + dice.uniform(0.004, 0.016) * wobble + np.array([dice.gauss(0, 0.01), dice.gauss(0, 0.01)])
        found.append((fine * [mirrored, 1]) @ turn.T * [across, down] + [x, y])
    return found


def sketch(thing: int, dice: random.Random, side: int, fine: int = 3) -> Image.Image:
    """One of them in black on white, drawn finer and brought to `side` pixels."""
    sheet = Image.new("L", (side * fine, side * fine), 255)
    pen = ImageDraw.Draw(sheet)
    width = dice.uniform(0.045, 0.1) * side * fine
    for path in unsteady(THINGS[thing](dice), dice):
        points = [(x * side * fine, y * side * fine) for x, y in path]
        pen.line(points, fill=0, width=round(width), joint="curve")
        for px, py in (points[0], points[-1]):
            pen.ellipse((px - width / 2, py - width / 2, px + width / 2, py + width / 2), fill=0)
    return sheet.resize((side, side), Image.Resampling.BOX)
