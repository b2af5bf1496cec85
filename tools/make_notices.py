"""Writes THIRD_PARTY_NOTICES.txt from the licences of what the wheel and every site carry; run after changing a pin."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "web" / "node_modules"
HEAD = """Third-party notices of edgeweb

Every site that edgeweb builds carries ONNX Runtime Web and Lit, and one whose model reads token ids Hugging Face's
tokenizers; their licences follow, then the notices of the code that ONNX Runtime itself contains. The sample model was
trained on scikit-learn's digits; see its README.md.
"""


def section(title: str, text: str) -> str:
    """One component's notice under a line that can be searched for."""
    return f"\n{'=' * 80}\n{title}\n{'=' * 80}\n\n{text.strip()}\n"


def main() -> None:
    spec = find_spec("onnxruntime")
    if spec is None or spec.origin is None:
        raise SystemExit("onnxruntime is not installed; run: make setup")
    ort = Path(spec.origin).parent
    parts = [
        section("onnxruntime-web (MIT)", (ort / "LICENSE").read_text("utf-8")),
        section(
            "lit, lit-element, lit-html, @lit/reactive-element (BSD-3-Clause)",
            (MODULES / "lit" / "LICENSE").read_text("utf-8"),
        ),
        section(
            "@huggingface/tokenizers (Apache-2.0)",
            (MODULES / "@huggingface" / "tokenizers" / "LICENSE").read_text("utf-8"),
        ),
        section("client-zip (MIT)", (MODULES / "client-zip" / "LICENSE.txt").read_text("utf-8")),
        section("Third-party notices of ONNX Runtime", (ort / "ThirdPartyNotices.txt").read_text("utf-8-sig")),
    ]
    lines = (HEAD + "".join(parts)).splitlines()
    (ROOT / "THIRD_PARTY_NOTICES.txt").write_text("\n".join(line.rstrip() for line in lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
