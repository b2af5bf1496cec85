"""Puts the built browser half into the packages; builds it first where it is missing or was built for a demo alone.

edgeweb gets what every site needs; edgeweb-runtime, of packages/runtime, what only some do: ONNX Runtime for GPUs, and
Pyodide.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FORMS = ("", ".br", ".gz")
# What every site, or `edgeweb dev`, needs besides the assets.
BESIDE = (
    "edgeweb.d.ts", "inline.css", "inline.js", "library.json", "sw.js", "strings/en.json", "dev/dev.css", "dev/dev.js",
    "dev/index.html",
)  # fmt: skip
# Where the browser half lies; a wheel made from an sdist needs no Node, since the sdist carries it too.
PLACES = {"wheel": "edgeweb/web_dist", "sdist": "web/dist"}


class WebHook(BuildHookInterface):  # type: ignore[type-arg]
    """web/dist, less what is `apart`, into edgeweb."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        dist = made(Path(self.root) / "web", apart=False)
        found, place = index(dist), PLACES[self.target_name]
        left = {f"{name}{form}" for name in apart(found) for form in FORMS}
        for path in sorted(dist.rglob("*")):
            if path.is_file() and not (path.parent.name == "assets" and path.name in left):
                build_data["force_include"][str(path)] = f"{place}/{path.relative_to(dist).as_posix()}"


def made(web: Path, *, apart: bool) -> Path:
    """The browser half, with every form of the assets that are apart, or of the others."""
    if not is_whole(web / "dist", apart=apart):
        subprocess.run(["npm", "ci", "--omit=dev"], cwd=web, check=True)
        subprocess.run(["npm", "run", "build"], cwd=web, check=True)
    return web / "dist"


def index(dist: Path) -> dict[str, Any]:
    """What web/build.mjs says of the assets; FileNotFoundError."""
    found: dict[str, Any] = json.loads((dist / "index.json").read_text("utf-8"))
    return found


def is_whole(dist: Path, *, apart: bool) -> bool:
    """Whether all beside the assets is there, and these in each form, so that nothing has to be made."""
    try:
        found = index(dist)
    except FileNotFoundError:
        return False
    names = set(found["assets"])
    separate = names & set(_apart(found))
    return all((dist / name).is_file() for name in BESIDE) and all(
        (dist / "assets" / f"{name}{form}").is_file()
        for name in (separate if apart else names - separate)
        for form in FORMS
    )


def apart(found: dict[str, Any]) -> set[str]:
    """The assets that only some sites carry and that are large: all of edgeweb-runtime."""
    return set(_apart(found))


def _apart(found: dict[str, Any]) -> Iterator[str]:
    for name, runtime in found.get("runtimes", {}).items():
        if name != "wasm":
            yield from (runtime["glue"], *runtime["wasm"])
    if python := found.get("python"):
        yield from (python["glue"], python["linking"], *python["wasm"], python["library"])
