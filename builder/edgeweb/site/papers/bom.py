"""`bom.json`: what a site is made of, as a CycloneDX 1.6 bill of materials with the model's card in it.

Written as plain values: the library for the format does not know `modelCard` and drops it. Tests hold the result
against that library's strict validator.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from edgeweb import __version__
from edgeweb.errors import printable
from edgeweb.schema.model import Variant
from edgeweb.schema.site import FileEntry
from edgeweb.site.report import claims, plain

_MODEL, _SITE = "model", "site"
_ONNX_RUNTIME = "MIT"
_PYODIDE = "MPL-2.0"


def document(
    about: Mapping[str, Any], report: Mapping[str, Any], files: Mapping[str, FileEntry], licence: str | None
) -> dict[str, Any]:
    """The bill of a site: its model, and the libraries that run it, each by the SHA-256 of its files.

    It has no serial number and no time, so that the same build gives the same bytes.
    """
    components = [_model(about, report, files, licence), *_libraries(about, files)]
    title = printable(about["title"], 200)
    tool = {"type": "application", "name": "edgeweb", "version": __version__}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "tools": {"components": [tool]},
            "component": {"type": "application", "bom-ref": _SITE, "name": title},
        },
        "components": components,
        "dependencies": [{"ref": _SITE, "dependsOn": [each["bom-ref"] for each in components]}],
    }


def _model(
    about: Mapping[str, Any], report: Mapping[str, Any], files: Mapping[str, FileEntry], licence: str | None
) -> dict[str, Any]:
    graphs: list[list[Variant]] = [about["variants"], *(each.variants for each in about.get("models", {}).values())]
    shipped = dict.fromkeys(path for variants in graphs for each in variants for path in each.files)
    found: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": _MODEL,
        "name": printable(about["name"], 200),
        "description": f"A model that {plain.told(about['task'])[0]}.",
        "components": [_file(path, files[path]) for path in shipped],
        "modelCard": _card(about, report),
    }
    return {**found, "licenses": [{"license": {"name": printable(licence, 200)}}]} if licence else found


def _card(about: Mapping[str, Any], report: Mapping[str, Any]) -> dict[str, Any]:
    """What `card.md` says, as far as the format has a place for it."""
    shipped = [form for form in report["compression"]["forms"] if form["shipped"]]
    metrics = [
        {"type": f"agreement with the original model ({form['measure']})", "value": f"{form['agreement']:g}",
         "slice": form["form"]} for form in shipped
    ]  # fmt: skip
    metrics += [
        {"type": "accuracy", "value": f"{form['accuracy']:g}", "slice": form["form"]}
        for form in shipped if form["accuracy"] is not None
    ]  # fmt: skip
    assumed = claims.assumptions(report["evidence"])
    limits = ["On which data the model was trained, and for whom it is meant, is not known here."]
    limits += [f"Assumed: {claims.sentence(row)}." for row in assumed]
    return {
        "modelParameters": {
            "task": about["task"],
            "inputs": [{"format": _format(each)} for each in about["inputs"]],
            "outputs": [{"format": _format(each)} for each in about["outputs"]],
        },
        "quantitativeAnalysis": {"performanceMetrics": metrics},
        "considerations": {"technicalLimitations": limits},
    }


def _format(info: Any) -> str:
    shape = "?" if info.shape is None else ", ".join(str(size or "?") for size in info.shape)
    return f"{printable(info.name, 80)}: {info.type} [{shape}]"


def _libraries(about: Mapping[str, Any], files: Mapping[str, FileEntry]) -> Iterable[dict[str, Any]]:
    """ONNX Runtime Web in every build of it that is there, and where hooks run Pyodide and their packages."""
    for name, runtime in about["runtimes"].items():
        found = _library("onnxruntime-web", runtime.version, "npm", _ONNX_RUNTIME, f"onnxruntime-web {name}")
        yield {**found, "components": [_file(path, files[path], f"{name} ") for path in runtime.files]}
    python = about.get("python")
    if python is None:
        return
    found = _library("pyodide", python.version, "npm", _PYODIDE, "pyodide")
    yield {**found, "components": [_file(path, files[path], "pyodide ") for path in python.files]}
    for package in python.packages:
        own = _library(package.name, package.version, "pypi", None, f"pypi {package.name}")
        yield {**own, "hashes": [{"alg": "SHA-256", "content": package.sha256}]}


def _library(name: str, version: str, kind: str, licence: str | None, ref: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "library", "bom-ref": ref, "name": name, "version": version, "purl": f"pkg:{kind}/{name}@{version}"
    }  # fmt: skip
    return {**found, "licenses": [{"license": {"id": licence}}]} if licence else found


def _file(path: str, entry: FileEntry, prefix: str = "") -> dict[str, Any]:
    """A file of the site; the same one may stand in two runtimes."""
    hashes = [{"alg": "SHA-256", "content": entry.sha256}]
    return {"type": "file", "bom-ref": f"{prefix}{path}", "name": path, "hashes": hashes}
