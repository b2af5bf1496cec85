"""Pictures about which a second graph writes: who says it, and what is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from edgeweb.config import Config
from edgeweb.tasks.image import authors, captions, detect
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Further, Recognised, Seen
from msgspec import convert
from planned import I64, F, flat, seen

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
