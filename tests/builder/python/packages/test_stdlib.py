"""What of the standard library hooks import."""

from __future__ import annotations

from typing import Any

from edgeweb.python.packages import stdlib


def test_imports_are_followed_through_the_library() -> None:
    modules: dict[str, Any] = {
        "a": {"imports": ["b.c"]}, "b": {"imports": []}, "b.c": {"imports": ["a"]}, "d": {"imports": []},
    }  # fmt: skip
    assert stdlib.closure(stdlib.imported("import a\n"), modules) == {"a", "b", "b.c"}
    late = "def f():\n    from b import c, nothing\n"
    assert stdlib.imported(late) == {"b", "b.c", "b.nothing"}
