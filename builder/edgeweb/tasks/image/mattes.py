"""One map that tells what stands in front from the rest of a picture."""

from __future__ import annotations

from dataclasses import replace

from edgeweb.schema.tasks import Task
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.image import maps
from edgeweb.tasks.image.case import Case
from edgeweb.tasks.image.maps import Map
from edgeweb.tasks.image.pictures import Usual
from edgeweb.tasks.plan import Recognised

TASK: Task = "background-removal"
_SHARES = ("Sigmoid", "Clip")


def cutter(case: Case) -> Recognised | str:
    """Said by somebody alone: a map may be of anything. Shares are as they are, of others a sigmoid is taken."""
    told = case.told(TASK)
    if told is None:
        return "nothing says that it tells what stands in front"
    laid = [maps.find(output, case.gave, case.size) for output in case.seen.outputs]
    # Those that were put out for training besides come behind the one that is meant.
    found = next((each for each in laid if isinstance(each, Map) and _one(each)), None)
    if found is None:
        return "no output with one value for each pixel lies over the picture"
    shares = found.threshold > 0 or any(case.seen.ends_in(found.output, each) for each in _SHARES)
    found = replace(found, threshold=0.5 if shares else 0.0)
    said = (told, case.answer(found.output, "its name"), _shared(case, found, shares))
    why = f'output "{found.output}" lies over it and tells what stands in front'
    usual = Usual(None, None, "stretch")
    return case.made(TASK, why, (found.output,), said, usual, result="segmentation", map=found)


def _one(found: Map) -> bool:
    return found.classes == 1 and not found.numbers and found.whole


def _shared(case: Case, found: Map, shares: bool) -> Said:
    """How values become shares, and what shows it."""
    how = "as given" if shares else "sigmoid"
    operator = next((each for each in _SHARES if case.seen.ends_in(found.output, each)), None)
    if operator is not None:
        return Said("probabilities", how, "file", f"operator {operator}")
    return Said("probabilities", how, "trial", f"values of a run, which are {'' if shares else 'no '}shares")
