"""Sounds against which labels are held: what the files say of them, and how a sound is filled."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edgeweb import config
from edgeweb.errors import ConfigError
from edgeweb.read.towers import TEXT
from edgeweb.tasks import choose
from edgeweb.tasks.audio import graphs, published
from edgeweb.tasks.audio.graphs import Before
from edgeweb.tasks.audio.settings import Fill
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Further, Seen
from listen import session
from planned import I64, F, flat, seen

ABOUT = {
    "feature_extractor_type": "ClapFeatureExtractor", "sampling_rate": 8000, "max_length_s": 1, "feature_size": 16,
    "fft_window_size": 256, "hop_length": 80, "frequency_min": 50, "frequency_max": 3900, "truncation": "rand_trunc",
    "padding": "repeatpad",
}  # fmt: skip
CLAP = {"architectures": ["ClapModel"], "model_type": "clap"}
HEARS = flat({"input_features": (F, ["batch", "channels", "height", "width"])}, {"audio_embeds": (F, ["batch", 4])})
READS = flat({"input_ids": (I64, ["b", "n"])}, {"text_embeds": (F, ["b", 4])})


def told(folder: Path, **about: Any) -> config.Config:
    (folder / "preprocessor_config.json").write_text(json.dumps({**ABOUT, **about}))
    (folder / "config.json").write_text(json.dumps(CLAP))
    return published.configured(config.Config(), folder)


def folder(words: Language, *, reads: bool = True) -> Seen:
    part = seen(READS)
    parts = {TEXT: Further(READS, part.inputs, part.outputs)} if reads else {}
    return replace(seen(HEARS), parts=parts, language=replace(words, config=CLAP))


def test_the_files_say_how_a_sound_is_held_against_labels(tmp_path: Path, words: Language) -> None:
    plan = choose.choose(folder(words), told(tmp_path))
    assert (plan.task, plan.parts) == ("zero-shot-audio-classification", (TEXT,))
    pipeline, matching = plan.spec.pipeline, plan.spec.matching
    assert (pipeline.result, pipeline.length, pipeline.whole.cut, pipeline.outputs) == (
        "matching", 8000, True, ["audio_embeds"],
    )  # fmt: skip
    assert (matching.model, matching.template) == (TEXT, "This is a sound of {}.")


def test_without_its_other_half_it_is_told(tmp_path: Path, words: Language) -> None:
    with pytest.raises(ConfigError, match="here is no graph for texts beside it"):
        choose.choose(folder(words, reads=False), told(tmp_path))


def test_parts_drawn_at_random_are_left_to_the_general_form(tmp_path: Path, words: Language) -> None:
    settings = told(tmp_path, truncation="fusion")
    assert settings.audio is None and choose.choose(folder(words), settings).task == "tensors"


@pytest.mark.parametrize(
    ("fill", "samples", "made"),
    [
        ("repeats", 3, [1, 2, 3, 1, 2, 3, 0, 0]), ("repeats", 5, [1, 2, 3, 4, 5, 0, 0, 0]),
        ("repeated", 3, [1, 2, 3, 1, 2, 3, 1, 2]), ("repeated", 4, [1, 2, 3, 4, 1, 2, 3, 4]),
        ("silence", 3, [1, 2, 3, 0, 0, 0, 0, 0]), ("repeats", 10, [1, 2, 3, 4, 5, 6, 7, 8]),
        ("repeated", 8, [1, 2, 3, 4, 5, 6, 7, 8]),
    ],
)  # fmt: skip
def test_a_short_sound_is_filled(fill: Fill, samples: int, made: list[int]) -> None:
    zero, one = np.zeros(1), np.ones(1)
    before = Before(None, 1.0, "none", None, False, zero, one, [-1, 8], "float32", fill=(fill, 8))
    wave = np.arange(1, samples + 1, dtype=np.float32)[None]
    (found,) = session(graphs.preprocess(before)).run(["tensor"], {"samples": wave})
    assert np.asarray(found).tolist() == [made]
