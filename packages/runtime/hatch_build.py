"""Puts the assets that are apart from edgeweb into edgeweb-runtime."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class RuntimeHook(BuildHookInterface):  # type: ignore[type-arg]
    """web/dist/assets -> edgeweb_runtime/assets, of what only some sites carry."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        if self.target_name != "wheel":
            raise SystemExit("edgeweb-runtime is files alone, made in a checkout of edgeweb: build its wheel.")
        root = Path(self.root).parents[1]
        edgeweb = _hatch_build(root)
        dist, included = edgeweb.made(root / "web", apart=True), build_data["force_include"]
        for name in sorted(edgeweb.apart(edgeweb.index(dist))):
            for form in edgeweb.FORMS:
                included[str(dist / "assets" / f"{name}{form}")] = f"edgeweb_runtime/assets/{name}{form}"
        for name in ("LICENSE", "THIRD_PARTY_NOTICES.txt"):
            included[str(root / name)] = f"edgeweb_runtime/{name}"


def _hatch_build(root: Path) -> ModuleType:
    """edgeweb's own hook, which is beside its pyproject.toml and in no package."""
    spec = importlib.util.spec_from_file_location("edgeweb_hatch_build", root / "hatch_build.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(root / "hatch_build.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found
