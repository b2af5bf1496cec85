"""Which models read texts, what their outputs say of these, and when that is not known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from edgeweb import asked, recipe
from edgeweb.errors import ConfigError
from worded import text_models


@pytest.mark.parametrize(
    ("make", "task", "why", "labels"),
    [
        (text_models.sentiment, "text-classification", "BertForSequenceClassification", 2),
        (text_models.tagger, "token-classification", "BertForTokenClassification", 5),
        (text_models.blanks, "fill-mask", "BertForMaskedLM", 0),
        (text_models.vectors, "text-embedding", "the mean is taken", 0),
        (text_models.decoder, "text-generation", "GPT2LMHeadModel", 0),
    ],
)
@pytest.mark.parametrize("config", [True, False], ids=["config.json", "shapes alone"])
def test_what_a_model_is(
    make: Callable[[Path], Path], task: str, why: str, labels: int, config: bool, tmp_path: Path
) -> None:
    model = make(tmp_path)
    if not config:
        (tmp_path / "config.json").unlink()
    _, plan = recipe.detect(model)
    assert plan.task == task
    assert plan.text is not None
    assert not config or (why in plan.reasons[0] and len(plan.labels) == labels)


def test_token_ids_without_a_tokenizer_get_the_general_form(tmp_path: Path) -> None:
    model = text_models.vectors(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    _, plan = recipe.detect(model)
    assert plan.task == "tensors"
    assert "there is no tokenizer.json or vocab.txt beside the model" in plan.reasons[0]
    with pytest.raises(ConfigError, match=r'cannot be served as "fill-mask"\. Input "input_ids" takes token ids'):
        recipe.detect(model, asked.Options(task="fill-mask"))
