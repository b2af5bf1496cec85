"""Whether a model reads texts, as token ids or as they are, and what its outputs say about them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from edgeweb.config import Config
from edgeweb.schema.tasks import Task
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import row
from edgeweb.tasks.kind import SAYS
from edgeweb.tasks.plan import Recognised, Seen
from edgeweb.tasks.text import chat, graphs, inputs
from edgeweb.tasks.text.graphs import Kind
from edgeweb.tasks.text.manifest import Chat, Sampling, TextCase, TextInputs, TextPipeline
from edgeweb.tasks.text.spec import Beside, TextSpec
from edgeweb.tasks.text.tokenizer import Language

TASKS: tuple[Task, ...] = (
    "text-classification", "text-embedding", "fill-mask", "token-classification", "text-generation",
)  # fmt: skip
# Operators that take texts apart: with one of them a string is prose, and no category.
_PROSE = frozenset((
    "Tokenizer", "TfIdfVectorizer", "StringSplit", "BertTokenizer", "WordpieceTokenizer", "SentencepieceTokenizer",
))  # fmt: skip
_HEADS: tuple[tuple[str, Task], ...] = (
    ("SequenceClassification", "text-classification"), ("TokenClassification", "token-classification"),
    ("MaskedLM", "fill-mask"), ("CausalLM", "text-generation"), ("LMHeadModel", "text-generation"),
)  # fmt: skip
_RESULTS: dict[Task, Literal["classification", "embedding", "fill", "spans", "text"]] = {
    "text-classification": "classification", "text-embedding": "embedding", "fill-mask": "fill",
    "token-classification": "spans", "text-generation": "text",
}  # fmt: skip
# More classes than a tagger has, and fewer than any vocabulary.
_MOST_TAGS = 512


def detect(seen: Seen, config: Config) -> Recognised | str:
    """A text model's task, the reasons for it, what is known of it, and its own labels; or why it is none, which is
    empty where nothing about it speaks of texts.
    """
    if (plain := _plain(seen, config)) is not None:
        return plain
    beside: Beside = seen.beside.get("text", Beside(None, None))
    if not isinstance(beside.reads, TextInputs) or beside.language is None:
        return beside.reads if isinstance(beside.reads, str) else ""
    found = _task(seen, config, beside.language, beside.reads)
    if isinstance(found, str):
        return found
    task, output, why = found
    return _read(task, output, why, seen, config, beside.language, beside.reads)


def _plain(seen: Seen, config: Config) -> Recognised | None:
    """A model that takes a text itself, and gives a label or scores."""
    asked = config.task == "text-classification"
    infos = [info for info in seen.inputs if info.type == "string"]
    if len(infos) != 1 or len(seen.inputs) != 1:
        return None
    prose = {name.rsplit(".", 1)[-1] for name in seen.operators} & _PROSE
    if not asked and (not prose or row.texts(seen.proto)):
        return None
    found = row.read(seen, config)
    if isinstance(found, str) or found.task != "tabular-classification" or len(found.pipeline.columns) != 1:
        return None
    pipeline = TextPipeline(result="classification", output=found.pipeline.scores or found.pipeline.label or "")
    why = f'a text in ("{infos[0].name}"), {found.why.partition(" in, ")[2]}'
    return Recognised("text-classification", (why,), TextSpec(pipeline, table=found.pipeline))


def _task(seen: Seen, config: Config, language: Language, reads: TextInputs) -> tuple[Task, TensorInfo, str] | str:
    """The task, the output that it is about, and why."""
    outputs = {info.name: info for info in seen.outputs if info.type.startswith("float")}
    made = {state.output for state in reads.state}
    flat = [info for info in outputs.values() if _rank(info) == 2]
    deep = [info for info in outputs.values() if _rank(info) == 3 and info.name not in made]
    words = f"token ids ({language.source}) in"
    head = next((task for name, task in _HEADS if name in language.architecture), None)
    named = {info.name: info for info in (*flat, *deep)}
    logits = next((info for name, info in named.items() if name.startswith("logits")), None)
    if config.task in TASKS:
        wanted = flat if config.task == "text-classification" else deep
        if config.task == "text-embedding" and (flat or deep):
            return config.task, _vectors(flat, deep), SAYS
        if not wanted:
            return "its outputs have not the shape for it"
        return config.task, logits if logits in wanted else wanted[0], SAYS
    if "QuestionAnswering" in language.architecture or "ConditionalGeneration" in language.architecture:
        return f"edgeweb has no interface for {language.architecture}"
    only = logits or ((*flat, *deep)[0] if len(flat) + len(deep) == 1 else None)
    fits = only is not None and (_rank(only) == 2) == (head == "text-classification") and not _hidden(only)
    if head is not None and only is not None and fits:
        return head, only, f"{words}, {language.architecture}"
    if made and deep:
        return "text-generation", logits or deep[0], f"{words}, what it keeps between tokens in and out"
    if only is not None and not _hidden(only):
        return _by_width(only, seen, language, words)
    if flat or deep:
        found = _vectors(flat, deep)
        what = "a vector of the text" if _rank(found) == 2 else f"a vector of each token, of which {_pooled(language)}"
        return "text-embedding", found, f'{words}, {what} out ("{found.name}")'
    return "its outputs are neither scores nor vectors"


def _by_width(info: TensorInfo, seen: Seen, language: Language, words: str) -> tuple[Task, TensorInfo, str] | str:
    """Scores whose number tells what they are of."""
    width, labels = _width(info, seen), len(seen.labels or language.labels)
    if _rank(info) == 2:
        return "text-classification", info, f'{words}, scores of each class out ("{info.name}")'
    # Some models have a few scores more than their vocabulary has words, for the sake of rounder sizes.
    vocabulary = width == language.words or (width is not None and width >= max(_MOST_TAGS, language.words * 0.9))
    if width is not None and vocabulary and width != labels:
        task: Task = "text-generation" if language.mask is None else "fill-mask"
        return task, info, f'{words}, a score for each of {width:,} tokens out ("{info.name}")'
    if width is not None and (width == labels or (width <= _MOST_TAGS and info.name.startswith("logits"))):
        return "token-classification", info, f'{words}, scores of each token out ("{info.name}")'
    return f'output "{info.name}" could be scores or vectors; say task = "token-classification" or "text-embedding"'


def _vectors(flat: Sequence[TensorInfo], deep: Sequence[TensorInfo]) -> TensorInfo:
    """The model's own vector of a text; BERT's pooler was made for another task than to compare texts."""
    own = [info for info in flat if "pool" not in info.name]
    return (*own, *deep, *flat)[0]


def _pooled(language: Language) -> str:
    return {"mean": "the mean is taken", "cls": "the first counts", "last": "the last counts"}.get(
        language.pooling, "the largest values count"
    )


def _rank(info: TensorInfo) -> int | None:
    return None if info.shape is None else len(info.shape)


def _width(info: TensorInfo, seen: Seen) -> int | None:
    """The last size: as declared, or as a run gave it."""
    last = info.shape[-1] if info.shape else None
    array = seen.gave.get(info.name)
    return last if isinstance(last, int) else None if array is None or array.ndim == 0 else array.shape[-1]


def width(output: str, seen: Seen) -> int | None:
    """How many scores an output has; None when that is unknown."""
    return next((_width(info, seen) for info in seen.outputs if info.name == output), None)


def _hidden(info: TensorInfo) -> bool:
    return any(word in info.name.lower() for word in ("hidden", "embed", "encoder", "pool", "sentence", "vector"))


def _read(
    task: Task, output: TensorInfo, why: str, seen: Seen, config: Config, language: Language, reads: TextInputs
) -> Recognised | str:
    """Everything that the page needs, but for the places of the files."""
    if task == "fill-mask" and language.mask is None:
        return f"{language.source} has no token for a blank"
    if task == "text-generation" and reads.length is not None:
        return "it takes one fixed number of tokens"
    if reads.state and task != "text-generation":
        return "it keeps something between tokens, which only text-generation can give it"
    result = _RESULTS[task]
    graph = None if result == "text" else graphs.make(_kind(task, output, language, config), output, language.pooling)
    limit = min(language.limit, reads.length or language.limit)
    talk = chat.compiled(language.template, language.specials) if result == "text" and language.template else None
    notes = (why, *((talk,) if isinstance(talk, str) else ()))
    pipeline = TextPipeline(
        result=result, output=output.name, inputs=reads, before=list(language.before), after=list(language.after),
        postprocess=None if graph is None else b64encode(graph).decode(), limit=limit,
        cases=[TextCase(text=text, ids=language.inner(text)) for text in inputs.PROOFS],
        blank=TextCase(text=language.mask[0], ids=[language.mask[1]]) if result == "fill" and language.mask else None,
        pieces=_pieces(language.slim), **(_spoken(language) if result == "text" else {}),
    )  # fmt: skip
    if isinstance(talk, Chat):
        pipeline = msgspec.structs.replace(pipeline, chat=talk)
    labels = language.labels if result in ("classification", "spans") else ()
    width = _width(output, seen)
    if labels and width is not None and len(labels) != width:
        labels = ()
    return Recognised(task, notes, TextSpec(pipeline, language), labels)


def _kind(task: Task, output: TensorInfo, language: Language, config: Config) -> Kind:
    if task == "text-classification":
        asked = config.output.get(output.name)
        if asked is not None and asked.softmax is False:
            return "scores"
        several = language.config.get("problem_type") == "multi_label_classification"
        return "sigmoid" if several else "softmax"
    if task == "text-embedding":
        return "pool" if _rank(output) == 3 else "vector"
    return "fill" if task == "fill-mask" else "tags"


def _pieces(slim: bytes) -> str | None:
    """What WordPiece writes before the pieces that go on with a word."""
    model = msgspec.json.decode(slim)["tokenizer"]["model"]
    prefix = model.get("continuing_subword_prefix")
    return prefix if model.get("type") == "WordPiece" and prefix else None


def _spoken(language: Language) -> dict[str, Any]:
    """When an answer ends, and how its tokens are chosen: as generation_config.json says."""
    said = language.generation
    stops = said.get("eos_token_id", language.config.get("eos_token_id"))
    found = {each for each in (stops if isinstance(stops, list) else [stops]) if isinstance(each, int)}
    # After their turn chat models write this, which some files do not call the end.
    names = (language.specials.get("eos_token"), "<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|endoftext|>")
    found |= {number for number in map(language.id_of, names) if number is not None}
    return {"stops": sorted(found), "sampling": _sampling(said)}


def _sampling(said: Mapping[str, Any]) -> Sampling:
    def number(key: str, default: float) -> float:
        value = said.get(key)
        return float(value) if isinstance(value, (int, float)) and value > 0 else default

    drawn = said.get("do_sample") is True
    return Sampling(
        temperature=number("temperature", 1.0) if drawn else 0.0,
        top_k=int(number("top_k", 50.0)) if drawn else 0,
        top_p=min(1.0, number("top_p", 1.0)),
        max_tokens=int(number("max_new_tokens", 128.0)),
    )
