"""Expected changes of the best class: near what many inputs show, from few, and nothing where nothing differs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from edgeweb.search import flips

Rows = np.ndarray[Any, Any]


def outputs(rows: Rows) -> list[dict[str, Rows]]:
    return [{"y": row[None]} for row in rows]


def softmax(rows: Rows) -> Rows:
    powers = np.exp(rows - rows.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def drawn(count: int, noise: float, seed: int = 0) -> tuple[Rows, Rows]:
    """Logits of ten classes, and the same with noise."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (count, 10))
    return logits, logits + rng.normal(0, noise, logits.shape)


def counted(a: Rows, b: Rows) -> float:
    return float(np.mean(a.argmax(axis=1) == b.argmax(axis=1)))


@pytest.mark.parametrize("noise", [0.003, 0.01, 0.03, 0.1])
@pytest.mark.parametrize("form", [softmax, lambda rows: rows], ids=["probabilities", "logits"])
def test_few_inputs_tell_what_many_count(noise: float, form: Any) -> None:
    truth = 1 - counted(*drawn(100_000, noise))
    found = []
    for seed in range(1, 9):
        a, b = drawn(300, noise, seed)
        found.append(1 - flips.expected(outputs(form(a)), outputs(form(b)), "y"))
    assert 0.8 * truth < float(np.mean(found)) < 1.5 * truth


def test_its_estimates_scatter_less_than_counts() -> None:
    pairs = [drawn(200, 0.03, seed) for seed in range(1, 31)]
    told = [flips.expected(outputs(a), outputs(b), "y") for a, b in pairs]
    assert np.std(told) < 0.6 * np.std([counted(a, b) for a, b in pairs])


def test_one_tie_does_not_outweigh_what_is_clear() -> None:
    a, b = drawn(200, 0.001)
    b[7] -= a[7]
    a[7] = [5.0, 5.000001, *[0.0] * 8]
    b[7] += a[7]
    assert flips.expected(outputs(a), outputs(b), "y") > 0.999


def test_more_margins_scatter_less() -> None:
    pairs = [drawn(400, 0.03, seed) for seed in range(1, 31)]
    own = [flips.expected(outputs(a[:100]), outputs(b[:100]), "y") for a, b in pairs]
    more = [flips.expected(outputs(a[:100]), outputs(b[:100]), "y", outputs(a[100:])) for a, b in pairs]
    assert np.std(more) < 0.75 * np.std(own)


def test_nothing_differs() -> None:
    a, _ = drawn(50, 0)
    assert flips.expected(outputs(a), outputs(a), "y") == 1.0
    assert flips.expected(outputs(softmax(a)), outputs(softmax(a)), "y") == 1.0


def test_a_doubt_that_is_no_ones_fault_costs_nothing() -> None:
    """Equal scores: any of them is right, whatever the noise."""
    a = np.tile([1.0, 1.0, -50.0], (40, 1))
    b = a + np.random.default_rng(0).normal(0, 0.1, a.shape)
    assert flips.expected(outputs(a), outputs(b), "y") == 1.0


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_what_cannot_be_compared_does_not_agree(wrong: float) -> None:
    a, b = drawn(20, 0.1)
    broken = b.copy()
    broken[3, 3] = wrong
    assert flips.expected(outputs(a), outputs(broken), "y") == 0.0
    assert flips.expected(outputs(a), outputs(b[:, :4]), "y") == 0.0
    assert flips.expected(outputs(a[:, :1]), outputs(b[:, :1]), "y") == 0.0
    assert flips.expected([], [], "y") == 0.0
