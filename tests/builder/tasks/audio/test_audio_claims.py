"""Who says the rate of a sound, its windows, and that scores are probabilities; what nobody says is assumed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import onnx
import pytest
from edgeweb.config import Config
from edgeweb.tasks import choose, kind
from edgeweb.tasks.evidence import Origin, Said
from msgspec import convert
from onnx import helper
from planned import seen
from signals import identity
from tiny import FLOAT

AUDIO: dict[str, Any] = {"rate": 16000}


def wave(outputs: int = 3, operator: str = "Identity", rate: str = "") -> onnx.ModelProto:
    proto = identity([("wave", FLOAT, ["n", 16000])], [("y", FLOAT, ["n", outputs])])
    proto.graph.node[-1].op_type = operator
    if rate:
        helper.set_model_props(proto, {"sample_rate": rate})
    return proto


def said(proto: onnx.ModelProto, gave: Any = None, origins: Any = None, **config: Any) -> dict[str, Said]:
    labels = config.pop("labels", ["a", "b", "c"])
    known = replace(seen(proto, labels), origins=origins or {})
    if gave is not None:
        known = replace(known, gave={"y": np.array(gave, np.float32)})
    return {each.claim: each for each in choose.choose(known, convert(config, Config)).evidence}


def test_what_the_user_says() -> None:
    found = said(wave(), audio={**AUDIO, "activation": "softmax", "output": "y"}, task="audio-classification")
    assert {claim: each.source for claim, each in found.items()} == dict.fromkeys(
        ("task", "answer", "labels", "probabilities", "preprocessing", "rate"), "user"
    )
    assert found["rate"].value == 16000 and found["preprocessing"].about == "wave"


def test_what_files_beside_the_model_say() -> None:
    origins = {key: Origin("file", "preprocessor_config.json") for key in ("audio", "task", "labels")}
    found = said(wave(), origins=origins, audio=AUDIO, task="audio-classification")
    assert {each.source for each in found.values()} == {"file"} and found["rate"].origin == "preprocessor_config.json"
    assert (found["probabilities"].value, found["probabilities"].origin) == ("softmax", "config.json")
    # The exporter has put it into the graph, where nothing may make it twice.
    ended = said(
        wave(operator="Sigmoid"), origins=origins, audio={**AUDIO, "activation": "sigmoid"}, task="audio-classification"
    )
    assert (ended["probabilities"].value, ended["probabilities"].origin) == ("sigmoid", "operator Sigmoid")


@pytest.mark.parametrize(
    ("operator", "gave", "source", "value"),
    [
        ("Softmax", None, "file", "softmax"),
        ("Identity", [[0.25, 0.5, 0.25]] * 4, "trial", "as given"),
        ("Identity", [[0.25, 0.5, 0.25]], "assumed", "as given"),
        ("Identity", [[0.25, 0.5, 0.5]], "assumed", "softmax"),
        ("Identity", None, "assumed", "softmax"),
    ],
)
def test_who_says_that_scores_are_probabilities(operator: str, gave: Any, source: str, value: str) -> None:
    found = said(wave(operator=operator), gave, audio=AUDIO)["probabilities"]
    assert (found.source, found.value) == (source, value)
    settle = f'[audio]\nactivation = "{"none" if value == "as given" else value}"'
    assert found.settle == (settle if source == "assumed" else "")
    task = said(wave(operator=operator), gave, audio=AUDIO)["task"]
    assert (task.source, task.origin) == ("user", "3 names of classes in labels.txt")


@pytest.mark.parametrize(("operator", "gave"), [("Softmax", [[1, 1, 1]]), ("Identity", [[175, 60, 0.1]])])
def test_what_a_run_shows_to_be_no_shares_gets_none(operator: str, gave: Any) -> None:
    assert "probabilities" not in said(wave(operator=operator), gave, audio=AUDIO)


def test_a_task_that_was_asked_for_is_not_the_labels() -> None:
    found = said(wave(), audio=AUDIO, task="audio-classification")["task"]
    assert (found.source, found.origin) == ("user", "edgeweb.toml")


def test_a_rate_in_the_metadata_says_nothing_of_the_samples() -> None:
    found = said(wave(rate="16000"))
    assert (found["rate"].value, found["rate"].source) == (16000, "file")
    assert (found["preprocessing"].source, found["preprocessing"].settle) == (
        "assumed", "[audio]\nrate = 16000\nscale = 1.0",
    )  # fmt: skip


def test_a_shape_alone_is_an_assumption() -> None:
    short = identity([("wave", FLOAT, ["n", 512])], [("y", FLOAT, ["n", 1])])
    found = said(short, labels=[], audio=AUDIO)["task"]
    assert (found.source, found.settle) == ("assumed", 'task = "voice-activity-detection"')


def test_nobody_has_asked_for_what_a_file_says() -> None:
    known, settings = seen(wave(), ["a", "b", "c"]), convert({"audio": AUDIO, "task": "audio-classification"}, Config)
    plans = [
        choose.choose(replace(known, origins=origins), settings)
        for origins in ({"task": Origin("file", "preprocessor_config.json")}, {"task": Origin("user", "--task")}, {})
    ]  # fmt: skip
    assert [kind.SAYS in plan.reasons for plan in plans] == [False, True, True]
