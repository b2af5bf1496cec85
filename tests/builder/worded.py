"""The browser tests' models of text, for the builder's."""

from __future__ import annotations

import sys

from tiny import ROOT

sys.path.insert(0, str(ROOT / "playwright"))
import text_models

__all__ = ["text_models"]
