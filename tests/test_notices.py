"""Whatever is in a site has its licence in the notices."""

from __future__ import annotations

import json
import re

import make_notices

# What builds the browser half.
TOOLS = {"ajv", "esbuild", "json-schema-to-typescript", "terser"}


def test_the_notices_are_those_of_what_is_pinned() -> None:
    """An upgrade that changes a licence fails here: run tools/make_notices.py, and read what has changed."""
    assert make_notices.NOTICES.read_text("utf-8") == make_notices.notices()


def test_every_library_of_the_browser_half_is_named() -> None:
    titles = make_notices.NOTICES.read_text("utf-8").lower()
    needed = json.loads((make_notices.ROOT / "web" / "package.json").read_text("utf-8"))["dependencies"]
    assert set(needed) > TOOLS
    for name in set(needed) - TOOLS:
        assert re.search(rf"^{re.escape(name)}[ ,(]", titles, re.MULTILINE), name


def test_what_is_said_to_be_in_pyodide_is_in_it() -> None:
    """An upgrade that brings another version fails here: correct INSIDE, and what has become of its licence."""
    binary = (make_notices.MODULES / "pyodide" / "pyodide.asm.wasm").read_bytes()
    assert [title for title, marks, _ in make_notices.INSIDE if marks not in binary] == []
    assert "ErrorStackParser" in (make_notices.MODULES / "pyodide" / "pyodide.mjs").read_text("utf-8")


def test_every_built_in_module_of_a_library_has_its_notice() -> None:
    """Modules of the wasm that stand for somebody else's library: none is added unseen."""
    binary = (make_notices.MODULES / "pyodide" / "pyodide.asm.wasm").read_bytes()
    found = {name.decode() for name in re.findall(rb"PyInit_(\w+)", binary)}
    brought = {"_ctypes", "_bz2", "_lzma", "_zstd", "_sqlite3", "_decimal", "pyexpat", "zlib", "_blake2"}
    assert brought <= found
    assert not found & {"_ssl", "_hashlib", "_curses", "readline", "_tkinter", "_dbm", "_gdbm", "_uuid"}
