"""A decoder that writes about what another graph has read: what its inputs are, and what the task feeds to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from edgeweb.errors import ModelError
from edgeweb.inputs.arrays import Feed
from edgeweb.inputs.golden import DTYPES, Array, make_input
from edgeweb.read import decoders
from edgeweb.schema.language import Crossing, TextInputs, Writer
from edgeweb.schema.model import GoldenInput
from edgeweb.tasks.further import Run, Steps
from edgeweb.tasks.language import inputs, writing
from edgeweb.tasks.language.tokenizer import Language, places_before
from edgeweb.tasks.plan import Further, Seen
from edgeweb.tasks.text.settings import TextConfig

# Of several graphs of a folder, those that write, in the order in which they are taken.
_ROLES = (decoders.MERGED, decoders.FIRST)
_STATES, _MASK = "encoder_hidden_states", "encoder_attention_mask"
# What an encoder of fewer frames than it was given samples gives, where its decoder counts those.
_GIVEN_MASK = "attention_mask"
_PLACES = ("max_target_positions", "max_decoder_position_embeddings", "max_position_embeddings", "n_positions")
# Where nothing ends it: what was read and written stays in memory.
_MOST = 4096
# So many tokens are tried after the first call: each goes on from what was kept.
_LATER = 2


def role(seen: Seen) -> str | None:
    """The graph that writes, where the folder has one."""
    return next((name for name in _ROLES if name in seen.parts), None)


def writer(seen: Seen, name: str, language: Language, task: str, text: TextConfig) -> Writer | str:
    """How the graph writes, as the files say of a `task` of transformers' pipelines; or why it cannot be fed."""
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
    whole = _GIVEN_MASK if any(info.name == _GIVEN_MASK for info in seen.outputs) else None
    crossing = [
        Crossing(input=info.name, output=whole if info.name == _MASK else given)
        for info in part.inputs
        if info.name in (_STATES, _MASK)
    ]
    inner = nested(language.config)
    own = {**inner, **language.config}
    said = {**own, **writing.said_of(language, task)}
    _check(part, name, scores, {**own, **inner})
    writes = Writer(
        model=name, inputs=found, output=scores, crossing=crossing, start=[_start(said)], pad=language.pad,
        stops=_stops(said), limit=limit({**own, **inner}), stop=text.stop,
        sampling=writing.sampling(writing.said_of(language, task)),
    )  # fmt: skip
    return writing.ruled(writes, said, prompt=True)


def _check(part: Further, name: str, scores: str, config: Mapping[str, Any]) -> None:
    """ModelError where the decoder is another model's: it has not the words that config.json counts."""
    info = next(info for info in part.outputs if info.name == scores)
    width, words = (info.shape or [None])[-1], _number(config.get("vocab_size"))
    if isinstance(width, int) and words is not None and width != words:
        why = f"it scores {width:,} tokens, and config.json has a vocabulary of {words:,}"
        raise ModelError(f"{name}.onnx is not of this model", why, "Export the folder's graphs together")


def nested(config: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a config.json that is of the decoder, where one joins two models."""
    found = config.get("decoder", config.get("text_config"))
    return dict(found) if isinstance(found, dict) else {}


def _start(said: Mapping[str, Any]) -> int:
    """The token that stands before what is written."""
    found = (_number(said.get(key)) for key in ("decoder_start_token_id", "bos_token_id"))
    return next((each for each in found if each is not None), 0)


def _stops(said: Mapping[str, Any]) -> list[int]:
    ends = said.get("eos_token_id")
    found = map(_number, ends if isinstance(ends, list) else [ends])
    return sorted({each for each in found if each is not None})


def limit(config: Mapping[str, Any]) -> int:
    """So many tokens have a place in the decoder; one that tells places by their distance has no end."""
    learned = "relative_attention_num_buckets" not in config
    found = next((each for key in _PLACES if (each := _number(config.get(key)))), None) if learned else None
    return _MOST if found is None else max(1, found - places_before(config))


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


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


def steps(writes: Writer, case: Sequence[GoldenInput], run: Run, begins: Sequence[int] | None = None) -> Steps:
    """The decoder's first call about the encoder's case, and some that go on from it. `begins`: in place of `start`."""
    (answer,) = run("", [{spec.name: make_input(spec) for spec in case}])
    states = next(answer[each.output] for each in writes.crossing if each.output and each.input != _MASK)
    given = read(writes, answer, states.shape[1])
    ids, calls = list(begins or writes.start), []
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
