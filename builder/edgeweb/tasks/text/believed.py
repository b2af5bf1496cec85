"""What of config.json is left out of account: what the outputs contradict, and what a class says that nobody knows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from edgeweb.read import belonging
from edgeweb.schema.language import TextInputs
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Seen
from edgeweb.tasks.text import heads, likely
from edgeweb.tasks.text.outputs import CONFIG, Outputs

# What config.json says of classes.
_OF_CLASSES = ("architectures", "id2label", "label2id", "problem_type")


@dataclass(frozen=True)
class Believed:
    """What is known of a model without what cannot be of it, or says nothing; `doubt`: why that is left out.

    `unknown`: config.json names a class of which nothing is known; so nothing is guessed.
    """

    seen: Seen
    language: Language
    doubt: str = ""
    unknown: str = ""


def believed(seen: Seen, language: Language, reads: TextInputs, *, asked: bool) -> Believed:
    """Without what config.json says of classes where the outputs contradict it, or its class is not known.

    Args:
        asked: whether the user says the task, so that nothing has to be guessed.
    """
    only, count = Outputs(seen, reads).only, len(language.labels)
    size = None if only is None else likely.width(only, seen)
    head = heads.head(language)
    speaks = head in ("text-classification", "token-classification") or "problem_type" in language.config
    unknown = belonging.unknown(language.config)
    if unknown and asked:
        return Believed(seen, language)
    if unknown:
        doubt = f"edgeweb does not know {unknown}, the class in {CONFIG}, and guesses nothing of it"
    elif odd := belonging.doubt(language.config, _shapes(seen)):
        doubt = f"{CONFIG} is not of this model: {odd}"
    elif only is not None and speaks and count and size not in (None, count):
        doubt = f'{CONFIG} is not of this model: it has {count} labels, and output "{only.name}" {size} values'
    else:
        return Believed(seen, language)
    left = {key: value for key, value in language.config.items() if key not in _OF_CLASSES}
    known = replace(seen, classes=()) if seen.classes_from == CONFIG else seen
    return Believed(known, replace(language, config=left), doubt, unknown)


def _shapes(seen: Seen) -> dict[str, belonging.Dims]:
    """Of the outputs, with the sizes that a run gave."""
    infos = {info.name: (info, likely.width(info, seen)) for info in seen.outputs if info.shape is not None}
    return {name: [*(info.shape or [])[:-1], width or (info.shape or [None])[-1]] for name, (info, width) in
            infos.items() if info.shape}  # fmt: skip
