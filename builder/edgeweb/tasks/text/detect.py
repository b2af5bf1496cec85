"""Whether a model reads texts, as token ids or as they are, and what its outputs say about them."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from typing import Literal

from edgeweb.config import Config
from edgeweb.schema.language import TextCase, TextInputs
from edgeweb.schema.tasks import Task
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import row, settle
from edgeweb.tasks.evidence import Said, assumed
from edgeweb.tasks.language import crossing, writing
from edgeweb.tasks.language.inputs import Beside
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Recognised, Seen
from edgeweb.tasks.tabular.manifest import TabularPipeline
from edgeweb.tasks.text import crossed, graphs, heads, likely, meaning
from edgeweb.tasks.text.believed import believed
from edgeweb.tasks.text.manifest import TextPipeline
from edgeweb.tasks.text.meaning import Meaning
from edgeweb.tasks.text.spec import TextSpec
from edgeweb.tasks.told import Told

# Operators that take texts apart: with one of them a string is prose, and no category.
_PROSE = frozenset((
    "Tokenizer", "TfIdfVectorizer", "StringSplit", "BertTokenizer", "WordpieceTokenizer", "SentencepieceTokenizer",
))  # fmt: skip
_PLAIN = ("text-classification", "text-regression")
_Result = Literal["classification", "regression", "embedding", "fill", "spans", "text", "answers"]
_RESULTS: dict[Task, _Result] = {
    "text-classification": "classification", "text-regression": "regression", "text-embedding": "embedding",
    "fill-mask": "fill", "token-classification": "spans", "text-generation": "text", "question-answering": "answers",
    "zero-shot-classification": "classification", "text-ranking": "classification",
}  # fmt: skip
# So many words are offered for a blank.
_WORDS = 5
# The sentence that a label is put into, as transformers has it.
_TEMPLATE = "This example is {}."
# What transformers calls classes and values that nobody has named.
_UNNAMED = re.compile(r"LABEL_\d+")


def detect(seen: Seen, config: Config) -> Recognised | str:
    """A text model's task, the reasons for it, what is known of it, and its own labels; or why it is none, which is
    empty where nothing about it speaks of texts.
    """
    if (plain := _plain(seen, config)) is not None:
        return plain
    beside: Beside = seen.beside.get("text", Beside(None, None))
    if not isinstance(beside.reads, TextInputs) or beside.language is None:
        return beside.reads if isinstance(beside.reads, str) else ""
    if (name := crossing.role(seen)) is not None:
        return crossed.answers(seen, config, beside.language, beside.reads, name)
    known = believed(seen, beside.language, beside.reads, asked=config.task in meaning.TASKS)
    found = meaning.find(known, config, beside.reads)
    if isinstance(found, str):
        return "; ".join(filter(None, (known.doubt, found)))
    return _read(found, known.seen, config, known.language, beside.reads, known.doubt)


def _plain(seen: Seen, config: Config) -> Recognised | None:
    """A model that takes a text itself, and gives a label, scores or values."""
    asked = config.task in _PLAIN
    infos = [info for info in seen.inputs if info.type == "string"]
    if len(infos) != 1 or len(seen.inputs) != 1:
        return None
    if not asked and (not prose(seen) or row.texts(seen.proto)):
        return None
    found = row.read(seen, config)
    if isinstance(found, str) or len(found.pipeline.columns) != 1:
        return None
    table = found.pipeline
    task: Task = "text-classification" if found.task == "tabular-classification" else "text-regression"
    if asked and config.task != task:
        values = table.values or table.scores
        if config.task == "text-classification" or values is None:
            return None
        task, table = "text-regression", TabularPipeline(columns=table.columns, values=values)
    output = table.values or table.scores or table.label or ""
    pipeline = TextPipeline(result=_RESULTS[task], output=output)
    why = f'a text in ("{infos[0].name}"), {found.why.partition(" in, ")[2]}'
    said = tuple(_of_texts(each) for each in found.evidence) if table is found.pipeline else ()
    return Recognised(task, (why,), TextSpec(pipeline, table=table), evidence=said)


def _of_texts(said: Said) -> Said:
    """What is said of a row with one column, of a text."""
    value = (
        said.value.replace("tabular-", "text-") if isinstance(said.value, str) and said.claim == "task" else said.value
    )
    return replace(said, value=value, settle=said.settle.replace('"tabular-', '"text-'))


def prose(seen: Seen) -> bool:
    """Whether an operator takes texts apart."""
    return bool({name.rsplit(".", 1)[-1] for name in seen.operators} & _PROSE)


def width(output: str, seen: Seen) -> int | None:
    """How many scores an output has; None when that is unknown."""
    return next((likely.width(info, seen) for info in seen.outputs if info.name == output), None)


def _read(
    found: Meaning, seen: Seen, config: Config, language: Language, reads: TextInputs, doubt: str
) -> Recognised | str:
    """Everything that the page needs, but for the places of the files. `doubt`: of what lies beside the model."""
    task, output = found.task, found.output
    if task == "fill-mask" and language.mask is None:
        return f"{language.source} has no token for a blank"
    if task == "text-generation" and reads.length is not None:
        return "it takes one fixed number of tokens"
    if reads.state and task != "text-generation":
        return "it keeps something between tokens, which only text-generation can give it"
    result = _RESULTS[task]
    kind, said = _kind(found, seen, config, language)
    ended = likely.made(output, seen) is not None
    graph = None if kind is None else graphs.make(kind, output, language.pooling, ended=ended)
    limit = min(language.limit, reads.length or language.limit)
    writer, untold = (
        writing.going_on(reads, output.name, language, limit, config.text) if result == "text" else (None, "")
    )
    notes = (found.why, *filter(None, (doubt, untold, _behind(result, output, language))))
    entails = heads.entailing(language) if kind == "softmax" and language.pair is not None else None
    pipeline = TextPipeline(
        result=result, output=output.name, ends=found.ends, inputs=reads,
        entails=entails, template=None if entails is None else _TEMPLATE,
        prompt=language.prompt if result == "embedding" else "",
        postprocess=None if graph is None else b64encode(graph).decode(),
        blank=TextCase(text=language.mask[0], ids=[language.mask[1]]) if result == "fill" and language.mask else None,
    )  # fmt: skip
    before = f"ids of {language.source}, at most {limit:,}"
    claim = Said("preprocessing", before, "file", language.source, about=reads.ids)
    if config.text.tokenizer is not None:
        claim = replace(seen.says("preprocessing", before, "text.tokenizer"), about=reads.ids)
    evidence = (*found.said, *said, claim)
    spec = TextSpec(pipeline, language, limit=limit, writer=writer, told=_told(pipeline, kind))
    return Recognised(task, notes, spec, _names(result, output, seen, language), evidence)


def _told(pipeline: TextPipeline, kind: graphs.Kind | None) -> tuple[Told, ...]:
    """The shares that the page shows."""
    if pipeline.result == "answers" and pipeline.ends is not None:
        return Told(pipeline.output, "softmax"), Told(pipeline.ends, "softmax")
    if kind == "fill" and pipeline.blank is not None and pipeline.inputs is not None:
        return (Told(pipeline.output, "softmax", _WORDS, (pipeline.inputs.ids, pipeline.blank.ids[0])),)
    if kind in ("sigmoid", "softmax"):
        return (Told(pipeline.output, kind),)
    return (Told(pipeline.output, "softmax"),) if kind == "tags" else ()


def _behind(result: str, output: TensorInfo, language: Language) -> str:
    """That vectors are not what sentence-transformers would give, where a layer of it is in no graph."""
    if result != "embedding" or not language.behind or likely.rank(output) != 3:
        return ""
    return f"modules.json puts {language.behind} behind the pooling, which is not in the model's graph: left out"


def _names(result: str, output: TensorInfo, seen: Seen, language: Language) -> tuple[str, ...]:
    """What config.json calls the classes, or the values, where it names as many as there are."""
    names, size = language.labels, likely.width(output, seen)
    if result in ("classification", "spans") and heads.unnamed(language) and size == len(heads.TWO):
        return heads.TWO
    if result not in ("classification", "spans", "regression") or (size is not None and len(names) != size):
        return ()
    return () if result == "regression" and all(map(_UNNAMED.fullmatch, names)) else names


def _kind(
    found: Meaning, seen: Seen, config: Config, language: Language
) -> tuple[graphs.Kind | None, tuple[Said, ...]]:
    """The arithmetic after the model, and who says that it makes probabilities."""
    task, output = found.task, found.output
    if task in ("text-classification", "zero-shot-classification"):
        by_class = found.known != "assumed" and "SequenceClassification" in language.architecture
        kind, said = likely.classes(output, seen, config, dict(language.config), by_class)
        return kind, () if said is None else (said,)
    if task == "text-ranking":
        return _of_one(output, seen, config, language)
    if task == "text-regression":
        return "scores", ()
    if task == "text-embedding":
        return "pool" if likely.rank(output) == 3 else "vector", ()
    if task in ("text-generation", "question-answering"):
        return None, ()
    claim = likely.tokens(output, seen, task, found.known)
    return "fill" if task == "fill-mask" else "tags", () if claim is None else (claim,)


def _of_one(output: TensorInfo, seen: Seen, config: Config, language: Language) -> tuple[graphs.Kind, tuple[Said, ...]]:
    """One score: as sentence-transformers says how it is meant, otherwise as transformers takes it."""
    asked = config.output.get(output.name)
    if asked is not None and asked.softmax is not None:
        value = "sigmoid" if asked.softmax else "as given"
        said = seen.says("probabilities", value, f"output.{output.name}.softmax")
        return "sigmoid" if asked.softmax else "scores", (said,)
    if (operator := likely.made(output, seen)) is not None:
        return "scores", (Said("probabilities", operator.lower(), "file", f"operator {operator}"),)
    about = language.config.get("sentence_transformers")
    activation = about.get("activation_fn") if isinstance(about, dict) else None
    if activation is not None and not str(activation).endswith(".Sigmoid"):
        return "scores", ()
    if activation is not None:
        return "sigmoid", (Said("probabilities", "sigmoid", "file", "config.json: activation_fn"),)
    lines = settle.toml(("output", output.name), softmax=True)
    return "sigmoid", (assumed("probabilities", "sigmoid", "the usual for one label", lines),)
