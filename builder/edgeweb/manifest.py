"""`edgeweb.json` as typed, frozen structs: one schema that Python and TypeScript share; unknown keys are refused."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from edgeweb.errors import SiteError
from edgeweb.schema.types import Base64, Bytes, Cut, Gallery, Package, Sha256, SitePath
from edgeweb.schema.types import Tolerance as Tolerance
from edgeweb.tasks.pipelines import AudioPipeline, SeriesPipeline, SignalTask
from edgeweb.tasks.text.manifest import TensorType as TensorType
from edgeweb.tasks.text.manifest import TextPipeline

FORMAT = 1

Role = Literal["model", "runtime", "python", "page", "worker", "example", "icon"]
# Plain wasm, and what it was cut from; with WebGPU and WebNN by promise integration, or by asyncify without that.
Flavour = Annotated[str, msgspec.Meta(pattern=r"^(wasm|full|jspi|asyncify)$(?!\n)")]
Backend = Literal["wasm", "webgpu", "webnn"]
Optimization = Literal["disabled", "basic", "extended", "all"]
Task = Literal[
    "image-classification", "object-detection", "image-segmentation", "image-to-image",
    "image-embedding", "tabular-classification", "tabular-regression",
    "text-classification", "text-embedding", "fill-mask", "token-classification", "text-generation",
    SignalTask, "tensors",
]  # fmt: skip
ImageResult = Literal["classification", "detection", "segmentation", "image", "embedding", "tensors"]


class _Strict(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True, kw_only=True
):
    """What every part of the manifest has in common."""


class TensorInfo(_Strict, frozen=True):
    """A model input or output. A dimension is a size, a name, or null when unknown; shape null: rank unknown."""

    name: str
    type: TensorType
    shape: list[int | str | None] | None


class FileEntry(_Strict, frozen=True):
    """A file of the site; `encodings` gives the bytes of each precompressed form (`br`, `gzip`) beside it."""

    bytes: Bytes
    sha256: Sha256
    role: Role
    encodings: dict[str, Bytes] = {}


class GoldenOutput(_Strict, frozen=True):
    """An expected output: elements 0, stride, 2*stride, ... as `data` (base64, little endian) or `strings`."""

    name: str
    type: TensorType
    dims: list[int]
    stride: Annotated[int, msgspec.Meta(ge=1)]
    data: str | None = None
    strings: list[str] | None = None


class Draft(_Strict, frozen=True):
    """A form that the first `files` of a variant give by themselves, to answer until the others are there.

    Its ONNX file is as long as the variant's. `golden`: what it answers to each of the manifest's golden cases.
    """

    files: Annotated[int, msgspec.Meta(ge=1)]
    wire_bytes: Bytes
    agreement: float
    golden: list[list[GoldenOutput]]


class Variant(_Strict, frozen=True):
    """One form of the model. `files` in order, joined, are the ONNX file; `wire_bytes` after brotli.

    `decoded_bytes`: the ONNX file's length when `files` are coded parts (docs/weights.md); None: they are the file
    itself, joined.
    `draft`: the first of `files` are of use before the others.
    `accelerate`: so much work that a page should try a GPU without being asked. `golden`: the place, in the manifest's
    `golden`, of the case that holds this form's own answers.
    """

    id: str
    backends: list[Backend]
    files: list[SitePath]
    wire_bytes: Bytes
    agreement: float
    tolerance: Tolerance
    graph_optimization: Optimization
    accelerate: bool = False
    golden: Annotated[int, msgspec.Meta(ge=0)] = 0
    decoded_bytes: Bytes | None = None
    draft: Draft | None = None


class Runtime(_Strict, frozen=True):
    """A build of ONNX Runtime Web: the worker made for it, its .mjs glue and its .wasm, whose shards join in order.

    `files` has all of these once more, so that a reader need not know which kinds there are. `cut`: where it lacks what
    the models do not need; the whole one is the runtime `full` then, fetched when that turns out to be wrong.
    """

    version: str
    worker: SitePath
    glue: SitePath
    wasm: list[SitePath]
    files: list[SitePath]
    wire_bytes: Bytes
    cut: Cut | None = None


class GoldenInput(_Strict, frozen=True):
    """A feed: either `strings`, or `data` (base64, little endian), or numbers from the seeded generator of `golden.py`.

    Seeded: element i is `low + (high - low) * u(seed, i)`, u in [0, 1) with 24 bits, rounded down for integer types.
    """

    name: str
    type: TensorType
    dims: list[int]
    seed: int | None = None
    low: float | None = None
    high: float | None = None
    data: str | None = None
    strings: list[str] | None = None


class GoldenCase(_Strict, frozen=True):
    """Feeds and what native ONNX Runtime answered, to prove a backend on the visitor's device."""

    inputs: list[GoldenInput]
    outputs: list[GoldenOutput]


# Two points between which a line is drawn, by their numbers.
Joined = Annotated[list[Annotated[int, msgspec.Meta(ge=0, le=4095)]], msgspec.Meta(min_length=2, max_length=2)]


class ImagePipeline(_Strict, frozen=True):
    """How a picture becomes the model's input, and its outputs the result.

    `preprocess` is an ONNX graph in base64: `pixels` uint8 [H, W, 4] RGBA, resized already,
    and `pads` int64 [8] (ONNX Pad order) -> `tensor`, the model's input. `postprocess`: `raw0`, `raw1`, ..., the
    model's `outputs` -> for a classification `scores` [N, C], or of the best alone with their `classes` int64; for a
    detection `boxes` [K, 4] (x, y, width, height in the model's pixels), `scores` [K] and `classes` [K]; for a
    segmentation `mask` uint8 [H, W], of two classes also `alpha` uint8 [H, W]; for an image `pixels` uint8 [H, W, C],
    `brightness`: of brightness alone, `tiles`: a larger picture is worked on part by part; for an embedding `vector`
    [D]. A detection's boxes may have `points` [K, P, 3] (x, y, score), called `points` and joined as `skeleton` says.
    """

    input: str
    outputs: list[str]
    result: ImageResult
    brightness: bool
    height: int
    width: int
    resize: Literal["crop", "stretch", "pad"]
    preprocess: Base64
    postprocess: Base64 | None
    assumed: bool
    formula: str
    tiles: bool = False
    points: list[str] = []
    skeleton: list[Joined] = []


class Column(_Strict, frozen=True):
    """One field of a tabular model: element `index` of input `input`; `choices` when only these are known to it."""

    name: str
    input: str
    index: int
    type: Literal["number", "integer", "boolean", "text"]
    choices: list[str] | None = None


class TabularPipeline(_Strict, frozen=True):
    """A row in, a label with scores or values out. `scores` holds logits when `softmax` is true."""

    columns: list[Column]
    label: str | None = None
    scores: str | None = None
    values: str | None = None
    softmax: bool = False


# What a hook gets: RGB uint8 [height, width, 3], float32 samples with their rate, str, dict, bytes.
HookInput = Literal["image", "audio", "text", "row", "file"]
# A name that Python and JavaScript use for a model: the stem of its file.
ModelName = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Hooks(_Strict, frozen=True):
    """The site's own Python: its file, which of preprocess, postprocess and reset it has, and what it gets.

    `model`: the name of the site's first model. `seconds`: a hook that works for longer is stopped. `columns`: the
    fields of a row's form. `metadata`: what each model's file says of itself, by its name, where the hooks ask for it.
    """

    file: SitePath
    name: str
    model: ModelName
    functions: list[Literal["preprocess", "postprocess", "reset"]]
    input: HookInput
    seconds: float
    columns: list[str] = []
    metadata: dict[ModelName, dict[str, str]] = {}


class Python(_Strict, frozen=True):
    """A build of Pyodide: the worker made for it, its .mjs glue, its .wasm, and zips: library, and edgeweb's API.

    `whole`: the whole standard library, fetched only when hooks import what `library` lacks. `packages`: what else
    hooks import. `files` has all others once more.
    """

    version: str
    worker: SitePath
    glue: SitePath
    wasm: list[SitePath]
    library: SitePath
    api: SitePath
    whole: SitePath
    files: list[SitePath]
    wire_bytes: Bytes
    packages: list[Package] = []


class Part(_Strict, frozen=True):
    """A further model of the site, which hooks run by its name; as the spine has it for the first one."""

    inputs: list[TensorInfo]
    outputs: list[TensorInfo]
    variants: list[Variant]
    golden: list[GoldenCase] = []


class Manifest(_Strict, frozen=True):
    """The spine of a site: everything the page, the server and the checks need to know."""

    format: Literal[1]
    name: str
    title: str
    release: str
    task: Task
    inputs: list[TensorInfo]
    outputs: list[TensorInfo]
    files: dict[SitePath, FileEntry]
    variants: list[Variant]
    runtimes: dict[Flavour, Runtime]
    script: SitePath
    interface: SitePath
    golden: list[GoldenCase] = []
    labels: list[str] = []
    examples: list[SitePath] = []
    image: ImagePipeline | None = None
    tabular: TabularPipeline | None = None
    text: TextPipeline | None = None
    audio: AudioPipeline | None = None
    series: SeriesPipeline | None = None
    gallery: Gallery | None = None
    hooks: Hooks | None = None
    python: Python | None = None
    models: dict[ModelName, Part] = {}
    notes: list[str] = []
    generator: str = ""


def encode(manifest: Manifest) -> bytes:
    """The manifest as indented UTF-8 JSON, the same bytes for the same content."""
    return msgspec.json.format(msgspec.json.encode(manifest, order="deterministic"), indent=1) + b"\n"


def released(manifest: Manifest) -> Manifest:
    """The same with the name of its release, which is of its content."""
    blank = msgspec.structs.replace(manifest, release="")
    return msgspec.structs.replace(blank, release=hashlib.sha256(encode(blank)).hexdigest()[:16])


def decode(data: bytes, source: str = "edgeweb.json") -> Manifest:
    """Parse and check a manifest.

    Raises:
        SiteError: it is not JSON, has unknown or missing keys, or another format number.
    """
    try:
        found = json.loads(data)
        number = found.get("format") if isinstance(found, dict) else None
        if number != FORMAT:
            raise SiteError(
                f"{source} has format {number!r}", f"this edgeweb reads format {FORMAT}", "Build the site again"
            )
        return msgspec.convert(found, Manifest)
    except (json.JSONDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise SiteError(f"{source} is not a valid manifest", str(error), "Build the site again") from error


def read(folder: Path) -> Manifest:
    """The manifest of the site in `folder`; SiteError when there is none."""
    path = folder / "edgeweb.json"
    try:
        return decode(path.read_bytes(), str(path))
    except OSError as error:
        raise SiteError(
            f"{folder} is not a site", f"{path.name} cannot be read ({error.strerror})", "Run: edgeweb build MODEL"
        ) from error


def schema() -> dict[str, Any]:
    """The manifest's JSON Schema; web/src/shared/manifest.schema.json is a copy that a test keeps equal."""
    return msgspec.json.schema(Manifest)
