"""build(): a model file through every step, in order, into a site."""

from __future__ import annotations

import re
import tempfile
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import msgspec

import edgeweb
from edgeweb import (
    assemble,
    compression,
    config,
    effort,
    evaluate,
    forms,
    latency,
    manifest,
    model,
    optimise,
    prepost,
    probe,
    report,
    rows,
    samples,
    search_child,
    swap,
    tasks,
    trial,
    variants,
    webdist,
    zipmap,
)
from edgeweb.config import Config
from edgeweb.errors import ConfigError, UsageError
from edgeweb.manifest import ImagePipeline, Manifest, Task
from edgeweb.pack import FileTable
from edgeweb.parallel import Workers
from edgeweb.plan import Plan, Seen
from edgeweb.probe import ModelInfo

# Names that say nothing about the model; its folder's name says more.
_GENERIC = {"model", "model_quantized", "network", "net", "export", "output", "final", "best"}
_PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".gif"}


@dataclass(frozen=True)
class Options:
    """What the command line can say beyond the configuration file; None: not said."""

    config: Path | None = None
    task: str | None = None
    title: str | None = None
    labels: Path | None = None
    data: Path | None = None
    precision: str | None = None
    min_agreement: float | None = None
    max_size: str | int | None = None
    base_url: str | None = None
    dask: str | None = None
    force: bool = False


@dataclass(frozen=True)
class Site:
    """A built site: its folder, its manifest and the content of report.json."""

    path: Path
    manifest: Manifest
    report: dict[str, Any]


@dataclass(frozen=True)
class Prepared:
    """A model up to the point where only packing is left."""

    info: ModelInfo
    chosen: optimise.Chosen
    found: forms.Found
    plan: Plan
    outputs: tuple[manifest.TensorInfo, ...]
    shipped: list[variants.Shipped]
    accelerate: bool
    steps: tuple[tuple[str, str], ...]


def inspect(path: str | Path) -> ModelInfo:
    """What a model file is, and why no browser could run it, without running it; see `probe.ModelInfo`."""
    return probe.inspect_model(zipmap.step(model.load(path)).model)


def detect(path: str | Path, options: Options = Options()) -> tuple[ModelInfo, Plan]:
    """`inspect` and the task that `build` would choose; a model that no browser can run is served as "tensors"."""
    loaded = model.load(path)
    settings, base = _settings(loaded.path, options)
    flat = zipmap.step(loaded).model
    info = probe.inspect_model(flat)
    classes = zipmap.class_labels(loaded.proto)
    seen = Seen(flat.proto, info.inputs, info.outputs, info.operators, *_labels(settings, base), classes)
    return info, tasks.choose(seen, settings)


def build(
    path: str | Path, out: str | Path = "dist", *, on_step: Callable[[str], None] = lambda _: None, **options: Any
) -> Site:
    """Turn the model file at `path` into a site in the folder `out`.

    Keyword arguments are those of `Options`, named as on the command line. `on_step` is told what is being done.

    Raises:
        ModelError, UnsupportedError, ConfigError, UsageError, OutputError: exit code 2 on the command line.
        LimitError: a stated limit was missed. For a size nothing was written; for an agreement that no smaller form
            reaches the site was, with the model as it is.
    """
    given = Options(**{name: _as_path(name, value) for name, value in options.items()})
    source, target = Path(path), Path(out)
    settings, base = _settings(source, given)
    swap.check(target, _own_files(source, given, settings, base), force=given.force)
    webdist.find()
    (workers := Workers(given.dask)).check()
    # On Windows what is mapped cannot be deleted before this process ends.
    with tempfile.TemporaryDirectory(prefix="edgeweb-", ignore_cleanup_errors=True) as scratch:
        prepared = _prepare(source, settings, base, Path(scratch), workers, on_step)
        whole, found = _write(prepared, source, target, settings, base, on_step)
    forms.check(prepared.found, settings.compress)
    return Site(target, whole, found)


def _write(
    prepared: Prepared, source: Path, target: Path, settings: Config, base: Path, on_step: Callable[[str], None]
) -> tuple[Manifest, dict[str, Any]]:
    """The site's folder; its manifest and report."""
    web = webdist.find()
    on_step("compressing and packing")
    table = FileTable()
    parts = _pack(table, prepared, settings, source, base)
    whole = assemble.site(table, web, parts)
    limit = None if settings.compress.max_size is None else config.parse_size(settings.compress.max_size)
    optimise.check_limits(whole.variants[0], limit)
    on_step(f"writing {target}")
    assemble.write(target, table, whole, web, settings.base_url)
    return whole, msgspec.json.decode(table.contents["report.json"])


def _as_path(name: str, value: Any) -> Any:
    return Path(value) if name in ("config", "labels", "data") and value is not None else value


def _settings(source: Path, given: Options) -> tuple[Config, Path]:
    """The configuration with the options laid over it, and the folder that its paths start from."""
    beside = source.parent / "edgeweb.toml"
    file = given.config or (beside if beside.is_file() else None)
    found = config.read(file) if file else Config()
    if found.hooks.file is not None:
        raise UsageError(
            "Hooks are not in this version of edgeweb",
            f"{file} names {found.hooks.file}",
            "Remove [hooks]; pre-processing of pictures is built in",
        )
    if given.task is not None and given.task not in get_args(Task):
        raise UsageError(
            f'There is no task "{given.task}"', "edgeweb knows others", f"Use one of: {', '.join(get_args(Task))}"
        )
    over = {
        "task": given.task,
        "title": given.title,
        "base_url": given.base_url,
        "data": None if given.data is None else str(given.data.resolve()),
    }
    if given.labels is not None:
        over["labels"] = str(given.labels.resolve())
    limits = {"precision": given.precision, "min_agreement": given.min_agreement, "max_size": given.max_size}
    compress = msgspec.structs.replace(found.compress, **{k: v for k, v in limits.items() if v is not None})
    settings = msgspec.structs.replace(found, compress=compress, **{k: v for k, v in over.items() if v is not None})
    # Checked now rather than after minutes of work.
    config.check_base_url(settings.base_url)
    if settings.compress.max_size is not None:
        config.parse_size(settings.compress.max_size)
    return settings, (file.parent if file else source.parent)


def _own_files(source: Path, given: Options, settings: Config, base: Path) -> list[Path]:
    """Every file of the user's that the build reads, which the site must not replace."""
    named = [settings.labels] if isinstance(settings.labels, str) else []
    named += [*settings.examples, *([settings.data] if settings.data else [])]
    return [source, *([given.config] if given.config else []), *(base / name for name in named)]


def _prepare(
    source: Path, settings: Config, base: Path, scratch: Path, workers: Workers, on_step: Callable[[str], None]
) -> Prepared:
    """Everything up to the bytes that ship; those of a large model stay in `scratch`."""
    on_step(f"reading {source}")
    loaded = model.load(source, scratch)
    classes = zipmap.class_labels(loaded.proto)
    flat = zipmap.step(loaded)
    probe.check(probe.inspect_model(flat.model))
    neutral = optimise.step(flat.model)
    info = probe.inspect_model(neutral.model)
    on_step("running it natively, for the numbers that every browser must reproduce")
    data = None if settings.data is None else base / settings.data
    texts = rows.texts(neutral.model.proto)
    backends, weights = effort.backends(info.operators, neutral.model.proto), effort.weight_bytes(neutral.model.proto)
    measure = effort.needs_shapes(backends, weights)
    examined = trial.run(neutral.model, info.inputs, info.operators, texts=texts, data=data, measure=measure)
    accelerate, work = effort.decide(backends, weights, examined.multiply_adds)
    outputs = trial.outputs(info.outputs, examined)
    seen = Seen(neutral.model.proto, info.inputs, outputs, info.operators, *_labels(settings, base), classes)
    plan = tasks.choose(seen, settings)
    minimum = forms.minimum(settings.compress)
    chosen = optimise.choose(neutral.model, examined, minimum)
    inputs = (
        samples.read(data, info.inputs, plan, examined.case) if data else samples.seeded(info.inputs, examined.case)
    )
    forms.check_asked(settings.compress, neutral.model, inputs)
    goal = forms.Goal(
        settings.compress.precision,
        minimum,
        evaluate.scores_output(plan, outputs),
        examined.multiply_adds or info.parameters,
    )
    found = search_child.smallest(neutral.model, chosen.data, inputs, goal, workers, on_step)
    web = webdist.find()
    runtime = [web.path(name) for name in web.runtimes["wasm"].all]
    steady = [output for output in outputs if output.name in examined.reference]
    kind, operators = chosen.graph_optimization, info.operators
    scene = latency.Scene(runtime, chosen.data, kind, operators, info.inputs, steady, inputs.feeds)
    found = latency.judged(found, scene, on_step)
    steps = [("zipmap", note) for note in flat.notes] + [("optimise", note) for note in (*neutral.notes, *chosen.notes)]
    steps += [("trial", note) for note in examined.notes] + [("effort", note) for note in work]
    steps += [("task", reason) for reason in plan.reasons]
    steps += forms.notes(found)
    limit = None if settings.compress.max_size is None else config.parse_size(settings.compress.max_size)
    shipped = [
        variants.Shipped(form, backends, trial.own_case(examined, form.model if form.lossy else None, outputs))
        for form, backends in forms.shipped(found, backends, limit)
    ]
    return Prepared(info, chosen, found, plan, outputs, shipped, accelerate, tuple(steps))


def _labels(settings: Config, base: Path) -> tuple[list[str], str]:
    """The labels, and where they are from."""
    if isinstance(settings.labels, list):
        return settings.labels, "edgeweb.toml"
    beside = base / "labels.txt"
    file = base / settings.labels if settings.labels else beside if beside.is_file() else None
    return ([], "") if file is None else (config.read_labels(file), str(file))


def _pack(table: FileTable, prepared: Prepared, settings: Config, source: Path, base: Path) -> assemble.Parts:
    """Put the model, its small graphs and the examples into `table`; describe the rest for the manifest."""
    info, plan = prepared.info, prepared.plan
    files = variants.add_files(table, prepared.shipped)
    image = _image_pipeline(prepared)
    examples = [_example(table, base / name) for name in settings.examples] if image else []
    table.compress()
    tensors = (*info.inputs, *prepared.outputs)
    terms = variants.Terms(
        tensors, info.operators, prepared.chosen.agreement, prepared.chosen.graph_optimization, prepared.accelerate
    )
    described = variants.describe(table, prepared.shipped, files, terms)
    cases = [each.case for each in prepared.shipped if each.case is not None]
    title = settings.title or _title(source)
    about: dict[str, Any] = {
        "format": manifest.FORMAT, "name": _slug(title), "title": title, "task": plan.task, "inputs": list(info.inputs),
        "outputs": list(prepared.outputs), "variants": described, "golden": cases, "labels": list(plan.labels),
        "examples": examples, "image": image, "tabular": plan.tabular, "generator": f"edgeweb {edgeweb.__version__}",
    }  # fmt: skip
    limits, seeded = settings.compress, settings.data is None
    facts = report.Facts(
        title, info.file_bytes, info.parameters, plan.task, plan.reasons, prepared.steps, described[0].agreement,
        bool(cases), compression.Searched(prepared.found, limits.precision, forms.minimum(limits), seeded),
    )  # fmt: skip
    return assemble.Parts(about, image, facts)


def _image_pipeline(prepared: Prepared) -> ImagePipeline | None:
    spec = prepared.plan.image
    if spec is None:
        return None
    source = next(info for info in prepared.info.inputs if info.name == spec.input)
    output = next(info for info in prepared.outputs if info.name == spec.output)
    before = prepost.preprocess(spec, source.type)
    after = prepost.postprocess(spec, output.type, output.shape or [None, None])
    return ImagePipeline(
        input=spec.input, output=spec.output, height=spec.height, width=spec.width, resize=spec.resize,
        preprocess=b64encode(before).decode(), postprocess=b64encode(after).decode(),
        assumed=spec.assumed, formula=spec.formula,
    )  # fmt: skip


def _example(table: FileTable, path: Path) -> str:
    if path.suffix.lower() not in _PICTURES:
        raise ConfigError(
            f"{path} cannot be an example",
            f"it is not a picture ({', '.join(sorted(_PICTURES))})",
            "Correct examples in edgeweb.toml",
        )
    try:
        return table.add_hashed(path.stem, path.suffix.lower(), path.read_bytes(), "example")
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read", error.strerror or "it is not a file", "Correct examples in edgeweb.toml"
        ) from error


def _title(source: Path) -> str:
    stem = source.stem if source.stem.lower() not in _GENERIC else source.resolve().parent.name or source.stem
    words = re.sub(r"[-_.]+", " ", stem).strip() or "Model"
    return words[:1].upper() + words[1:]


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "model"
