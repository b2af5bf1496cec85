"""The memory of a decoder's page with a long context, beside the model's bytes, for both contestants of bench/tasks.py."""

from __future__ import annotations

import os
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import memory
import tokenizers
from cold_start import Bench, Page
from playwright.sync_api import Playwright
from task_pages import Row, our_page, their_page
from throttled import Line, StaticServer

_WRITTEN = 64
_EVERY_S = 0.05


class Renderers(threading.Thread):
    """Samples the largest proportional set size of a renderer below this process."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak, self.stop = 0, threading.Event()

    def run(self) -> None:
        while not self.stop.wait(_EVERY_S):
            sizes = [memory.of(pid) for pid in memory.family(os.getpid()) if _is_renderer(pid)]
            self.peak = max(self.peak, *sizes, 0)


def _is_renderer(pid: int) -> bool:
    try:
        return "--type=renderer" in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


def context_memory(driver: Playwright, row: Row, context: int, room: Path) -> dict[str, Any]:
    """The peak of the tab while it loads, reads a prompt and writes, `context` tokens in all."""
    folder = Path(row.folder)
    prompt = _prompt(folder / "tokenizer.json", context - _WRITTEN)
    long = replace(row, input=prompt, arguments=(prompt,), first=_WRITTEN)
    size = sum(file.stat().st_size for place in (folder, folder / "onnx") for file in place.glob("*.onnx*"))
    pages = {"edgeweb": our_page(folder, row, room / "ours"), "Transformers.js": their_page(folder, room / "theirs")}
    found: dict[str, Any] = {"folder": folder.name, "modelBytes": size, "context": context}
    for name, page in pages.items():
        found[name] = _peak(Bench(driver, long.said), page)  # type: ignore[arg-type]
        if "peak" in found[name]:
            found[name]["timesTheModel"] = round(found[name]["peak"] / size, 2)
    return found


def _peak(bench: Bench, page: Page) -> dict[str, Any]:
    server = StaticServer(page.folder, Line(), page.codings, page.headers)
    watch = Renderers()
    watch.start()
    with tempfile.TemporaryDirectory() as profile:
        try:
            answered = bench.visit(page, server.url, profile, lambda tab: tab.evaluate("() => globalThis.answered"))
        finally:
            watch.stop.set()
            watch.join()
            server.close()
    return {"peak": watch.peak, "answered": answered} if isinstance(answered, (int, float)) else {"error": answered}


def _prompt(path: Path, count: int) -> str:
    """A text of about so many tokens."""
    tokenizer = tokenizers.Tokenizer.from_file(str(path))
    each = "Once upon a time a fox lived in Berlin. "
    return each * max(1, count // max(1, len(tokenizer.encode(each, add_special_tokens=False).ids)))
