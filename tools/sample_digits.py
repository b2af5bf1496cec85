"""Handwritten digits as data and as pictures, for make_sample.py: strokes found in 8x8 digits, and drawn anew."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage

CELL = 6  # pixels per cell of an 8x8 digit while training; with the margin 12 cells, so a digit fills 2/3 of a picture
FINE = 40  # the same for the example pictures
SHAPES = {  # forms the data lacks or has few of, as a 7 with no bar: points "xy" of strokes, 0..9 across and down
    0: ("50 22 27 59 87 82 50",),
    1: ("50 59", "32 50 59", "32 50 59/29 79"),
    2: ("22 30 70 82 74 29 89", "12 40 72 56 28 36 59 89"),
    3: ("21 50 81 73 44 74 87 59 28", "20 80 54 86 69 28"),
    4: ("69 60 16 96", "20 25 85/70 79"),
    5: ("80 30 24 54 86 79 28", "30 24 64 86 69 28/30 80"),
    6: ("70 32 26 49 79 86 64 35 26", "81 40 16 28 59 88 86 54 16", "60 24 27 59 87 74 35"),
    7: ("10 80 39", "20 80 54 49", "12 10 80 49", "10 80 39/34 75"),
    8: ("54 31 50 71 54 27 59 87 54", "71 40 22 54 86 59 27 54 82 71"),
    9: ("82 50 22 45 83 81 79", "82 50 22 45 83 86 59 29", "28 59 83 61 40 12 24 55 83"),
}


class Style(NamedTuple):
    """One example picture: the `nth` clean held-out `digit`, drawn with this pen on this paper."""

    digit: int
    nth: int
    ink: tuple[int, int, int]
    paper: tuple[int, int, int]
    width: float  # of the stroke, in pixels of 480
    turn: float  # degrees
    size: float  # 1: the digit fills 2/3 of the picture
    kind: str  # "plain", "lines", "grid", "pencil" or "chalk"


def upsample(digits: np.ndarray, cell: int) -> np.ndarray:
    """8x8 digits, each with a margin of 2 cells, made `cell` times larger."""
    padded, size = np.pad(digits, ((0, 0), (2, 2), (2, 2))), (12 * cell, 12 * cell)
    return np.stack([np.asarray(Image.fromarray(d).resize(size, Image.Resampling.BICUBIC)) for d in padded]).clip(0, 1)


def thin(mask: np.ndarray) -> np.ndarray:
    """The middle lines of the strokes, one pixel wide (Zhang and Suen 1984)."""
    ring = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
    while True:
        before = int(mask.sum())
        for second in (False, True):
            p = np.pad(mask, ((0, 0), (1, 1), (1, 1)))
            n = [p[:, 1 + y : p.shape[1] - 1 + y, 1 + x : p.shape[2] - 1 + x] for y, x in ring]
            count = sum(v.astype(np.int8) for v in n)
            turns = sum((~n[i] & n[(i + 1) % 8]).astype(np.int8) for i in range(8))
            keep = n[0] & n[6] & (n[2] | n[4]) if second else n[2] & n[4] & (n[0] | n[6])
            mask = mask & ~((count >= 2) & (count <= 6) & (turns == 1) & ~keep)
        if int(mask.sum()) == before:
            return mask


def middles(dark: np.ndarray, cell: int) -> np.ndarray:
    """The middle lines of enlarged digits; small holes are kept by asking for more darkness than round about."""
    around = ndimage.gaussian_filter(dark, (0, 0.8 * cell, 0.8 * cell))
    mask = (dark > 0.3) & (dark > around + 0.02)
    return thin(ndimage.binary_opening(mask, np.ones((1, cell // 3, cell // 3))))


def distances(lines: np.ndarray) -> np.ndarray:
    """Pixels from everywhere to the nearest line."""
    return np.stack([ndimage.distance_transform_edt(~line) for line in lines]).astype(np.float32)


def draw_shape(shape: str, rng: np.random.Generator) -> np.ndarray:
    """Pixels to the nearest stroke of a shape, its points moved a little and its corners more or less round."""
    line = np.zeros((12 * CELL, 12 * CELL), bool)
    for stroke in shape.split("/"):
        points = np.array([[int(xy[1]), int(xy[0])] for xy in stroke.split()]) + rng.normal(
            0, 0.35, (stroke.count(" ") + 1, 2)
        )
        path = ndimage.zoom(points, (200 / len(points), 1), order=1)
        path = ndimage.gaussian_filter1d(path, rng.uniform(1, 12), axis=0, mode="nearest")
        y, x = (path * 8 * CELL / 9 + 2 * CELL).round().astype(int).clip(0, 12 * CELL - 1).T
        line[y, x] = True
    return distances(line[None])[0]


def grain(rng: np.random.Generator, blur: float | tuple[float, float]) -> np.ndarray:
    """A random texture of standard deviation 1."""
    noise = ndimage.gaussian_filter(rng.standard_normal((12 * FINE, 12 * FINE)), blur, mode="wrap")
    return noise / noise.std()


def draw_paper(style: Style, rng: np.random.Generator) -> np.ndarray:
    """The empty sheet, [480, 480, 3] in 0..1: colour, ruling, texture, light from a corner and a soft shadow."""
    y, x = np.mgrid[0 : 12 * FINE, 0 : 12 * FINE] / (12 * FINE)
    sheet = np.ones((12 * FINE, 12 * FINE, 3)) * np.array(style.paper) / 255
    pitch = 0.19 if style.kind == "lines" else 0.1
    ruled = {"lines": [y + 0.012 * x + 0.04], "grid": [y + 0.012 * x + 0.04, x - 0.012 * y]}
    for way in ruled.get(style.kind, []):
        rule = np.clip(1.5 - np.abs(way % pitch - pitch / 2) / 0.0055, 0, 1)[..., None]
        sheet += rule * (np.array([0.66, 0.76, 0.86]) - sheet) * 0.55
    slope, start = rng.uniform(0.2, 1.1), rng.uniform(-0.25, 0.1)
    shadow = 0.13 / (1 + np.exp((x - slope * y - start) / 0.05))
    light = 1.02 - 0.09 * (0.4 * x + 0.6 * y) ** 1.5 - shadow
    if style.kind == "chalk":
        smear = 0.018 * grain(rng, 30) + 0.016 * grain(rng, (6, 40)) + 0.02
        return (sheet + smear[..., None]) * light[..., None]
    return sheet * (light + 0.004 * grain(rng, 1.6) + 0.004 * grain(rng, 40))[..., None]


def draw_example(digit: np.ndarray, style: Style, rng: np.random.Generator) -> Image.Image:
    """A picture of this 8x8 digit, written by hand."""
    line = middles(upsample(digit[None], FINE), FINE)
    far = Image.fromarray(ndimage.gaussian_filter(distances(line)[0], 7))
    side, c, s = far.width, np.cos(np.radians(style.turn)) / style.size, np.sin(np.radians(style.turn)) / style.size
    back = (c, s, side / 2 * (1 - c - s), -s, c, side / 2 * (1 - c + s))
    bent = np.asarray(far.transform(far.size, Image.Transform.AFFINE, back, Image.Resampling.BICUBIC, fillcolor=99))
    dry = style.kind in ("chalk", "pencil")
    edge = bent + (1.4 if dry else 0.25) * grain(rng, 1.5) + (0.05 * style.width) * grain(rng, 25)
    ink = 1 / (1 + np.exp((edge - 2.5 - style.width / 2) / (1.4 if dry else 0.8)))
    ink *= (0.85 + 0.1 * grain(rng, 1.6)).clip(0.3, 1) if dry else (0.94 + 0.025 * grain(rng, 10)).clip(0.8, 1)
    sheet = draw_paper(style, rng)
    picture = sheet + ink[..., None] * (np.array(style.ink) / 255 - sheet)
    whole = Image.fromarray((picture.clip(0, 1) * 255).round().astype(np.uint8))
    return whole.resize((320, 320), Image.Resampling.LANCZOS)
