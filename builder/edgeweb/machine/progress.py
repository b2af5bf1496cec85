"""How far a long step is, and how long it will still take."""

from __future__ import annotations

import time

from edgeweb.schema.steps import Detail, Teller

# Often enough for a bar; whoever prints lines leaves most of them out.
_EVERY_S = 0.25


class Progress:
    """Counts what is done of `total`, and tells it now and then."""

    def __init__(self, on_step: Teller, what: str, total: int) -> None:
        self.on_step, self.what, self.total = on_step, what, max(1, total)
        self.done = 0
        self.began = self.told = time.monotonic()

    def __call__(self, amount: int = 1) -> None:
        """So much more is done."""
        self.done += amount
        now = time.monotonic()
        if now - self.told < _EVERY_S:
            return
        self.told = now
        share = min(1.0, self.done / self.total)
        left = (now - self.began) / share * (1 - share) if share else 0.0
        self.on_step(Detail(f"{self.what}: {share:.0%}, {_time(left)} left", share))


def _time(seconds: float) -> str:
    return f"about {seconds:.0f} s" if seconds < 90 else f"about {seconds / 60:.0f} min"
