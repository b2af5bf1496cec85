"""All kinds of models, in the order in which they are asked whether a model is theirs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edgeweb.manifest import Manifest
from edgeweb.tasks.audio.kind import AUDIO
from edgeweb.tasks.image.kind import IMAGE
from edgeweb.tasks.kind import Kind
from edgeweb.tasks.series.kind import SERIES
from edgeweb.tasks.speech.kind import SPEECH
from edgeweb.tasks.tabular.kind import TABULAR
from edgeweb.tasks.text.kind import TEXT

KINDS: tuple[Kind, ...] = (SPEECH, TEXT, AUDIO, SERIES, IMAGE, TABULAR)


def pipelines(site: Manifest) -> Iterator[tuple[Kind, Any]]:
    """What a manifest says of its model, with the kind that knows what it means."""
    for kind in KINDS:
        pipeline = getattr(site, kind.key)
        if pipeline is not None:
            yield kind, pipeline


def graphs(pipeline: Any) -> list[str]:
    """The graphs around the model, in base64, that a pipeline of the manifest has; the worker counts them likewise."""
    both = (getattr(pipeline, name, None) for name in ("preprocess", "postprocess"))
    return list(dict.fromkeys(graph for graph in both if graph))
