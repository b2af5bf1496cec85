"""Outputs of a model that reads token ids, by their shapes, names and labels."""

from __future__ import annotations

from collections.abc import Sequence

from edgeweb.schema.language import TextInputs
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.evidence import Said, assumed
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Seen
from edgeweb.tasks.text import likely
from edgeweb.tasks.words import of as words_of

CONFIG = "config.json"
# Where an answer begins and ends, as transformers calls the scores of it.
BEGINS, ENDS = "start_logits", "end_logits"
_TENSORS = 'task = "tensors"'
# As vectors are called, and as what is none.
_VECTORS = frozenset((
    "hidden", "embed", "embeds", "embedding", "embeddings", "encoder", "pooler", "pooled", "vec", "vector", "vectors",
))  # fmt: skip
_SCORES = frozenset(("logit", "logits", "score", "scores", "prob", "probs", "probability", "probabilities"))


class Outputs:
    """Those of real numbers that are results: `flat` one row a text, `deep` one a token."""

    def __init__(self, seen: Seen, reads: TextInputs) -> None:
        made = {state.output for state in reads.state}
        infos = [info for info in seen.outputs if info.type.startswith("float")]
        self.seen, self.kept = seen, bool(made)
        self.flat = [info for info in infos if likely.rank(info) == 2]
        self.deep = [info for info in infos if likely.rank(info) == 3 and info.name not in made]
        both = [*self.flat, *self.deep]
        # Of several with the same name's beginning the last, which a token's would stand behind.
        named = {info.name: info for info in both}
        self.logits = next((info for name, info in named.items() if name.startswith("logits")), None)
        self.only = self.logits or (both[0] if len(both) == 1 else None)
        flat = {info.name: info for info in self.flat}
        self.answers = flat[BEGINS] if {BEGINS, ENDS} <= flat.keys() else None

    def answer(self, info: TensorInfo, among: Sequence[TensorInfo]) -> Said:
        """Who says that it is the one."""
        if len(among) == 1:
            return Said("answer", info.name, "file", "the only output of its shape")
        if info is self.logits or hidden(info):
            return Said("answer", info.name, "file", "its name")
        return assumed("answer", info.name, "the first output of its shape", _TENSORS)

    def sure(self, info: TensorInfo, what: str = " of scores") -> Said:
        """That the one which stands alone, or is called logits, is it."""
        alone = len(self.flat) + len(self.deep) == 1
        return Said("answer", info.name, "file", f"its only output{what}" if alone else "its name")

    def vector(self, info: TensorInfo, language: Language) -> bool:
        """Whether its name says so, and neither an operator nor labels of its width say other things."""
        said, size = labels(self.seen, language), likely.width(info, self.seen)
        scores = likely.ended(info, self.seen) is not None or (said is not None and said[0] == size)
        return hidden(info) and not scores


def labels(seen: Seen, language: Language) -> tuple[int, Said] | None:
    """How many classes have names, and who says so."""
    if seen.labels:
        return len(seen.labels), seen.named("task", None)
    if language.labels:
        return len(language.labels), Said("task", None, "file", f"labels in {CONFIG}")
    return (len(seen.classes), seen.named("task", None)) if seen.classes else None


def hidden(info: TensorInfo) -> bool:
    """Whether an output is called as vectors are."""
    return called(info.name)


def called(name: str) -> bool:
    """Whether it is a name of vectors, in whole words."""
    words = {*words_of(name)}
    return bool(words & _VECTORS) and not words & _SCORES
