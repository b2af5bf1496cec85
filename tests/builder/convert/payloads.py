"""Twenty pickles that write a file when they are loaded, in every form in which somebody may be handed one."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import subprocess
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Calls:
    """Whatever loads it calls `function` with `given`."""

    def __init__(self, function: Callable[..., Any], *given: Any) -> None:
        self.function, self.given = function, given

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.function, self.given


def _touch(mark: Path) -> Calls:
    return Calls(exec, f"open({str(mark)!r}, 'w').close()")


def _old(mark: Path, opcode: bytes) -> bytes:
    """As protocol 0 writes a call: R of a tuple, i of a class, o of what stands on the stack."""
    line = f"open({str(mark)!r}, 'w').close()".encode()
    text = b"V" + line + b"\n"
    return {
        b"R": b"cbuiltins\nexec\n(" + text + b"tR.",
        b"i": b"(" + text + b"ibuiltins\nexec\n.",
        b"o": b"(cbuiltins\nexec\n" + text + b"o.",
    }[opcode]


def _dumped(thing: Any, protocol: int) -> bytes:
    return pickle.dumps(thing, protocol)


def _object_array(mark: Path) -> bytes:
    import numpy as np

    held = io.BytesIO()
    np.save(held, np.array([_touch(mark)], object), allow_pickle=True)
    return held.getvalue()


def _joblib(mark: Path, compress: Any) -> bytes:
    import joblib

    held = io.BytesIO()
    joblib.dump({"model": _touch(mark)}, held, compress=compress)
    return held.getvalue()


def _zipped(name: str, content: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("schema.json", '{"__class__": "system", "__module__": "os", "__loader__": "ObjectNode"}')
        archive.writestr(name, content)
    return held.getvalue()


def all_of(mark: Path) -> dict[str, bytes]:
    """The files by their names; each writes `mark`."""
    plain = _touch(mark)
    shell = Calls(subprocess.call, ["touch", str(mark)])
    return {
        **{f"protocol{number}.pkl": _dumped(plain, number) for number in range(6)},
        "shell.pkl": _dumped(shell, 4),
        "called.pickle": _dumped(Calls(Path.touch, mark), 4),
        "evaluated.pkl": _dumped(Calls(eval, f"open({str(mark)!r}, 'w').close()"), 2),
        "within.pkl": _dumped({"steps": [("scaler", [1.0, plain])]}, 5),
        "reduced.pkl": _old(mark, b"R"),
        "instance.pkl": _old(mark, b"i"),
        "object.pkl": _old(mark, b"o"),
        "model.joblib": _joblib(mark, 0),
        "zlib.joblib": _joblib(mark, ("zlib", 3)),
        "gzip.joblib": gzip.compress(_dumped(plain, 4)),
        "bzip2.joblib": bz2.compress(_dumped(plain, 4)),
        "xz.joblib": lzma.compress(_dumped(plain, 4)),
        "packed.pkl": zlib.compress(_dumped(plain, 4)),
        "model.onnx": _dumped(plain, 4),
        "model.json": _dumped(plain, 0),
        "model": _dumped(plain, 3),
        "array.pkl": _object_array(mark),
        "model.skops": _zipped("model.pkl", _dumped(plain, 4)),
    }
