"""What `edgeweb.json` says of a site's files, runtimes and Python."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edgeweb.schema.types import Bytes, Sha256, SitePath, Strict

Role = Literal["model", "runtime", "python", "page", "worker", "example", "icon"]


class FileEntry(Strict, frozen=True):
    """A file of the site; `encodings` gives the bytes of each precompressed form (`br`, `gzip`) beside it."""

    bytes: Bytes
    sha256: Sha256
    role: Role
    encodings: dict[str, Bytes] = {}


class Known(Strict, frozen=True):
    """A file by its content, of whichever release."""

    bytes: Bytes
    sha256: Sha256


class Delta(Strict, frozen=True):
    """How a file is made of old ones: `file`, applied to `of` in that order, gives its bytes (docs/weights.md)."""

    file: SitePath
    of: list[Known]


# Plain wasm, and what it was cut from; with WebGPU and WebNN by promise integration, or by asyncify without that.
Flavour = Annotated[str, msgspec.Meta(pattern=r"^(wasm|full|jspi|asyncify)$(?!\n)")]


class Runtime(Strict, frozen=True):
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


# What a hook gets: RGB uint8 [height, width, 3], float32 samples with their rate, str, dict, bytes.
HookInput = Literal["image", "audio", "text", "row", "file"]

# A name that Python and JavaScript use for a model: the stem of its file.
ModelName = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Hooks(Strict, frozen=True):
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


class Python(Strict, frozen=True):
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


class Cut(Strict, frozen=True):
    """How a runtime was made from the whole one, whose joined .wasm has the SHA-256 `source`.

    `kept` of its `functions` are in it; the others trap, and set the 4 bytes of memory at `flag` to 1. `by`: how those
    to keep were found; `tool`: what made it. `restores`: so many sessions are in it, the model's and then those of the
    graphs around it: it begins with them, with one thread, and needs no model.
    """

    source: Sha256
    functions: Annotated[int, msgspec.Meta(ge=1)]
    kept: Annotated[int, msgspec.Meta(ge=1)]
    flag: Annotated[int, msgspec.Meta(ge=4)]
    by: str
    tool: str
    restores: Annotated[int, msgspec.Meta(ge=0)] = 0


class Gallery(Strict, frozen=True):
    """What an embedding is compared with: entry i has the id `ids[i]`, and row i of `vectors` is its embedding.

    `vectors`: rows of `width` numbers of length 1, float32, little endian. `thumbnails`: picture files one after the
    other, of as many bytes as `sizes` say.
    """

    ids: list[str]
    width: Annotated[int, msgspec.Meta(ge=1)]
    vectors: SitePath
    thumbnails: SitePath | None = None
    sizes: list[Bytes] = []


class Package(Strict, frozen=True):
    """A Python package of the site. `sha256`: of the wheel that it is from.

    `files` in order, joined, are a zip of what stands in site-packages.
    """

    name: str
    version: str
    sha256: Sha256
    files: list[SitePath]
