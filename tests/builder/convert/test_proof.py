"""What counts as the same answer, and what is said of the first that is another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from edgeweb.convert import proof
from edgeweb.convert.proof import Proof
from edgeweb.errors import LimitError

SHARES = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])


def runs(**outputs: np.ndarray) -> list[dict[str, np.ndarray]]:
    """As a session gives them: a row a run."""
    return [{name: array[i : i + 1] for name, array in outputs.items()} for i in range(3)]


def told(original: dict[str, np.ndarray], **ours: np.ndarray) -> Proof:
    same, worst, first, rows = proof.compare(original, runs(**ours))
    return Proof("XGBoost 3", "m.ubj", rows, same, "of a.csv", worst, first)


def test_rounding_is_the_same_answer() -> None:
    found = told({"label": np.array([0, 1, 1]), "p": SHARES}, label=np.array([0, 1, 1]), p=SHARES + 2e-7)
    assert found.sentence == "same answers as XGBoost 3 on 3 rows of a.csv, worst difference 2e-07"
    found.check(1.0, "m.ubj")


def test_a_label_that_is_another_is_told_with_its_row() -> None:
    found = told({"label": np.array(["a", "b", "b"])}, label=np.array(["a", "a", "b"]))
    assert found.sentence == (
        "1 of 3 rows of a.csv is answered otherwise than by XGBoost 3; row 2: it says b, the converted model a"
    )
    found.check(0.6, "m.ubj")
    with pytest.raises(LimitError, match=r"The converted form of m\.ubj answers 1 of 3 rows otherwise") as error:
        found.check(0.99, "m.ubj")
    assert error.value.exit_code == 3


def test_a_number_that_is_another_is_no_rounding() -> None:
    ours = SHARES.copy()
    ours[2] = [0.3, 0.7]
    found = told({"p": SHARES}, p=ours)
    assert found.same == 2 and found.first is not None
    assert (found.first.row, found.first.original, found.first.converted) == (3, "0.2, 0.8", "0.3, 0.7")
    assert found.worst == pytest.approx(0.1)


def test_of_two_equal_scores_either_may_stand_first() -> None:
    even = np.array([[0.5, 0.5], [0.4, 0.6], [0.2, 0.8]])
    original, ours = {"label": np.array(["a", "b", "b"]), "p": even}, np.array(["b", "b", "b"])
    found = told(original, label=ours, p=even)
    assert found.same == 3 and proof.ties(original, runs(label=ours, p=even)) == 1
    alone = told({"label": original["label"]}, label=ours)
    assert alone.same == 2
    shown = replace(found, ties=1).sentence
    assert shown.endswith("worst difference 0; on 1 of these the other of two equal scores stands first")


@pytest.mark.parametrize(
    ("says", "ours", "same"),
    [
        (np.array([np.nan, 1.0, 2.0]), np.array([np.nan, 1.0, 2.0]), 3),
        (np.array([np.nan, 1.0, 2.0]), np.array([0.0, 1.0, 2.0]), 2),
        (np.array([np.inf, 1.0, 2.0]), np.array([np.inf, 1.0, 2.0]), 3),
        (np.array([7.0, 7.0, 7.0]), np.array([7.0, 7.0, 7.01]), 2),
        (np.array([True, False, True]), np.array([1, 0, 0]), 2),
        (np.array([1.0, 2.0, 3.0]), np.array(["1", "2", "4"]), 2),
        (np.zeros(3), np.zeros((3, 1)), 3),
    ],
)
def test_each_kind_of_number(says: np.ndarray, ours: np.ndarray, same: int) -> None:
    assert told({"y": says}, y=ours).same == same


def test_runs_of_several_sizes_are_counted_row_by_row() -> None:
    original = [{"p": SHARES}, {"p": SHARES[:2]}]
    ours = [{"p": SHARES, "more": SHARES}, {"p": SHARES[:2].copy()}]
    same, worst, first, rows = proof.compare_each(original, ours)
    assert (same, worst, first, rows) == (5, 0.0, None, 5)
    ours[1]["p"][1] = [0.7, 0.3]
    same, worst, first, rows = proof.compare_each(original, ours)
    assert (same, rows) == (4, 5) and worst == pytest.approx(0.3)
    assert first is not None and first.row == 5


def test_answers_without_rows_are_one() -> None:
    """Such as a mask of a picture beside its score."""
    original = [{"score": np.array(0.5), "mask": np.zeros((2, 3))}]
    same, _, first, rows = proof.compare_each(original, [{"score": np.array(0.5), "mask": np.ones((2, 3))}])
    assert (same, rows) == (0, 1) and first is not None and first.output == "mask"


def test_what_compared_both_is_quoted() -> None:
    found = Proof("transformers 4", "model", elsewhere="same answers as transformers 4, as optimum found")
    assert found.document["sentence"] == found.sentence == found.elsewhere
    found.check(1.0, "model")


def test_steps_of_eight_bits_are_rounding_where_a_format_says_so() -> None:
    ours = runs(p=SHARES + 0.01)
    assert proof.compare({"p": SHARES}, ours)[0] == 0
    assert proof.compare({"p": SHARES}, ours, 0.02)[0] == 3
