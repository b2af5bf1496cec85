"""Which operators, domains and versions the browser's ONNX Runtime knows, and what to do about the others."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import onnx
import onnx.defs

from edgeweb.errors import EdgewebError, ModelError, UnsupportedError, printable
from edgeweb.read import visit

# What ONNX Runtime Web 1.30 stops at; native ONNX Runtime may go further.
MAX_IR = 13
MAX_OPSET = {"ai.onnx": 26, "ai.onnx.ml": 5}

# Operators that ONNX Runtime Web has under ai.onnx before, or after, ONNX itself does: experimental ones that left ONNX
# in 2018, and those that its own optimiser wrote into models. Tried with ONNX Runtime Web 1.30.
_EARLIER = {
    "Affine": 1, "Crop": 1, "DynamicSlice": 1, "ImageScaler": 1, "LayerNormalization": 1,
    "MeanVarianceNormalization": 1, "ParametricSoftplus": 1, "Scale": 1, "ScaledTanh": 1,
    "SimplifiedLayerNormalization": 1, "ThresholdedRelu": 1,
}  # fmt: skip

_EXTENSIONS = ("ai.onnx.contrib", "com.microsoft.extensions")
_TRAINING = ("ai.onnx.preview.training", "ai.onnx.training")
_RUNTIME = frozenset({"com.microsoft", "com.ms.internal.nhwc"})
_HINTS = {
    "com.microsoft.nchwc": "Use the model as it was before ONNX Runtime optimised it for this machine's processor",
    "org.pytorch.aten": "Export it again with torch.onnx.export(..., dynamo=True), which has no ATen fallback",
    "ai.onnx.preview": "Use standard operators; no released runtime has these yet",
}
_DEFAULT_HINT = "Export the model with standard ONNX operators, or with this operator as a model-local function"


def opsets(proto: onnx.ModelProto) -> dict[str, int]:
    """Domain to version; where a domain is named twice (skl2onnx does) the highest counts, as in ONNX Runtime."""
    found: dict[str, int] = {}
    for entry in proto.opset_import:
        name = visit.domain(entry.domain)
        found[name] = max(found.get(name, entry.version), entry.version)
    return dict(sorted(found.items()))


def count(proto: onnx.ModelProto) -> dict[str, int]:
    """How often each operator occurs, sub-graphs and functions included; domains other than ai.onnx are named."""
    found: dict[str, int] = {}
    for root in (proto.graph, *proto.functions):
        for node in visit.nodes(root):
            name = (
                node.op_type if visit.domain(node.domain) == visit.DEFAULT_DOMAIN else f"{node.domain}.{node.op_type}"
            )
            found[name] = found.get(name, 0) + 1
    return dict(sorted(found.items()))


def version_blockers(path: Path, proto: onnx.ModelProto) -> Iterator[EdgewebError]:
    """IR and opset versions that are missing, impossible or newer than the browser's runtime."""
    again = "Export it again with opset 17, which every browser build takes"
    ir = proto.ir_version
    if ir < 1:
        why = f"its IR version is {ir or 'missing'}"
        yield ModelError(f"{path} is not a complete ONNX model", why, "Export it again")
    elif ir > MAX_IR:
        why = f"its IR version is {ir}, and ONNX Runtime Web takes {MAX_IR} at most"
        yield UnsupportedError(f"{path} is too new for browsers", why, again)
    if not proto.opset_import:
        why = "it does not say which opset its operators belong to (opset_import is empty)"
        yield ModelError(f"{path} is not a complete ONNX model", why, again)
    for name, version in opsets(proto).items():
        highest = MAX_OPSET.get(name)
        if version < 1 and (highest or name in used_domains(proto)):
            why = f"its {printable(name, 60)} opset is {version}"
            yield ModelError(f"{path} is not a valid ONNX model", why, again)
        elif highest and version > highest:
            why = f"its {name} opset is {version}, and ONNX Runtime Web takes {highest} at most"
            hint = again if name == visit.DEFAULT_DOMAIN else f"Convert it again with {name} opset {highest}"
            yield UnsupportedError(f"{path} is too new for browsers", why, hint)


def used_domains(proto: onnx.ModelProto) -> set[str]:
    """The domains that the model's nodes use."""
    return {visit.domain(node.domain) for root in (proto.graph, *proto.functions) for node in visit.nodes(root)}


def operator_blockers(path: Path, proto: onnx.ModelProto) -> list[EdgewebError]:
    """Operators that ONNX Runtime Web does not have: one error a domain, foreign domains first.

    An operator of com.microsoft that does not exist is left to the native check, which knows the exact list.
    """
    foreign: dict[str, dict[str, None]] = {}
    unknown: dict[tuple[str, str, int], None] = {}
    local = {(visit.domain(f.domain), f.name) for f in proto.functions}
    own = opsets(proto)
    for root in (proto.graph, *proto.functions):
        versions = own
        if isinstance(root, onnx.FunctionProto) and root.opset_import:
            versions = own | {visit.domain(o.domain): o.version for o in root.opset_import}
        for node in visit.nodes(root):
            name = visit.domain(node.domain)
            if (name, node.op_type) in local or name in _RUNTIME:
                continue
            if name not in MAX_OPSET:
                foreign.setdefault(name, {})[node.op_type] = None
            elif not _exists(name, node.op_type, versions.get(name, MAX_OPSET[name])):
                unknown[name, node.op_type, versions.get(name, MAX_OPSET[name])] = None
    found: list[EdgewebError] = [_foreign(path, name, list(ops)) for name, ops in foreign.items()]
    return found + [_unknown(path, *key) for key in list(unknown)[:10]]


@cache
def _first_versions(domain: str) -> dict[str, int]:
    """Operator to the opset that introduced it."""
    found: dict[str, int] = {}
    for schema in onnx.defs.get_all_schemas_with_history():
        if visit.domain(schema.domain) == domain:
            found[schema.name] = min(found.get(schema.name, schema.since_version), schema.since_version)
    return found | (_EARLIER if domain == visit.DEFAULT_DOMAIN else {})


def _exists(domain: str, op: str, version: int) -> bool:
    first = _first_versions(domain).get(op)
    # An impossible version has an error of its own; a second one for every operator would bury it.
    possible = 1 <= version <= MAX_OPSET[domain]
    return first is not None and (first <= version or not possible)


def _foreign(path: Path, domain: str, ops: list[str]) -> EdgewebError:
    name = printable(domain, 60)
    uses = f"{path} uses {visit.listing(ops)} of the domain {name}"
    if domain in _EXTENSIONS:
        why = "these belong to onnxruntime-extensions, which is not in ONNX Runtime Web"
        hint = "Export the model without this pre- and post-processing; edgeweb does the usual one for pictures itself"
        return UnsupportedError(uses, why, hint)
    if domain in _TRAINING:
        return UnsupportedError(
            uses, "these train a model, and a browser only runs it", "Export the model for inference"
        )
    why = "ONNX Runtime Web does not have this domain, and the file has no function of that name"
    return UnsupportedError(uses, why, _HINTS.get(domain, _DEFAULT_HINT))


def _unknown(path: Path, domain: str, op: str, version: int) -> EdgewebError:
    known = _first_versions(domain)
    if not op:
        return ModelError(f"{path} has a node without an operator", "its op_type is empty", "Export the model again")
    what = f"{path} uses the operator {visit.short(op)}"
    if op in known:
        why = f"{domain} has it from opset {known[op]} on, and the model is of opset {version}"
        fits = known[op] <= MAX_OPSET[domain]
        hint = f"Export the model with opset {known[op]} or later" if fits else "Export the model with older operators"
        return UnsupportedError(what, why, hint)
    near = difflib.get_close_matches(op[:60], known, n=1, cutoff=0.7)
    hint = f"Perhaps {near[0]} was meant; export the model again" if near else _DEFAULT_HINT
    return UnsupportedError(what, f"{domain} has no operator of this name", hint)
