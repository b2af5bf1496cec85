"""`edgeweb.toml` as typed, frozen structs: every key is optional, an unknown one is an error that names the nearest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from edgeweb.errors import ConfigError, did_you_mean, printable
from edgeweb.read import intake
from edgeweb.schema.site import HookInput
from edgeweb.schema.table import Sides, Table
from edgeweb.schema.tasks import ALIASES, Task
from edgeweb.tasks.audio.settings import AudioConfig
from edgeweb.tasks.image.settings import DetectConfig
from edgeweb.tasks.series.settings import SeriesConfig
from edgeweb.tasks.text.settings import TextConfig

Precision = Literal["auto", "fp32", "fp16", "int8", "int4"]
Ground = Literal["white-on-black", "black-on-white"]
Progressive = bool | Literal["auto"]
_NAMES = {"names", "labels", "classes", "class-names", "categories"}
_MAX_BYTES = 1 << 20
_UNITS = {"b": 1, "kb": 1000, "mb": 1000**2, "gb": 1000**3, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}


class InputConfig(Table, frozen=True):
    """`[input.NAME]`: how a picture becomes this input, (x / scale - mean) / std, or the names of its columns.

    `crop_from`: the size to which a picture is brought before its middle is taken. `standardise`: by the picture's own
    mean and deviation. `pad`: whether the page has a drawing pad, and in what colours.
    """

    size: Sides | None = None
    layout: Literal["NCHW", "NHWC"] | None = None
    color: Literal["RGB", "BGR", "GRAY"] | None = None
    scale: Annotated[float, msgspec.Meta(gt=0)] | None = None
    mean: list[float] | None = None
    std: list[Annotated[float, msgspec.Meta(gt=0)]] | None = None
    resize: Literal["crop", "stretch", "pad"] | None = None
    crop_from: Sides | None = None
    standardise: bool = False
    columns: list[str] | None = None
    pad: Ground | bool | None = None


class OutputConfig(Table, frozen=True):
    """`[output.NAME]`: how an output becomes a picture, (x * std + mean) * scale, or the best `top` of its scores.

    `softmax`: whether scores still have to be made probabilities; default: where the model does not end in one.
    `tiles`: whether a picture that is larger than the model's is worked on part by part.
    """

    scale: Annotated[float, msgspec.Meta(gt=0)] | None = None
    mean: list[float] | None = None
    std: list[Annotated[float, msgspec.Meta(gt=0)]] | None = None
    color: Literal["RGB", "BGR", "GRAY"] | None = None
    softmax: bool | None = None
    tiles: bool | None = None
    top: Annotated[int, msgspec.Meta(ge=1)] | None = None


class CompressConfig(Table, frozen=True):
    """`[compress]`: the limits on what may be done to the model, and on its bytes on the wire; whether to train."""

    precision: Precision = "auto"
    min_agreement: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    max_size: str | int | None = None
    progressive: Progressive = "auto"
    draft_agreement: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    distill: bool = False


class SignConfig(Table, frozen=True):
    """`[sign]`: who signs the site. `key`: a PEM file, or `env:NAME`; `following`: keys that may sign the next one."""

    key: str | None = None
    following: list[str] = []


class HooksConfig(Table, frozen=True):
    """`[hooks]`: the user's own Python. `input`: what the page asks for; `columns`: of a row; `seconds`: for a call.

    `packages`: requirements, folders or wheels; `pyodide_url`: where Pyodide's own distribution is.
    """

    file: str | None = None
    packages: list[str] = []
    pyodide_url: str | None = None
    input: HookInput | None = None
    columns: list[str] = []
    seconds: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 30.0


class DeployConfig(Table, frozen=True):
    """`[deploy.NAME]`: a name for a target. `url`: where the site is then seen; `keep_days`: as --keep-days."""

    target: str
    url: str = ""
    keep_days: Annotated[float, msgspec.Meta(ge=0, le=3650)] | None = None


class Config(Table, frozen=True):
    """The whole file."""

    title: str | None = None
    task: Task | None = None
    labels: str | list[str] | None = None
    examples: list[str] = []
    examples_of_data: Annotated[int, msgspec.Meta(ge=0, le=12)] = 0
    keep_metadata: bool = False
    gallery: str | None = None
    lang: str | None = None
    strings: str | None = None
    data: str | None = None
    specialise: bool = True
    base_url: str = "/"
    input: dict[str, InputConfig] = {}
    output: dict[str, OutputConfig] = {}
    detect: DetectConfig = DetectConfig()
    text: TextConfig = TextConfig()
    audio: AudioConfig | None = None
    series: SeriesConfig | None = None
    compress: CompressConfig = CompressConfig()
    hooks: HooksConfig = HooksConfig()
    sign: SignConfig = SignConfig()
    deploy: dict[str, DeployConfig] = {}


def schema() -> dict[str, Any]:
    """The JSON Schema of `edgeweb.toml`, for editors."""
    return msgspec.json.schema(Config)


def read(path: Path) -> Config:
    """Parse a configuration file.

    Raises:
        ConfigError: unreadable, not TOML, an unknown key (with the nearest known one), or a wrong value.
    """
    text = intake.text(path, "Check the path given to --config", _MAX_BYTES)
    try:
        found = intake.toml(text)
    except ValueError as error:
        raise ConfigError(f"{path} is not valid TOML", str(error), "Correct that line") from error
    _refuse_unknown(path, found)
    task = found.get("task")
    found |= {"task": ALIASES[task]} if isinstance(task, str) and task in ALIASES else {}
    try:
        return msgspec.convert(found, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"{path} has a wrong value", str(error).replace("`$.", "`"), _correction(str(error))
        ) from error


def _correction(wrong: str) -> str:
    """What to write instead, where one of a few words is wanted."""
    otherwise = "Correct that key; docs/config.md lists them"
    found = re.fullmatch(r"Invalid enum value '(.{0,60})' - at `\$\.(.+)`", wrong)
    words = _allowed(re.sub(r"\[[^\]]*\]", "", found[2]).split(".")) if found else []
    return did_you_mean(found[1], words, otherwise) if found else otherwise


def _allowed(path: Sequence[str]) -> list[str]:
    """The words that the key at `path` takes."""
    kinds: list[msgspec.inspect.Type] = [msgspec.inspect.type_info(Config)]
    for step in path:
        tables = [each for each in kinds if isinstance(each, msgspec.inspect.StructType)]
        fields = [field for table in tables for field in table.fields if field.encode_name == step]
        kinds = [kind for field in fields for kind in _held(field.type)]
    words = [str(word) for kind in kinds if isinstance(kind, msgspec.inspect.LiteralType) for word in kind.values]
    return [*words, *ALIASES] if path == ["task"] else words


def _held(kind: msgspec.inspect.Type) -> Iterator[msgspec.inspect.Type]:
    """`kind`, what it is a union of, and what its elements are."""
    yield kind
    for each in kind.types if isinstance(kind, msgspec.inspect.UnionType) else ():
        yield from _held(each)
    if isinstance(kind, msgspec.inspect.DictType):
        yield from _held(kind.value_type)
    if isinstance(kind, msgspec.inspect.ListType):
        yield from _held(kind.item_type)


def _refuse_unknown(path: Path, found: dict[str, Any]) -> None:
    tables: list[tuple[str, Any, type[msgspec.Struct]]] = [("", found, Config)]
    for key, kind, named in _tables():
        own = found.get(key)
        if not named:
            tables.append((key, own, kind))
        elif isinstance(own, dict):
            tables += [(f"{key}.{name}", table, kind) for name, table in own.items()]
    for place, table, kind in tables:
        known = [field.encode_name for field in msgspec.structs.fields(kind)]
        for key in table if isinstance(table, dict) else ():
            if key not in known:
                raise ConfigError(
                    f'{path} has an unknown key "{printable(key, 60)}"',
                    f"it stands in {place or 'the top level'}",
                    _meant(key[:60], known),
                )


def _meant(key: str, known: Sequence[str]) -> str:
    """The key that was meant by an unknown one; by names those of columns or classes, whatever table they stand in."""
    if key.replace("_", "-") in _NAMES:
        own = next((each for each in ("labels", "columns") if each in known), None)
        return f"Did you mean {own}?" if own else 'Name classes and values at the top: labels = ["a", "b"]'
    return did_you_mean(key, known, f"Known keys: {', '.join(known)}")


def _tables() -> Iterator[tuple[str, type[msgspec.Struct], bool]]:
    """Every table of the file: its key, what it holds, and whether there is one for each name."""
    whole = msgspec.inspect.type_info(Config)
    for field in whole.fields if isinstance(whole, msgspec.inspect.StructType) else ():
        kinds = field.type.types if isinstance(field.type, msgspec.inspect.UnionType) else (field.type,)
        for kind in kinds:
            named = isinstance(kind, msgspec.inspect.DictType)
            held = kind.value_type if isinstance(kind, msgspec.inspect.DictType) else kind
            if isinstance(held, msgspec.inspect.StructType):
                yield field.encode_name, held.cls, named


def changed(old: msgspec.Struct, new: msgspec.Struct) -> Iterator[str]:
    """The dotted keys, as they are written in the file, whose values are not the same."""
    for field in msgspec.structs.fields(type(new)):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before == after:
            continue
        if isinstance(before, msgspec.Struct) and isinstance(after, msgspec.Struct):
            yield from (f"{field.encode_name}.{key}" for key in changed(before, after))
        elif isinstance(after, dict):
            for name, each in after.items():
                yield from (
                    f"{field.encode_name}.{name}.{key}" for key in changed(before.get(name) or type(each)(), each)
                )
        else:
            yield field.encode_name


def parse_size(text: str | int) -> int:
    """Bytes from a size such as `5MB`, `300 KiB` or 5000000; ConfigError when it is none."""
    match = re.fullmatch(r"\s*(\d{1,15}(?:\.\d{1,15})?)\s*([kmg]?i?b)?\s*", str(text)[:40].lower())
    if not match or (match[2] or "b") not in _UNITS:
        raise ConfigError(
            f'"{str(text)[:40]}" is not a size', "a number with KB, MB or GB is needed", "Write it like 5MB or 800KB"
        )
    return int(float(match[1]) * _UNITS[match[2] or "b"])


def check_base_url(path: str) -> str:
    """`path` itself, when it can stand before every path of a site; ConfigError when not."""
    if not re.fullmatch(r"/(?:[A-Za-z0-9._~-]+/)*(?:[A-Za-z0-9._~-]+)?", path):
        raise ConfigError(
            f'"{path}" is not a base URL', "a path such as / or /bird-finder/ is needed", "Write it like /bird-finder/"
        )
    return path


def read_labels(path: Path) -> list[str]:
    """One label a line, without the empty lines at the end; ConfigError when unreadable."""
    labels = [line.strip() for line in intake.text(path, "Give a text file with one label a line").splitlines()]
    while labels and not labels[-1]:
        labels.pop()
    return labels


def labels(settings: Config, base: Path) -> tuple[list[str], str]:
    """The labels, and where they are from."""
    if isinstance(settings.labels, list):
        return settings.labels, "edgeweb.toml"
    beside = base / "labels.txt"
    file = base / settings.labels if settings.labels else beside if beside.is_file() else None
    return ([], "") if file is None else (read_labels(file), str(file))
