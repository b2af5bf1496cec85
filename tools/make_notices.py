"""Writes THIRD_PARTY_NOTICES.txt from the licences of what the wheel and every site carry; run after changing a pin."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "web" / "node_modules"
# No such text comes with Pyodide's package.
LICENCES = ROOT / "tools" / "licences"
NOTICES = ROOT / "THIRD_PARTY_NOTICES.txt"
HEAD = """Third-party notices of edgeweb

Every site that edgeweb builds carries ONNX Runtime Web and Lit, those for pictures client-zip, those whose model reads
token ids Hugging Face's tokenizers, those whose model writes texts marked, and sites with hooks Pyodide with CPython
and the libraries that are compiled into it; their licences follow, then the notices of the code that ONNX Runtime
itself contains. The sample model was trained on scikit-learn's digits; see its README.md.
"""
PYODIDE = """Pyodide (MPL-2.0); its source: https://github.com/pyodide/pyodide, tag {version}; here without
those parts of its JavaScript that only compiled packages call, where a site loads none (web/glue.mjs of edgeweb)"""

# What is compiled into Pyodide's wasm, as the options of its build (sysconfig's CONFIG_ARGS and MODLIBS) and its recipe
# (cpython/Makefile) name it: a title, bytes of the wasm that only this component brings, and its licence. Where it
# says its version, these name that, so that an upgrade is seen. CPython's own list is that of its documentation's
# "History and License", without what is not in the wasm.
INSIDE = (
    ("libffi (MIT)", b"ffi_call_js", "libffi"),
    ("bzip2 1.0.6 (BSD-style)", b"1.0.6, 6-Sept-2010", "bzip2"),
    ("zlib 1.3.1 (Zlib)", b"inflate 1.3.1 Copyright", "zlib"),
    ("liblzma of XZ Utils 5.2.2 (public domain)", b"\x005.2.2\x00", "xz"),
    ("Zstandard 1.5.7 (BSD-3-Clause)", b"\x001.5.7\x00", "zstd"),
    ("SQLite 3.39.0 (public domain)", b"SQLite format 3", "sqlite"),
    ("expat 2.7.3 (MIT)", b"expat_2.7.3", "expat"),
    ("libmpdec 2.5.1 (BSD-2-Clause)", b"libmpdec/context.c", "libmpdec"),
    ("HACL* (MIT)", b"Modules/_hacl/", "hacl"),
    ("mimalloc (MIT)", b"mimalloc: error: ", "mimalloc"),
    ("musl, Emscripten's C library (MIT and others)", b"Multihop attempted", "musl"),
    ("compiler-rt, of LLVM (Apache-2.0 WITH LLVM-exception)", b"compiler-rt/lib/builtins", "llvm-exceptions"),
    ("libc++ and libc++abi, of LLVM (Apache-2.0 WITH LLVM-exception)", b"libcxxabi/src", "llvm-exceptions"),
    ("Emscripten's system library (MIT)", b"emscripten_", "emscripten"),
    ("parts of CPython by others (their own licences)", b"PyInit__random", "cpython-incorporated"),
)


def section(title: str, text: str) -> str:
    """One component's notice under a line that can be searched for."""
    return f"\n{'=' * 80}\n{title}\n{'=' * 80}\n\n{text.strip()}\n"


def notices() -> str:
    """What the file has to say, for what is installed here."""
    spec = find_spec("onnxruntime")
    if spec is None or spec.origin is None:
        raise SystemExit("onnxruntime is not installed; run: make setup")
    ort = Path(spec.origin).parent
    pyodide = json.loads((MODULES / "pyodide" / "package.json").read_text("utf-8"))["version"]
    tokenizers = MODULES / "@huggingface" / "tokenizers"
    texts = {
        "onnxruntime-web (MIT); cut to the functions that a site's model enters": ort / "LICENSE",
        "lit, lit-element, lit-html, @lit/reactive-element (BSD-3-Clause)": MODULES / "lit" / "LICENSE",
        PYODIDE.format(version=pyodide): LICENCES / "mpl-2.0.txt",
        "CPython and its standard library, inside of Pyodide (PSF-2.0)": LICENCES / "psf-2.0.txt",
        "error-stack-parser and stackframe, inside of Pyodide (MIT)": LICENCES / "error-stack-parser.txt",
        **{f"Inside of Pyodide's wasm: {title}": LICENCES / f"{name}.txt" for title, _, name in INSIDE},
        "client-zip (MIT)": MODULES / "client-zip" / "LICENSE.txt",
        "@huggingface/tokenizers (Apache-2.0), in sites whose model reads token ids": tokenizers / "LICENSE",
        "marked (MIT), in sites whose model writes texts": MODULES / "marked" / "LICENSE",
        "Third-party notices of ONNX Runtime": ort / "ThirdPartyNotices.txt",
    }
    parts = [section(title, path.read_text("utf-8-sig")) for title, path in texts.items()]
    return "\n".join(line.rstrip() for line in (HEAD + "".join(parts)).splitlines()) + "\n"


if __name__ == "__main__":
    NOTICES.write_text(notices(), "utf-8")
