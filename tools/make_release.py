"""Builds what would be published into dist-release/ and checks it; uploads nothing: python tools/make_release.py."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "dist-release"
TOOLS = ROOT / "tools" / "release" / "node_modules" / ".bin"
# A newcomer's `pip install edgeweb` fetches its dependencies besides.
MOST_BYTES = {"edgeweb-": 20_000_000, "edgeweb_runtime-": 60_000_000}


def main() -> int:
    """Exit status 1 where a check fails."""
    shutil.rmtree(OUT, ignore_errors=True)
    wheels()
    package = npm()
    packed = sorted(path for path in OUT.iterdir() if path.is_file())
    pythons = [path for path in packed if path.suffix in (".whl", ".gz")]
    call(sys.executable, "-m", "twine", "check", "--strict", *pythons)
    call(TOOLS / "publint", "--strict", package)
    # There is no CommonJS form: what it is for, a browser, has none.
    call(TOOLS / "attw", "--pack", package, "--profile", "esm-only", "--no-emoji", "--format", "table-flipped")
    large = [path for path in pythons if path.stat().st_size > most(path)]
    for path in packed:
        print(f"{path.stat().st_size / 1e6:9.2f} MB  {path.relative_to(ROOT)}")
    for path in large:
        print(f"error: {path.name} is too large. It may have {most(path) / 1e6:.0f} MB. See what came into it.")
    print("Nothing was uploaded.")
    return 1 if large else 0


def wheels() -> None:
    """edgeweb's sdist and wheel, and the wheel of edgeweb-runtime, which is files alone."""
    hatch = (sys.executable, "-m", "hatchling", "build", "-d", OUT)
    call(*hatch)
    call(*hatch, "-t", "wheel", cwd=ROOT / "packages" / "runtime")


def npm() -> Path:
    """The npm package as a folder and packed."""
    (wheel,) = OUT.glob("edgeweb-*.whl")
    folder, version = OUT / "npm", wheel.name.split("-")[1]
    call("node", "packages/npm/build.mjs", folder, version)
    call("npm", "pack", "--silent", "--pack-destination", OUT, cwd=folder)
    return folder


def call(*words: object, cwd: Path = ROOT) -> None:
    """Run a command; what it prints is shown, and its failure ends this."""
    sys.stdout.flush()
    done = subprocess.run([*map(str, words)], cwd=cwd, check=False)
    if done.returncode:
        raise SystemExit(f"error: {Path(str(words[0])).name} failed. Its own words are above.")


def most(path: Path) -> int:
    """The bytes that a file may have."""
    return next(bytes_ for start, bytes_ in MOST_BYTES.items() if path.name.startswith(start))


if __name__ == "__main__":
    sys.exit(main())
