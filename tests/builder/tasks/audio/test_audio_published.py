"""What Hugging Face's files beside a model say of the sound that it takes."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edgeweb import config, hearing, pretrained, probe, tasks
from edgeweb.errors import ConfigError
from edgeweb.plan import Seen
from signals import identity
from tiny import FLOAT, as_model


def test_files_of_hugging_face_say_what_a_classifier_hears(tmp_path: Path) -> None:
    about = {"feature_extractor_type": "Wav2Vec2FeatureExtractor", "sampling_rate": 16000, "do_normalize": True}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(about))
    assert pretrained.configured(config.Config(), tmp_path).audio is None
    classes = {"architectures": ["Wav2Vec2ForSequenceClassification"], "id2label": {"0": "calm", "1": "angry"}}
    (tmp_path / "config.json").write_text(json.dumps(classes))
    settings = pretrained.configured(config.Config(), tmp_path)
    assert settings.labels == ["calm", "angry"]
    proto = identity([("input_values", FLOAT, ["batch", "samples"])], [("logits", FLOAT, ["batch", 2])])
    info = probe.inspect_model(as_model(proto))
    seen = Seen(proto, info.inputs, info.outputs, info.operators, settings.labels, "config.json", ())
    found = tasks.choose(seen, settings).audio
    assert found is not None and (found.length, found.hop) == (80_000, 40_000)
    (feed,) = hearing.feeds(found, [np.linspace(0, 3, 80_000, dtype=np.float32)])
    assert abs(feed["input_values"].mean()) < 1e-4 and abs(feed["input_values"].std() - 1) < 1e-3


@pytest.mark.parametrize(
    "wrong", [{"std": math.inf}, {"std": 0.0}, {"mean": math.nan}, {"max_length": math.inf}, {"mean": "x"}]
)
def test_numbers_of_such_a_file_that_cannot_be_used(tmp_path: Path, wrong: dict[str, Any]) -> None:
    about = {"feature_extractor_type": "ASTFeatureExtractor", "sampling_rate": 16000, **wrong}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(about))
    (tmp_path / "config.json").write_text(json.dumps({"id2label": {"0": "calm", "1": "angry"}}))
    with pytest.raises(ConfigError, match=r"preprocessor_config\.json has a wrong value\. .* write \[audio\]"):
        pretrained.configured(config.Config(), tmp_path)
