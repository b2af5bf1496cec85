"""The browser's end of hooks: values from bytes that JavaScript wrote, calls, and `run` over a promise."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from edgeweb.errors import EdgewebError
from edgeweb.hooks_api.model import Feed, Model, Outputs, Pending, Tensor
from edgeweb.hooks_api.ndarray import maker
from edgeweb.hooks_api.runner import Audio, Hooks

_FILE = "/home/pyodide/"


class Bridge:
    """What the Python worker calls.

    Args:
        about: names, tensors, labels and metadata of the models as JSON, with the hooks' file name and whether there is
            NumPy.
        run: gives for a model's name and feeds a promise of the outputs, as the worker hands them over.
        whole: gives a promise that is kept when the whole standard library is in place.
    """

    def __init__(self, about: str, run: Callable[[str, Any], Any], whole: Callable[[], Any]) -> None:
        described = json.loads(about)
        self._run = run
        parts = {name: tuple([Tensor(*t) for t in side] for side in sides) for name, sides in described["models"]}
        self._model = Model(parts, described["labels"], self._send, described["metadata"])  # type: ignore[arg-type]
        self._name, self._numpy = described["name"], described.get("numpy", False)
        self._over = maker(numpy=False)
        self._later = _Later(whole)
        sys.meta_path.append(self._later)

    def arrived(self) -> None:
        """The whole standard library is in place."""
        self._later.arrived()

    def install(self, archive: bytearray) -> None:
        """Put a package in its place, before the hooks are loaded."""
        import io
        import zipfile

        place = next(path for path in sys.path if path.endswith("site-packages"))
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            packed.extractall(place)
        # importlib.invalidate_caches() would import importlib.metadata, which few sites carry.
        sys.path_importer_cache.pop(place, None)

    def allocate(self, size: int) -> bytearray:
        """Memory for JavaScript to write into, once."""
        return bytearray(size)

    def image(self, pixels: bytearray, height: int, width: int) -> Any:
        """RGB pixels, uint8 [height, width, 3]."""
        return self._over(pixels, "uint8", (height, width, 3))

    def audio(self, samples: bytearray, rate: int) -> Audio:
        """float32 samples of one channel."""
        return Audio(self._over(samples, "float32", (len(samples) // 4,)), rate)

    def file(self, data: bytearray) -> bytes:
        """A file's bytes."""
        return bytes(data)

    def text(self, text: str) -> str:
        """A text as it is."""
        return text

    def row(self, text: str) -> Any:
        """A row as a dict, from JSON."""
        return json.loads(text)

    def outputs(self, tensors: Sequence[tuple[str, str, Sequence[int], Any]]) -> Outputs:
        """What a model gave: name, type, dims, and bytes or a list of texts."""
        return Outputs({name: self._array(dtype, dims, data) for name, dtype, dims, data in tensors})

    def _array(self, dtype: str, dims: Sequence[int], data: Any) -> Any:
        return self._over([str(text) for text in data] if dtype == "string" else data, dtype, tuple(dims))

    def attempt(self, function: str, *given: Any) -> Any:
        """[True, what load, preprocess, postprocess or reset gave] or [False, the error as JSON]; may be awaitable.

        [None, ""] asks for `arrived`, and for all of it again.
        """
        if self._later.is_whole:
            # Of work that went on beside the calls, such as a task of a hook: the one that begins has no part in it.
            self._later.has_refused()
        try:
            found = getattr(self, f"_{function}")(*given)
        except EdgewebError as error:
            return self._answer(False, _plain(error))
        return self._awaited(found) if hasattr(found, "__await__") else self._answer(True, found)

    async def _awaited(self, found: Any) -> list[Any]:
        try:
            return self._answer(True, await found)
        except EdgewebError as error:
            return self._answer(False, _plain(error))

    def _answer(self, right: bool, found: Any) -> list[Any]:
        # Asked here, and not of the exception: a hook can catch that, and go on without the module.
        return [None, ""] if self._later.has_refused() else [right, found]

    def _load(self, source: str) -> None:
        path = _FILE + self._name
        with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib would be loaded for it alone
            file.write(source)
        if self._numpy:
            self._over = maker(numpy=True)
        self._hooks = Hooks(source, path, self._name)

    def _preprocess(self, value: object) -> Any:
        feeds = self._hooks.preprocess(value, self._model)
        return self._leaving(feeds) if hasattr(feeds, "__await__") else [_bytes(feed) for feed in feeds]

    async def _leaving(self, feeds: Any) -> list[Feed]:
        return [_bytes(feed) for feed in await feeds]

    def _postprocess(self, outputs: Outputs) -> Any:
        return self._hooks.postprocess(outputs, self._model)

    def _reset(self) -> Any:
        return self._hooks.reset()

    def _send(self, name: str, feeds: list[Feed]) -> Outputs | Pending:
        promise = self._run(name, [_bytes(feed) for feed in feeds])
        if _may_wait():
            return self._received(_wait(promise))
        return Pending(self._awaited_outputs(promise))

    async def _awaited_outputs(self, promise: Any) -> Outputs:
        return self._received(await promise)

    def _received(self, tensors: Any) -> Outputs:
        return self.outputs([(t[0], t[1], t[2], t[3]) for t in tensors])


def _may_wait() -> bool:
    """Whether Python can stop here until a promise is kept: not inside of a task, which holds up the event loop."""
    from pyodide.ffi import can_run_sync  # type: ignore[import-not-found]

    return bool(can_run_sync()) and asyncio.current_task() is None


def _wait(promise: Any) -> Any:
    from pyodide.ffi import run_sync

    return run_sync(promise)


class NotYet(BaseException):
    """A module of the standard library has to be fetched first; what falls back on another would only take its time."""


class _Later:
    """Finds what the site's standard library lacks: by waiting for the whole one, or by refusing until it is there."""

    def __init__(self, whole: Callable[[], Any]) -> None:
        self._whole = whole
        loader: Any = __loader__  # type: ignore[name-defined]
        listed = loader.get_data(__file__.replace("browser.py", "missing.txt"))
        self._missing = frozenset(listed.decode().split())
        # The modules that were there whole when the first one was refused.
        self._sound: frozenset[str] | None = None

    def find_spec(self, name: str, path: Any = None, target: object = None) -> Any:
        """For the import system: the last finder that it asks."""
        if name not in self._missing:
            return None
        try:
            waited = _may_wait()
            if waited:
                _wait(self._whole())
        except BaseException:  # noqa: BLE001 - it cannot be had now, which is said after the call
            waited = False
        if not waited:
            self._sound = self._sound or frozenset(key for key, module in [*sys.modules.items()] if not _begun(module))
            raise NotYet(name)
        return importlib.machinery.PathFinder.find_spec(name, path)

    def has_refused(self) -> bool:
        """Whether an import failed that must not, since this was asked last; the packages that it may have reached are
        forgotten then.
        """
        if self._sound is None:
            return False
        for name, module in [*sys.modules.items()]:
            place = getattr(module, "__file__", None) or ""
            if name not in self._sound and "/site-packages/" in place and not place.endswith(".so"):
                del sys.modules[name]
        self._sound = None
        return True

    @property
    def is_whole(self) -> bool:
        """Whether nothing is refused any more."""
        return not self._missing

    def arrived(self) -> None:
        """Look into the library anew, and be asked no more."""
        self._missing = frozenset()
        importlib.invalidate_caches()


def _begun(module: object) -> bool:
    """Whether it is still being imported."""
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))


def _bytes(feed: Feed) -> Feed:
    """JavaScript reads the elements as bytes, whatever they are."""
    name, dtype, shape, data = feed
    return name, dtype, shape, data if isinstance(data, list) else data.cast("B")


def _plain(error: EdgewebError) -> str:
    return json.dumps({"what": error.what, "why": error.why, "hint": error.hint, "text": getattr(error, "text", "")})
