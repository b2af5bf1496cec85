"""A decoder that writes about what another graph has read: what its inputs are, and what the task feeds to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from edgeweb.inputs.arrays import Feed
from edgeweb.inputs.golden import DTYPES, Array, make_input
from edgeweb.read import decoders
from edgeweb.schema.language import Crossing, Forced, TextInputs, Writer
from edgeweb.schema.model import GoldenInput
from edgeweb.tasks.further import Run, Steps
from edgeweb.tasks.language import inputs, writing
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Further, Seen

# Of several graphs of a folder, those that write, in the order in which they are taken.
_ROLES = (decoders.MERGED, decoders.FIRST)
_STATES, _MASK = "encoder_hidden_states", "encoder_attention_mask"
# So many tokens are tried after the first call: each goes on from what was kept.
_LATER = 3


def role(seen: Seen) -> str | None:
    """The graph that writes, where the folder has one."""
    return next((name for name in _ROLES if name in seen.parts), None)


def writer(seen: Seen, name: str, language: Language) -> Writer | str:
    """How the graph writes; or which of its inputs nobody feeds."""
    part = seen.parts[name]
    found = _inputs(part, language)
    if isinstance(found, str):
        return found
    given = next(
        (info.name for info in seen.outputs if info.type.startswith("float") and len(info.shape or ()) == 3), None
    )
    scores = next((info.name for info in part.outputs if info.name.startswith("logits")), None)
    if scores is None or given is None:
        return f"{name}.onnx gives no logits" if given else "its encoder gives nothing that a decoder reads"
    crossing = [
        Crossing(input=info.name, output=None if info.name == _MASK else given)
        for info in part.inputs
        if info.name in (_STATES, _MASK)
    ]
    said: dict[str, Any] = {**language.config, **_nested(language.config, "decoder"), **language.generation}
    return Writer(
        model=name, inputs=found, output=scores, crossing=crossing, pad=language.pad, **_bounds(said),
        sampling=writing.sampling(language.generation),
    )  # fmt: skip


def _nested(config: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The part of a config.json that is of the decoder, where one joins two models."""
    found = config.get(key)
    return dict(found) if isinstance(found, dict) else {}


def _bounds(said: Mapping[str, Any]) -> dict[str, Any]:
    """Where it begins and ends, and what it may not write, by the keys of generation_config.json or config.json."""
    start = _number(said.get("decoder_start_token_id"), _number(said.get("bos_token_id"), 0))
    ends = said.get("eos_token_id")
    first = _number(said.get("forced_bos_token_id"))
    pairs = said.get("forced_decoder_ids")
    forced = [Forced(place=place, id=each) for place, each in _pairs(pairs)]
    if first is not None and not forced:
        forced = [Forced(place=1, id=first)]
    positions = ("max_target_positions", "max_decoder_position_embeddings", "max_position_embeddings", "n_positions")
    limit = next((found for key in positions if (found := _number(said.get(key)))), 512)
    return {
        "start": [start], "stops": sorted(_ids(ends if isinstance(ends, list) else [ends])), "limit": limit,
        "suppress": _ids(said.get("suppress_tokens")), "suppress_first": _ids(said.get("begin_suppress_tokens")),
        "forced": forced, "forced_end": _number(said.get("forced_eos_token_id")),
    }  # fmt: skip


def _number(value: object, instead: int | None = None) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else instead


def _ids(value: object) -> list[int]:
    return [each for each in value if _number(each) is not None] if isinstance(value, list) else []


def _pairs(value: object) -> list[tuple[int, int]]:
    pairs = value if isinstance(value, list) else []
    return [
        (pair[0], pair[1])
        for pair in pairs
        if isinstance(pair, list) and len(pair) == 2 and None not in (_number(pair[0]), _number(pair[1]))
    ]


def _inputs(part: Further, language: Language) -> TextInputs | str:
    """The inputs of the decoder alone; what it keeps of the encoder is given once."""
    own = [info for info in part.inputs if info.name not in (_STATES, _MASK)]
    renamed = {info.name.removeprefix("decoder_"): info.name for info in own}
    plain = [msgspec.structs.replace(info, name=info.name.removeprefix("decoder_")) for info in own]
    found = inputs.inputs(plain, part.outputs, language)
    if not isinstance(found, TextInputs):
        return found or "its decoder takes no token ids"
    names = {
        key: renamed[name] for key in ("ids", "mask", "types", "positions", "branch") if (name := getattr(found, key))
    }
    state = [
        msgspec.structs.replace(each, input=renamed[each.input], once=".encoder." in each.input) for each in found.state
    ]
    return msgspec.structs.replace(found, state=state, **names)


def read(writes: Writer, answer: Mapping[str, Array], length: int) -> dict[str, Array]:
    """What is fed of the graph that has read, at every step. `length`: of its tokens, which all count."""
    ones = np.ones((1, length), np.int64)
    return {each.input: answer[each.output] if each.output else ones for each in writes.crossing}


def steps(writes: Writer, case: Sequence[GoldenInput], run: Run) -> Steps:
    """The decoder's first call about the encoder's case, and some that go on from it."""
    (answer,) = run("", [{spec.name: make_input(spec) for spec in case}])
    states = next(answer[each.output] for each in writes.crossing if each.output)
    given = read(writes, answer, states.shape[1])
    ids, calls = list(writes.start), []
    kept: dict[str, Array] = {}
    for place in range(1 + _LATER):
        feed = {**feed_of(writes.inputs, ids, kept), **given}
        calls.append(feed)
        (found,) = run(writes.model or "", [feed])
        once = {state.input for state in writes.inputs.state if state.once and place}
        kept |= {state.input: found[state.output] for state in writes.inputs.state if state.input not in once}
        ids.append(int(found[writes.output][0, -1].argmax()))
    return Steps(tuple(calls), writes.output)


def feed_of(reads: TextInputs, ids: Sequence[int], kept: Mapping[str, Array]) -> Feed:
    """The decoder's own inputs for the ids so far, of which all but the last are kept where any are."""
    if not kept:
        return inputs.feed(reads, ids)
    kind, length = DTYPES[reads.type], len(ids)
    found: Feed = {**inputs.feed(reads, ids[-1:]), **kept}
    if reads.mask is not None:
        found[reads.mask] = np.ones((1, length), kind)
    if reads.positions is not None:
        found[reads.positions] = np.array([[length - 1]], kind)
    if reads.branch is not None:
        found[reads.branch] = np.array([True])
    return found
