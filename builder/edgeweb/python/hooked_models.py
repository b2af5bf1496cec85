"""Hooks and models together in this process, as a page has them; what hooks declare instead is `compiled`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from edgeweb import config
from edgeweb.hooks_api import forms
from edgeweb.hooks_api.model import Feed, Model, Outputs, Tensor, checked
from edgeweb.hooks_api.ndarray import maker
from edgeweb.hooks_api.runner import Hooks
from edgeweb.inputs.golden import DTYPES
from edgeweb.machine.session import Session, open_session
from edgeweb.python.packages import requirements
from edgeweb.read import intake

_NAMES = {"float": "float32", "double": "float64"}
Sides = tuple[Sequence[Tensor], Sequence[Tensor]]


class HookedModels:
    """A site's hooks around its models, natively; what they declare with edgeweb.ops is not there.

    `models`: the files in the order of `edgeweb build`; the first leads.
    `names`: what hooks call them; default: the stems of the files. `metadata`: by those names; default: the files'.
    `numpy`: whether arrays are NumPy's; default: whether it is among the packages that the hooks' header, or the
    edgeweb.toml that names the hooks, asks for.

    Raises:
        ConfigError: that header or edgeweb.toml cannot be read.
        HookError: the hooks fail while they are imported.
    """

    def __init__(
        self,
        hooks: str | Path,
        *models: str | Path,
        labels: Sequence[str] = (),
        names: Sequence[str] = (),
        metadata: Mapping[str, Mapping[str, str]] | None = None,
        numpy: bool | None = None,
    ) -> None:
        path = Path(hooks)
        source = intake.text(path, "Check the path of the hooks file")
        self._over = maker(numpy=_asks_for_numpy(path, source, models) if numpy is None else numpy)
        called = names or [Path(model).stem for model in models]
        self._hooks = Hooks(source, str(path), path.name)
        self._sessions = self._open(dict(zip(called, map(Path, models), strict=True)), labels)
        parts = {name: (_described(s.get_inputs()), _described(s.get_outputs())) for name, s in self._sessions.items()}
        own = {name: session.get_modelmeta().custom_metadata_map for name, session in self._sessions.items()}
        self.model = Model(parts, labels, self._run, own if metadata is None else metadata)

    def _open(self, models: Mapping[str, Path], labels: Sequence[str]) -> dict[str, Session]:
        """A session for each model."""
        del labels
        return {name: open_session(path) for name, path in models.items()}

    def predict(self, value: object) -> Any:
        """What the page would show for `value`: JSON as Python values; pictures and masks in result forms as arrays.

        `value`: what preprocess takes; without preprocess the model's feeds {input name: array}. Without postprocess
        the result is {output name: nested lists}.

        Raises:
            HookError: a hook fails, or returns what it should not.
        """
        if self._hooks.has("preprocess"):
            feeds = _waited(self._hooks.preprocess(value, self.model))
        else:
            feeds = checked([*self.model.inputs.values()], self._feeds(value), f'model "{self.model.name}"')
        outputs = self._run(self.model.name, feeds)
        if not self._hooks.has("postprocess"):
            return self._result(outputs)
        return forms.opened(json.loads(_waited(self._hooks.postprocess(outputs, self.model))))

    def _feeds(self, value: Any) -> Any:
        """Without preprocess."""
        return value

    def _result(self, outputs: Outputs) -> Any:
        """Without postprocess."""
        return {name: array.tolist() for name, array in outputs.items()}

    def reset(self) -> None:
        """Forget what the hooks keep between calls."""
        _waited(self._hooks.reset())

    def _run(self, name: str, feeds: Sequence[Feed]) -> Outputs:
        session = self._sessions[name]
        given = {feed[0]: _as_numpy(feed) for feed in feeds}
        found: Sequence[Any] = session.run(None, given)
        names = [output.name for output in session.get_outputs()]
        return Outputs({name: self._array(np.asarray(value)) for name, value in zip(names, found, strict=True)})

    def _array(self, found: np.ndarray[Any, Any]) -> Any:
        if found.dtype.kind in "OUS":
            return self._over([str(text) for text in found.ravel()], "string", found.shape)
        return self._over(np.array(found, order="C").reshape(-1).view(np.uint8), found.dtype.name, found.shape)

    def feeds_of(self, arrays: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, Any]:
        """NumPy arrays as hooks have them."""
        return {name: self._array(array) for name, array in arrays.items()}


def _asks_for_numpy(hooks: Path, source: str, models: Sequence[str | Path]) -> bool:
    packages: list[str] = []
    for model in models[:1]:
        beside = Path(model).parent / "edgeweb.toml"
        said = config.read(beside).hooks if beside.is_file() else config.HooksConfig()
        if said.file is not None and (beside.parent / said.file).resolve() == hooks.resolve():
            packages = said.packages
    return requirements.needs_numpy(requirements.of(packages, source, hooks, hooks.parent))


def _described(tensors: Sequence[Any]) -> list[Tensor]:
    kinds = ((tensor, tensor.type.removeprefix("tensor(").removesuffix(")")) for tensor in tensors)
    return [Tensor(tensor.name, _NAMES.get(kind, kind), tensor.shape) for tensor, kind in kinds]


def _as_numpy(feed: Feed) -> np.ndarray[Any, Any]:
    _, dtype, shape, data = feed
    if dtype == "string":
        return np.array(data, dtype=object).reshape(shape)
    return np.frombuffer(data, DTYPES[dtype]).reshape(shape)  # type: ignore[index]


def _waited(found: Any) -> Any:
    async def wait() -> Any:
        return await found

    if not hasattr(found, "__await__"):
        return found
    # In a thread of its own: a notebook has an event loop in this one already.
    with ThreadPoolExecutor(1) as other:
        return other.submit(asyncio.run, wait()).result()
