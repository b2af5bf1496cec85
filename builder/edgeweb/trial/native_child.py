"""The child of native.py: loads, runs and optimises one model under limits, and reports each stage as a JSON line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from edgeweb.inputs.golden import Array, make_input
from edgeweb.machine.child import begin, limit_memory, out_of_memory, say
from edgeweb.machine.session import Session, open_session
from edgeweb.read import weights_file
from edgeweb.schema.model import GoldenInput


def session(path: Path, optimised_to: Path | None = None) -> Session:
    """A CPU session; with `optimised_to` it also writes the optimised graph, otherwise the graph is taken as it is."""
    # Not "all": its layout passes are for this machine's processor.
    return open_session(path, level="extended" if optimised_to else "none", save=optimised_to, mapped=True)


def run(model: Session, case: list[GoldenInput]) -> list[Array]:
    """The outputs for one case, strings as unicode arrays."""
    found = model.run(None, {spec.name: make_input(spec) for spec in case})
    return [array.astype(str) if array.dtype.kind == "O" else array for array in map(np.asarray, found)]


def first_that_runs(model: Session, cases: list[list[GoldenInput]]) -> tuple[int | None, list[Array], str]:
    """Index, outputs and, when none ran, the last reason.

    Raises:
        MemoryError: an allocation failed, which ends the search: that is the model's fault, not the case's.
    """
    reason = ""
    for index, case in enumerate(cases):
        try:
            return index, run(model, case), ""
        except MemoryError:
            raise
        except Exception as error:
            # Whatever ONNX Runtime throws, the next case may work.
            reason = str(error)
            if out_of_memory(reason):
                raise MemoryError(reason) from error
    return None, [], reason


def same(a: Array, b: Array) -> bool:
    """Whether two runs agree: what does not repeat (random operators) proves nothing."""
    return a.shape == b.shape and bool(
        np.all(a == b) if a.dtype.kind == "U" else np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    )


def save(path: Path, arrays: list[Array]) -> None:
    """Numbered, because tensor names may hold anything."""
    np.savez(path, **{f"o{number}": array for number, array in enumerate(arrays)})  # type: ignore[arg-type]


def together(arrays: Sequence[Array]) -> list[Array]:
    """As one, where they have one shape: a hundred small arrays take as long to write as a model takes to run."""
    return [np.stack(arrays)] if len({array.shape for array in arrays}) == 1 else list(arrays)


def examine(job: Path, optimise: bool, repeat: bool, measure: bool, look: bool) -> None:
    """Every stage in order; see native.Examined. `repeat`: run twice, to tell what is random."""
    cases = msgspec.json.decode((job / "cases.json").read_bytes(), type=list[list[GoldenInput]])
    say(stage="load")
    original = session(job / weights_file.GRAPH)
    say(
        inputs=[(i.name, i.type, i.shape) for i in original.get_inputs()],
        outputs=[(o.name, o.type, o.shape) for o in original.get_outputs()],
    )
    say(stage="run")
    index, outputs, reason = first_that_runs(original, cases)
    notes = (
        [f"the model did not take the inputs of the trial, so its numbers are not proven: {reason[:200]}"]
        if cases and index is None
        else []
    )
    if index is not None:
        names = [o.name for o in original.get_outputs()]
        # In the same session: a fresh one starts its random numbers anew, with the same seed.
        again = run(original, cases[index]) if repeat else outputs
        stable = [name if same(a, b) else "" for name, a, b in zip(names, outputs, again, strict=True)]
        save(job / "reference.npz", outputs)
        say(case=index, stable=stable)
    say(notes=notes)
    del original
    if optimise:
        say(stage="optimise")
        say(optimised=try_optimise(job, cases, index, notes), notes=notes)
    if measure:
        say(stage="measure")
        say(multiply_adds=try_measure(job, [] if index is None else cases[index]))
    if look and index is not None:
        say(stage="look")
        say(**try_looks(job))
    say(stage="done")


def try_looks(job: Path) -> dict[str, int]:
    """Run all of the further inputs; `looks`: how many there are, or `refused`: the first that it does not take."""
    cases = msgspec.json.decode((job / "looks.json").read_bytes(), type=list[list[GoldenInput]])
    model = session(job / weights_file.GRAPH)
    found = []
    for number, case in enumerate(cases):
        try:
            found.append(run(model, case))
        except Exception:  # noqa: BLE001 - whatever ONNX Runtime throws
            return {"refused": number}
    try:
        for number, outputs in enumerate(zip(*found, strict=True)):
            save(job / f"looks{number}.npz", together(outputs))
        return {"looks": len(cases)}
    except Exception:  # noqa: BLE001 - then nothing is known but what the first run has shown
        return {}


def try_optimise(job: Path, cases: list[list[GoldenInput]], index: int | None, notes: list[str]) -> bool:
    """Write and run the optimised graph; False, with a note, when ONNX Runtime cannot."""
    target = job / "optimised.onnx"
    try:
        session(job / weights_file.GRAPH, optimised_to=target)
        say(stage="check")
        optimised = session(target)
        if index is not None:
            save(job / "optimised.npz", run(optimised, cases[index]))
        return True
    except Exception as error:  # noqa: BLE001 - the original is shipped instead, whatever went wrong
        notes.append(f"graph optimisation failed, the original graph is shipped: {str(error)[:200]}")
        return False


def try_measure(job: Path, case: list[GoldenInput]) -> int | None:
    """The multiply-adds of one run on `case`; None when the shapes cannot be inferred."""
    # Imported here: it takes 0.2 s, and most models need no estimate.
    import onnx
    from onnx import shape_inference

    from edgeweb.trial import effort

    try:
        sized = effort.with_dims(
            onnx.load(job / weights_file.GRAPH, load_external_data=False), {spec.name: spec.dims for spec in case}
        )
        return effort.multiply_adds(shape_inference.infer_shapes(sized, data_prop=True))
    except Exception:  # noqa: BLE001 - without an estimate the site only does not try a GPU unasked
        return None


def main() -> None:
    """Arguments: the job's folder, the memory limit in bytes; 0 or 1 each: optimise, run twice, measure, look."""
    job, limit = Path(sys.argv[1]), int(sys.argv[2])
    optimise, repeat, measure, look = (flag == "1" for flag in sys.argv[3:7])
    begin()
    limit_memory(limit)
    try:
        examine(job, optimise, repeat, measure, look)
    except MemoryError as error:
        say(error=str(error) or "out of memory", memory=True)
    except Exception as error:  # noqa: BLE001 - the parent turns it into a sentence
        text = str(error)
        say(error=text, memory=out_of_memory(text))


if __name__ == "__main__":
    main()
