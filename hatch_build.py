"""Puts the built browser half into the wheel; builds it first where it is missing or was built for a demo alone."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebHook(BuildHookInterface):  # type: ignore[type-arg]
    """web/dist -> edgeweb/web_dist. An sdist carries web/dist, so a wheel made from it needs no Node."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        web = Path(self.root) / "web"
        if not is_whole(web / "dist"):
            subprocess.run(["npm", "ci", "--omit=dev"], cwd=web, check=True)
            subprocess.run(["npm", "run", "build"], cwd=web, check=True)
        if self.target_name == "wheel":
            build_data["force_include"][str(web / "dist")] = "edgeweb/web_dist"


def is_whole(dist: Path) -> bool:
    """Whether every asset is there in each of its forms, which the builder would have to make otherwise."""
    try:
        assets = json.loads((dist / "index.json").read_text("utf-8"))["assets"]
    except FileNotFoundError:
        return False
    return all((dist / "assets" / f"{name}{form}").is_file() for name in assets for form in ("", ".br", ".gz"))
