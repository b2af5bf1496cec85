"""What a site says of itself: the manifest's keys, the title and the facts of the report, out of what was prepared."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import edgeweb
from edgeweb import manifest
from edgeweb.config import Config
from edgeweb.files import webdist
from edgeweb.files.table import FileTable
from edgeweb.python import hooks_step
from edgeweb.search import candidate
from edgeweb.search.prepared import Prepared
from edgeweb.site import assemble, examples, gallery, wording
from edgeweb.site.examples import Example
from edgeweb.site.report import compression, document
from edgeweb.tasks.image import graphs
from edgeweb.tasks.image.manifest import ImagePipeline

# Names that say nothing about the model; its folder's name says more.
_GENERIC = {"model", "model_quantized", "network", "net", "export", "output", "final", "best"}


def pack(
    table: FileTable,
    prepared: Prepared,
    settings: Config,
    source: Path,
    base: Path,
    own: hooks_step.Own | None,
    looked: Mapping[str, Example],
) -> assemble.Parts:
    """Put the model, its small graphs and the examples into `table`; describe the rest for the manifest."""
    info, plan, described = prepared.info, prepared.plan, prepared.variants(table)
    image = _image_pipeline(prepared)
    text = prepared.text(table, f"assets/{webdist.find().text}", settings.examples, base)
    kind = own.kind if own else "image" if image else "audio" if plan.audio else "file" if plan.series else None
    reads = plan.text is not None and own is None
    offered, shown = ([], []) if reads else examples.add(table, settings.examples, base, looked, kind, plan.task)
    title = settings.title or _title(source)
    about: dict[str, Any] = {
        "format": manifest.FORMAT, "name": _slug(title), "title": title, "task": plan.task, "inputs": list(info.inputs),
        "outputs": list(prepared.outputs), "variants": described, "golden": prepared.cases, "labels": list(plan.labels),
        "gallery": gallery.add(table, settings.gallery, base, plan, info.inputs, prepared.chosen.data),
        "examples": offered, "image": image, "tabular": plan.tabular, "audio": plan.audio, "series": plan.series,
        "text": text, "generator": f"edgeweb {edgeweb.__version__}",
    }  # fmt: skip
    limits, seeded, notes = settings.compress, settings.data is None, own.steps if own else ()
    facts = document.Facts(
        title, info.file_bytes, info.parameters, plan.task, plan.reasons, (*prepared.steps, *notes, *shown),
        described[0].agreement, bool(prepared.cases),
        compression.Searched(prepared.found, limits.precision, candidate.minimum(limits), seeded, prepared.serves),
    )  # fmt: skip
    return assemble.Parts(about, image, facts, wording.of(settings, base))


def _image_pipeline(prepared: Prepared) -> ImagePipeline | None:
    spec = prepared.plan.image
    if spec is None:
        return None
    source = next(info for info in prepared.info.inputs if info.name == spec.input)
    outputs = [next(info for info in prepared.outputs if info.name == name) for name in spec.outputs]
    before, after = graphs.preprocess(spec, source.type), graphs.postprocess(spec, outputs)
    return ImagePipeline(
        input=spec.input, outputs=list(spec.outputs), result=spec.result, brightness=spec.brightness,
        tiles=spec.tiles, points=list(spec.points), skeleton=[list(pair) for pair in spec.skeleton],
        height=spec.height, width=spec.width, resize=spec.resize, assumed=spec.assumed, formula=spec.formula,
        preprocess=b64encode(before).decode(), postprocess=b64encode(after).decode() if after else None,
    )  # fmt: skip


def _title(source: Path) -> str:
    folder = source.resolve().parent
    # The Hugging Face Hub keeps a model's ONNX files in a folder of that name.
    folder = folder.parent if folder.name == "onnx" else folder
    stem = source.stem if source.stem.lower() not in _GENERIC else folder.name or source.stem
    # A file's name need not be UTF-8.
    plain = "".join(each if each.isprintable() else " " for each in stem)
    words = re.sub(r"[-_. ]+", " ", plain).strip() or "Model"
    return words[:1].upper() + words[1:]


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "model"
