"""Token ids as the inputs of a model: which of its inputs take them, and the arrays of a text."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.inputs.arrays import Feed
from edgeweb.inputs.golden import DTYPES, stored_input
from edgeweb.read import intake
from edgeweb.schema.language import TextInputs, TextState
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.language import tokenizer
from edgeweb.tasks.language.tokenizer import Language

# What a browser's tokenizer must take apart as the builder's does.
PROOFS = (
    "The quick brown fox jumps over 13 lazy dogs.",
    "It's a café in Zürich, isn't it? (Yes!)",
)
# What made-up inputs of a text model are; a blank is put into those that fill one.
SENTENCES = (
    "The quick brown fox jumps over the lazy dog.",
    "I really enjoyed this film, the acting was wonderful!",
    "Angela lives in Berlin and works for a small company.",
    "Please send the report before Friday at 5 pm.",
    "What a terrible day: the train was late again.",
    "How many people live in the largest city of Japan?",
    "Water boils at 100 degrees.",
    "She opened the door, looked around and smiled.",
)
_IDS = {"input_ids", "input_word_ids", "token_ids", "tokens", "ids"}
_MASK = {"attention_mask", "input_mask", "mask"}
_TYPES = {"token_type_ids", "input_type_ids", "segment_ids"}
_POSITIONS = {"position_ids"}
_WHOLE = ("int64", "int32")


@dataclass(frozen=True)
class Beside:
    """The tokenizer beside a model; `reads`: which inputs take its ids, or why none do; None: it takes no ids."""

    language: Language | None
    reads: TextInputs | str | None


def beside(
    infos: Sequence[TensorInfo], outputs: Sequence[TensorInfo], model: Path, settings: Config, base: Path
) -> Beside:
    """The tokenizer that goes with a model, and the inputs that take its ids, or why none do.

    Raises:
        ConfigError: the tokenizer that the configuration names cannot be used. One that merely lies there may be
            another program's.
    """
    if settings.text.tokenizer is None and not any(info.type in _WHOLE for info in infos):
        return Beside(None, None)
    try:
        words = tokenizer.find(model, settings, base)
    except ConfigError as error:
        if settings.text.tokenizer is not None:
            raise
        takes = inputs(infos, outputs, None) is not None
        return Beside(None, f"the tokenizer beside it cannot be used ({error.why})" if takes else None)
    reads = inputs(infos, outputs, words)
    return Beside(words, f"{reads}{_kept(model)}" if words is None and isinstance(reads, str) else reads)


def _kept(model: Path) -> str:
    """Which class of transformers keeps the tokenizer in a way of its own, where a file says it."""
    name = intake.json_hint(tokenizer.folders(model), "tokenizer_config.json").get("tokenizer_class")
    return f": {name} keeps none that others read" if isinstance(name, str) else ""


def inputs(
    infos: Sequence[TensorInfo], outputs: Sequence[TensorInfo], language: Language | None
) -> TextInputs | str | None:
    """Which inputs take the ids of a text; why they cannot be fed; None: none of them is of this kind."""
    by_name = {_plain(info.name): info for info in infos}
    ids = next((by_name[name] for name in _IDS if name in by_name), None)
    if ids is None and language is not None and len(infos) == 1 and infos[0].shape and len(infos[0].shape) == 2:
        ids = infos[0]
    if ids is None or ids.type not in _WHOLE or ids.shape is None or len(ids.shape) != 2:
        return None
    if language is None:
        return f'input "{ids.name}" takes token ids, and there is no tokenizer.json or vocab.txt beside the model'
    if isinstance(ids.shape[0], int) and ids.shape[0] != 1:
        return f'input "{ids.name}" takes {ids.shape[0]} texts at once'
    found: dict[str, str] = {}
    state, branch = [], None
    for name, info in by_name.items():
        kind = _kind(name)
        if info is ids:
            continue
        if kind is not None:
            found[kind] = info.name
        elif name == "use_cache_branch" and info.type == "bool":
            branch = info.name
        elif name.startswith("past") and (memory := kept(info, {each.name for each in outputs})) is not None:
            state.append(memory)
        else:
            return f'input "{info.name}" is neither token ids nor what belongs to them'
    length = ids.shape[1] if isinstance(ids.shape[1], int) else None
    return TextInputs(ids=ids.name, type=ids.type, length=length, pad=language.pad, branch=branch, state=state, **found)


def _plain(name: str) -> str:
    """A name without what TensorFlow writes around it."""
    return re.sub(r"(^serving_default_|:\d+$)", "", name)


def _kind(name: str) -> str | None:
    sets = {"mask": _MASK, "types": _TYPES, "positions": _POSITIONS}
    return next((kind for kind, names in sets.items() if name in names), None)


def is_mask(name: str) -> bool:
    """Whether an input tells which tokens count."""
    return _plain(name) in _MASK


def kept(info: TensorInfo, outputs: Set[str]) -> TextState | None:
    """What a decoder keeps: nothing at first along the axis of tokens, one text along that of the batch."""
    names = [re.sub(r"^past_key_values|^past", word, info.name) for word in ("present", "present_key_values")]
    output = next((name for name in names if name in outputs), None)
    if not info.type.startswith("float") or info.shape is None or output is None:
        return None
    dims = []
    for place, dim in enumerate(info.shape):
        word = str(dim).lower()
        dims.append(dim if isinstance(dim, int) else 1 if place == 0 or ("batch" in word and "seq" not in word) else 0)
    return TextState(input=info.name, output=output, type=info.type, dims=dims)


def feed(reads: TextInputs, ids: Sequence[int], types: Sequence[int] = ()) -> Feed:
    """The arrays of a text's ids, as web/src/worker/language/tokens.ts makes them; nothing kept of tokens before.

    Args:
        types: of the ids of two texts.
    """
    length = reads.length or len(ids)
    row = [*ids[:length], *[reads.pad] * max(0, length - len(ids))]
    kind = DTYPES[reads.type]
    count = min(len(ids), length)
    found: Feed = {reads.ids: np.array([row], kind)}
    if reads.mask is not None:
        found[reads.mask] = np.array([[1] * count + [0] * (length - count)], kind)
    if reads.types is not None:
        found[reads.types] = np.array([[*types[:length], *[0] * max(0, length - len(types))]], kind)
    if reads.positions is not None:
        found[reads.positions] = np.arange(length, dtype=kind)[None]
    for state in reads.state:
        found[state.input] = np.zeros(state.dims, DTYPES[state.type])
    if reads.branch is not None:
        found[reads.branch] = np.array([False])
    return found


def cases(found: Beside, infos: Sequence[TensorInfo]) -> tuple[list[GoldenInput], ...]:
    """A sentence to prove the numbers on, then one of a single word; none for other models."""
    reads, language = found.reads, found.language
    if not isinstance(reads, TextInputs) or language is None:
        return ()
    kinds = {info.name: info.type for info in infos}
    feeds = [feed(reads, language.ids(text)) for text in (SENTENCES[0], "a")]
    return tuple([stored_input(name, kinds[name], array) for name, array in each.items()] for each in feeds)


def prose(infos: Sequence[TensorInfo]) -> dict[str, Sequence[str]]:
    """Words for a model whose one input is a text: those that it never saw would prove little."""
    texts = [info for info in infos if info.type == "string"]
    return {texts[0].name: SENTENCES} if len(texts) == len(infos) == 1 else {}


def made_up(reads: TextInputs, language: Language, blank: bool, two: bool = False) -> list[Feed]:
    """Sentences to judge forms of the model on; `two`: each with another, as it is asked about two texts."""
    if two and language.pair is not None:
        others = (*SENTENCES[3:], *SENTENCES[:3])
        return [feed(reads, *language.both(*each)) for each in zip(SENTENCES, others, strict=True)]
    texts = [f"{text} {language.mask[0]}" if blank and language.mask else text for text in SENTENCES]
    return [feed(reads, language.ids(text)) for text in texts]
