"""Runs one function on many items at once: in threads of this process, or on the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

from edgeweb.errors import UsageError, printable

Item = TypeVar("Item")
Made = TypeVar("Made")
# Two: what is heavy (NumPy, ONNX Runtime) runs outside Python's lock, and each item at work takes memory.
_THREADS = 2
_CONNECT_S = 10


@dataclass(frozen=True)
class Workers:
    """Who does the work. `dask`: the address of a scheduler; None: this process."""

    dask: str | None = None

    def each(self, function: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
        """`function` of each item, in the order of the items, whoever does it; a few of them are taken ahead.

        `function` is sent to a cluster once, so what it needs for every item may be large.

        Raises:
            UsageError: the cluster does not answer.
        """
        from joblib import Parallel, delayed, parallel_config

        tasks = (delayed(_apply)(function, item) for item in items)
        if self.dask is None:
            yield from Parallel(_THREADS, backend="threading", return_as="generator", pre_dispatch="n_jobs")(tasks)
            return
        with closing(_client(self.dask)) as client, parallel_config("dask", client=client, scatter=[function]):
            yield from Parallel(-1, batch_size=1, return_as="generator", pre_dispatch="2*n_jobs")(tasks)

    def check(self) -> None:
        """UsageError when there is a cluster and it cannot do anything."""
        if self.dask is not None:
            _client(self.dask).close()


def _apply(function: Callable[[Item], Made], item: Item) -> Made:
    return function(item)


def _client(address: str) -> Any:
    try:
        import distributed
    except ImportError as error:
        raise UsageError("--dask needs Dask", "it is not installed", "Run: pip install 'edgeweb[dask]'") from error
    # Untyped, and so is what it returns.
    connect: Any = distributed.Client
    shown = printable(address, 80)
    try:
        # It tries an address that nothing could ever answer for as long as one that may come.
        distributed.comm.registry.get_backend(distributed.comm.addressing.parse_address(address)[0])
        client = connect(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        why = printable(error, 160) or "it took too long"
        hint = "Give the address that `dask scheduler` prints, such as tcp://10.0.0.1:8786"
        raise UsageError(f"No Dask scheduler answers at {shown}", why, hint) from error
    if not client.scheduler_info(n_workers=-1)["workers"]:
        client.close()
        why = "without any nothing would ever be done"
        raise UsageError(f"The Dask scheduler at {shown} has no workers", why, f"Start one: dask worker {shown}")
    return client
