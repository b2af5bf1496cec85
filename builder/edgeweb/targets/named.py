"""The names that `[deploy.NAME]` in edgeweb.toml gives to targets."""

from __future__ import annotations

from pathlib import Path

from edgeweb import config
from edgeweb.config import DeployConfig
from edgeweb.errors import UsageError

FILE = Path("edgeweb.toml")


def read(file: Path | None) -> dict[str, DeployConfig]:
    """Of this file, or of edgeweb.toml in the current folder where there is one.

    Raises:
        ConfigError: it cannot be read, or is wrong.
        UsageError: a name could be taken for a target.
    """
    if file is None and not FILE.exists():
        return {}
    found = config.read(file or FILE).deploy
    for name in found:
        if ":" in name or not name.isprintable():
            raise UsageError(f"[deploy.{name}] is no name", "a colon makes it a target", "Rename it in edgeweb.toml")
    return found
