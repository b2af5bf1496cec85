"""Pictures about which a second graph writes: who says it, and what is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from edgeweb.config import Config
from edgeweb.tasks.image import authors, captions, detect
from edgeweb.tasks.language import tokenizer
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Further, Recognised, Seen
from msgspec import convert
from planned import I64, F, flat, seen
from worded import text_models

ENCODER = flat({"pixel_values": (F, [1, 3, 32, 32])}, {"last_hidden_state": (F, [1, 17, 8])})
DECODER = flat(
    {"input_ids": (I64, ["b", "n"]), "encoder_hidden_states": (F, ["b", "m", 8])}, {"logits": (F, ["b", "n", 30])}
)
WRITES: dict[str, object] = {
    "architectures": ["VisionEncoderDecoderModel"],
    "decoder_start_token_id": 2,
    "eos_token_id": 1,
}


def looked(folder: Path, words: Language | None, config: dict[str, object], decoder: bool = True) -> Seen:
    (folder / "config.json").write_text(json.dumps(config))
    part = seen(DECODER)
    parts = {"decoder_model": Further(DECODER, part.inputs, part.outputs)} if decoder else {}
    said = authors.of(ENCODER, folder / "model.onnx")
    return replace(seen(ENCODER), parts=parts, beside={"image": said}, language=words and replace(words, config=config))


def why(given: Seen, **config: object) -> str:
    case = detect.case(given, convert(config, Config))
    assert not isinstance(case, str), case
    answer = captions.writer(case)
    assert isinstance(answer, str)
    return answer


def test_the_class_in_config_json_says_it(words: Language, tmp_path: Path) -> None:
    plan = detect.detect(looked(tmp_path, words, WRITES), Config())
    assert isinstance(plan, Recognised), plan
    assert (plan.task, plan.parts) == ("image-to-text", ("decoder_model",))
    writer = plan.spec.writer
    assert (writer.start, writer.stops, writer.output) == ([2], [1], "logits")
    assert [(each.input, each.output) for each in writer.crossing] == [("encoder_hidden_states", "last_hidden_state")]
    told = {each.claim: (each.source, each.origin) for each in plan.evidence}
    assert told["task"] == ("file", "config.json (VisionEncoderDecoderModel)")
    assert told["answer"] == ("file", "decoder_model.onnx")


def test_the_user_may_say_it_where_no_class_does(words: Language, tmp_path: Path) -> None:
    silent = looked(tmp_path, words, {})
    assert why(silent) == "", "it speaks for nothing"
    plan = detect.detect(silent, Config(task="image-to-text"))
    assert isinstance(plan, Recognised), plan
    assert next(each for each in plan.evidence if each.claim == "task").source == "user"


@pytest.mark.parametrize(("tokenizer", "decoder", "missing"), [(False, True, "tokenizer"), (True, False, "decoder")])
def test_what_is_missing_is_said(tokenizer: bool, decoder: bool, missing: str, words: Language, tmp_path: Path) -> None:
    given = looked(tmp_path, words if tokenizer else None, WRITES, decoder)
    assert why(given) == f"there is no {missing} beside it"


@pytest.fixture
def taught(tmp_path: Path) -> Language:
    """With the words of questions about documents."""
    made = text_models.wordpiece()
    made.add_special_tokens(["<s_docvqa>", "<s_question>", "</s_question>", "<s_answer>", "</s_answer>"])
    made.save(str(tmp_path / "tokenizer.json"))
    found = tokenizer.find(tmp_path / "model.onnx", Config(), tmp_path)
    assert found is not None
    return found


def test_what_was_taught_to_answer_is_asked(taught: Language, tmp_path: Path) -> None:
    config = {**WRITES, "encoder": {"model_type": "donut-swin"}}
    plan = detect.detect(looked(tmp_path, taught, config), Config())
    assert isinstance(plan, Recognised), plan
    assert plan.task == "document-question-answering"
    told = next(each for each in plan.evidence if each.claim == "task")
    assert (told.source, told.origin) == ("file", "its tokenizer (<s_question>, <s_answer>)")
    begins = captions.begins(plan.spec.writer, plan.spec.language)
    words = [taught.tokenizer.id_to_token(each) for each in begins]
    assert (words[:2], words[-2:]) == (["<s_docvqa>", "<s_question>"], ["</s_question>", "<s_answer>"])
    plan = detect.detect(looked(tmp_path, taught, config), Config(task="image-to-text"))
    assert isinstance(plan, Recognised), plan
    assert plan.spec.writer.asked is None, "the user wants captions"


def test_nothing_else_is_asked(words: Language, taught: Language, tmp_path: Path) -> None:
    donut = {**WRITES, "encoder": {"model_type": "donut-swin"}}
    for given in (looked(tmp_path, words, donut), looked(tmp_path, taught, WRITES)):
        plan = detect.detect(given, Config())
        assert isinstance(plan, Recognised), plan
        assert (plan.task, plan.spec.writer.asked) == ("image-to-text", None)
    case = detect.case(looked(tmp_path, taught, WRITES), Config(task="document-question-answering"))
    assert not isinstance(case, str)
    assert captions.answerer(case) == (
        "config.json says no donut-swin that looks, and no other model of pictures is asked in words"
    )
