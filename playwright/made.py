"""Sites that several files need: built by whichever process is first, with the command line, and used by all. Nobody writes into one."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

import models
from hosts import MODEL, built

_Model = Callable[[Path], Path]
# The model, and what is said to `edgeweb build` besides.
_SITES: dict[str, tuple[_Model, tuple[str, ...]]] = {
    "digits": (lambda _: MODEL, ()),
    "fruit": (lambda folder: models.fruit(folder / "fruit.onnx"), ()),
    "double": (lambda folder: models.scale(folder / "double.onnx"), ()),
    "slow": (lambda folder: models.slow(folder / "slow.onnx"), ()),
    "times 2": (lambda folder: models.scale(folder / "2.onnx", 2), ("--title", "Times 2")),
    "times 3": (lambda folder: models.scale(folder / "3.onnx", 3), ("--title", "Times 3")),
    "times 4": (lambda folder: models.scale(folder / "4.onnx", 4), ("--title", "Times 4")),
}
Made = Callable[[str], Path]


def site(root: Path, name: str) -> Path:
    """The site called `name`, in a folder that all processes of this run share."""
    model, options = _SITES[name]
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # A build that fails leaves nothing.
        out = folder / "site"
        return out if out.exists() else built(model(folder), out, *options)
