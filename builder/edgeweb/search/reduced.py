"""Forms with fewer channels and thinner matrices: those that lose nothing, and those that the model itself teaches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import onnx

from edgeweb.coding.grid import Grid
from edgeweb.compress import channels, low_rank, prune
from edgeweb.compress.calibration import Calibration
from edgeweb.compress.common import DeclinedError
from edgeweb.read.model import Model
from edgeweb.search.candidate import Candidate

if TYPE_CHECKING:
    from edgeweb.compress.torch.distil import Teacher

# Shares of the channels: from the first on to fewer while that agrees, otherwise back to more.
_FEWER, _MORE = (0.45, 0.3, 0.2), (0.7, 1.0)
# A trained matrix may lose this part of its output's power, which further training makes good.
_THINNED = 0.02
_ZEROS = 0.3
# Steps in units of a layer's spread, from round to round; the last leaves two bits a weight, or fewer.
_STEPS = (0.5, 0.7, 0.9, 1.1, 1.3)
_ROUND_EPOCHS, _ROUND_RATE = 2, 2e-3
# Multiply-adds that training one student may take, where one of an input's is three: forwards and twice back.
_WORK = 1_000_000_000_000
_FEWEST = 256
# A name, the model, its large weights and a note become a judged form.
Make = Callable[[str, onnx.ModelProto, Mapping[str, Grid], str], Candidate]
Declined = list[tuple[str, str]]


def untaught(model: Model, options: Calibration) -> tuple[Model | None, list[str], Declined]:
    """The model without channels that do nothing and with matrices of low rank factored; None where it has neither.

    With notes on what was done, and why the rest was not.
    """
    now = model
    notes: list[str] = []
    declined: Declined = []
    for name, step in (("fewer channels", channels.step), ("low rank", low_rank.step)):
        result = step(now, options)
        if result.changed:
            now = result.model
            notes += result.notes
        else:
            declined.append((name, "; ".join(result.notes)))
    return (now if notes else None), notes, declined


def taught(
    model: Model, options: Calibration, work: int, make: Make, on_step: Callable[[str], None]
) -> tuple[list[Candidate], Declined]:
    """Students of `model` with fewer and fewer channels, each with the coarsest steps that `make` does not refuse.

    Args:
        work: multiply-adds of a run.
    """
    # PyTorch is an optional extra, and takes a second to load.
    from edgeweb.compress.torch import distil, lessons

    epochs = distil.EPOCHS * 3 // 2 + _ROUND_EPOCHS * len(_STEPS)
    most = min(lessons.MOST, _WORK // (3 * epochs * max(1, work)))
    if most < _FEWEST:
        return [], [("distilled", f"with {work / 1e6:,.0f} million multiply-adds a run, training would take hours")]
    tried: list[Candidate] = []
    try:
        with distil.deterministic():
            on_step("letting the model answer what it will teach")
            teacher = distil.Teacher(model.proto, options, most)
            for several in (_FEWER, _MORE):
                for share in several:
                    on_step(f"teaching a form with {share:.0%} of the channels")
                    tried.append(_form(model, options, teacher, share, make))
                    if (tried[-1].refused is None) == (several is _MORE):
                        break
                if any(form.refused is None for form in tried):
                    break
    except DeclinedError as error:
        return tried, [("distilled", str(error))]
    return tried, []


def _form(model: Model, options: Calibration, teacher: Teacher, share: float, make: Make) -> Candidate:
    """Channels dropped, trained, thinned, pruned, and rounded: the coarsest that agrees, or the finest if none does."""
    from edgeweb.compress.torch import distil

    fewer = channels.step(model, options, share)
    student = distil.Student(fewer.model.proto, teacher, options)
    student.train(distil.EPOCHS, distil.RATE, {})
    thin = low_rank.step(Model(model.path, student.proto(), model.file_bytes), options, _THINNED)
    zeros = prune.step(thin.model, options, _ZEROS)
    student = distil.Student(zeros.model.proto, teacher, options)
    student.train(distil.EPOCHS // 2, distil.RATE, {})
    notes = ["taught by the model"] + [note for each in (fewer, thin, zeros) if each.changed for note in each.notes]

    def rounded(relative: float) -> Candidate:
        steps = student.steps(relative)
        student.train(_ROUND_EPOCHS, _ROUND_RATE, steps)
        return make(f"distilled {share * 100:.0f}", student.proto(), student.grids(steps), "; ".join(notes))

    best = rounded(_STEPS[0])
    for relative in _STEPS[1:]:
        form = rounded(relative) if best.refused is None else best
        if form.refused is None:
            best = form
        else:
            break
    return best
