"""The runtime of a site: cut to its models and to the graphs around them, or the whole one and why."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import onnx
from onnx import TensorProto

from edgeweb.files.table import FileTable
from edgeweb.files.webdist import WebDist
from edgeweb.manifest import Manifest
from edgeweb.read import operators
from edgeweb.runtime import specialise
from edgeweb.runtime.tiers import Needs
from edgeweb.schema.language import Matching
from edgeweb.search.prepared import Prepared
from edgeweb.site import assemble
from edgeweb.tasks import kinds
from edgeweb.trial import first_run

# With less work than this, more threads than one gain nothing that is felt.
_MOST_MULTIPLY_ADDS = 20_000_000


def specialised(
    table: FileTable,
    web: WebDist,
    told: assemble.Description,
    models: Iterable[Prepared],
    wanted: bool,
    on_step: Callable[[str], None],
) -> assemble.Description:
    """The same with a runtime cut to them; with the whole one where that is not to be, and why in the report.

    `models`: what was prepared of them.
    """

    def whole() -> tuple[FileTable, Manifest]:
        copy = table.copy()
        return copy, assemble.site(copy, web, told)

    prepared = list(models)
    cutout, wants = None, needs([*(graph for each in prepared for graph in each.graphs), *_around(told)])
    try:
        cutout = specialise.cutout(web, wanted, wants, unsuited(prepared, wants.operators), whole, on_step)
        note = cutout.note
    except specialise.Refused as error:
        note = str(error)
    steps, about = (*told.facts.steps, ("runtime", note)), cutout.document if cutout else None
    return replace(told, facts=replace(told.facts, steps=steps, runtime=about), runtime=cutout)


def unsuited(models: Sequence[Prepared], operators: Iterable[str]) -> str:
    """Why one thread, and weights inside the runtime, would be wrong for these models; empty where they are right."""
    forms = [form for model in models for form in model.shipped]
    if len(models) != 1 or any(form.draft for form in forms):
        return "it has room for one model, in one piece"
    work, heavy = models[0].multiply_adds, models[0].lacks_gpu or any("webgpu" in form.backends for form in forms)
    if heavy if work is None else work >= _MOST_MULTIPLY_ADDS:
        return "the model has work for several threads"
    # At every visit the same.
    random = sorted(first_run.RANDOM & {name.rsplit(".", 1)[-1] for name in operators})
    return f"{random[0]} would draw the same numbers at every visit" if random else ""


def _around(told: assemble.Description) -> Iterator[onnx.ModelProto]:
    """The small graphs before and after the model, and what holds labels against what it gives."""
    matching = told.about.get("matching")
    heads = [matching.head] if isinstance(matching, Matching) else []
    for text in (*kinds.graphs(told.about.get(told.kind.key)), *heads):
        yield onnx.load_from_string(b64decode(text))


def needs(graphs: Iterable[onnx.ModelProto]) -> Needs:
    """Of graphs whose weights need not be there."""
    found = list(graphs)
    names = {name for proto in found for name in operators.count(proto)}
    return Needs(frozenset(names), frozenset(kind for proto in found for kind in _types(proto.graph)))


def _types(graph: onnx.GraphProto) -> Iterator[str]:
    kinds = {tensor.data_type for tensor in graph.initializer}
    kinds |= {value.type.tensor_type.elem_type for value in (*graph.input, *graph.output, *graph.value_info)}
    return (TensorProto.DataType.Name(kind) for kind in kinds - {TensorProto.UNDEFINED})
