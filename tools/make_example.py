"""Runs an example's own script in a copy of its folder: python tools/make_example.py NAME FOLDER [WORD...]."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def made(name: str, folder: Path, *words: str) -> Path:
    """The copy, beside the docs that a script may read, with the model in it. `words`: what the script is told."""
    here = folder / "examples" / name
    shutil.copytree(ROOT / "examples" / name, here)
    (folder / "docs").symlink_to(ROOT / "docs")
    subprocess.run([sys.executable, "make.py", *words], cwd=here, check=True)
    return here


if __name__ == "__main__":
    print(made(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:]))
