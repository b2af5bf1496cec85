"""Sentences for what a table of `edgeweb.toml` says and the model is not, by who filled it: the user, or a file."""

from __future__ import annotations

from edgeweb.errors import ConfigError
from edgeweb.tasks.plan import Seen


def described(key: str, seen: Seen, why: str) -> ConfigError:
    """That the model does not fit what is said of it under `key`."""
    table, file = f"[{key}]", _file(key, seen)
    if not file:
        return ConfigError(f"The model does not fit {table}", why, f"Correct {table}, or leave it out")
    hint = f"Put the one of this model there, or write {table} in edgeweb.toml, which comes first"
    return ConfigError(f"{file} does not fit the model", why, hint)


def named(key: str, seen: Seen, error: ConfigError) -> ConfigError:
    """An error about a table, as one about the file that filled it."""
    table = f"[{key}]"
    if table not in error.what or not _file(key, seen):
        return error
    return described(key, seen, f"{error.what.replace(table, 'it')}, and {error.why[:1].lower()}{error.why[1:]}")


def _file(key: str, seen: Seen) -> str:
    said = seen.origins.get(key)
    return said.file if said is not None and said.source == "file" else ""
