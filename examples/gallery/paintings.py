"""Paintings of twelve manners, each made of shapes that the dice place and of a palette of five colours."""

import math
import random
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]

# From dark to light, with an accent at the end.
PALETTES: dict[str, tuple[str, ...]] = {
    "coral": ("#3b1f3f", "#a3395d", "#ee6c5b", "#ffc18a", "#ffe9a8"),
    "indigo": ("#0f1c3f", "#254a86", "#5f8fc9", "#cfe0ef", "#f6c544"),
    "moss": ("#1f3124", "#476b3c", "#8aa552", "#dfe3b4", "#d9622b"),
    "sand": ("#4a3423", "#9a6b3f", "#d4a373", "#f3e3c7", "#2f7f86"),
    "rose": ("#4b1d3a", "#b0477a", "#eb98b0", "#fbe4e2", "#6b8f3f"),
    "slate": ("#20262b", "#56636d", "#98a6ae", "#e8ecec", "#c8352b"),
}


def colours(palette: str) -> list[Colour]:
    return [(int(each[1:3], 16), int(each[3:5], 16), int(each[5:], 16)) for each in PALETTES[palette]]


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """From `one` (0) to `other` (1)."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def sky(side: int, *stops: Colour) -> Image.Image:
    """A sheet that goes from colour to colour, downwards."""
    at = np.linspace(0, len(stops) - 1, side)
    column = np.stack([np.interp(at, range(len(stops)), [stop[k] for stop in stops]) for k in range(3)], axis=-1)
    return Image.fromarray(np.repeat(column[:, None], side, axis=1).astype(np.uint8))


def ball(pen: ImageDraw.ImageDraw, x: float, y: float, size: float, fill: Colour) -> None:
    pen.ellipse((x - size, y - size, x + size, y + size), fill=fill)


def seascape(side: int, tone: list[Colour], dice: random.Random) -> Image.Image:
    dark, deep, middle, light, accent = tone
    sheet, line = sky(side, deep, middle, light), round(side * dice.uniform(0.5, 0.62))
    pen, sun, size = ImageDraw.Draw(sheet), side * dice.uniform(0.3, 0.7), side * dice.uniform(0.07, 0.12)
    ball(pen, sun, line - size * dice.uniform(0.1, 1.2), size, accent)
    for y in range(line, side, max(1, side // 90)):
        near = (y - line) / (side - line)
        pen.rectangle(
            (0, y, side, y + side // 90), fill=mixed(mixed(middle, deep, near), dark, 0.35 + 0.3 * dice.random())
        )
        if dice.random() < 0.75:
            wide = size * (0.5 + near) * dice.uniform(0.2, 1)
            pen.rectangle((sun - wide, y, sun + wide, y + side // 90), fill=mixed(accent, middle, 0.5 * near))
    return sheet


def mountains(side: int, tone: list[Colour], dice: random.Random) -> Image.Image:
    dark, _, middle, light, accent = tone
    sheet = sky(side, mixed(light, middle, 0.4), light)
    pen = ImageDraw.Draw(sheet)
    ball(pen, side * dice.uniform(0.2, 0.8), side * 0.22, side * 0.07, accent)
    for ridge in range(5):
        waves = [
            (dice.uniform(0.06, 0.12) / (k + 1), dice.uniform(2, 5) * (k + 1), dice.uniform(0, 6.3)) for k in range(4)
        ]
        base, xs = side * (0.36 + 0.13 * ridge), range(0, side + 1, max(1, side // 120))
        line = [(x, base - side * sum(high * math.sin(fast * x / side + at) for high, fast, at in waves)) for x in xs]
        pen.polygon([*line, (side, side), (0, side)], fill=mixed(mixed(middle, light, 0.4), dark, ridge / 4))
    return sheet


def colour_field(side: int, tone: list[Colour], dice: random.Random) -> Image.Image:
    ground, *rest = dice.sample(tone, 4)
    sheet = Image.new("RGB", (side, side), ground)
    pen, top, edge = ImageDraw.Draw(sheet), 0.07, 0.08
    shares = [dice.uniform(0.6, 1.4) for _ in rest[: dice.choice((2, 3))]]
    for fill, share in zip(rest, shares, strict=False):
        high = 0.86 * share / sum(shares)
        pen.rectangle((side * edge, side * top, side * (1 - edge), side * (top + high - 0.04)), fill=fill)
        top += high
    grain = np.random.default_rng(dice.randrange(1 << 30)).normal(0, 7, (side, side, 1))
    soft = np.asarray(sheet.filter(ImageFilter.GaussianBlur(side / 55))) + grain
    return Image.fromarray(soft.clip(0, 255).astype(np.uint8))


def grid(side: int, tone: list[Colour], dice: random.Random) -> Image.Image:
    dark, deep, middle, light, accent = tone
    sheet = Image.new("RGB", (side, side), mixed(light, (255, 255, 255), 0.5))
    pen = ImageDraw.Draw(sheet)
    rows, lines = ([0.0, *sorted(dice.sample([0.15, 0.28, 0.42, 0.58, 0.72, 0.86], 3)), 1.0] for _ in range(2))
    cells = [(a, b, c, d) for a, b in pairwise(rows) for c, d in pairwise(lines)]
    for (a, b, c, d), fill in zip(
        dice.sample(cells, 7), (accent, deep, accent, middle, deep, accent, dark), strict=True
    ):
        pen.rectangle((side * c, side * a, side * d, side * b), fill=fill)
    for at in rows:
        pen.line((0, side * at, side, side * at), fill=dark, width=side // 36)
    for at in lines:
        pen.line((side * at, 0, side * at, side), fill=dark, width=side // 36)
    return sheet


def rings(side: int, tone: list[Colour], dice: random.Random) -> Image.Image:
    sheet, count = Image.new("RGB", (side, side)), dice.choice((3, 3, 4))
    pen, cell = ImageDraw.Draw(sheet), side / count
    for row in range(count):
        for column in range(count):
            order = dice.sample(tone, 5)
            x, y = (column + 0.5) * cell, (row + 0.5) * cell
            pen.rectangle((x - cell / 2, y - cell / 2, x + cell / 2, y + cell / 2), fill=order[0])
            for ring, fill in enumerate(order[1:]):
                ball(pen, x, y, cell * (0.46 - 0.11 * ring) * dice.uniform(0.92, 1.04), fill)
    return sheet


def quarters(side: int, tone: list[Colour], dice: random.Random) -> Image.Image:
    sheet, count = Image.new("RGB", (side, side)), dice.choice((4, 5))
    pen, cell = ImageDraw.Draw(sheet), side / count
    for row in range(count):
        for column in range(count):
            ground, fill = dice.sample(tone, 2)
            x, y, turn = column * cell, row * cell, dice.randrange(4)
            pen.rectangle((x, y, x + cell, y + cell), fill=ground)
            corner = (x + cell * (turn in (1, 2)), y + cell * (turn >= 2))
            box = (corner[0] - cell, corner[1] - cell, corner[0] + cell, corner[1] + cell)
            pen.pieslice(box, 90 * turn, 90 * turn + 90, fill=fill)
    return sheet


def portrait(side: int, tone: list[Colour], dice: random.Random) -> Image.Image:
    dark, deep, middle, light, accent = tone
    sheet = sky(side, mixed(deep, middle, dice.random()), mixed(middle, light, 0.4))
    pen, x, y = ImageDraw.Draw(sheet), side * dice.uniform(0.45, 0.55), side * dice.uniform(0.38, 0.44)
    wide, high = side * dice.uniform(0.14, 0.17), side * dice.uniform(0.19, 0.23)
    skin = mixed(light, (214, 160, 120), dice.uniform(0.5, 0.9))
    pen.ellipse((x - 1.35 * wide, y - 1.25 * high, x + 1.35 * wide, y + high * dice.uniform(0.4, 1.5)), fill=dark)
    pen.ellipse((x - 2.4 * wide, y + 1.35 * high, x + 2.4 * wide, y + 5 * high), fill=accent)
    pen.rectangle((x - 0.4 * wide, y + 0.6 * high, x + 0.4 * wide, y + 1.6 * high), fill=mixed(skin, deep, 0.25))
    pen.ellipse((x - wide, y - high, x + wide, y + high), fill=skin)
    pen.chord((x - 1.1 * wide, y - 1.15 * high, x + 1.1 * wide, y + 0.5 * high), 190, 350, fill=dark)
    for eye in (-0.42, 0.42):
        ball(pen, x + eye * wide, y, side * 0.014, dark)
    pen.line(
        (x, y, x - 0.14 * wide, y + 0.38 * high, x + 0.06 * wide, y + 0.4 * high),
        fill=mixed(skin, dark, 0.5),
        width=side // 90,
    )
    pen.arc(
        (x - 0.35 * wide, y + 0.4 * high, x + 0.35 * wide, y + 0.68 * high),
        20,
        160,
        fill=mixed(deep, (170, 50, 50), 0.6),
        width=side // 60,
    )
    return sheet


def bouquet(side: int, tone: list[Colour], dice: random.Random) -> Image.Image:
    dark, deep, middle, light, accent = tone
    sheet = Image.new("RGB", (side, side), dice.choice((light, mixed(light, middle, 0.6), dark)))
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((0, side * 0.8, side, side), fill=mixed(deep, middle, 0.5))
    heads = [(side * dice.uniform(0.18, 0.82), side * dice.uniform(0.12, 0.5)) for _ in range(dice.choice((6, 7, 8)))]
    for x, y in heads:
        pen.line((x, y, side * 0.5, side * 0.66), fill=(62, 96, 58), width=side // 60)
    pen.polygon([(side * x, side * y) for x, y in ((0.4, 0.56), (0.6, 0.56), (0.66, 0.88), (0.34, 0.88))], fill=deep)
    for x, y in heads:
        fill, size = dice.choice((accent, middle, light, accent)), side * dice.uniform(0.05, 0.08)
        for petal in range(7):
            ball(pen, x + size * math.cos(petal * 0.9), y + size * math.sin(petal * 0.9), size * 0.55, fill)
        ball(pen, x, y, size * 0.5, mixed(fill, dark, 0.6))
    return sheet


def night(side: int, tone: list[Colour], dice: random.Random) -> Image.Image:
    dark, deep, middle, light, accent = tone
    sheet = sky(side, mixed(dark, (5, 5, 20), 0.4), deep)
    pen = ImageDraw.Draw(sheet)
    for _ in range(9):
        x, y, size = side * dice.random(), side * dice.uniform(0, 0.5), side * dice.uniform(0.02, 0.05)
        for turn in range(4):
            far = size * (1 + turn)
            pen.arc(
                (x - far, y - far, x + far, y + far),
                60 * turn,
                60 * turn + 250,
                fill=mixed(light, deep, 0.2 * turn),
                width=side // 110,
            )
        ball(pen, x, y, size * 0.55, accent)
    x = 0.0
    while x < side:
        wide, top = side * dice.uniform(0.08, 0.16), side * dice.uniform(0.58, 0.8)
        pen.polygon(
            [(x, side), (x, top), (x + wide / 2, top - wide * 0.5), (x + wide, top), (x + wide, side)],
            fill=mixed(dark, middle, 0.2 * dice.random()),
        )
        for row in range(3):
            if dice.random() < 0.7:
                pen.rectangle(
                    (x + wide * 0.35, top + wide * (0.3 + 0.7 * row), x + wide * 0.6, top + wide * (0.6 + 0.7 * row)),
                    fill=accent,
                )
        x += wide
    return sheet


def dots(side: int, tone: list[Colour], dice: random.Random) -> Image.Image:
    """An orchard in the manner of the pointillists."""
    dark, deep, middle, light, accent = tone
    sheet = sky(side, light, mixed(light, middle, 0.5), middle)
    pen = ImageDraw.Draw(sheet)
    trees = [(dice.uniform(0.1, 0.9), dice.uniform(0.3, 0.45), dice.uniform(0.12, 0.2)) for _ in range(4)]
    for _ in range(2600):
        x, y = dice.random(), dice.random()
        crown = any((x - a) ** 2 + (y - b) ** 2 < c * c for a, b, c in trees)
        trunk = any(abs(x - a) < 0.02 and b < y < 0.75 for a, b, c in trees)
        base = deep if crown else dark if trunk else mixed(light, middle, 0.3) if y < 0.6 else mixed(middle, deep, 0.4)
        fill = mixed(base, dice.choice((accent, light, dark, base)), dice.uniform(0, 0.45))
        ball(pen, x * side, y * side, side * 0.011, fill)
    return sheet


def waves(side: int, tone: list[Colour], dice: random.Random) -> Image.Image:
    dark, deep, middle, light, _ = tone
    sheet, size = Image.new("RGB", (side, side), light), side / dice.choice((5, 6, 7))
    pen, fills = ImageDraw.Draw(sheet), dice.choice(([deep, light, middle, light], [dark, light, deep, middle]))
    for row in range(int(side / size * 2) + 3):
        for column in range(-1, int(side / size) + 2):
            x, y = (column + row % 2 / 2) * size, row * size / 2
            for ring in range(4):
                ball(pen, x, y, size * (0.5 - 0.12 * ring), fills[ring])
    return sheet


def facets(side: int, tone: list[Colour], dice: random.Random) -> Image.Image:
    sheet, count = Image.new("RGB", (side, side)), 6
    pen, cell = ImageDraw.Draw(sheet), side / count
    off = [[(dice.uniform(-0.3, 0.3), dice.uniform(-0.3, 0.3)) for _ in range(count + 1)] for _ in range(count + 1)]
    spot = [
        [(cell * (c + dx * (0 < c < count)), cell * (r + dy * (0 < r < count))) for c, (dx, dy) in enumerate(row)]
        for r, row in enumerate(off)
    ]
    x, y = dice.uniform(0.2, 0.8) * side, dice.uniform(0.2, 0.8) * side
    for r in range(count):
        for c in range(count):
            a, b, d, e = spot[r][c], spot[r][c + 1], spot[r + 1][c], spot[r + 1][c + 1]
            for corners in ((a, b, d), (b, d, e)):
                far = math.hypot(corners[0][0] - x, corners[0][1] - y) / side + dice.uniform(-0.15, 0.15)
                step = min(3.999, max(0.0, 4.5 * far))
                order = [tone[4], *tone[3::-1]]
                pen.polygon(corners, fill=mixed(order[int(step)], order[int(step) + 1], step % 1))
    return sheet


Painter = Callable[[int, list[Colour], random.Random], Image.Image]
MANNERS: tuple[Painter, ...] = (
    seascape, mountains, colour_field, grid, rings, quarters, portrait, bouquet, night, dots, waves, facets
)  # fmt: skip


def painted(manner: Painter, palette: str, seed: int, side: int) -> Image.Image:
    """One of them, drawn at twice its size so that its edges are smooth."""
    sheet = manner(2 * side, colours(palette), random.Random(f"{manner.__name__} {palette} {seed}"))
    return sheet.resize((side, side), Image.Resampling.BOX)
