"""Runs a hooks file, in CPython and in the browser alike: loads and calls it, checks what it gives, explains errors."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Mapping
from types import ModuleType
from typing import Any, NamedTuple

from edgeweb.errors import HookError
from edgeweb.hooks_api import forms
from edgeweb.hooks_api.array import Array
from edgeweb.hooks_api.model import Feed, Model, checked
from edgeweb.ops import Declared

FUNCTIONS = ("preprocess", "postprocess", "reset")
MAX_RESULT_BYTES = 16 << 20
_MAX_DEPTH = 100
_MODULE = "edgeweb_hooks"


class Audio(NamedTuple):
    """A sound: `samples`, float32 [n] in -1 to 1, one channel; `rate` in samples a second."""

    samples: Any
    rate: int


class Hooks:
    """A loaded hooks file. `name`: its file name, for messages.

    Raises:
        HookError: it does not compile, or fails while it is imported.
    """

    def __init__(self, source: str, path: str, name: str) -> None:
        self._path, self._name = path, name
        self._module = ModuleType(_MODULE)
        self._module.__file__ = path
        # What the file defines may look itself up, as dataclasses do.
        sys.modules[_MODULE] = self._module
        try:
            exec(compile(source, path, "exec"), self._module.__dict__)  # noqa: S102 - it is what hooks are for
        except BaseException as error:
            raise self._explained(error, "") from error

    def has(self, function: str) -> bool:
        """Whether the file defines it, to be called."""
        found = getattr(self._module, function, None)
        return callable(found) and not isinstance(found, Declared)

    def declared(self) -> dict[str, dict[str, Any]]:
        """What is declared with edgeweb.ops instead, by function."""
        found = {name: getattr(self._module, name, None) for name in FUNCTIONS}
        return {name: dict(one.said) for name, one in found.items() if isinstance(one, Declared)}

    def preprocess(self, value: object, model: Model) -> Any:
        """The model's feeds for a value; awaitable where the hook is an `async def`, else the feeds themselves."""

        def finish(feeds: object) -> list[Feed]:
            if not isinstance(feeds, Mapping):
                raise TypeError(f"preprocess returned {_kind(feeds)}; it must return a dict {{input name: array}}")
            return checked([*model.inputs.values()], feeds, f'model "{model.name}"')

        return self._call("preprocess", finish, value, model)

    def postprocess(self, outputs: Mapping[str, Any], model: Model) -> Any:
        """The result as JSON text; awaitable where the hook is an `async def`."""
        return self._call("postprocess", _as_json, outputs, model)

    def reset(self) -> Any:
        """Forget what was kept between calls, where the file says how."""
        return self._call("reset", lambda _: None) if self.has("reset") else None

    def _call(self, function: str, finish: Any, *given: Any) -> Any:
        try:
            found = getattr(self._module, function)(*given)
            if hasattr(found, "__await__"):
                return self._later(found, finish, function)
            return finish(found)
        except BaseException as error:
            raise self._explained(error, function) from error

    async def _later(self, found: Any, finish: Any, function: str) -> Any:
        try:
            return finish(await found)
        except BaseException as error:
            raise self._explained(error, function) from error

    def _explained(self, error: BaseException, function: str) -> HookError:
        """The error in a sentence, with the traceback from the hook's own file on."""
        if isinstance(error, HookError):
            return error
        place, text = self._traceback(error)
        where = f" in {function}" if function else ""
        why = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
        hint = f"Correct {self._name}; it runs in CPython as it does here"
        if isinstance(error, ModuleNotFoundError):
            hint = "Install its package where you build, and name it in packages of [hooks]"
        return HookError(f"{self._name} failed{where}{place}", why, hint, text)

    def _traceback(self, error: BaseException) -> tuple[str, str]:
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_code.co_filename != self._path:
            frames = frames.tb_next
        text = "".join(traceback.format_exception(type(error), error, frames))
        lines = [number for frame, number in traceback.walk_tb(frames) if frame.f_code.co_filename == self._path]
        if isinstance(error, SyntaxError) and error.filename == self._path:
            lines.append(error.lineno or 0)
        place = f", line {lines[-1]}" if lines else ""
        return place, text.replace(f'"{self._path}"', f'"{self._name}"')


def _as_json(given: object) -> str:
    _check_depth(given)
    result = forms.checked(given)
    try:
        text = json.dumps(result, default=_plain, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"postprocess returned {_kind(given)} that is not JSON: {error}") from None
    if len(text) > MAX_RESULT_BYTES:
        raise ValueError(
            f"postprocess returned {len(text):,} characters of JSON; at most {MAX_RESULT_BYTES:,} are shown"
        )
    return text


def _check_depth(given: object) -> None:
    """In the browser the stack would end before Python's own limit does, and the interpreter with it."""
    level: list[object] = [given]
    for _ in range(_MAX_DEPTH):
        level = [item for each in level for item in _inside(each)]
        if not level:
            return
    raise TypeError(f"postprocess returned {_kind(given)} that is not JSON: it is nested more than {_MAX_DEPTH} deep")


def _inside(value: object) -> list[object]:
    """The containers right inside one."""
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
    return [item for item in items if isinstance(item, (Mapping, list, tuple))]


def _plain(value: object) -> Any:
    if isinstance(value, Array) or (hasattr(value, "tolist") and hasattr(value, "dtype")):
        return value.tolist()
    raise TypeError(f"{_kind(value)} is not JSON")


def _kind(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
