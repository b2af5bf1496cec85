"""Manifest, runtime, page and report into a site's files, and those into a folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import msgspec

from edgeweb import headers, manifest, report, swap
from edgeweb.manifest import ImagePipeline, Manifest, Role, Runtime
from edgeweb.pack import FileTable
from edgeweb.webdist import WebDist

_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("edgeweb"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["size"] = report.size


@dataclass(frozen=True)
class Parts:
    """What the steps before have made. `about`: the manifest's own keys; `facts`: what the report tells."""

    about: dict[str, Any]
    model_files: list[str]
    image: ImagePipeline | None
    base_url: str
    facts: report.Facts


def site(table: FileTable, web: WebDist, parts: Parts) -> Manifest:
    """Complete `table` with everything a site has, and return its manifest."""
    runtime = _add_web(table, web, _interface(web, parts))
    icon = table.add_hashed("icon", ".svg", _template_bytes("icon.svg"), "icon")
    plan = _plan(table, web, parts, runtime.files)
    page = _render(
        "index.html",
        title=parts.about["title"],
        plan=plan,
        web=web,
        interface=_interface(web, parts),
        icon=icon,
        inline=web.inline,
        csp=headers.document_policy(web.inline, in_page=True),
    )
    table.add("index.html", page, "page")
    _add_report(table, web, parts, icon, runtime)
    table.compress()
    whole = Manifest(
        files=dict(sorted(table.entries.items())),
        runtimes={"wasm": runtime},
        worker=f"assets/{web.worker}",
        interface=f"assets/{_interface(web, parts)}",
        release="",
        **parts.about,
    )
    release = hashlib.sha256(manifest.encode(whole)).hexdigest()[:16]
    return msgspec.structs.replace(whole, release=release)


def _interface(web: WebDist, parts: Parts) -> str:
    """The script with the page for this kind of model."""
    return web.interfaces["image" if parts.image else "tabular" if parts.about["tabular"] else "tensors"]


def _add_web(table: FileTable, web: WebDist, interface: str) -> Runtime:
    """The browser half's assets, compressed when the package was built, and the module that others import."""
    for name in web.assets:
        if name in web.interfaces.values() and name != interface:
            continue
        role: Role = "runtime" if name in web.runtime else "worker" if name == web.worker else "page"
        _add_compressed(table, f"assets/{name}", web.folder / "assets" / name, role)
    table.add("edgeweb.js", f"export * from './assets/{web.edgeweb}'\n".encode(), "page")
    table.add("edgeweb.d.ts", (web.folder / "edgeweb.d.ts").read_bytes(), "page")
    _add_compressed(table, "THIRD_PARTY_NOTICES.txt", web.folder / "THIRD_PARTY_NOTICES.txt", "page")
    files = [f"assets/{name}" for name in web.runtime]
    wire = sum(len(table.sidecars[f"{path}.br"]) for path in files)
    return Runtime(version=web.runtime_version, files=files, wire_bytes=wire)


def _add_compressed(table: FileTable, name: str, path: Path, role: Role) -> None:
    """A file with the forms that lie beside it."""
    br, gz = (Path(f"{path}{suffix}").read_bytes() for suffix in (".br", ".gz"))
    table.add(name, path.read_bytes(), role, br=br, gz=gz)


def _plan(table: FileTable, web: WebDist, parts: Parts, runtime: list[str]) -> dict[str, Any]:
    """What index.html says is to be fetched before any script has run; the page computes the same from the manifest."""
    table.compress()

    def asset(path: str) -> dict[str, Any]:
        entry = table.entries[path]
        return {
            "path": path,
            "bytes": entry.bytes,
            "wire": entry.encodings.get("br", entry.bytes),
            "sha256": entry.sha256,
        }

    wasm, glue = runtime
    return {
        "script": f"assets/{web.edgeweb}", "worker": f"assets/{web.worker}", "glue": glue, "wasm": asset(wasm),
        "model": [asset(path) for path in parts.model_files],
    }  # fmt: skip


def _add_report(table: FileTable, web: WebDist, parts: Parts, icon: str, runtime: Runtime) -> None:
    style = table.add_hashed("report", ".css", _template_bytes("report.css"), "page")
    table.compress()
    document = report.document(parts.facts, table, first_visit_paths(web, parts, runtime))
    table.add("report.json", msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n", "page")
    table.add(
        "report/index.html",
        _render(
            "report.html",
            report=document,
            style=style,
            icon=icon,
            csp=headers.document_policy(in_page=True),
        ),
        "page",
    )


def first_visit_paths(web: WebDist, parts: Parts, runtime: Runtime) -> list[str]:
    """The files that a visitor's browser fetches before the first prediction."""
    scripts = [f"assets/{name}" for name in (web.edgeweb, web.style, web.worker, _interface(web, parts))]
    return ["index.html", *scripts, *runtime.files, *parts.model_files]


def write(out: Path, table: FileTable, whole: Manifest, web: WebDist, base_url: str) -> None:
    """Write the site and swap it into `out`."""
    found = headers.rules(camera=whole.image is not None, inline=web.inline)
    extra = {
        "edgeweb.json": manifest.encode(whole),
        "headers.json": headers.as_json(found),
        "_headers": headers.as_netlify(found, base_url),
        ".nojekyll": b"",
    }
    with swap.staged(out) as stage:
        for path, data in {**table.contents, **table.sidecars, **extra}.items():
            target = stage / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


def _render(name: str, **context: Any) -> bytes:
    return _TEMPLATES.get_template(name).render(**context).encode()


def _template_bytes(name: str) -> bytes:
    return (Path(__file__).parent / "templates" / name).read_bytes()
