"""Token ids as the inputs of a model: which of them take them, and the arrays of a text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from edgeweb import reading, recipe
from edgeweb.manifest_text import TextInputs
from worded import text_models


def test_the_inputs_of_a_decoder(tmp_path: Path) -> None:
    info, plan = recipe.detect(text_models.decoder(tmp_path))
    assert plan.text is not None
    reads = plan.text.inputs
    assert isinstance(reads, TextInputs)
    assert [(state.input, state.output, state.dims) for state in reads.state] == [
        ("past_key_values.0.key", "present.0.key", [1, 2, 0, 4]),
        ("past_key_values.0.value", "present.0.value", [1, 2, 0, 4]),
    ]
    feeds = reading.feed(reads, [5, 6, 7])
    assert set(feeds) == {each.name for each in info.inputs}
    assert feeds["position_ids"].tolist() == [[0, 1, 2]]
    assert plan.text.stops == [0, 2]


def test_a_fixed_number_of_tokens_is_filled() -> None:
    reads = TextInputs(ids="ids", type="int32", mask="mask", length=5, pad=9)
    feeds = reading.feed(reads, [1, 2, 3])
    assert feeds["ids"].tolist() == [[1, 2, 3, 9, 9]]
    assert feeds["mask"].tolist() == [[1, 1, 1, 0, 0]]
    assert feeds["ids"].dtype == np.int32
