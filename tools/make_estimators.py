"""Writes docs/estimators.md: what the page says of every estimator, by fitting, converting and judging them all.

It needs what `make test-all` installs, CatBoost as well.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "estimators")]

from zoo import judge, kept, table  # noqa: E402


def main() -> None:
    missing = {case.needs for case in kept.everything() if not kept.there(case)}
    if missing:
        sys.exit(
            f"error: {', '.join(sorted(missing))} is not installed. The table tells of it. Run make test-all once."
        )
    with tempfile.TemporaryDirectory() as folder, judge.in_a_copy():
        found = [judge.judged(case.make(), Path(folder)) for case in kept.everything()]
    (ROOT / "docs" / "estimators.md").write_text(table.page(found), encoding="utf-8")
    for each in found:
        if each.verdict == "wrong":
            print(f"{each.key}: {each.why}", file=sys.stderr)


if __name__ == "__main__":
    main()
