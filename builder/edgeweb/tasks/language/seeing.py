"""Writers that are shown something: vectors stand among those of their words, as the folders of LLaVA have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from edgeweb.inputs.arrays import Feed
from edgeweb.inputs.golden import DTYPES, Array, make_input
from edgeweb.schema.language import Chat, Seeing, TextInputs, Writer
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.further import Run, Steps
from edgeweb.tasks.language import chat, crossing, inputs, writing
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Further, Seen
from edgeweb.tasks.text.settings import TextConfig

# The graph that makes vectors of ids, as optimum and transformers.js call it, and its kin; where ids would be.
EMBEDS, _EMBEDDED = "embed_tokens", "inputs_embeds"
_TOKEN = ("image_token_id", "image_token_index")
# So many tokens are tried after the first call.
_LATER = 2


def writer(seen: Seen, name: str, language: Language, task: str, text: TextConfig) -> Writer | str:
    """How the graph `name` writes about what the site's own model gives; or why it cannot be fed."""
    token = next((each for key in _TOKEN if isinstance(each := language.config.get(key), int)), None)
    if token is None:
        return "config.json names no token that stands for a picture"
    part, embeds = seen.parts[name], seen.parts[EMBEDS]
    reads = _reads(part, language)
    words = inputs.inputs(embeds.inputs, embeds.outputs, language)
    if not isinstance(reads, TextInputs):
        return reads
    if not isinstance(words, TextInputs) or len(embeds.outputs) != 1 or words.mask or words.positions:
        return f"{EMBEDS}.onnx does more than to make vectors of token ids"
    made = embeds.outputs[0]
    scores = next((info.name for info in part.outputs if info.name.startswith("logits")), None)
    given = _given(seen.outputs, made)
    if scores is None or given is None:
        return f"{name}.onnx gives no logits" if given else f"what is seen is of other vectors than {EMBEDS}.onnx makes"
    talk = chat.bounded(language.template, language.specials, shown=True) if language.template else None
    if not isinstance(talk, Chat) or talk.picture is None:
        return talk if isinstance(talk, str) else "no chat template says where a picture stands"
    start = language.specials.get("bos_token", "")
    begun = start != "" and talk.first.startswith(start)
    seeing = Seeing(
        model=EMBEDS, ids=words.ids, output=made.name, seen=given, token=token,
        before=[] if begun else list(language.before),
    )  # fmt: skip
    said = writing.said_of(language, task)
    writes = Writer(
        model=name, inputs=reads, output=scores, limit=crossing.limit(crossing.nested(language.config)),
        stops=writing.stops(language), pad=language.pad, sampling=writing.sampling(said), system=text.system,
        stop=text.stop, chat=talk, seeing=seeing,
    )  # fmt: skip
    return writing.ruled(writes, said, prompt=False)


def _given(outputs: Sequence[TensorInfo], made: TensorInfo) -> str | None:
    """The one output that holds vectors like those of words."""
    width = (made.shape or [None])[-1]
    fits = [info for info in outputs if info.type == made.type and info.shape and len(info.shape) in (2, 3)]
    same = [info.name for info in fits if info.shape and info.shape[-1] == width and isinstance(width, int)]
    return same[0] if len(same) == 1 and len(outputs) == 1 else None


def _reads(part: Further, language: Language) -> TextInputs | str:
    """The decoder's inputs, in which its vectors are called ids."""
    plain = [
        TensorInfo(name="input_ids", type="int64", shape=(info.shape or [])[:2]) if info.name == _EMBEDDED else info
        for info in part.inputs
    ]
    if plain == list(part.inputs):
        return f'its decoder takes no "{_EMBEDDED}"'
    found = inputs.inputs(plain, part.outputs, language)
    if not isinstance(found, TextInputs):
        return found or "its decoder takes no token ids"
    return msgspec.structs.replace(found, ids=_EMBEDDED) if found.state else "its decoder keeps nothing between tokens"


def words(writes: Writer, language: Language) -> Steps:
    """Sentences, one a call, for the graph that makes vectors of them."""
    seeing = writes.seeing
    if seeing is None:
        raise NotImplementedError("it is shown nothing")
    calls = [np.array([language.ids(text)], np.int64) for text in inputs.SENTENCES]
    return Steps(tuple({seeing.ids: ids} for ids in calls), exact=True)


def steps(writes: Writer, case: Sequence[GoldenInput], run: Run) -> Steps:
    """The decoder's first call, on what is seen of the case, and some that go on from it."""
    (answer,) = run("", [{spec.name: make_input(spec) for spec in case}])
    seen = answer[writes.seeing.seen if writes.seeing else ""]
    vectors = seen.reshape(1, -1, seen.shape[-1])
    kept: dict[str, Array] = {}
    calls: list[Feed] = []
    for place in range(1 + _LATER):
        feed = _feed(writes.inputs, vectors if place == 0 else vectors[:, place : place + 1], kept, place, vectors)
        calls.append(feed)
        (found,) = run(writes.model or "", [feed])
        kept = {state.input: found[state.output] for state in writes.inputs.state}
    return Steps(tuple(calls), writes.output)


def _feed(reads: TextInputs, vectors: Array, kept: Mapping[str, Array], place: int, first: Array) -> Feed:
    """`place`: how many calls there were, of which the first one read as much as `first` has."""
    count = vectors.shape[1]
    before = 0 if place == 0 else first.shape[1] + place - 1
    kind = DTYPES[reads.type]
    found: Feed = {**inputs.feed(reads, [0] * count), **kept, reads.ids: vectors}
    if reads.mask is not None:
        found[reads.mask] = np.ones((1, before + count), kind)
    if reads.positions is not None:
        found[reads.positions] = np.arange(before, before + count, dtype=kind)[None]
    if reads.branch is not None:
        found[reads.branch] = np.array([place > 0])
    return found
