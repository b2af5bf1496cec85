"""Runs a chat template, a program of somebody else: `python -m edgeweb.tasks.language.template_child JOB`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec

from edgeweb.machine.child import begin, limit_memory, say
from edgeweb.schema.language import Chat
from edgeweb.tasks.language import chat

_MEMORY = 1 << 30


def main() -> None:
    """Say the texts around messages, or why they are not known."""
    begin()
    limit_memory(_MEMORY)
    job = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    try:
        found = chat.compiled(job["template"], job["specials"], shown=job["shown"])
    except MemoryError:
        found = "its chat template takes more memory than a page has"
    if isinstance(found, Chat):
        say(chat=msgspec.to_builtins(found))
    else:
        say(why=found)


if __name__ == "__main__":
    main()
