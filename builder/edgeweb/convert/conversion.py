"""From a training library's file to ONNX, and from rows to what that library itself says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeweb.convert import common, interpreters, kept, process
from edgeweb.convert.common import Converted, Format, How, Interpreter
from edgeweb.convert.formats import FORMATS
from edgeweb.errors import EdgewebError, ModelError, UsageError
from edgeweb.machine import scratch
from edgeweb.read import handed, intake

# Also of what is packed in it: a browser takes less, but weights may be stored with fewer bits.
_MOST_BYTES = 8 << 30

Rows = Mapping[str, NDArray[Any]]


def recognised(path: Path) -> Format | None:
    """The format of what the user gave; None: it is ONNX, or nothing that is converted."""
    seen = common.glimpse(path)
    return None if seen is None else common.first_of(FORMATS, seen)


def converted(path: Path, how: How, on_step: Callable[[str], None] = lambda _: None) -> Converted | None:
    """What was made of a file or folder of a training library; None where it is none.

    Raises:
        UsageError: a library is missing; or reading it would run code that it names, and nobody has said that it may.
        ModelError: it is damaged, hostile, too new, or of a kind that its converter does not know.
        ConfigError: an environment cannot be made; or the file, or what is packed in it, would fill the memory.
    """
    form = recognised(path)
    if form is None:
        return None
    check_trust(path, form, how)
    _check_size(path)
    interpreter = interpreters.find(path, form, how, on_step)
    folder = kept.home(path, form, interpreter, how)
    said = kept.read(folder)
    if said is None:
        on_step(f"converting {handed.called(path)} in a process of its own")
        said = _made(path, form, interpreter, how, folder, on_step)
    # Builds of torch say after a "+" for which machine.
    version = str(said.get("version") or interpreter.versions.get(said["module"], "")).partition("+")[0]
    framework = f"{said['framework']} {version}".strip()
    return Converted(
        path, kept.place(folder, said), form, interpreter, how, framework, said, _notes(path, framework, said)
    )


def _check_size(path: Path) -> None:
    """ConfigError where a file, or what is packed in it, would fill the memory of whatever reads it."""
    if not path.is_dir():
        with intake.opened(path, "Use a smaller model", _MOST_BYTES):
            pass
    seen = common.glimpse(path)
    if seen is not None and seen.head.startswith(b"PK"):
        intake.check_zip(path, "Save or download it again", _MOST_BYTES)


def check_trust(path: Path, form: Format, how: How) -> None:
    """No byte of what runs code is read before somebody answers for it: UsageError."""
    if form.executes and not how.trust_pickle:
        here = not (how.python or how.with_deps)
        lacks = [each.install for each in form.libraries if here and find_spec(each.module) is None]
        also = f" and run pip install {' '.join(lacks)}" if lacks else ""
        raise UsageError(
            f"{path} is {form.called}",
            "to read it is to run whatever code its author put in, and edgeweb runs none of a stranger's",
            f"If you made it yourself, add --trust-pickle{also} (on Linux it is then read without network); or "
            f"{form.safer}",
        )


def answers(found: Converted, rows: Rows) -> dict[str, NDArray[Any]]:
    """What the original framework says of rows: arrays by the name of the ONNX output that should say the same.

    Args:
        rows: arrays by the name of the ONNX input, with all rows in the first axis; of numbers with as many digits as
            the user's have.

    Raises:
        ModelError: it fails on them.
    """
    return answers_each(found, [rows])[0]


def answers_each(found: Converted, runs: Sequence[Rows]) -> list[dict[str, NDArray[Any]]]:
    """The same of several runs, whose sizes may differ, in one process."""
    with scratch.folder() as room:
        arrays = {
            f"i{run}_{number}": _plain(array)
            for run, rows in enumerate(runs)
            for number, array in enumerate(rows.values())
        }
        np.savez(room / "rows.npz", **arrays)  # type: ignore[arg-type]
        asked = {"said": dict(found.said), "inputs": str(room / "rows.npz"), "names": list(runs[0]), "runs": len(runs)}
        done = _run("predict", found.source, found.format, found.interpreter, found.how, room, more=asked)
        with np.load(room / "answers.npz", allow_pickle=False) as archive:
            return [
                {name: archive[f"o{run}_{number}"] for number, name in enumerate(done["names"])}
                for run in range(len(runs))
            ]


def _plain(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(str) if array.dtype.kind == "O" else array


def _made(
    path: Path, form: Format, interpreter: Interpreter, how: How, folder: Path, on_step: Callable[[str], None]
) -> dict[str, Any]:
    with scratch.folder() as room:
        made = room / "made"
        made.mkdir()
        said = _run("convert", path, form, interpreter, how, room, made, on_step=on_step)
        if not kept.place(made, said).exists():
            raise ModelError(
                f"{path} cannot be converted", "its converter wrote nothing", "Convert it to ONNX yourself"
            )
        try:
            kept.write(made, folder, said)
        except OSError as error:
            why = error.strerror or str(error)
            raise ModelError(f"{folder} cannot be written", why, "Make room there, or set XDG_CACHE_HOME") from error
        return said


def _run(
    do: str,
    path: Path,
    form: Format,
    interpreter: Interpreter,
    how: How,
    room: Path,
    out: Path | None = None,
    more: Mapping[str, Any] | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    request = {
        "do": do, "format": form.key, "source": str(path.absolute()), "out": str(out or room), "memory": form.memory,
        "trusted": how.trust_pickle, "columns": list(how.columns), "told": dict(form.tells(path)),
        **(more or {}),
    }  # fmt: skip
    try:
        return process.run(interpreter.path, request, room, form.seconds, form.environment, on_step)
    except process.MissingError as error:
        raise _missing(path, form, interpreter, how, str(error)) from error


def _missing(path: Path, form: Format, interpreter: Interpreter, how: How, module: str) -> EdgewebError:
    pip = f"{interpreter.path} -m pip install" if how.python or how.with_deps else "pip install"
    return UsageError(
        f"{path} is {form.called}",
        f"reading it needs the Python module {module}, which is not there",
        f"Run: {pip} {module.partition('.')[0]}; or give --python the Python in which it was made",
    )


def _notes(path: Path, framework: str, said: Mapping[str, Any]) -> tuple[str, ...]:
    notes = [f"{handed.called(path)} was read with {framework} and converted to ONNX", *map(str, said.get("notes", ()))]
    if said.get("network"):
        notes.append("this system does not cut a process off from the network: what converted it could have used that")
    return tuple(notes)
