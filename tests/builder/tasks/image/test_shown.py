"""Pictures that a chat model is shown: which graph gives what to which, on what they are tried, and what is missing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from edgeweb.config import Config
from edgeweb.inputs.arrays import Feed
from edgeweb.inputs.golden import Array
from edgeweb.schema.model import GoldenInput
from edgeweb.tasks.image import authors, detect, processors
from edgeweb.tasks.language import seeing
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Further, Recognised
from planned import I64, F, flat, seen

LOOKS = flat({"pixel_values": (F, [1, 3, 32, 32])}, {"image_features": (F, ["b", 3, 8])})
EMBEDS = flat({"input_ids": (I64, ["b", "n"])}, {"inputs_embeds": (F, ["b", "n", 8])})
PAST, PRESENT = "past_key_values.0.key", "present.0.key"
WRITES = flat(
    {
        "inputs_embeds": (F, ["b", "n", 8]), "attention_mask": (I64, ["b", "t"]), "position_ids": (I64, ["b", "n"]),
        PAST: (F, ["b", 2, "past", 4]),
    },
    {"logits": (F, ["b", "n", 30]), PRESENT: (F, ["b", 2, "t", 4])},
)  # fmt: skip
TEMPLATE = (
    "{% for m in messages %}{{ m.role + ': ' }}{% for c in m.content %}{{ '<image>' if c.type == 'image' else c.text }}"
    "{% endfor %}{% endfor %}{% if add_generation_prompt %}{{ 'bot: ' }}{% endif %}"
)
CONFIG = {
    "architectures": ["LlavaForConditionalGeneration"],
    "image_token_index": 7,
    "text_config": {"eos_token_id": 2},
}
PROCESSOR = {"image_processor_type": "SiglipImageProcessor", "size": {"height": 32, "width": 32}}


def found(
    folder: Path, words: Language, config: Mapping[str, object] = CONFIG, template: str | None = TEMPLATE,
    embeds: str = seeing.EMBEDS,
) -> Recognised:  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    parts = {embeds: EMBEDS, "decoder_model_merged": WRITES}
    infos = {name: seen(proto) for name, proto in parts.items()}
    said = replace(authors.of(LOOKS, folder / "vision_encoder.onnx"), fit=processors.fit(PROCESSOR))
    given = replace(
        seen(LOOKS), beside={"image": said}, language=replace(words, config=dict(config), template=template),
        parts={name: Further(parts[name], each.inputs, each.outputs) for name, each in infos.items()},
    )  # fmt: skip
    plan = detect.detect(given, Config())
    assert isinstance(plan, Recognised), plan
    return plan


def test_words_and_what_is_seen_meet_in_the_graph_that_writes(words: Language, tmp_path: Path) -> None:
    plan = found(tmp_path, words)
    assert (plan.task, plan.parts) == ("image-text-to-text", (seeing.EMBEDS, "decoder_model_merged"))
    writer = plan.spec.writer
    assert (writer.inputs.ids, writer.inputs.positions, writer.output) == ("inputs_embeds", "position_ids", "logits")
    assert (writer.seeing.ids, writer.seeing.seen, writer.seeing.token) == ("input_ids", "image_features", 7)
    assert (writer.chat.picture.text, writer.chat.picture.before) == ("<image>", "")
    assert writer.seeing.before == list(words.before)
    assert {each.source for each in plan.evidence if each.claim in ("task", "answer")} == {"file"}


def test_the_graph_that_writes_is_tried_on_what_is_seen(words: Language, tmp_path: Path) -> None:
    writer = found(tmp_path, words).spec.writer
    fed: list[Feed] = []

    def run(name: str, feeds: Sequence[Feed]) -> list[Mapping[str, Array]]:
        if not name:
            return [{"image_features": np.arange(24, dtype=np.float32).reshape(1, 3, 8)}]
        fed.extend(feeds)
        length = feeds[0]["attention_mask"].shape[1]
        return [{"logits": np.zeros((1, 1, 30), np.float32), PRESENT: np.zeros((1, 2, length, 4), np.float32)}]

    case = [GoldenInput(name="pixel_values", type="float32", dims=[1, 3, 32, 32], seed=1, low=0, high=1)]
    steps = seeing.steps(writer, case, run)
    assert [each["inputs_embeds"].shape[1] for each in steps.feeds] == [3, 1, 1]
    assert [each["position_ids"].tolist() for each in steps.feeds] == [[[0, 1, 2]], [[3]], [[4]]]
    assert [each[PAST].shape[2] for each in steps.feeds] == [0, 3, 4]
    assert len(fed) == 3
    assert seeing.words(writer, words).exact, "what is written may change altogether"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"config": {**CONFIG, "architectures": ["Idefics3ForConditionalGeneration"]}}, "Idefics3"),
        ({"config": {"architectures": ["LlavaForConditionalGeneration"]}}, "no token that stands for a picture"),
        ({"template": None}, "no chat template"),
        ({"template": "{% for m in messages %}{{ m.content[0].text }}{% endfor %}"}, "chat template"),
        ({"embeds": "words"}, "decoder takes no token ids"),
    ],
)
def test_what_is_not_known_is_said(change: dict[str, object], why: str, words: Language, tmp_path: Path) -> None:
    plan = found(tmp_path, words, **change)  # type: ignore[arg-type]
    assert plan.task == "tensors"
    assert any(why in each for each in plan.reasons), plan.reasons


def test_a_picture_in_parts_is_refused_with_the_names_of_all() -> None:
    parts = {"embed_tokens": EMBEDS, "decoder_model_merged": WRITES}
    infos = {name: Further(proto, seen(proto).inputs, seen(proto).outputs) for name, proto in parts.items()}
    tiles = flat({"pixel_values": (F, ["b", "n", 3, 32, 32]), "pixel_attention_mask": (I64, ["b", "n", 32, 32])},
                 {"image_features": (F, ["n", 4, 8])})  # fmt: skip
    why = detect.detect(replace(seen(tiles), parts=infos), Config())
    assert isinstance(why, str)
    assert 'in parts ("pixel_values", "pixel_attention_mask") for decoder_model_merged.onnx, embed_tokens.onnx' in why
