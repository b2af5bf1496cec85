"""Lines of `edgeweb.toml`: from tables to lines that can be pasted one by one, and to a whole file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Path = tuple[str, ...]
Tree = dict[str, Any]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml(table: Sequence[str], **keys: Any) -> str:
    """Keys of one table, such as `toml(("input", name), mean=[0.5])`, whatever the model calls its parts; a `_` in a
    key is the `-` of the file.
    """
    lines = [f"{key(name.replace('_', '-'))} = {value(each)}" for name, each in keys.items()]
    return "\n".join(([f"[{dotted(table)}]"] if table else []) + lines)


def lines(text: str) -> list[str]:
    """What `text` says as lines that each stand alone, anywhere before the first table; several keys of one table are
    one line.
    """
    leaves = [*leaves_of(parsed(text))]
    tables = {path[:-1] for path, _ in leaves}
    if len(leaves) > 1 and len(tables) == 1 and (table := tables.pop()):
        inside = ", ".join(f"{key(path[-1])} = {value(each)}" for path, each in leaves)
        return [f"{dotted(table)} = {{ {inside} }}"]
    return [f"{dotted(path)} = {value(each)}" for path, each in leaves]


def parsed(text: str) -> Tree:
    """The values of lines of edgeweb's own."""
    return tomllib.loads(text)


def merged(*trees: Mapping[str, Any]) -> Tree:
    """All of them as one; of two values for a key the first."""
    whole: Tree = {}
    for tree in trees:
        for name, each in tree.items():
            known = whole.get(name)
            if isinstance(each, dict) and (known is None or isinstance(known, dict)):
                whole[name] = merged(known or {}, each)
            elif known is None:
                whole[name] = each
    return whole


def leaves_of(tree: Mapping[str, Any], before: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that is no table, with its path."""
    for name, each in tree.items():
        if isinstance(each, dict):
            yield from leaves_of(each, (*before, name))
        else:
            yield (*before, name), each


def file(tree: Mapping[str, Any], why: Mapping[Path, str]) -> str:
    """The tree as a file; `why`: a comment above a value, by the value's path."""
    tables: dict[Path, list[str]] = {}
    for path, each in leaves_of(tree):
        about = [comment(why[path])] if path in why else []
        tables.setdefault(path[:-1], []).extend([*about, f"{key(path[-1])} = {value(each)}"])
    blocks = [[*([f"[{dotted(path)}]"] if path else []), *found] for path, found in sorted(tables.items())]
    return "\n\n".join("\n".join(block) for block in blocks)


def comment(text: str) -> str:
    """On one line, without what TOML forbids in a comment."""
    return f"# {plain(text)}"


def plain(text: str) -> str:
    """On one line, without what steers a terminal."""
    return "".join(each if each.isprintable() else " " for each in " ".join(text.split()))


def dotted(path: Sequence[str]) -> str:
    """A key of several parts."""
    return ".".join(key(each) for each in path)


def key(name: str) -> str:
    """A key, quoted where it has to be."""
    return name if _BARE.fullmatch(name) else _text(name)


def value(found: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, int | float):
        return repr(found)
    if isinstance(found, Mapping):
        return f"{{ {', '.join(f'{key(name)} = {value(each)}' for name, each in found.items())} }}"
    if isinstance(found, Sequence) and not isinstance(found, str):
        return f"[{', '.join(value(each) for each in found)}]"
    return _text(str(found))


def _text(text: str) -> str:
    """Escaped, so that no terminal is steered by it and every parser takes it."""
    return f'"{"".join(_escaped(each) for each in text)}"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"
