"""A runtime cut to the site: what its models enter stays, the rest goes, and the whole one waits for what was missed.

Measured where a browser is at hand: the finished site runs on a runtime that counts. Without one the functions come
from profiles of models of the same kind, which ship with the package, where those cover every operator and type.
"""

from __future__ import annotations

import gzip
import hashlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache as remembered
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

import edgeweb
from edgeweb.files.squeeze import brotli_form
from edgeweb.files.table import FileTable
from edgeweb.files.webdist import WebDist
from edgeweb.machine import browsers, cache
from edgeweb.machine.browsers import NoBrowserError
from edgeweb.manifest import Manifest
from edgeweb.runtime import profiling, restored, tiers
from edgeweb.runtime.restored import Declined
from edgeweb.runtime.wasm import FLAG, Module
from edgeweb.schema.site import Cut

# A runtime this much smaller is worth that a visitor may have to fetch the whole one.
_WORTH = 0.8
# What is cut to start by itself has so many with brotli, and the model comes to that.
_CUT_BYTES = 700_000


@dataclass(frozen=True)
class Cutout:
    """The .wasm that is shipped in place of the whole one, with its compressed forms."""

    data: bytes
    br: bytes
    gz: bytes
    about: Cut
    entered: bytes
    why: str = ""

    @property
    def document(self) -> dict[str, Any]:
        """For report.json: from `entered`, a bit for each function, `cut` makes the same file again, less a memory."""
        return {**msgspec.to_builtins(self.about), "bytes": len(self.data), "entered": b64encode(self.entered).decode()}

    @property
    def note(self) -> str:
        """A sentence for the report."""
        begins = ", and begins with its session made" if self.about.restores else ""
        return (
            f"the runtime was cut to {self.about.by}{begins}: "
            f"{self.about.kept:,} of its {self.about.functions:,} functions, "
            f"{len(self.br) / 1e6:.2f} MB compressed; what an input needs besides is fetched with the whole runtime"
            f"{self.why and f'; its start is not stored: {self.why}'}"
        )


class Refused(Exception):
    """The whole runtime ships; the message says why, for the report."""


def cutout(
    web: WebDist,
    wanted: bool,
    needs: tiers.Needs,
    unsuited: str,
    site: Callable[[], tuple[FileTable, Manifest]],
    on_step: Callable[[str], None],
) -> Cutout:
    """The runtime for a site.

    Args:
        unsuited: why its sessions are to be made at every visit; empty where they may be in the runtime.
        site: the one with the whole runtime, to be measured.

    Raises:
        Refused: it would be wrong or of no use, or nobody wants it.
    """
    if not wanted:
        raise Refused("the whole runtime ships, as asked for")
    whole = _whole(web)
    known = tiers.profiles(whole.sha256)
    try:
        return _measured(web, whole, unsuited, site, known, on_step)
    except NoBrowserError as error:
        tier = None if known is None else tiers.covering(known.tiers, needs)
        if tier is None or known is None:
            raise Refused(
                f"the whole runtime ships: what the model needs of it could not be measured ({error}), "
                "and models like it are not known"
            ) from error
        entered = _joined([b64decode(tier.entered), b64decode(known.base)])
        by = f"what models like it enter ({tier.name}; not measured, {error})"
    return _plain(web, whole, entered, by)


@dataclass(frozen=True)
class _Whole:
    data: bytes
    sha256: str

    @cached_property
    def module(self) -> Module:
        return Module.parse(self.data)


@remembered
def _read(paths: tuple[Path, ...]) -> _Whole:
    data = b"".join(path.read_bytes() for path in paths)
    return _Whole(data, hashlib.sha256(data).hexdigest())


def _whole(web: WebDist) -> _Whole:
    return _read(tuple(web.path(name) for name in web.runtimes["wasm"].wasm))


def _measured(
    web: WebDist,
    whole: _Whole,
    unsuited: str,
    site: Callable[[], tuple[FileTable, Manifest]],
    usual: tiers.Profiles | None,
    on_step: Callable[[str], None],
) -> Cutout:
    """Cut to what the site enters, and to some of what is `usual`: allocation and errors take their ways by chance."""
    browser = browsers.find()
    table, manifest = site()
    path = cache.folder("profile") / f"{profiling.key(manifest, whole.sha256)}.json"
    known = profiling.recall(path)
    if known is None:
        on_step(f"opening the site in {browser.name}, to ship only what it needs of the runtime")
        known = profiling.profile(browser, table.contents, manifest, whole.module)
        _keep(path, msgspec.json.encode(known))
    by = f"what the site entered in {known.browser}"
    try:
        if unsuited:
            raise Declined(unsuited)
        on_step(f"starting the runtime in {browser.name}, to ship it as it stands then")
        often = _joined(b64decode(each.entered) for each in (known, *(usual.tiers if usual else ())))
        beside = restored.beside(path, often)
        stored = restored.recall(beside) or restored.taken_and_cut(
            browser, table.contents, manifest, whole.module, known, often
        )
        _keep(beside, msgspec.msgpack.encode(stored))
        made = _made(
            web,
            whole,
            stored.data,
            stored.entered,
            f"what its runs entered in {browser.name.capitalize()}",
            stored.sessions,
        )
        if len(made.br) > _CUT_BYTES + manifest.variants[0].wire_bytes:
            raise Declined(f"with the model in it, it would have {len(made.br) / 1e6:.2f} MB")
        return made
    except (Declined, NoBrowserError) as error:
        entered = _joined([b64decode(known.entered), *([b64decode(usual.base)] if usual else [])])
        return replace(_plain(web, whole, entered, by), why=str(error))


def _joined(profiles: Iterable[bytes]) -> bytes:
    """Bits that any of them has."""
    found = 0
    length = 0
    for each in profiles:
        found |= int.from_bytes(each, "little")
        length = max(length, len(each))
    return found.to_bytes(length, "little")


def cut(module: Module, entered: bytes) -> bytes:
    """The module with the functions whose bits are set; the same bytes for the same bits."""
    return module.cut(lambda number: bool(entered[number >> 3] >> (number & 7) & 1), FLAG)


def _plain(web: WebDist, whole: _Whole, entered: bytes, by: str) -> Cutout:
    """It makes its sessions itself."""
    return _made(web, whole, cut(whole.module, entered), entered, by)


def _made(web: WebDist, whole: _Whole, data: bytes, entered: bytes, by: str, sessions: int = 0) -> Cutout:
    """With its compressed forms."""
    br, gz = brotli_form(data, slowest=True), gzip.compress(data, 6, mtime=0)
    before = sum(Path(f"{web.path(name)}.br").stat().st_size for name in web.runtimes["wasm"].wasm)
    if len(br) > _WORTH * before:
        raise Refused(
            f"the whole runtime ships: cut to the model it would have {len(br) / 1e6:.2f} MB, not {before / 1e6:.2f}"
        )
    kept, functions = sum(byte.bit_count() for byte in entered), len(whole.module.bodies)
    about = Cut(
        source=whole.sha256, functions=functions, kept=kept, flag=FLAG, by=by, tool=f"edgeweb {edgeweb.__version__}",
        restores=sessions,
    )  # fmt: skip
    return Cutout(data, br, gz, about, entered)


def _keep(path: Path, data: bytes) -> None:
    """Without room for it, the next build does it again."""
    try:
        cache.write(path, data)
    except OSError:
        return
