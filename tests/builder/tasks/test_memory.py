"""Which inputs of a model are its memory from call to call, which stay the same, and which one takes the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from edgeweb.errors import ConfigError
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import memory
from edgeweb.tasks.audio import windows
from edgeweb.tasks.memory import Roles
from signals import identity, plan_of
from tiny import FLOAT

DATA = TensorInfo(name="x", type="float32", shape=["n", 400])
RESULT = TensorInfo(name="y", type="float32", shape=["n", 1])


def info(name: str, *shape: int | str, kind: Any = "float32") -> TensorInfo:
    return TensorInfo(name=name, type=kind, shape=list(shape))


def split(inputs: list[TensorInfo], outputs: list[TensorInfo], **said: Any) -> Roles | str:
    """The data have 400 numbers."""
    given: dict[str, Any] = {"data": None, "states": None, "constants": {}, "rate": None, "table": "audio"}
    return memory.split(
        inputs, outputs, **{**given, **said}, fits=lambda each: bool(each.shape) and each.shape[-1] == 400
    )


def pairs(inputs: list[TensorInfo], outputs: list[TensorInfo], **said: Any) -> dict[str, str]:
    found = split([DATA, *inputs], [RESULT, *outputs], **said)
    assert isinstance(found, Roles), found
    assert (found.data, found.results) == (DATA, (RESULT,))
    return {state.output: state.input for state in found.states}


def test_a_state_that_could_be_either_is_asked_for() -> None:
    shapes = [("x", FLOAT, ["n", 400]), ("a", FLOAT, [1, 8]), ("b", FLOAT, [1, 8])]
    proto = identity(shapes, [("y", FLOAT, ["n", 1]), ("p", FLOAT, [1, 8]), ("q", FLOAT, [1, 8])])
    settings: dict[str, Any] = {"task": "voice-activity-detection", "audio": {"rate": 16000}}
    with pytest.raises(ConfigError, match="state, constants or input"):
        plan_of(proto, settings)
    settings["audio"]["state"] = {"p": "a", "q": "b"}
    found = plan_of(proto, settings).spec
    assert found is not None and {s.output: s.input for s in found.states} == {"p": "a", "q": "b"}


@pytest.mark.parametrize(
    ("before", "after"),
    [("h_in", "h_out"), ("h0", "hn"), ("state", "stateN"), ("past.k", "present.k"), ("prev_c", "new_c"), ("H", "HN")],
)
def test_states_are_told_by_their_names(before: str, after: str) -> None:
    others = [info("other_in", 1, 8)], [info("other_out", 1, 8)]
    found = pairs([info(before, 1, 8), *others[0]], [info(after, 1, 8), *others[1]])
    assert found == {after: before, "other_out": "other_in"}


@pytest.mark.parametrize(
    ("given", "gives", "paired"),
    [
        (info("a", 1, 8), info("b", 1, 8), True),
        (info("a", 1, 8), info("b", "n", 8), True),
        (info("a", 2, 8), info("b", 1, 8), False),
        (info("a", 1, 8), info("b", 1, "k"), False),
        # One number in a row may be anything.
        (info("a", 8), info("b", 8), False),
        (info("a", "n", 8), info("b", "n", 8), False),
        (info("a", 1, 8), info("b", 1, 8, kind="float16"), False),
        (info("a", 1, 8, kind="int64"), info("b", 1, 8, kind="int64"), False),
    ],
)
def test_a_state_without_a_name_is_the_only_one_of_its_shape(
    given: TensorInfo, gives: TensorInfo, paired: bool
) -> None:
    found = split([DATA, given], [RESULT, gives])
    assert isinstance(found, Roles) is paired
    assert paired or 'which of the inputs "a" takes the data is not clear' in str(found)


def test_what_is_left_without_a_partner_takes_the_data() -> None:
    """None of the inputs has the length of the data."""
    free, state = info("x", "n", "t"), info("h_in", 1, 8)
    found = split([free, state], [RESULT, info("h_out", 1, 8)])
    assert isinstance(found, Roles) and (found.data, len(found.states)) == (free, 1)
    # The only input is no memory.
    alone = split([state], [info("h_out", 1, 8)])
    assert isinstance(alone, Roles) and (alone.data, alone.states) == (state, ())


def test_a_model_has_to_give_more_than_its_memory() -> None:
    assert split([DATA, info("h_in", 1, 8)], [info("h_out", 1, 8)]) == "it gives nothing but states"


@pytest.mark.parametrize(("name", "shape", "fixed"), [("SR", [1], True), ("fs", [], True), ("sr", [2], False)])
def test_an_input_that_is_named_after_the_rate_gets_it(name: str, shape: list[int], fixed: bool) -> None:
    rate = TensorInfo(name=name, type="int64", shape=[*shape])
    found = split([DATA, rate], [RESULT], rate=8000)
    assert isinstance(found, Roles) is fixed
    assert isinstance(split([DATA, rate], [RESULT]), str), "without a rate there is nothing to give"
    if isinstance(found, Roles):
        assert windows.constant_of(found.constants[0]).ravel().tolist() == [8000]


def test_constants_are_of_the_type_and_shape_of_their_inputs() -> None:
    found = split([DATA, info("level", 2, "k", kind="float16")], [RESULT], constants={"level": 0.5})
    assert isinstance(found, Roles)
    array = windows.constant_of(found.constants[0])
    assert (array.dtype, array.tolist()) == (np.float16, [[0.5], [0.5]])
    with pytest.raises(ConfigError, match='"level" is string'):
        split([DATA, info("level", 1, kind="string")], [RESULT], constants={"level": 0.5})


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"data": "z"}, 'an input "z"'),
        ({"constants": {"z": 1.0}}, 'an input "z"'),
        ({"states": {"y": "z"}}, 'an input "z"'),
        ({"states": {"z": "x"}}, 'an output "z"'),
    ],
)
def test_what_the_model_has_not(said: Any, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        split([DATA], [RESULT], **said)


def test_what_is_said_counts() -> None:
    inputs, outputs = [info("a", 1, 8), info("b", 1, 8)], [info("p", 1, 8), info("q", 1, 8)]
    assert pairs(inputs, outputs, states={"p": "b", "q": "a"}) == {"p": "b", "q": "a"}
    assert pairs(inputs[:1], outputs[:1], data="x") == {"p": "a"}
    # None is one: what was a pair is an input more that nobody feeds.
    assert isinstance(split([DATA, inputs[0]], [RESULT, outputs[0]], states={}), str)


@pytest.mark.parametrize(("size", "fits"), [(1 << 24, True), ((1 << 24) + 1, False)])
def test_how_large_a_state_may_be(size: int, fits: bool) -> None:
    inputs, outputs = [info("h_in", 1, size)], [info("h_out", 1, size)]
    if fits:
        assert pairs(inputs, outputs) == {"h_out": "h_in"}
    else:
        with pytest.raises(ConfigError, match="16,777,217 elements"):
            pairs(inputs, outputs)
