"""Drawings that show whether a model reads strokes, on which ground, and where its digits stand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.tasks import choose as tasks
from edgeweb.tasks.image import strokes
from edgeweb.tasks.image.kind import IMAGE
from edgeweb.tasks.plan import Plan
from msgspec import convert
from pictured import claims
from planned import F, flat, seen

SIDE = 28
Weights = np.ndarray[Any, Any]


def templates() -> Weights:
    """Each column answers most to its own digit in white on black, whatever else it sees."""
    pictures = np.stack([strokes.drawn(paths, SIDE).ravel() for paths in strokes.DIGITS])
    pictures -= pictures.mean(axis=1, keepdims=True)
    return (pictures / np.linalg.norm(pictures, axis=1, keepdims=True)).T


def plan(answers: Any, labels: list[str] | None = None, size: int = 10, channels: int = 1, **config: Any) -> Plan:
    """Of a model of small pictures whose runs on drawings give `answers(pixels)`."""
    proto = flat({"image": (F, [1, channels, SIDE, SIDE])}, {"y": (F, [1, size])})
    known, settings = seen(proto, labels), convert(config, Config)
    looks = IMAGE.looks(known, settings, Path())
    gave = [{"y": answers(look["image"].reshape(1, -1)).astype(np.float32)} for look in looks]
    return tasks.choose(replace(known, looks=gave, gave={"y": gave[0]["y"]} if gave else {}), settings)


def test_ten_numbers_that_read_digits_are_their_scores() -> None:
    found = plan(lambda pixels: pixels @ templates() * 9 - 1)
    assert (found.task, found.labels, found.spec.drawn) == (
        "image-classification",
        tuple("0123456789"),
        "white-on-black",
    )
    assert found.kind.interface(found) == "drawn"
    said = "10 of 10 drawn digits, read on black"
    assert claims(found)["task"] == ("image-classification", "trial", said)
    assert claims(found)["labels"] == (tuple("0123456789"), "trial", said)


def test_the_ground_is_the_one_on_which_they_are_read() -> None:
    assert plan(lambda pixels: (1 - pixels) @ templates() * 9 - 1).spec.drawn == "black-on-white"
    both = plan(lambda pixels: np.abs((pixels - 0.5) @ templates()) * 9 - 1)
    assert both.spec.drawn == "either"
    flipped = list("9876543210")
    found = plan(lambda pixels: (pixels @ templates())[:, ::-1] * 9 - 1, labels=flipped)
    assert (found.spec.drawn, found.labels) == ("white-on-black", tuple(flipped)), "names say where each digit stands"


def test_what_reads_no_digits_has_no_pad() -> None:
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(SIDE * SIDE, 10))
    found = plan(lambda pixels: pixels @ weights)
    assert (found.task, found.spec.drawn, found.labels) == ("image-regression", None, ())
    clothes = plan(lambda pixels: pixels @ templates() * 9, labels=[f"garment {n}" for n in range(10)])
    assert (clothes.task, clothes.spec.drawn) == ("image-classification", None), "names that are no digits decide"
    colours = plan(lambda pixels: pixels[:, : SIDE * SIDE] @ templates() * 9, channels=3)
    assert colours.spec.drawn is None


@pytest.mark.parametrize(("asked", "pad"), [(True, "either"), ("black-on-white", "black-on-white"), (False, None)])
def test_the_user_decides(asked: bool | str, pad: str | None) -> None:
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(SIDE * SIDE, 10))
    names = [f"sketch {n}" for n in range(10)]
    assert plan(lambda pixels: pixels @ weights, labels=names, input={"image": {"pad": asked}}).spec.drawn == pad
    known = plan(lambda pixels: pixels @ templates() * 9 - 1, input={"image": {"pad": asked}}).spec.drawn
    assert known == ("white-on-black" if asked is True else pad)


def test_a_pad_where_nothing_stands_beside_a_drawing_is_refused() -> None:
    proto = flat({"image": (F, [1, 1, SIDE, SIDE])}, {"y": (F, [1, 64])})
    settings = convert({"task": "image-embedding", "input": {"image": {"pad": True}}}, Config)
    with pytest.raises(ConfigError, match='pad does not fit input "image"'):
        tasks.choose(seen(proto), settings)


def test_wrong_values_are_refused() -> None:
    with pytest.raises(Exception, match="pad"):
        convert({"input": {"image": {"pad": "red-on-blue"}}}, Config)
