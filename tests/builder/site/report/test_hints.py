"""What a page could say if it were told, in lines for edgeweb.toml."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
from edgeweb.recipe import Site
from onnx import helper


@pytest.fixture
def made(build: Callable[..., Site], tmp_path: Path) -> Callable[..., str]:
    """What Python shows of a site of a linear model of four columns with so many values out."""

    def of(values: int, operator: str = "", **given: Any) -> str:
        nodes = [
            helper.make_node("MatMul", ["x", "w"], ["raw"]),
            helper.make_node(operator or "Identity", ["raw"], ["y"]),
        ]
        weights = np.arange(4 * values, dtype=np.float32).reshape(4, values) / 9
        shapes = [tiny.value("x", shape=["n", 4])], [tiny.value("y", shape=["n", values])]
        return repr(build(tiny.saved(tmp_path, tiny.proto_of(nodes, *shapes, {"w": weights})), **given))

    return of


@pytest.mark.usefixtures("small_web")
def test_python_shows_a_site_in_a_few_lines(made: Callable[..., str]) -> None:
    text = made(3)
    assert text.startswith("Site(") and "tabular-regression, first visit " in text and len(text) < 1200
    assert 'input.x.columns = ["x1", "x2", "x3", "x4"]  # its columns are' in text
    assert 'task = "tabular-classification"' in text and "its 3 values are scores of classes" in text


@pytest.mark.usefixtures("small_web")
def test_one_number_has_a_name_where_it_is_given(made: Callable[..., str], tmp_path: Path) -> None:
    assert 'labels = ["what it is, in which unit"]' in made(1)
    (tmp_path / "labels.txt").write_text("Rent in EUR\n")
    assert "can say more" not in made(1)


@pytest.mark.usefixtures("small_web")
def test_classes_that_are_numbers_ask_for_names(made: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("0\n1\n")
    assert 'labels = ["name of 0", "name of 1"]  # a visitor reads 0, 1, …' in made(2, "Softmax")
    (tmp_path / "labels.txt").write_text("good\nbad\n")
    assert "can say more" not in made(2, "Softmax")
