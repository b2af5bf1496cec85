"""What of config.json cannot be true of a graph's outputs, and what may be."""

from __future__ import annotations

from typing import Any

import pytest
from edgeweb.read import belonging
from edgeweb.read.belonging import Dims


def of(name: str, **more: Any) -> dict[str, Any]:
    return {"architectures": [name], "model_type": "x", **more}


LABELS = {str(place): f"l{place}" for place in range(3)}
RIGHT: list[tuple[dict[str, Any], dict[str, Dims]]] = [
    (of("BertForSequenceClassification", id2label=LABELS), {"logits": ["n", 3]}),
    (of("BertForSequenceClassification", transformers_version="4"), {"logits": ["n", 2]}),
    (of("BertForSequenceClassification"), {"logits": ["n", 7]}),
    (of("BertForSequenceClassification", id2label=LABELS), {"last_hidden_state": ["n", "t", 32]}),
    (of("BertForSequenceClassification", id2label=LABELS), {"output_0": ["n", 5]}),
    (of("BertForMaskedLM", vocab_size=30), {"logits": ["n", "t", 30]}),
    (of("GemmaForCausalLM", text_config={"vocab_size": 30}), {"logits": ["n", "t", 30]}),
    (of("DetrForObjectDetection", id2label=LABELS), {"logits": ["n", "q", 4], "pred_boxes": ["n", "q", 4]}),
    (of("RTDetrForObjectDetection", id2label=LABELS), {"logits": ["n", "q", 3], "pred_boxes": ["n", "q", 4]}),
    (of("SegformerForSemanticSegmentation", id2label=LABELS), {"logits": ["n", "num_labels", "h", "w"]}),
    (of("CLIPModel"), {"image_embeds": ["n", 16]}),
    (of("Unheard", id2label=LABELS), {"logits": ["n", 5]}),
]
WRONG: list[tuple[dict[str, Any], dict[str, Dims], str]] = [
    (of("BertForSequenceClassification", id2label=LABELS), {"logits": ["n", 5]}, "3 labels"),
    (of("BertForTokenClassification", id2label=LABELS), {"logits": ["n", 3]}, "3 dimensions"),
    (of("BertForMaskedLM", vocab_size=30), {"logits": ["n", "t", 5]}, "30 tokens"),
    (of("BertForQuestionAnswering"), {"logits": ["n", 2]}, '"start_logits"'),
    (of("ViTForImageClassification"), {"predicted_depth": ["n", "h", "w"]}, '"logits"'),
    (of("Swin2SRForImageSuperResolution"), {"predicted_depth": ["n", "h", "w"]}, '"reconstruction"'),
    (of("DetrForObjectDetection", id2label=LABELS), {"logits": ["n", 3]}, '"pred_boxes"'),
    (of("YolosForObjectDetection", id2label=LABELS), {"logits": ["n", 9, 7], "pred_boxes": ["n", 9, 4]}, "3 labels"),
    (of("Wav2Vec2ForCTC", vocab_size=30), {"logits": ["n", "t", 31]}, "30 tokens"),
]  # fmt: skip


@pytest.mark.parametrize(("config", "outputs"), RIGHT)
def test_what_may_be_is_no_contradiction(config: dict[str, Any], outputs: dict[str, Dims]) -> None:
    assert belonging.doubt(config, outputs) == ""


@pytest.mark.parametrize(("config", "outputs", "word"), WRONG)
def test_what_cannot_be_is_told(config: dict[str, Any], outputs: dict[str, Dims], word: str) -> None:
    assert word in belonging.doubt(config, outputs)


def test_a_class_is_unknown_only_where_one_is_named() -> None:
    assert belonging.unknown(of("Unheard")) == "Unheard"
    assert {belonging.unknown(config) for config in ({}, of("BertModel"), of("T5ForConditionalGeneration"))} == {""}


def test_vectors_are_as_wide_as_config_json_says_somewhere() -> None:
    def gives(width: int) -> dict[str, Dims]:
        return {"last_hidden_state": ["n", "t", width]}

    assert belonging.vectors({"hidden_size": 32}, gives(32)) == belonging.vectors({}, gives(64)) == ""
    assert belonging.vectors({"encoder": {"d_model": 64}, "hidden_size": 32}, gives(64)) == ""
    assert "64 numbers" in belonging.vectors({"hidden_size": 32}, gives(64))


def test_layers_and_heads_are_those_that_are_kept() -> None:
    def keeps(layers: int, heads: int) -> dict[str, Dims]:
        return {f"past_key_values.{layer}.key": ["n", heads, "t", 16] for layer in range(layers)}

    right = {"num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
    assert (
        belonging.kept(right, keeps(2, 2))
        == belonging.kept(right, keeps(2, 4))
        == belonging.kept({}, keeps(2, 2))
        == ""
    )
    assert "3 layers" in belonging.kept(right, keeps(3, 2)) and "1 layers" in belonging.kept(right, keeps(1, 2))
    assert "8 heads" in belonging.kept(right, keeps(2, 8))
    assert belonging.kept({**right, "num_kv_shared_layers": 1}, keeps(1, 2)) == ""


def test_samples_and_frames_are_told_apart() -> None:
    samples, frames = {"conv_stride": [5, 2]}, {"num_mel_bins": 128}
    assert "frames" in belonging.heard(samples, {"input_values": ["n", 128, 128]})
    assert "samples" in belonging.heard(frames, {"input_values": ["n", "t"]})
    assert belonging.heard(samples, {"input_values": ["n", "t"]}) == belonging.heard(frames, {}) == ""
