"""The verdicts as docs/estimators.md has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from zoo.judge import Judged

OWN = " ¹"
HEAD = """# Estimators

What the page, and `predict()`, say of a row for every estimator that skl2onnx converts, and for XGBoost, LightGBM and
CatBoost, beside what the estimator itself says. The tests fit them on scikit-learn's own data, convert them, decide
as `edgeweb build` does without any option, and compare row by row; `tools/make_estimators.py` writes this page.

- **right**: the class is that of `predict`, or that of `predict` and each probability that of `predict_proba`; numbers
  are those of `predict` or `transform`.
- **less**: nothing of it is untrue, but the estimator would say more: the class without its probabilities, or the
  outputs without what they mean. [Evidence](evidence.md) that the file lacks can be given in
  `edgeweb.toml`.
- **no site**: the build refuses; **no model**: there is no file that runs.
- {own}: of some rows the converted file says something else than the estimator, and the page what the file says.

{counts}

| estimator | model | a row's answer | verdict |
|---|---|---|---|
"""


def lines(found: Iterable[Judged]) -> Iterator[str]:
    """A line for the variants of an estimator that have the same answer."""
    for name, several in groupby(found, key=lambda each: each.key.partition(": ")[0]):
        rows: dict[tuple[str, str], list[str]] = {}
        for each in several:
            answer = _sentence(each.says) if each.verdict in ("no site", "no model") else each.says
            rows.setdefault((answer, each.verdict + OWN * bool(each.own)), []).append(each.key.partition(": ")[2])
        for (answer, verdict), variants in rows.items():
            yield f"| {name} | {'; '.join(variants)} | {answer} | {verdict} |"


def _sentence(says: str) -> str:
    """The beginning of a reason, without what a table cannot hold."""
    whole = " ".join(says.replace("|", "/").split())
    return whole if len(whole) <= 160 else whole[:157] + "..."


def page(found: Sequence[Judged]) -> str:
    """The whole of the page."""
    counts = Counter(each.verdict for each in found)
    words = ", ".join(f"{name} {counts[name]}" for name in ("right", "less", "wrong", "no site", "no model"))  # type: ignore[index]
    return HEAD.format(counts=f"Of {len(found)}: {words}.", own=OWN.strip()) + "\n".join(lines(found)) + "\n"
