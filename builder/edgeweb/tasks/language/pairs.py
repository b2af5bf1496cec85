"""Two texts as one row of token ids: what a tokenizer puts around and between them, and which tokens are left out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

from edgeweb.schema.language import Pair

_FIRST, _SECOND = "A house, and 2 trees.", "The owl is small."
Cut = Literal["longest", "first", "second"]


def found(full: Any, whole: int | None, *, typed: bool) -> Pair | None:
    """How a tokenizer joins two texts; None where they do not stand in it one behind the other.

    Args:
        whole: the token that may stand for both.
        typed: whether the model is told which tokens are of the second.
    """
    made = full.encode(_FIRST, _SECOND)
    first, second = ([place for place, text in enumerate(made.sequence_ids) if text == each] for each in (0, 1))
    if not first or not second or first[-1] > second[0]:
        return None
    ends = [0, first[0], first[-1] + 1, second[0], second[-1] + 1, len(made.ids)]
    parts = [slice(start, stop) for start, stop in pairwise(ends)]
    kinds = [set(made.type_ids[part]) for part in parts]
    if any(len(each) > 1 for each in kinds):
        return None
    before, between, after = (list(made.ids[parts[place]]) for place in (0, 2, 4))
    types = [each.pop() if each else 0 for each in kinds] if typed else []
    return Pair(before=before, between=between, after=after, types=types, whole=whole if whole in before else None)


def joined(
    pair: Pair, first: Sequence[int], second: Sequence[int], limit: int, cut: Cut
) -> tuple[list[int], list[int]]:
    """The ids and their types, at most so many; web/src/worker/language/tokens.ts does the same."""
    room = max(0, limit - len(pair.before) - len(pair.between) - len(pair.after))
    one, two = lengths(len(first), len(second), room, cut)
    parts = [pair.before, first[:one], pair.between, second[:two], pair.after]
    types = [kind for kind, part in zip(pair.types or [0] * 5, parts, strict=True) for _ in part]
    return [each for part in parts for each in part], types


def lengths(first: int, second: int, room: int, cut: Cut) -> tuple[int, int]:
    """So many tokens of each are kept, as transformers cuts two texts; without room for one, of that too."""
    if cut == "longest":
        short, long = sorted((first, second))
        long = min(long, max(short, room - short))
        if short + long > room:
            short, long = room // 2, room // 2 + room % 2
        return (short, long) if first <= second else (long, short)
    kept = min(second if cut == "first" else first, room)
    left = min(first if cut == "first" else second, room - kept)
    return (left, kept) if cut == "first" else (kept, left)


def spaced(tokenizer: Any) -> bool:
    """Whether the place of a token begins with the space before it."""
    made = tokenizer.encode(_FIRST, add_special_tokens=False)
    return any(end > start and _FIRST[start] == " " for start, end in made.offsets)
