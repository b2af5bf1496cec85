"""`edgeweb.json` as typed, frozen structs: one schema that Python and TypeScript share; unknown keys are refused."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Literal

import msgspec

from edgeweb.errors import SiteError
from edgeweb.schema.evidence import Evidence
from edgeweb.schema.language import Matching, Tokenizer, Writer
from edgeweb.schema.model import GoldenCase, Part, Variant
from edgeweb.schema.site import Delta, FileEntry, Flavour, Gallery, Hooks, ModelName, Python, Runtime
from edgeweb.schema.tasks import Task
from edgeweb.schema.types import Default, Sha256, SitePath, Strict, TensorInfo
from edgeweb.tasks.audio.manifest import AudioPipeline
from edgeweb.tasks.image.manifest import ImagePipeline
from edgeweb.tasks.series.manifest import SeriesPipeline
from edgeweb.tasks.speech.manifest import SpeechPipeline
from edgeweb.tasks.tabular.manifest import TabularPipeline
from edgeweb.tasks.text.manifest import TextPipeline

FORMAT = 1


class Manifest(Strict, frozen=True):
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
    optional: list[Default] = []
    labels: list[str] = []
    evidence: list[Evidence] = []
    examples: list[SitePath] = []
    image: ImagePipeline | None = None
    tabular: TabularPipeline | None = None
    text: TextPipeline | None = None
    language: Tokenizer | None = None
    writer: Writer | None = None
    matching: Matching | None = None
    audio: AudioPipeline | None = None
    series: SeriesPipeline | None = None
    speech: SpeechPipeline | None = None
    gallery: Gallery | None = None
    hooks: Hooks | None = None
    python: Python | None = None
    models: dict[ModelName, Part] = {}
    deltas: dict[SitePath, list[Delta]] = {}
    signers: list[Sha256] = []
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
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        # Hosts answer anything: numbers of thousands of digits, brackets in brackets.
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
