"""What the class of a model and the names of its labels say, as transformers has them."""

from __future__ import annotations

from edgeweb.schema.tasks import Task
from edgeweb.tasks.language.tokenizer import Language

_TRANSLATORS = ("Marian", "M2M100", "NllbMoe", "FSMT")
_HEADS: tuple[tuple[str, Task], ...] = (
    ("SequenceClassification", "text-classification"), ("TokenClassification", "token-classification"),
    ("MaskedLM", "fill-mask"), ("WithLMHeadModel", "fill-mask"), ("CausalLM", "text-generation"),
    ("LMHeadModel", "text-generation"),
)  # fmt: skip

_OF_CLASSES = ("text-classification", "token-classification")
# What transformers calls classes that nobody has named: it writes into config.json all but these.
TWO = ("LABEL_0", "LABEL_1")


def head(language: Language) -> Task | None:
    """What a model of such a class is for."""
    return next((task for name, task in _HEADS if name in language.architecture), None)


def unnamed(language: Language) -> bool:
    """Whether config.json is transformers' own, of a model of classes, and leaves their names out."""
    found = language.config
    return "transformers_version" in found and "id2label" not in found and head(language) in _OF_CLASSES


def entailing(language: Language) -> int | None:
    """The class that says that one text follows from another, by its name, as transformers looks for it."""
    return next((i for i, name in enumerate(language.labels) if name.lower().startswith("entail")), None)


def written(language: Language) -> Task | None:
    """What a model with a decoder of its own writes; None for one that is not of texts."""
    name = language.architecture
    if name.startswith(_TRANSLATORS):
        return "translation"
    asked = language.config.get("task_specific_params")
    if isinstance(asked, dict) and [*asked] == ["summarization"]:
        return "summarization"
    return "text2text-generation" if "ConditionalGeneration" in name or name == "EncoderDecoderModel" else None
