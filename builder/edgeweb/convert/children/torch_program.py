"""PyTorch's exported programs (.pt2) to ONNX by torch's own exporter, and what the program itself answers."""

from __future__ import annotations

import os
import re
from functools import cache
from typing import Any

from edgeweb_children import edges, torch_archive
from edgeweb_children.runner import Job, Refusal


def convert(job: Job) -> dict[str, Any]:
    """The program in ONNX, with the names that the module has for its answers."""
    torch, program = _loaded(job)
    _check_mode(job, program)
    names, path = _outputs(program), job.out / "model.onnx"
    job.say(step="torch.onnx exports it")
    try:
        torch.onnx.export(program, (), str(path), dynamo=True, external_data=False, verbose=False, output_names=names)
    except torch.onnx.OnnxExporterError as error:
        lines = [line.strip() for line in str(error.__cause__ or error).splitlines() if line.strip()]
        raise Refusal(
            f"{job.source} cannot be converted by torch.onnx",
            (lines or [type(error).__name__])[0][:300],
            "Take a part of the model without that operator, or a newer torch",
        ) from error
    edges.finish(path)
    job.notes += _batch(program)
    return {
        "framework": "PyTorch", "module": "torch", "place": path.name, "outputs": names,
        "inputs": {name: [] for name in program.graph_signature.user_inputs},
    }  # fmt: skip


def predict(job: Job, rows: dict[str, Any]) -> dict[str, Any]:
    """What the program itself answers."""
    torch, program = _loaded(job)
    from torch.utils import _pytree

    types = {node.name: node.meta["val"].dtype for node in program.graph.nodes if node.op == "placeholder"}
    names = program.graph_signature.user_inputs
    values = [torch.from_numpy(rows[name].copy()).to(types[name]) for name in names]
    words, named = _pytree.tree_unflatten(values, program.call_spec.in_spec)
    with torch.inference_mode():
        answers = _pytree.tree_leaves(program.module()(*words, **named))
    return {name: value.numpy() for name, value in zip(_outputs(program), answers, strict=True)}


@cache
def _loaded(job: Job) -> tuple[Any, Any]:
    if not job.trusted:
        torch_archive.check(job.source)
        # Else torch would fall back on a pickle of anything.
        os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = "1"
    import torch

    try:
        program = torch.export.load(str(job.source))
    except Exception as error:
        said = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
        if "eights only" in str(error) or "weights_only" in str(error):
            raise torch_archive.pickled(job.source, "a pickle of more than numbers") from error
        why = f"PyTorch {torch.__version__.partition('+')[0]} does not read it ({said[0][:200]})"
        raise Refusal(f"{job.source} is damaged, or of another PyTorch", why, torch_archive.AGAIN) from error
    # Conditions on the inputs, as Python that module() would run.
    program._guards_code = []
    return torch, program


def _check_mode(job: Job, program: Any) -> None:
    """A program that was exported while it trained answers otherwise each time."""
    for node in program.graph.nodes:
        name = str(node.target)
        drops = name.startswith("aten.dropout") and len(node.args) > 2 and node.args[1] and node.args[2]
        if drops or (name.startswith("aten.batch_norm.") and node.args[5]):
            why = f"its {'dropout' if drops else 'batch normalisation'} changes every answer"
            raise Refusal(f"{job.source} was exported in training mode", why, torch_archive.AGAIN)


def _outputs(program: Any) -> list[str]:
    """The names of the answers: the keys of a dict or fields, as the module gives them, else those of the graph."""
    from torch.utils import _pytree

    own, inputs = list(program.graph_signature.user_outputs), program.graph_signature.user_inputs
    try:
        tree = _pytree.tree_unflatten(list(range(len(own))), program.call_spec.out_spec)
        paths = {number: path for path, number in _pytree.tree_flatten_with_path(tree)[0]}
    except Exception:  # noqa: BLE001 - these are only names, and the graph has some
        return own
    named = ["_".join(map(_key, paths[number])) for number in range(len(own))]
    if named in ([""], ["0"]):
        return ["output"]
    named = [f"output_{each}" if each.isdigit() else each for each in named]
    return named if "" not in named and len({*named, *inputs}) == len(named) + len(inputs) else own


def _key(entry: Any) -> str:
    for field in ("key", "name", "idx"):
        if hasattr(entry, field):
            return re.sub(r"\W+", "_", str(getattr(entry, field)))
    return ""


def _batch(program: Any) -> list[str]:
    """What a fixed first size means: torch keeps that of the example."""
    firsts = [
        node.meta["val"].shape[0]
        for node in program.graph.nodes
        if node.op == "placeholder" and node.name in program.graph_signature.user_inputs and node.meta["val"].ndim
    ]
    size = firsts[0] if firsts else None
    if not isinstance(size, int) or size == 1 or any(not isinstance(each, int) or each != size for each in firsts):
        return []
    many = 'export it with dynamic_shapes=({0: torch.export.Dim("batch")},) for any number'
    return [f"it takes exactly {size} at once, as many as the example that it was exported with: {many}"]
