"""Which inputs of a model are its memory from call to call."""

from __future__ import annotations

from typing import Any

import pytest
from edgeweb.errors import ConfigError
from signals import identity, plan_of
from tiny import FLOAT


def test_a_state_that_could_be_either_is_asked_for() -> None:
    shapes = [("x", FLOAT, ["n", 400]), ("a", FLOAT, [1, 8]), ("b", FLOAT, [1, 8])]
    proto = identity(shapes, [("y", FLOAT, ["n", 1]), ("p", FLOAT, [1, 8]), ("q", FLOAT, [1, 8])])
    settings: dict[str, Any] = {"task": "voice-activity-detection", "audio": {"rate": 16000}}
    with pytest.raises(ConfigError, match="state, constants or input"):
        plan_of(proto, settings)
    settings["audio"]["state"] = {"p": "a", "q": "b"}
    found = plan_of(proto, settings).audio
    assert found is not None and {s.output: s.input for s in found.states} == {"p": "a", "q": "b"}
