"""What sentence-transformers says beside a model: how many vectors become one, and what is written before a text."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from edgeweb.errors import ConfigError
from edgeweb.read import intake

# In the order in which several are joined.
_MODES = (
    ("cls", "pooling_mode_cls_token"), ("max", "pooling_mode_max_tokens"), ("mean", "pooling_mode_mean_tokens"),
    ("mean-sqrt", "pooling_mode_mean_sqrt_len_tokens"), ("weighted", "pooling_mode_weightedmean_tokens"),
    ("last", "pooling_mode_lasttoken"),
)  # fmt: skip
# As sentence-transformers calls the folder of one.
_OF_A_LAYER = re.compile(r"\d{1,2}_Dense")


def pooling(folders: Sequence[Path]) -> str:
    """How one vector is made of a text's many, several ways with + between them; empty where nothing says it."""
    found = intake.json_hint([folder / "1_Pooling" for folder in folders], "config.json")
    return "+".join(name for name, key in _MODES if found.get(key) is True)


def prompt(folders: Sequence[Path]) -> str:
    """What stands before every text, where nobody says which of its prompts is meant."""
    found = intake.json_hint(folders, "config_sentence_transformers.json")
    prompts, name = found.get("prompts"), found.get("default_prompt_name")
    text = prompts.get(name) if isinstance(prompts, dict) and isinstance(name, str) else None
    return text if isinstance(text, str) else ""


def behind(folders: Sequence[Path]) -> str:
    """The kind of a layer behind the pooling, whose weights lie in no graph; empty where there is none."""
    return next((kind for kind, _ in _modules(folders) if kind not in ("Transformer", "Pooling", "Normalize", "")), "")


def layers(folders: Sequence[Path]) -> list[str]:
    """The folders of all layers behind the pooling, as long as each is a Dense of its own folder, then vectors of
    length 1; empty where there are others, or none.
    """
    found = _modules(folders)
    kinds = [kind for kind, _ in found]
    while kinds[-1:] == ["Normalize"]:
        kinds.pop()
    names = [name for _, name in found[2 : len(kinds)]]
    dense = kinds[:2] == ["Transformer", "Pooling"] and set(kinds[2:]) == {"Dense"}
    return names if dense and all(_OF_A_LAYER.fullmatch(name) for name in names) else []


def _modules(folders: Sequence[Path]) -> list[tuple[str, str]]:
    """The kinds of modules.json, and the folders of their files."""
    for folder in folders:
        try:
            found = json.loads(intake.text(folder / "modules.json", ""))
        except (ConfigError, ValueError, RecursionError):
            continue
        modules = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
        return [(str(each.get("type", "")).rsplit(".", 1)[-1], str(each.get("path", ""))) for each in modules]
    return []
