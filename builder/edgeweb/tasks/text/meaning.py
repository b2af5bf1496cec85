"""What the outputs of a model that reads token ids say of a text, and who says so.

That is the user, the model's class in config.json, an operator, a name of an output, or labels. A shape alone is read
as plain values, or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from edgeweb.config import Config
from edgeweb.schema.evidence import Source
from edgeweb.schema.language import TextInputs
from edgeweb.schema.tasks import Task
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.evidence import Said, assumed
from edgeweb.tasks.kind import SAYS
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Seen
from edgeweb.tasks.text import heads, likely
from edgeweb.tasks.text.believed import Believed
from edgeweb.tasks.text.outputs import BEGINS, CONFIG, ENDS, Outputs, labels

TASKS: tuple[Task, ...] = (
    "text-classification", "text-regression", "text-embedding", "fill-mask", "token-classification", "text-generation",
    "text2text-generation", "summarization", "translation",
    "question-answering", "zero-shot-classification", "text-ranking",
)  # fmt: skip
# Of a graph that reads, and another that writes about it.
WRITTEN: tuple[Task, ...] = ("text2text-generation", "summarization", "translation")
_OF_THE_WHOLE = frozenset(("text-classification", "text-regression", "zero-shot-classification", "text-ranking"))
# More classes than a tagger has, and fewer than any vocabulary; and more values than a page can show.
_MOST_TAGS, _MOST_VALUES = 512, 128
_CLASSES = frozenset(("text-classification", "zero-shot-classification"))


@dataclass(frozen=True)
class Meaning:
    """The task, the output that it is about, and why; who says the task, but for the user, and who which output.

    `ends`: the other output, of answers.
    """

    task: Task
    output: TensorInfo
    why: str
    said: tuple[Said, ...]
    ends: str | None = None

    @property
    def known(self) -> Source | None:
        """Who says the task; None: the user, of whom others tell."""
        return next((each.source for each in self.said if each.claim == "task"), None)


def find(known: Believed, config: Config, reads: TextInputs) -> Meaning | str:
    """What the outputs say, or why that is not known."""
    seen, language = known.seen, known.language
    outputs, words = Outputs(seen, reads), f"token ids ({language.source}) in"
    if config.task in TASKS:
        return _asked(config.task, outputs, language)
    if "ConditionalGeneration" in language.architecture:
        return f"edgeweb has no interface for {language.architecture}"
    if "QuestionAnswering" in language.architecture or outputs.answers is not None:
        return _answers(outputs, language, words)
    by_class = _by_class(outputs, language, words)
    if by_class is not None:
        return by_class
    if outputs.kept and outputs.deep:
        found = outputs.logits or outputs.deep[0]
        task = Said("task", "text-generation", "file", "what it keeps between tokens")
        answer = outputs.answer(found, outputs.deep)
        return Meaning("text-generation", found, f"{words}, what it keeps between tokens in and out", (task, answer))
    if outputs.only is not None and not outputs.vector(outputs.only, language):
        if known.unknown and not _told(outputs.only, outputs):
            return "nothing else says what comes out"
        return (_of_text if likely.rank(outputs.only) == 2 else _of_tokens)(outputs.only, outputs, language, words)
    return _vectors(outputs, language, words)


def _told(info: TensorInfo, outputs: Outputs) -> bool:
    """Whether the user, or an operator, says what it is."""
    labelled = bool(outputs.seen.labels) and len(outputs.seen.labels) == likely.width(info, outputs.seen)
    return labelled or likely.ended(info, outputs.seen) == "Softmax"


def _asked(task: Task, outputs: Outputs, language: Language) -> Meaning | str:
    """The output for the task that the user names."""
    flat, deep = outputs.flat, outputs.deep
    if task == "text-embedding":
        if not (flat or deep):
            return "its outputs have not the shape for it"
        found = _vector(flat, deep)
        return Meaning(task, found, SAYS, (_pooled(found, outputs, language),))
    if task == "question-answering":
        return _answers(outputs, language, "")
    if task == "zero-shot-classification" and heads.entailing(language) is None:
        return "none of its classes is called entailment"
    wanted = flat if task in _OF_THE_WHOLE else deep
    if not wanted:
        return "its outputs have not the shape for it"
    found = outputs.logits if outputs.logits in wanted and outputs.logits is not None else wanted[0]
    several = language.config.get("problem_type") == "multi_label_classification"
    if task in _CLASSES and likely.width(found, outputs.seen) == 1 and not several:
        return f'its output "{found.name}" is one value, and no class is the best of one'
    if task == "text-ranking" and likely.width(found, outputs.seen) not in (1, None):
        return f'its output "{found.name}" is no single score'
    return Meaning(task, found, SAYS, (outputs.answer(found, wanted),))


def _by_class(outputs: Outputs, language: Language, words: str) -> Meaning | None:
    """What the model's class says, where the output has the shape for it."""
    head, only = heads.head(language), outputs.only
    if head is None or only is None or (likely.rank(only) == 2) != (head == "text-classification"):
        return None
    if outputs.vector(only, language):
        return None
    why, origin = language.architecture, f"{CONFIG}: {language.architecture}"
    if head == "text-classification" and language.config.get("problem_type") == "regression":
        head, why = "text-regression", f"{why} for {'a value' if language.labels[1:] == () else 'values'}"
    elif head == "text-classification" and _ranks(only, outputs.seen, language):
        head, why = "text-ranking", f"{why} with one label"
    elif head == "text-classification" and not likely.may_be_logits(only, outputs.seen):
        return _values(only, outputs, f"{words}, {why}, but")
    elif head == "text-classification" and heads.entailing(language) is not None:
        head, why = "zero-shot-classification", f"{why} with a class for entailment"
    sure = outputs.sure(only, "" if head == "text-regression" else " of scores")
    task = Said("task", head, "file", origin)
    if head == "text-ranking" and "sentence_transformers" not in language.config:
        task = assumed("task", head, "the usual for one label", f'task = "{head}"')
    return Meaning(head, only, f"{words}, {why}", (task, sure))


def _answers(outputs: Outputs, language: Language, words: str) -> Meaning | str:
    """Where in a text the answer to a question begins and ends."""
    found = outputs.answers
    if found is None:
        who = language.architecture or "It"
        return f"{who} does not tell where an answer begins and ends: no outputs {BEGINS} and {ENDS}"
    if language.pair is None:
        return f"{language.source} does not say how two texts are joined"
    said = (
        Said("task", "question-answering", "file", f"outputs {BEGINS} and {ENDS}"),
        Said("answer", f"{BEGINS}, {ENDS}", "file", "their names"),
    )
    if not words:
        return Meaning("question-answering", found, SAYS, said[1:], ENDS)
    return Meaning("question-answering", found, f"{words}, where an answer begins and ends out", said, ENDS)


def _values(info: TensorInfo, outputs: Outputs, words: str) -> Meaning:
    """What is called classes, and gave values that are no scores."""
    task = assumed("task", "text-regression", "values too large for scores", 'task = "text-regression"')
    why = f'{words} values out ("{info.name}"), which are too large for scores'
    return Meaning("text-regression", info, why, (task, outputs.sure(info, "")))


def _ranks(info: TensorInfo, seen: Seen, language: Language) -> bool:
    """Whether it gives one score: transformers takes one for a share by itself where nothing calls it a value, and
    sentence-transformers makes such models to say how well two texts go together.
    """
    width = likely.width(info, seen) or len(language.labels)
    return width == 1 and language.config.get("problem_type") != "multi_label_classification"


def _of_text(info: TensorInfo, outputs: Outputs, language: Language, words: str) -> Meaning | str:
    """A row of numbers a text: scores where an operator, config.json or labels say so, otherwise values."""
    seen, problem = outputs.seen, language.config.get("problem_type")
    width, said = likely.width(info, seen), labels(seen, language)
    known: Said | None = None
    if likely.ended(info, seen) == "Softmax" and width != 1:
        known = Said("task", None, "file", "operator Softmax")
    elif problem == "multi_label_classification" or (problem == "single_label_classification" and width != 1):
        known = Said("task", None, "file", f"{CONFIG}: problem_type")
    elif problem != "regression" and said is not None and said[0] > 1 and width in (None, said[0]):
        known = said[1]
    if known is not None and not likely.may_be_logits(info, seen):
        return _values(info, outputs, f"{words},")
    if known is not None:
        why, task = f'{words}, scores of each class out ("{info.name}")', replace(known, value="text-classification")
        return Meaning("text-classification", info, why, (task, outputs.sure(info)))
    if width is not None and width > _MOST_VALUES:
        return f'nothing says what output "{info.name}" is: say task = "text-embedding" or "text-classification"'
    why = f'{words}, {"one value" if width == 1 else "values"} out ("{info.name}")'
    task = assumed("task", "text-regression", "numbers that nothing calls classes", 'task = "text-regression"')
    if problem == "regression" or width == 1:
        origin = f"{CONFIG}: problem_type" if problem == "regression" else "one number a text"
        task = Said("task", "text-regression", "file", origin)
    return Meaning("text-regression", info, why, (task, outputs.sure(info, "")))


def _of_tokens(info: TensorInfo, outputs: Outputs, language: Language, words: str) -> Meaning | str:
    """Numbers for each token: scores whose number is that of the labels, or of the vocabulary's words."""
    width, said = likely.width(info, outputs.seen), labels(outputs.seen, language)
    if width is not None and said is not None and width == said[0]:
        task = replace(said[1], value="token-classification")
        why = f'{words}, scores of each token out ("{info.name}")'
        return Meaning("token-classification", info, why, (task, outputs.sure(info)))
    # Some models have a few scores more than their vocabulary has words, for the sake of rounder sizes.
    if width is not None and (width == language.words or width >= max(_MOST_TAGS, language.words * 0.9)):
        head: Task = "text-generation" if language.mask is None else "fill-mask"
        guess = assumed("task", head, "as many scores a token as the vocabulary has", f'task = "{head}"')
        why = f'{words}, a score for each of {width:,} tokens out ("{info.name}")'
        return Meaning(head, info, why, (guess, outputs.sure(info)))
    return f'output "{info.name}" could be scores or vectors; say task = "token-classification" or "text-embedding"'


def _vectors(outputs: Outputs, language: Language, words: str) -> Meaning | str:
    """An embedding, where names, the model's class or files of sentence-transformers say so."""
    flat, deep = outputs.flat, outputs.deep
    if not (flat or deep):
        return "its outputs are neither scores nor vectors"
    found = _vector(flat, deep)
    bare = language.architecture.endswith("Model") and "LMHead" not in language.architecture
    named = outputs.vector(found, language)
    if not (named or bare or language.pooled == "file"):
        return f'nothing says what output "{found.name}" is: say task = "text-embedding" if it is a vector'
    origin = f'output "{found.name}"' if named else f"{CONFIG}: {language.architecture}" if bare else "1_Pooling"
    what = "a vector of the text" if likely.rank(found) == 2 else f"a vector of each token, of which {_many(language)}"
    said = (Said("task", "text-embedding", "file", origin), _pooled(found, outputs, language))
    return Meaning("text-embedding", found, f'{words}, {what} out ("{found.name}")', said)


def _pooled(info: TensorInfo, outputs: Outputs, language: Language) -> Said:
    """Who says how the vectors of tokens become one, or that the text's own is the answer."""
    if likely.rank(info) != 3:
        return outputs.answer(info, [info])
    value = f"{info.name}, {language.pooling}"
    if language.pooled == "user":
        return outputs.seen.says("answer", value, "text.pooling")
    if language.pooled == "file":
        return Said("answer", value, "file", "1_Pooling/config.json")
    return assumed("answer", value, "the usual for vectors of tokens", f'[text]\npooling = "{language.pooling}"')


def _vector(flat: Sequence[TensorInfo], deep: Sequence[TensorInfo]) -> TensorInfo:
    """The model's own vector of a text; BERT's pooler was made for another task than to compare texts."""
    own = [info for info in flat if "pool" not in info.name]
    return (*own, *deep, *flat)[0]


def _many(language: Language) -> str:
    return {"mean": "the mean is taken", "cls": "the first counts", "last": "the last counts"}.get(
        language.pooling, "the largest values count"
    )
