"""What a kind of model is: all that the rest of edgeweb asks about one, answered here as for models of no kind.

A kind is a folder beside this file, and one line in `kinds.py`. It says what it must (`key`, `tasks`, `detect`,
`parts`), and what else is other than here; CONTRIBUTING.md lists the rest of what belongs to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

import msgspec

from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.files.table import FileTable
from edgeweb.inputs.arrays import Feed, Found
from edgeweb.inputs.golden import Array
from edgeweb.read.model import Model
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.site import Gallery, HookInput
from edgeweb.schema.tasks import Task
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.native import Plain, Rows
from edgeweb.tasks.scores import classes_in
from edgeweb.tasks.tabular.manifest import TabularPipeline
from edgeweb.tasks.told import Told

if TYPE_CHECKING:
    from edgeweb.manifest import Manifest
    from edgeweb.tasks.further import Run, Steps
    from edgeweb.tasks.plan import Plan, Recognised, Seen

SAYS = "asked for in edgeweb.toml or with --task"


@dataclass(frozen=True)
class Before:
    """`settings`: completed by what is published with the model, which `notes` tell; `origins`: the file that says each
    setting, by its dotted key. `learnt`: what was made of the user's samples. `beside`: what lies there that it cannot
    be served without, for `Seen.beside`. For the first run: `strings` for inputs of text, by their names, and `cases`
    to be tried before seeded ones; `wrong`: what to say where it runs on none of these, since a page feeds no others.
    """

    settings: Config
    notes: tuple[str, ...] = ()
    beside: Any = None
    strings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    cases: tuple[list[GoldenInput], ...] = ()
    learnt: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    wrong: ConfigError | None = None


@dataclass(frozen=True)
class SampleFiles:
    """Files that hold samples of a kind. `word`: what one sample is; `folders`: whether a folder of them is taken."""

    word: str
    suffixes: frozenset[str]
    folders: bool = False


@dataclass(frozen=True)
class MadeUp:
    """Feeds where the user gave no samples; `source`: one line for people. `seeded`: they say nothing of real data."""

    feeds: tuple[Feed, ...]
    source: str
    seeded: bool


@dataclass(frozen=True)
class Packed:
    """What a pipeline of the manifest is made of. `script`: the path of the kind's own script, where it has one.
    `texts`: what the page offers to try, where that is texts.
    """

    table: FileTable
    inputs: Sequence[TensorInfo]
    outputs: Sequence[TensorInfo]
    script: str
    texts: Sequence[str]


class Native(Protocol):
    """What the page does around the model, in this process; see `edgeweb.Local`."""

    def feeds(self, value: Any) -> dict[str, Array]:
        """Of the model, from what a page would hand to its hooks."""

    def result(self, outputs: Mapping[str, Array]) -> dict[str, Any]:
        """The result form that a page shows."""


class Kind:
    """A kind of model. Its methods get the plan that its `detect` led to, and know the type of the plan's `spec`."""

    # Its folder, its key in edgeweb.json, and its table in edgeweb.toml.
    key: ClassVar[str] = "tensors"
    # Those that it may be asked to be.
    tasks: ClassVar[tuple[Task, ...]] = ("tensors",)
    # Kinds that a model cannot be whose inputs this one has recognised, even where it cannot serve them.
    excludes: ClassVar[frozenset[str]] = frozenset()
    # Of the visitor's device, by permission.
    device: ClassVar[Literal["camera", "microphone"] | None] = None
    # What its page's examples are; None: it has no place for any. Texts stand in its pipeline, others are files.
    example: ClassVar[HookInput | None] = None
    # What hooks are handed on its page; None: nothing that is certain.
    value: ClassVar[HookInput | None] = None
    # Files of samples that only it can read, and what it takes in an error.
    samples: ClassVar[SampleFiles | None] = None
    takes: ClassVar[str] = "arrays"

    def claims(self, settings: Config) -> bool:
        """Whether the configuration describes the model as one of this kind: then a reason of `detect` is an error."""
        return False

    def published(self, settings: Config, folder: Path) -> tuple[Config, str]:
        """The configuration file's settings with what a file in the model's `folder` says where it says nothing, and
        that file; the command line is laid over both. ConfigError where it speaks of this kind but cannot be used.
        """
        return settings, ""

    def join(self, model: Model, settings: Config, base: Path) -> tuple[Model, Config, list[str]]:
        """The model with others that the configuration names, as one; ConfigError where they do not fit."""
        return model, settings, []

    def before(self, model: Model, seen: Seen, settings: Config, base: Path) -> Before:
        """What can be known before the first run: the file, and what its authors put beside it, may say it.

        Args:
            model: as it was handed in.
            seen: of the model that will run, without the outputs of a run.

        Raises:
            ConfigError: what the configuration names, or what speaks of this kind alone, cannot be used.
        """
        return Before(settings)

    def looks(self, seen: Seen, settings: Config, base: Path) -> Sequence[Feed]:
        """Inputs whose outputs show what they mean, such as whether the best score is that of the label: the model runs
        on each before its task is chosen. At most a few hundred, and none for a model that is not of this kind.
        """
        return ()

    def detect(self, seen: Seen, settings: Config) -> Recognised | str:
        """What the model is where it is of this kind; or why it is not, empty where nothing speaks for it; ConfigError
        where the configuration contradicts the model.
        """
        return ""

    def asked(self, plan: Plan, task: Task, seen: Seen) -> Plan | str:
        """The plan as the task that the user names, or why it cannot be that."""
        return replace(plan, task=task, reasons=(SAYS,))

    def labels(self, plan: Plan, seen: Seen) -> tuple[str, ...]:
        """The names of its classes; ConfigError when the user's are not as many as the model has."""
        return plan.labels

    def scores(self, plan: Plan, outputs: Sequence[TensorInfo]) -> str | None:
        """The output that holds a score for each class, by which forms are judged; None when that is not certain."""
        only = outputs[0] if len(outputs) == 1 else None
        if only is None or not only.type.startswith("float"):
            return None
        # As many scores as labels are classes; without labels they may be anything.
        classes = classes_in(only)
        return only.name if classes is not None and classes >= 2 and classes == len(plan.labels) else None

    def writes(self, plan: Plan) -> bool:
        """Whether a little may change all of its answer: a decoder's is fed to it again, a peak may be elsewhere."""
        return False

    def told(self, plan: Plan) -> tuple[Told, ...]:
        """What people are told of its outputs, where that is shares."""
        return ()

    def row(self, plan: Plan) -> TabularPipeline | None:
        """What a row of a table is to the model; None: it takes none."""
        return None

    def read(self, path: Path, files: Sequence[Path], inputs: Sequence[TensorInfo], plan: Plan) -> Found:
        """Samples from files that `samples` describes, for a model of any kind; ConfigError where it takes others."""
        raise unsuited(path, "such files", plan)

    def made_up(
        self, plan: Plan, inputs: Sequence[TensorInfo], case: Sequence[GoldenInput], examples: Sequence[Path]
    ) -> MadeUp | None:
        """Samples where the user gave none, of the page's examples or of its own; None: seeded ones serve as well."""
        return None

    def further(self, plan: Plan, name: str, case: Sequence[GoldenInput], run: Run) -> Steps:
        """What the task feeds to one of the plan's `parts`. `case`: of the site's own model; `run`: runs both."""
        raise NotImplementedError(f"{self.key} has no further graphs")

    def pipelines(self, plan: Plan, made: Packed) -> Mapping[str, msgspec.Struct]:
        """What the manifest says of it, by its keys there; files that the page needs are put into the table."""
        return {}

    def interface(self, plan: Plan) -> str:
        """The name of the page's interface: web/src/tasks/*/page/ui-NAME.ts."""
        return self.key

    def visits(self, pipeline: Any, site: Manifest) -> Iterator[dict[str, Any]]:
        """What a visitor may give, for the profiler (templates/profile.js), by its pipeline in the manifest.

        Further models run only here: whatever of them a visitor can reach has to be among it.
        """
        yield from ()

    def gallery(
        self, plan: Plan, table: FileTable, where: Path, inputs: Sequence[TensorInfo], model: bytes | Path
    ) -> Gallery:
        """The gallery of inputs at `where`, embedded by the model that ships; ConfigError where it gives none."""
        raise ConfigError(
            "A gallery does not fit this model",
            f"its task is {plan.task}, which gives no embedding",
            'Remove gallery, or say task = "image-embedding" or "text-embedding"',
        )

    def native(self, plan: Plan, inputs: Sequence[TensorInfo], outputs: Sequence[TensorInfo]) -> Native:
        """What the page does around the model, in this process."""
        table = self.row(plan)
        return Plain(inputs) if table is None else Rows(table, plan.labels, inputs)


def unsuited(path: Path, what: str, plan: Plan) -> ConfigError:
    """That `path` holds what this model does not take."""
    hint = "Give them, or a .npz with one array for each input"
    takes = plan.kind.takes if plan.kind.row(plan) is None else "a .csv with its columns"
    return ConfigError(f"{path} holds {what}", f"the model ({plan.task}) takes {takes}", hint)


TENSORS = Kind()
