"""Puts the built browser half into the wheel; builds it first where it is missing."""

from __future__ import annotations

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
        if not (web / "dist" / "index.json").is_file():
            subprocess.run(["npm", "ci"], cwd=web, check=True)
            subprocess.run(["npm", "run", "build"], cwd=web, check=True)
        build_data["force_include"][str(web / "dist")] = "edgeweb/web_dist"
