"""edgeweb.Local: hooks around models in this process, what they declare as the graphs that a site would ship."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from edgeweb.config import Config
from edgeweb.hooks_api.model import Outputs
from edgeweb.inputs import golden
from edgeweb.inputs.golden import DTYPES, Array
from edgeweb.machine.session import Session, open_session
from edgeweb.python import declared
from edgeweb.python.declared import Declarations
from edgeweb.python.hooked_models import HookedModels
from edgeweb.read import model, outputs, probe, zipmap
from edgeweb.read.model import to_bytes
from edgeweb.tasks import choose
from edgeweb.tasks.kinds import KINDS
from edgeweb.tasks.plan import Plan, Seen

Named = dict[str, Array]


class Local(HookedModels):
    """A site's hooks around its models, natively: functions as they are, declarations as the graphs that a site ships.

    `models`: the files in the order of `edgeweb build`; the first leads. `names`: what hooks call them; default: the
    stems of the files. `metadata`: by those names; default: the files'. `numpy`: whether arrays are NumPy's; default:
    whether it is among the packages that the hooks' header, or the edgeweb.toml that names the hooks, asks for.

    Raises:
        ConfigError: that header or edgeweb.toml cannot be read, or what is declared does not fit the model.
        HookError: the hooks fail while they are imported.
    """

    def _open(self, models: Mapping[str, Path], labels: Sequence[str]) -> dict[str, Session]:
        said = declared.of(self._hooks.declared())
        first, *others = models
        self._compiled = _Compiled(models[first], said, labels) if said.functions else None
        own = open_session(models[first]) if self._compiled is None else self._compiled.session
        return {first: own, **{name: open_session(models[name]) for name in others}}

    def _feeds(self, value: Any) -> Any:
        ready = self._compiled
        return value if ready is None or ready.said.preprocess is None else self.feeds_of(ready.feeds(value))

    def _result(self, outputs: Outputs) -> Any:
        if self._compiled is None:
            return super()._result(outputs)
        given = {name: np.asarray(array.tolist(), DTYPES[array.dtype]) for name, array in outputs.items()}
        result = self._compiled.result(given)
        made = {key: self.feeds_of({key: each})[key] for key, each in result.items() if isinstance(each, np.ndarray)}
        return {**result, **made, **({"outputs": dict(outputs)} if "outputs" in result else {})}


class _Compiled:
    """A model with what hooks declare around it.

    Args:
        path: the model's file.
        said: what is declared.
        labels: of the model.

    Raises:
        ConfigError: what is declared does not fit the model.
    """

    def __init__(self, path: Path, said: Declarations, labels: Sequence[str]) -> None:
        flat = outputs.step(model.load(path)).model
        settings = declared.configured(Config(), flat, said)
        ready = declared.step(flat, said).model
        info = probe.inspect_model(ready)
        self.said, self.session = said, open_session(to_bytes(ready.proto))
        gave, fed = self._trial(info)
        classes = zipmap.class_labels(flat.proto)
        seen = Seen(ready.proto, info.inputs, info.outputs, info.operators, labels, "labels", classes, fed, gave)
        wanted = next(filter(None, (kind.looks(seen, settings, path.parent) for kind in KINDS)), ())
        seen = replace(seen, looks=[self.run(feed) for feed in wanted] if gave else ())
        self.plan: Plan = choose.choose(seen, settings)
        self._native = self.plan.kind.native(self.plan, info.inputs, info.outputs)

    def _trial(self, info: probe.ModelInfo) -> tuple[Named, dict[str, list[int]]]:
        """Outputs and dims of a first run; where the boxes of a detector are is told by its outputs alone."""
        for case in golden.candidates(info.inputs, {}):
            feeds = {spec.name: golden.make_input(spec) for spec in case}
            try:
                return self.run(feeds), {spec.name: list(spec.dims) for spec in case}
            except Exception:  # noqa: BLE001, S112 - whatever ONNX Runtime throws: the next case may fit
                continue
        return {}, {}

    def run(self, feeds: Named) -> Named:
        """The outputs of the model, with what is compiled into its own graph."""
        names = [output.name for output in self.session.get_outputs()]
        return dict(zip(names, map(np.asarray, self.session.run(names, feeds)), strict=True))

    def feeds(self, value: Any) -> Named:
        """Those that the declared preprocess makes of RGB uint8 [height, width, 3], or of a row."""
        return self._native.feeds(_nested(value))

    def result(self, outputs: Named) -> dict[str, Any]:
        """The result form that a page shows; UnsupportedError for pictures, which a browser alone paints."""
        return self._native.result(outputs)


def _nested(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value
