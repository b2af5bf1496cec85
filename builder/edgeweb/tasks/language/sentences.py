"""What sentence-transformers says beside a model: how many vectors become one, and what is written before a text."""

from __future__ import annotations

import json
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
    for folder in folders:
        try:
            found = json.loads(intake.text(folder / "modules.json", ""))
        except (ConfigError, ValueError):
            continue
        kinds = (
            [str(each.get("type", "")) for each in found if isinstance(each, dict)] if isinstance(found, list) else []
        )
        names = [kind.rsplit(".", 1)[-1] for kind in kinds]
        return next((name for name in names if name not in ("Transformer", "Pooling", "Normalize", "")), "")
    return ""
