"""Which functions of the runtime a finished site enters: it runs in a headless browser, on a runtime that counts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from edgeweb import manifest
from edgeweb.errors import printable
from edgeweb.files.table import Content
from edgeweb.inputs import golden
from edgeweb.machine import browsers, cache
from edgeweb.machine.browsers import NoBrowserError
from edgeweb.manifest import Manifest
from edgeweb.runtime.wasm import Module
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.site import FileEntry
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import kinds

_TEMPLATES = Path(__file__).parents[1] / "templates"
# Threads of their own have functions of their own.
_THREADS = (1, 2, 4)
_ATTEMPT_MS, _VISIT_MS, _SECONDS = 10_000, 10_000, 180.0
# A browser holds a large model several times over; what models like it enter has to do.
_MOST_BYTES = 256 << 20
# The counters lie at the far end of Emscripten's stack, which nothing reaches.
_FROM_ITS_END = 64 << 10
# Sizes for axes that have none: batches of one, of more and of many, and what is no multiple of a vector's width.
_SIZES = (1, 2, 5, 17, 300)
_MOST_ELEMENTS = 1 << 22
CHANNEL = "edgeweb profile"
# Stands before the worker's own script: the runtime's memory is made there, and read when the page asks for it. When it
# asks for another session, one takes the place of the first, as a draft's upgrade does: what ends a session counts too.
_TELLING = """{const Memory = WebAssembly.Memory; let last
WebAssembly.Memory = class extends Memory { constructor(how) { super(how); last = this } }
const channel = new BroadcastChannel(%s)
const tell = () => channel.postMessage(new Uint8Array(last.buffer, %d, %d).slice())
const shards = []
addEventListener('message', ({ data }) => data.type === 'shard' && shards.push({ ...data, bytes: data.bytes.slice() }))
const again = () => [...shards.splice(0), { type: 'upgrade' }].forEach((data) => self.onmessage({ data }))
channel.onmessage = ({ data }) => last && ({ tell, again })[data]?.()}
"""


class Entered(msgspec.Struct, frozen=True):
    """`entered`: a bit for each function, in base64; `browser`: a phrase for where; `answers`: hashes of those."""

    entered: str
    browser: str
    answers: list[str] = []


def key(site: Manifest, runtime: str) -> str:
    """Of all that decides what the site enters: its models, scripts and graphs, the runtime, and what is tried."""
    files = {
        path: entry for path, entry in site.files.items() if entry.role in ("model", "runtime", "worker", "python")
    }
    about = msgspec.structs.replace(site, files=files, title="", name="", release="", generator="")
    tried = b"".join((_TEMPLATES / name).read_bytes() for name in ("profile.html", "profile.js"))
    tried += msgspec.json.encode(list(_predicts(site)))
    return hashlib.sha256(manifest.encode(about) + runtime.encode() + tried + Path(__file__).read_bytes()).hexdigest()


def recall(path: Path) -> Entered | None:
    """What was kept there; None where it is not to be had."""
    try:
        return msgspec.json.decode(cache.read(path), type=Entered)
    except (OSError, msgspec.DecodeError):
        return None


def profile(
    browser: Path,
    contents: Mapping[str, Content],
    site: Manifest,
    runtime: Module,
    *,
    threads: Sequence[int] = _THREADS,
    varied: bool = True,
) -> Entered:
    """What the site enters with all that a visitor may do; not `varied`: with its golden cases alone.

    Raises:
        NoBrowserError: it is too large, or it did not run there.
    """
    if sum(entry.bytes for entry in site.files.values() if entry.role == "model") > _MOST_BYTES:
        raise NoBrowserError("the model is too large to be measured")
    wasm, count = runtime.counting(counters(runtime)), len(runtime.bodies)
    report = visited(browser, contents, site, wasm, telling(runtime, count), asked(site, count, threads, varied))
    counts = ", ".join(map(str, threads))
    return Entered(report["entered"], f"{browser.name.capitalize()} with {counts} threads", report["answers"])


def visited(
    browser: Path, contents: Mapping[str, Content], site: Manifest, wasm: bytes, before: str, job: Mapping[str, Any]
) -> dict[str, Any]:
    """What the page says that opened the site with `wasm` for its runtime, and `before` ahead of its worker's script.

    Raises:
        NoBrowserError: it did not run there.
    """
    files: dict[str, bytes | Path] = dict(_changed(contents, site, wasm, before))
    files |= {"index.html": _TEMPLATES / "profile.html", "profile.js": _TEMPLATES / "profile.js"}
    files["job.json"] = msgspec.json.encode({"channel": CHANNEL, "attemptMs": _ATTEMPT_MS, "visitMs": _VISIT_MS, **job})
    for report in browsers.reports(browser, files, _SECONDS):
        if "error" in report:
            raise NoBrowserError(f"the site does not run in {browser.name}: {printable(str(report['error']), 200)}")
        return report
    raise NoBrowserError(f"{browser.name} said nothing")


def asked(site: Manifest, counters: int, threads: Sequence[int], varied: bool = True) -> dict[str, Any]:
    """What the page is to try, and how many counters there are."""
    predicts, runs = (list(_predicts(site)), list(_runs(site))) if varied else ([], [])
    # What a stored start holds cannot be made a second time.
    again = bool(runs) and not _restores(site)
    return {"counters": counters, "threads": threads, "predicts": predicts, "runs": runs, "again": again}


def _restores(site: Manifest) -> bool:
    cut = site.runtimes["wasm"].cut
    return cut is not None and cut.restores > 0


def telling(runtime: Module, count: int) -> str:
    """For the worker: it tells what the counters have, of which there are so many."""
    return _TELLING % (msgspec.json.encode(CHANNEL).decode(), counters(runtime), count)


def counters(runtime: Module) -> int:
    """The address of a byte for each function, where nothing else is."""
    return runtime.stack_bottom + _FROM_ITS_END


def _changed(contents: Mapping[str, Content], site: Manifest, wasm: bytes, before: str) -> Iterator[tuple[str, bytes]]:
    """The site's files, with another runtime and a worker that does more."""
    plain = site.runtimes["wasm"]
    first, *more = plain.wasm
    changed = {first: wasm, **dict.fromkeys(more, b"")}
    changed[plain.worker] = before.encode() + bytes(contents[plain.worker])
    entries = {
        path: entry if path not in changed else _entry(entry, changed[path]) for path, entry in site.files.items()
    }
    yield "site/edgeweb.json", manifest.encode(manifest.released(msgspec.structs.replace(site, files=entries)))
    for path in site.files:
        yield f"site/{path}", changed[path] if path in changed else bytes(contents[path])


def _entry(entry: FileEntry, data: bytes) -> FileEntry:
    return msgspec.structs.replace(entry, bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), encodings={})


def _predicts(site: Manifest) -> Iterator[dict[str, Any]]:
    """What a visitor may give."""
    for path in site.examples:
        yield {"input": "file", "path": path}
    for kind, pipeline in kinds.pipelines(site):
        yield from kind.visits(pipeline, site)


def _runs(site: Manifest) -> Iterator[dict[str, Any]]:
    """Feeds as generators: of the golden size with ordinary and absurd values, then each open axis of other sizes."""
    given = {each.name: each for each in site.golden[0].inputs} if site.golden else {}
    tries: list[tuple[dict[str, int], float]] = [({}, 1), ({}, 0), ({}, 1e6)]
    tries += [({axis: size}, 1) for size in _SIZES for axis in _open(site.inputs)]
    for sizes, factor in tries:
        feeds = {info.name: _feed(info, given.get(info.name), sizes, factor) for info in site.inputs}
        if sum(int(np.prod(feed["dims"])) for feed in feeds.values()) <= _MOST_ELEMENTS:
            yield feeds


def _open(inputs: Sequence[TensorInfo]) -> list[str]:
    """The axes without a size, by their names; one that has none is alone."""
    named = (_axis(info, place) for info in inputs for place in range(len(info.shape or [])))
    return list(dict.fromkeys(name for name in named if name is not None))


def _axis(info: TensorInfo, place: int) -> str | None:
    dim = (info.shape or [])[place]
    return None if isinstance(dim, int) else dim or f"{info.name} {place}"


def _feed(info: TensorInfo, given: GoldenInput | None, sizes: Mapping[str, int], factor: float) -> dict[str, Any]:
    known = given.dims if given else []
    shape: Sequence[int | str | None] = known if info.shape is None else info.shape
    dims = [
        dim if isinstance(dim, int) else sizes.get(_axis(info, place) or "", known[place] if place < len(known) else 1)
        for place, dim in enumerate(shape)
    ]
    low, high = _range(given)
    return {"type": info.type, "dims": dims, "low": low * factor, "high": high * factor}


def _range(given: GoldenInput | None) -> tuple[float, float]:
    if given is None or given.strings is not None:
        return 0.0, 1.0
    if given.low is not None and given.high is not None:
        return given.low, given.high
    values = golden.make_input(given).astype(np.float64)
    return (float(values.min()), float(values.max()) + 1) if values.size else (0.0, 1.0)
