"""Runs one function on many items at once, on this machine."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Workers:
    """How many at once."""

    count: int = 2

    def each(self, function: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
        """`function` of each item, in the order of the items; only a few of them are taken ahead."""
        waiting: deque[Future[Made]] = deque()
        with ThreadPoolExecutor(self.count) as pool:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > self.count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
