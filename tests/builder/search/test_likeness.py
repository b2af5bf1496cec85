"""How alike answers are: pairs that agree, that int8 ruins, that are missing, constant, near zero or not finite."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tiny
from edgeweb.errors import ConfigError, ModelError
from edgeweb.machine import session
from edgeweb.schema.types import TensorInfo
from edgeweb.search import likeness
from edgeweb.search.likeness import Judgement, judge
from edgeweb.search.measures.common import Measure, Output
from edgeweb.search.measures.measures import MEASURES
from edgeweb.tasks.image.kind import IMAGE
from edgeweb.tasks.image.spec import ImageSpec
from edgeweb.tasks.plan import Plan
from edgeweb.tasks.tabular.kind import TABULAR
from edgeweb.tasks.tabular.manifest import TabularPipeline
from onnx import helper

RNG = np.random.default_rng(5)


def answers(*rows: Any, name: str = "y", kind: Any = np.float32) -> list[dict[str, np.ndarray]]:
    return [{name: np.asarray(row, kind)} for row in rows]


def rounded(found: Sequence[dict[str, np.ndarray]], steps: int) -> list[dict[str, np.ndarray]]:
    """As if an answer had only so many steps between its extremes."""
    largest = max(float(np.abs(a["y"]).max()) for a in found) / steps
    return [{"y": np.round(a["y"] / largest) * largest} for a in found]


SCORES = answers(*RNG.standard_normal((40, 1, 10)))


def test_the_same_answers() -> None:
    found = judge(SCORES, SCORES, "y", [0] * 40)
    share = float(np.mean([a["y"].argmax() == 0 for a in SCORES]))
    assert found == Judgement(1.0, "top-1", 1.0, 1.0, 1.0, math.inf, share, share, 40)
    assert likeness.good_enough(found, 1.0, strict=True) is None


def test_answers_that_are_alike() -> None:
    found = judge(SCORES, rounded(SCORES, 1 << 15), "y", None)
    assert found.top1 == 1.0 and found.accuracy is None
    assert found.cosine > 0.99999 and 70 < found.sqnr < 120
    assert likeness.good_enough(found, 0.99, strict=True) is None


def test_answers_that_two_bits_ruin() -> None:
    labels = [int(a["y"].argmax()) for a in SCORES]
    found = judge(SCORES, rounded(SCORES, 1), "y", labels)
    assert found.kind == "top-1" and found.agreement == found.top1
    assert found.reference_accuracy == 1.0
    assert found.accuracy is not None and found.accuracy < 0.9
    assert found.top1 is not None and found.top1 < 0.9 and found.sqnr < 10
    assert "top-1 agreement 0." in str(likeness.good_enough(found, 0.99, strict=False))


def test_a_few_other_answers_count_by_their_number() -> None:
    other = [{"y": -a["y"]} if i < 4 else a for i, a in enumerate(SCORES)]
    found = judge(SCORES, other, "y", None)
    assert found.top1 == pytest.approx(0.9) and found.cosine == pytest.approx(0.9) and found.worst == 0.0
    assert judge(SCORES, other, None, None).kind == "cosine"


@pytest.mark.parametrize(
    "broken",
    [
        {"y": np.full((1, 10), np.nan, np.float32)},
        {"y": np.where(np.arange(10) == 3, np.inf, SCORES[0]["y"])},
        {"y": SCORES[0]["y"][0]},
        {"y": SCORES[0]["y"].astype(np.int64)},
        {},
    ],
    ids=["nan", "inf", "shape", "type", "missing"],
)
def test_an_answer_that_cannot_be_compared_counts_as_none(broken: dict[str, np.ndarray]) -> None:
    found = judge(SCORES, [broken, *SCORES[1:]], "y", None)
    assert found.top1 == found.cosine == found.agreement == pytest.approx(39 / 40)
    assert found.worst == 0.0
    assert 5 < found.sqnr < 25
    alone = judge(SCORES[:1], [broken], "y", None)
    assert (alone.agreement, alone.top1, alone.worst, alone.sqnr) == (0.0, 0.0, 0.0, 0.0)


def test_what_the_reference_has_not_finite_must_stay_so() -> None:
    masked = answers([[1, -np.inf, 3, np.nan]])
    assert judge(masked, masked, None, None).worst == 1.0
    assert judge(masked, masked, None, None).sqnr == math.inf
    assert judge(masked, answers([[1, -65504, 3, np.nan]]), None, None).worst == 0.0
    assert judge(masked, answers([[1, -np.inf, 3.003, np.nan]]), None, None).sqnr == pytest.approx(60.5, abs=0.5)


def test_outputs_without_a_direction() -> None:
    zero, tiny_values, ones = answers([0] * 8), answers(RNG.standard_normal(8) * 1e-9), answers([1.0] * 8)
    assert judge(zero, zero, None, None).cosine == 1.0
    assert judge(zero, tiny_values, None, None).cosine == 1.0
    assert judge(zero, tiny_values, None, None).sqnr == math.inf
    assert judge(zero, ones, None, None).cosine == 0.0
    assert judge(zero, ones, None, None).sqnr == -math.inf
    assert judge(ones, zero, None, None).cosine == 0.0
    # Fifty times as large in the same direction is not the same.
    assert judge(ones, answers([50.0] * 8), None, None).cosine == 0.0
    assert judge(ones, answers([1.01] * 8), None, None).cosine == pytest.approx(0.99, abs=1e-4)


def test_noise_is_measured_by_what_the_output_usually_holds() -> None:
    usual = [RNG.standard_normal(8) * 1000 for _ in range(5)]
    found = judge(answers(*usual, [1e-4] * 8), answers(*usual, [-1e-4] * 8), None, None)
    assert found.worst == 1.0
    assert judge(answers([1e-4] * 8), answers([-1e-4] * 8), None, None).worst == 0.0


def test_large_numbers_do_not_overflow() -> None:
    big = answers([1e300, 2e300, -1e300], kind=np.float64)
    found = judge(big, answers([1e300, 2e300, -1.1e300], kind=np.float64), None, None)
    assert 0.99 < found.worst < 1 and 20 < found.sqnr < 40


def test_single_values_are_judged_together() -> None:
    prices = 200 + RNG.standard_normal((50, 1, 1)) * 10
    near = judge(answers(*prices), answers(*(prices + 0.1)), None, None)
    assert near.kind == "cosine" and near.agreement > 0.9999
    # One price for everything: its cosine is 0.999, but nothing is left of the model.
    flat = judge(answers(*prices), answers(*np.full_like(prices, 200)), None, None)
    assert 0.3 < flat.agreement < 0.6
    assert judge(answers(*prices), answers(*-prices), None, None).agreement == 0.0


def test_a_few_single_values_are_judged_by_their_error() -> None:
    assert judge(answers([[200.0]]), answers([[202.0]]), None, None).agreement == pytest.approx(0.99)
    assert judge(answers([[2.0]], [[1.0]]), answers([[2.0]], [[1.0]]), None, None).agreement == 1.0
    same = answers(*[[5.0]] * 20)
    assert judge(same, answers(*[[5.05]] * 20), None, None).agreement == pytest.approx(0.99)
    assert judge(answers([[0.0]]), answers([[0.0]]), None, None).agreement == 1.0
    lost = judge(same, [{}, *same[1:]], None, None)
    assert (lost.agreement, lost.worst) == (pytest.approx(0.95), 0.0)


def test_labels_and_texts_are_equal_or_not() -> None:
    first = [{"label": np.array([1, 2, 3, 4]), "text": np.array(["a"])}]
    other = [{"label": np.array([1, 2, 3, 5]), "text": np.array(["a"], object)}]
    found = judge(first, other, None, None)
    assert (found.agreement, found.kind, found.cosine, found.sqnr) == (0.75, "equal", 1.0, math.inf)
    assert judge(first, [{**other[0], "text": np.array(["b"])}], None, None).agreement == 0.0
    assert judge(first, [{"label": first[0]["label"]}], None, None).agreement == 0.0


def test_the_worst_output_decides() -> None:
    a, b = RNG.standard_normal((1, 20)), RNG.standard_normal((1, 20))
    found = judge([{"a": a, "b": b}], [{"a": a, "b": b[:, ::-1]}], None, None)
    assert found.agreement == found.cosine < 0.9
    assert found.kind == "cosine"


def test_among_equal_scores_any_is_the_best() -> None:
    assert judge(answers([[0.5, 0.5, 0]]), answers([[0.4999, 0.5001, 0]]), "y", None).top1 == 1.0
    assert judge(answers([[0.5, 0.4, 0]]), answers([[0.49, 0.5, 0]]), "y", None).top1 == 0.0
    # Scores with axes of one behind them, and one score, which has no best.
    assert judge(answers([[[[1]], [[2]]]]), answers([[[[2]], [[1]]]]), "y", None).top1 == 0.0
    assert judge(answers([[0.3]]), answers([[0.3]]), "y", None).top1 is None


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.NAME)
def test_a_measure_says_1_of_the_same_answers_and_0_of_none(measure: Measure) -> None:
    fitting = 0
    for arrays in ([a["y"] for a in SCORES], [np.array([1, 2])], [np.array(["a"])]):
        same, none = Output([(a, a) for a in arrays], True), Output([(a, None) for a in arrays], True)
        if measure.fits(same):
            fitting += 1
            assert measure.fits(none)
            assert set(measure.values(same)) == {1.0} and set(measure.values(none)) == {0.0}
    assert fitting


def test_nothing_to_compare() -> None:
    found = judge([], [], None, None)
    assert found.samples == 0
    assert likeness.good_enough(found, 0.0, strict=False) == "there was nothing to compare"
    for labels, other in (([1], SCORES), (None, [])):
        with pytest.raises(ValueError, match="length"):
            judge(SCORES, other, "y", labels)


def test_good_enough() -> None:
    fine = Judgement(0.99, "cosine", None, 0.99, 0.98, 25.0, None, None, 9)
    assert likeness.good_enough(fine, 0.99, strict=False) is None
    below = replace(fine, agreement=0.98999)
    assert likeness.good_enough(below, 0.99, strict=False) == "cosine agreement 0.9899 is below 0.99"
    assert (
        likeness.good_enough(replace(fine, agreement=math.nan), 0.0, strict=False) == "cosine agreement nan is below 0"
    )
    assert "worst input agrees by 0.9800" in str(likeness.good_enough(fine, 0.99, strict=True))
    assert "25.0 dB" in str(likeness.good_enough(replace(fine, worst=0.9999), 0.99, strict=True))
    assert likeness.good_enough(replace(fine, worst=0.9999, sqnr=40.0), 0.99, strict=True) is None


def test_running_a_model(tmp_path: Any) -> None:
    proto = tiny.linear()
    feeds = [{"x": RNG.standard_normal((1, 4)).astype(np.float32)} for _ in range(3)]
    found = session.run(tiny.saved(tmp_path, proto), feeds)
    assert [a["y"].shape for a in found] == [(1, 3)] * 3
    raw = feeds[0]["x"] @ tiny.weights(4, 3)
    np.testing.assert_allclose(found[0]["y"], np.exp(raw) / np.exp(raw).sum(), rtol=1e-5)
    again = session.run(proto.SerializeToString(), feeds, threads=1, optimise=True)
    assert judge(found, again, "y", None).worst > 0.999999
    (text,) = session.run(tiny.texts(locale="C").SerializeToString(), [{"x": np.array(["ab"], object)}])
    assert text["y"].dtype.kind == "U" and text["y"].tolist() == ["AB"]


def test_an_int8_form_of_a_model_is_seen_for_what_it_is() -> None:
    """Weights of a wide layer in steps of 1/127 of the largest: fine; with one huge weight: ruined."""
    rng = np.random.default_rng(1)
    whole = rng.standard_normal((32, 10)).astype(np.float32)
    feeds = [{"x": rng.standard_normal((1, 32)).astype(np.float32)} for _ in range(100)]

    def model(matrix: np.ndarray) -> bytes:
        node = helper.make_node("MatMul", ["x", "w"], ["y"])
        ends = [tiny.value("x", tiny.FLOAT, [1, 32])], [tiny.value("y", tiny.FLOAT, [1, 10])]
        return tiny.proto_of([node], *ends, {"w": matrix}).SerializeToString()

    def int8(matrix: np.ndarray) -> np.ndarray:
        step = np.abs(matrix).max() / 127
        return (np.round(matrix / step) * step).astype(np.float32)

    reference = session.run(model(whole), feeds)
    fine = judge(reference, session.run(model(int8(whole)), feeds), "y", None)
    assert fine.agreement >= 0.95 and fine.cosine > 0.999
    outlier = whole.copy()
    outlier[0, 0] = 500
    harmed = int8(outlier)
    harmed[0, 0] = whole[0, 0]
    ruined = judge(reference, session.run(model(harmed), feeds), "y", None)
    assert ruined.agreement < 0.6
    assert likeness.good_enough(ruined, 0.99, strict=False)


def test_a_model_or_a_feed_that_does_not_run() -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        session.run(b"no model", [])
    good, bad = np.ones((1, 4), np.float32), np.ones((1, 5), np.float32)
    with pytest.raises(ConfigError, match="does not run on sample 2"):
        session.run(tiny.linear().SerializeToString(), [{"x": good}, {"x": bad}])


SPEC = ImageSpec(
    "image", ("y",), 8, 8, "NCHW", "RGB", 255.0, (0.0,), (1.0,), "crop", softmax=True, assumed=False
)  # fmt: skip
Y10 = TensorInfo(name="y", type="float32", shape=["n", 10])


@pytest.mark.parametrize(
    ("plan", "outputs", "expected"),
    [
        (Plan("image-classification", (), IMAGE, SPEC), [Y10], "y"),
        (Plan("tabular-classification", (), TABULAR, TabularPipeline(columns=[], scores="y")), [Y10], "y"),
        (Plan("tabular-classification", (), TABULAR, TabularPipeline(columns=[], label="l")), [Y10], None),
        (Plan("tensors", ()), [Y10], None),
        (Plan("tensors", (), labels=("a",) * 10), [Y10], "y"),
        (Plan("tensors", (), labels=("a",) * 10), [Y10, Y10], None),
        (Plan("tensors", (), labels=("a",)), [TensorInfo(name="y", type="float32", shape=["n", 1])], None),
        (Plan("tensors", (), labels=("a",) * 10), [TensorInfo(name="y", type="int64", shape=["n", 10])], None),
    ],
)
def test_which_output_holds_scores(plan: Plan, outputs: list[TensorInfo], expected: str | None) -> None:
    assert plan.kind.scores(plan, outputs) == expected
