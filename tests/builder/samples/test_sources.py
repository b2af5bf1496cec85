"""What a model is tried and judged on: the user's data, its own sounds, or something made up."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.samples import sources
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.audio.kind import AUDIO
from edgeweb.tasks.plan import Plan
from edgeweb.tasks.tabular.manifest import Column, TabularPipeline
from edgeweb.tasks.text.kind import TEXT
from edgeweb.tasks.text.manifest import TextPipeline
from edgeweb.tasks.text.spec import TextSpec
from msgspec import convert
from planned import seen
from sampled import save
from signals import identity, plan_of
from tiny import FLOAT, as_model

SOUND = identity([("x", FLOAT, ["n", 400])], [("y", FLOAT, ["n", 1])])
X = TensorInfo(name="x", type="float32", shape=["n", 4])
CASE = [GoldenInput(name="x", type="float32", dims=[1, 4], seed=1, low=0.0, high=1.0)]


@pytest.mark.parametrize(
    ("settings", "tried"),
    [
        ({}, False),
        ({"task": "voice-activity-detection", "audio": {"rate": 8000}}, True),
        ({"task": "tensors", "audio": {"rate": 8000}}, False),
    ],
)
def test_a_model_of_sound_is_tried_on_noise_of_its_length(settings: Any, tried: bool) -> None:
    cases = AUDIO.before(as_model(SOUND), seen(SOUND), convert(settings, Config), Path()).cases
    assert [[spec.dims for spec in case] for case in cases] == ([[[1, 400]]] if tried else [])


@pytest.mark.parametrize(
    ("data", "case", "said"),
    [
        (Path("mine.npz"), [GoldenInput(name="x", type="float32", dims=[1], data="AAAAAA==")], "mine.npz (x)"),
        (Path("mine.NPY"), [GoldenInput(name="t", type="string", dims=[1], strings=["a"])], "mine.NPY (t)"),
        (Path("mine.npz"), CASE, None),
        (Path("mine.csv"), [GoldenInput(name="x", type="float32", dims=[1], data="AAAAAA==")], None),
        (None, [GoldenInput(name="x", type="float32", dims=[1], data="AAAAAA==")], None),
    ],
)
def test_whoever_publishes_their_own_numbers_is_told(data: Path | None, case: Any, said: str | None) -> None:
    notes = sources.published(data, case)
    assert [name for name, _ in notes] == ([] if said is None else ["public"])
    assert said is None or f"inputs of {said} are the golden case" in notes[0][1]


def test_data_come_before_examples_and_these_before_what_is_made_up(tmp_path: Path) -> None:
    heard = plan_of(SOUND, {"task": "voice-activity-detection", "audio": {"rate": 8000}})
    tensors = Plan("tensors", ())
    sound = tmp_path / "a.WAV"
    write_wave(sound)
    data = save(tmp_path / "d.npz", x=np.ones((3, 4)))

    def source(data: Path | None, examples: list[Path], plan: Plan) -> str:
        return sources.inputs(data, examples, [X], plan, CASE).source

    assert source(data, [sound], heard) == "3 samples of d.npz"
    assert source(None, [sound, tmp_path / "a.txt"], heard) == "2 windows of the examples"
    assert source(None, [tmp_path / "a.txt"], heard) == "8 seeded inputs"
    assert source(None, [sound], tensors) == "8 seeded inputs", "it takes no sound"


def write_wave(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * 800))


def test_a_model_that_takes_a_text_as_it_is_takes_a_table_with_one_column(tmp_path: Path) -> None:
    table = TabularPipeline(columns=[Column(name="text", input="t", index=0, type="text")], label="y")
    spec = TextSpec(TextPipeline(result="classification", output="y"), table=table)
    (tmp_path / "texts.csv").write_text("text\nhello there\nsee you\n")
    text = TensorInfo(name="t", type="string", shape=[None, 1])
    found = sources.inputs(tmp_path / "texts.csv", [], [text], Plan("text-classification", (), TEXT, spec), [])
    assert [feed["t"].tolist() for feed in found.feeds] == [[["hello there"]], [["see you"]]]
    with pytest.raises(ConfigError, match="takes arrays"):
        sources.inputs(tmp_path / "texts.csv", [], [X], Plan("tensors", ()), CASE)
