"""Manifest, runtimes, page and report into a site's files, and those into a folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from edgeweb import manifest
from edgeweb.files.table import FileTable
from edgeweb.files.webdist import RuntimeFiles, WebDist
from edgeweb.manifest import Manifest
from edgeweb.runtime.specialise import Cutout
from edgeweb.schema.model import Variant
from edgeweb.schema.site import Flavour, Role, Runtime
from edgeweb.site import headers, page, swap
from edgeweb.site.hosts import hosts
from edgeweb.site.papers import papers
from edgeweb.site.papers.papers import Inputs
from edgeweb.site.report import document
from edgeweb.site.returning import Returning, returning
from edgeweb.site.wording import Wording
from edgeweb.tasks.kind import Kind
from edgeweb.trust import bundle
from edgeweb.trust.site import Signer


@dataclass(frozen=True)
class Description:
    """What the steps before have made. `about`: the manifest's own keys; `interface`: the page's, by its name; `facts`:
    what the report tells; `runtime`: in place of the whole one; `inputs`: what all of it is made from; `old`: the site
    before."""

    about: dict[str, Any]
    kind: Kind
    interface: str
    facts: document.Facts
    words: Wording
    runtime: Cutout | None = None
    inputs: Inputs = field(default_factory=Inputs)
    old: Manifest | None = None

    @property
    def variants(self) -> list[Variant]:
        """The forms of the model, the one that a page takes first at the beginning."""
        found: list[Variant] = self.about["variants"]
        return found

    @property
    def fetched(self) -> dict[str, str]:
        """The tokenizer and its code, where the model reads or writes token ids."""
        found = self.about.get("language")
        return {} if found is None else {"script": found.script, "tokenizer": found.file}


@dataclass(frozen=True)
class Where:
    """Where on its host a site will stand, and the language of what that host shows of its own."""

    base_url: str
    words: Wording


def site(table: FileTable, web: WebDist, told: Description) -> Manifest:
    """Complete `table` with everything a site has, and return its manifest."""
    content = _add_web(table, web, told)
    icons = page.add_icons(table)
    page.add_page(table, told.about["title"], content, web, icons, told.words)
    rules = _rules(web, told.kind)
    table.add("headers.json", headers.as_json(rules), "page")
    style = table.add_hashed("report", ".css", page.template_bytes("report.css"), "page")
    # Reports are not for visitors, so what those download is known before there is one.
    back = None if told.old is None else returning(told.old, _manifest(table, told, content))
    report = _add_report(table, told, content, (icons.inline, style), back)
    papers.add(table, {**told.about, "runtimes": content.runtimes}, report, told.inputs)
    return manifest.released(_manifest(table, told, content))


def _manifest(table: FileTable, told: Description, content: page.Content) -> Manifest:
    """Of the files so far, before it has its name."""
    table.compress()
    return Manifest(
        files=dict(sorted(table.entries.items())),
        runtimes=dict(content.runtimes),
        script=content.script,
        interface=content.interface,
        release="",
        **told.about,
    )


def _rules(web: WebDist, kind: Kind) -> list[headers.Rule]:
    camera, microphone = kind.device == "camera", kind.device == "microphone"
    return headers.rules(camera=camera, microphone=microphone, inline=web.inline, style=web.style)


def _add_web(table: FileTable, web: WebDist, told: Description) -> page.Content:
    """The browser half, compressed beforehand: of interfaces and runtimes those that serve the model."""
    about = told.about
    shown = "hooks" if about.get("hooks") is not None else told.interface
    interface = web.interfaces[shown] if told.words.usual else ""
    chosen = {name: found for name, found in web.runtimes.items() if any(_serves(name, each) for each in told.variants)}
    fetched = told.fetched
    needed = {interface, *(name for found in chosen.values() for name in found.all)}
    needed |= {Path(path).name for path in fetched.values()}
    # python_bundle adds the interpreter where it is wanted.
    optional = {
        *web.interfaces.values(),
        *web.python.all,
        web.text,
        *(name for found in web.runtimes.values() for name in found.all),
    }
    workers = {web.text, *(found.worker for found in web.runtimes.values())}
    for name in web.assets:
        if name in needed or name not in optional:
            role: Role = "worker" if name in workers else "runtime" if name in optional - {interface} else "page"
            table.add_built(f"assets/{name}", web.path(name), role)
    path = f"assets/{interface}"
    if not interface:
        path = table.add_hashed(f"ui-{shown}", ".js", told.words.interface(shown, web), "page")
    table.add("sw.js", web.service_worker, "worker")
    table.add("edgeweb.d.ts", (web.folder / "edgeweb.d.ts").read_bytes(), "page")
    table.add_built("THIRD_PARTY_NOTICES.txt", web.folder / "THIRD_PARTY_NOTICES.txt", "page")
    runtimes = _runtimes(table, chosen, told.runtime)
    return page.Content(
        f"assets/{web.edgeweb}",
        path,
        runtimes,
        told.variants,
        about.get("python"),
        about.get("hooks"),
        [part.variants for part in about.get("models", {}).values()],
        fetched,
    )


def _serves(flavour: Flavour, variant: Variant) -> bool:
    """The other builds differ from the plain one by their GPU backends alone."""
    return flavour == "wasm" or "webgpu" in variant.backends


def _runtimes(table: FileTable, chosen: dict[Flavour, RuntimeFiles], cutout: Cutout | None) -> dict[str, Runtime]:
    """Each with its files; where one was cut, that in the place of the plain one, which is the last resort then."""
    found = {name: _runtime(table, files) for name, files in chosen.items()}
    if cutout is None:
        return found
    whole = found["wasm"]
    path = table.add_hashed("ort-wasm-cut", ".wasm", cutout.data, "runtime", br=cutout.br, gz=cutout.gz)
    files = [whole.worker, whole.glue, path]
    table.compress()
    cut = msgspec.structs.replace(whole, wasm=[path], files=files, wire_bytes=table.wire_bytes(files), cut=cutout.about)
    return {**found, "wasm": cut, "full": whole}


def _runtime(table: FileTable, found: RuntimeFiles) -> Runtime:
    table.compress()
    files = [f"assets/{name}" for name in found.all]
    worker, glue, *wasm = files
    return Runtime(
        version=found.version, worker=worker, glue=glue, wasm=wasm, files=files, wire_bytes=table.wire_bytes(files)
    )


def _add_report(
    table: FileTable, told: Description, content: page.Content, look: tuple[str, str], back: Returning | None
) -> dict[str, Any]:
    """`look`: the icon as it stands within the page, and the path of the style."""
    table.compress()
    found = document.document(
        told.facts, table, list(first_visit_paths(content)), content.python.packages if content.python else (), back
    )
    table.add("report.json", msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n", "page")
    csp = headers.document_policy(in_page=True)
    table.add(
        "report/index.html",
        page.render_report(found, style=look[1], icon=look[0], csp=csp),
        "page",
    )
    return found


def first_visit_paths(content: page.Content) -> Iterator[str]:
    """The files that a browser fetches before the first prediction, with the plain runtime and its variant."""
    yield from ("index.html", content.script, content.interface)
    yield from content.runtimes["wasm"].files
    cut = content.runtimes["wasm"].cut
    for variants in (content.variants, *content.more):
        if cut is None or not cut.restores:
            yield from variants[0].files
    yield from content.fetched.values()
    if content.python and content.hooks:
        yield from (*content.python.files, content.hooks.file)


def write(
    out: Path, table: FileTable, whole: Manifest, web: WebDist, kind: Kind, where: Where, signer: Signer | None
) -> None:
    """Write the site, signed where somebody signs it, and swap it into `out`."""
    text = manifest.encode(whole)
    extra = {
        "edgeweb.json": text,
        page.copy_path(bytes(table.contents["index.html"])): text,
        **hosts.files(_rules(web, kind), where.base_url, whole.name, whole.title, where.words),
    }
    with swap.staged(out) as stage:
        for path, data in {**table.contents, **table.sidecars, **extra}.items():
            target = stage / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        if signer is not None:
            (stage / bundle.FILE).write_bytes(bundle.signed(whole.name, bundle.digests(stage), signer.key))
