"""Writes THIRD_PARTY_NOTICES.txt from the licences of what the wheel and every site carry; run after changing a pin."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "web" / "node_modules"
# Neither text comes with Pyodide's package.
LICENCES = ROOT / "tools" / "licences"
NOTICES = ROOT / "THIRD_PARTY_NOTICES.txt"
HEAD = """Third-party notices of edgeweb

Every site that edgeweb builds carries ONNX Runtime Web and Lit, those for pictures client-zip, those whose model reads
token ids Hugging Face's tokenizers, and sites with hooks Pyodide with CPython; their licences follow, then the notices
of the code that ONNX Runtime itself contains. The sample model was trained on scikit-learn's digits; see its README.md.
"""
PYODIDE = """Pyodide (MPL-2.0); its source: https://github.com/pyodide/pyodide, tag {version}; here without
those parts of its JavaScript that only compiled packages call, where a site loads none (web/glue.mjs of edgeweb)"""


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
        "client-zip (MIT)": MODULES / "client-zip" / "LICENSE.txt",
        "@huggingface/tokenizers (Apache-2.0), in sites whose model reads token ids": tokenizers / "LICENSE",
        "Third-party notices of ONNX Runtime": ort / "ThirdPartyNotices.txt",
    }
    parts = [section(title, path.read_text("utf-8-sig")) for title, path in texts.items()]
    return "\n".join(line.rstrip() for line in (HEAD + "".join(parts)).splitlines()) + "\n"


if __name__ == "__main__":
    NOTICES.write_text(notices(), "utf-8")
