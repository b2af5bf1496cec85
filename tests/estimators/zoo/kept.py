"""All cases in one place, those of packages that are not installed left out."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

from zoo import boosters, classifiers, pipelines, regressors, transformers
from zoo.case import Case

# One after the other, as a table shows them.
MODULES = (classifiers, regressors, transformers, pipelines, boosters)
# Installed by `make test-all` alone: with what it brings along it takes 400 MB.
LARGE = "catboost"


@cache
def everything() -> tuple[Case, ...]:
    """Every case, whether its package is there or not."""
    return tuple(case for module in MODULES for case in module.cases())


def there(case: Case) -> bool:
    """Whether the case can be made here."""
    return find_spec(case.needs) is not None
