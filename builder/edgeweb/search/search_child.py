"""The search in a process of its own, parent and child: a model is a program by somebody else, even after its trial."""

from __future__ import annotations

import math
import pickle
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from edgeweb.errors import EdgewebError, printable
from edgeweb.machine import scratch
from edgeweb.machine.child import SEARCH_BYTES, Child, begin, limit_memory, say
from edgeweb.machine.parallel import Workers
from edgeweb.read.model import Model
from edgeweb.samples.samples import Samples
from edgeweb.schema.steps import Detail
from edgeweb.search import search, search_large
from edgeweb.search.candidate import Candidate, Found, Goal

DEFECT = "which is a defect in edgeweb, please report it"
_UNSEARCHED = "nothing was looked for: edgeweb dev shows the model as it is, edgeweb build makes it smaller"


def smallest(
    original: Model, shipped: bytes, samples: Samples, goal: Goal, workers: Workers, on_step: Callable[[str], None]
) -> Found:
    """`search.smallest` in a child with a limit on its memory; where that ends, the model is shipped as it is."""
    with scratch.folder() as job:
        # Written and read by edgeweb alone.
        (job / "given").write_bytes(pickle.dumps((original, shipped, samples, goal, workers)))
        for line in _talk(job):
            on_step(line)
        answer = job / "found"
        found: Any = pickle.loads(answer.read_bytes()) if answer.is_file() else None  # noqa: S301 - our own file
    if isinstance(found, Found):
        return found
    why = "looking for it ended for want of memory, or by a fault in ONNX Runtime"
    if isinstance(found, str):
        why = f"looking for it failed, {DEFECT}: {found}"
    elif found is not None:
        kind, *words = found
        raise kind(*words)
    if original.weights is not None:
        return search_large.as_it_is(original, samples, why, Workers(), on_step)
    return search.as_it_is(shipped, samples, why)


def unsearched(
    original: Model, shipped: bytes, samples: Samples, workers: Workers, on_step: Callable[[str], None]
) -> Found:
    """The model as it is, for a site that only this machine sees: nothing is tried, and a small one is not coded."""
    if original.weights is not None:
        return search_large.as_it_is(original, samples, _UNSEARCHED, workers, on_step)
    form = Candidate("as it is", shipped, None, len(shipped), None)
    return Found(form, (form,), (("stored", _UNSEARCHED),), (), samples.source)


def _talk(job: Path) -> Iterator[str]:
    """What the child says it is doing, line by line, until it ends."""
    with Child("search.search_child", str(job)) as child:
        while (told := child.message(math.inf)) is not None:
            yield Detail(told["step"], told.get("share"))


def _say(step: str) -> None:
    say(step=step, share=step.share if isinstance(step, Detail) else None)


def main() -> None:
    """Argument: the job's folder."""
    begin()
    job = Path(sys.argv[1])
    original, shipped, samples, goal, workers = pickle.loads((job / "given").read_bytes())  # noqa: S301 - our own file
    limit_memory(SEARCH_BYTES)
    found: Found | tuple[type[EdgewebError], str, str, str] | str
    try:
        if original.weights is None:
            found = search.smallest(original, shipped, samples, goal, _say, workers)
        else:
            found = search_large.smallest(original, samples, goal, workers, _say)
            if goal.base is not None:
                why = "the weights of a model of this size are not held in memory, as it takes to keep old steps"
                found = replace(found, declined=(*found.declined, ("base", why)))
    except EdgewebError as error:
        # An exception with arguments of its own does not travel.
        found = type(error), error.what, error.why, error.hint
    except Exception as error:  # noqa: BLE001 - whatever it is
        # A site without a smaller form is better than none; the report tells.
        found = printable(traceback.format_exception_only(error)[-1], 200)
    (job / "found").write_bytes(pickle.dumps(found))


if __name__ == "__main__":
    main()
