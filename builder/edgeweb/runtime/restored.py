"""A runtime that begins with the site's sessions made: taken in a browser, tried there, and cut to what runs need.

Of the memory that making them has left, a run reads little: the schemas of two hundred operators and the registry of
their kernels are of no use any more. What neither came with these sessions nor was ever read is left out.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from edgeweb.errors import SiteError
from edgeweb.files.table import Content
from edgeweb.machine import cache
from edgeweb.manifest import Manifest
from edgeweb.runtime import profiling, wasm_image
from edgeweb.runtime.wasm import FLAG, Module
from edgeweb.runtime.wasm_code import GRANULE, calls, reading
from edgeweb.runtime.wasm_image import KEPT, LOST, ZERO, Image
from edgeweb.schema.site import Cut
from edgeweb.tasks import kinds

# The weights are in the image: as large ones as these would better arrive in parts.
_MOST_BYTES = 1_000_000
# A run that takes longer is one that more threads make shorter.
_MOST_MS = 40
_WORKER = Path(__file__).parents[1] / "templates" / "image_worker.js"
# One Identity: the session of any model leaves what its session leaves.
_SMALL = "CAcSADo3ChAKAXgSAXkiCElkZW50aXR5EgFnWg8KAXgSCgoICAESBAoCCAFiDwoBeRIKCggIARIECgIIAUIECgAQDQ=="
_CAME, _USUAL = 1, 2
# What people read in messages, and no program does: sentences, and the names of files and functions.
_TEXT = re.compile(rb"[\x20-\x7e\n]{16,}")
_SPACES, _NAME, _NAME_BYTES = 1 / 20, re.compile(rb"[a-z][/_:][a-z]|::"), 20
# A function that a visit calls once for all, such as the one that registers every kernel, is larger.
_CALLED_BYTES = 2000
# What mathematics does with rare numbers is so small that it may all stay.
_SMALL_BYTES = 200


class Declined(Exception):
    """A visit makes the sessions itself; the message says why, for the report."""


class Restored(msgspec.Struct, frozen=True):
    """`data`: the .wasm, which begins with `sessions` sessions; `entered`: a bit for each of its functions in it."""

    data: bytes
    sessions: int
    entered: bytes


def taken_and_cut(
    browser: Path,
    contents: Mapping[str, Content],
    site: Manifest,
    runtime: Module,
    known: profiling.Entered,
    often: bytes,
) -> Restored:
    """The runtime for a site that has the whole one.

    Args:
        known: what the site enters, and what it answers, as it is.
        often: a bit for each function that it or a model like it enters.

    Raises:
        Declined: it cannot be, or it would be of no use.
        NoBrowserError: the site did not run.
    """
    if not site.golden:
        raise Declined("there is no golden case to prove it")
    first = site.variants[0]
    if (first.decoded_bytes or sum(site.files[path].bytes for path in first.files)) > _MOST_BYTES:
        raise Declined("the model has more than a megabyte")
    try:
        names = wasm_image.exported(bytes(contents[site.runtimes["wasm"].glue]).decode())
        return _Making(browser, contents, site, runtime, names, known, _numbers(often)).made()
    except SiteError as error:
        raise Declined(error.why) from error


def beside(profile: Path, often: bytes) -> Path:
    """Where the runtime of a site is kept, beside what is known of the site; elsewhere when it is made otherwise."""
    names = ("restored.py", "wasm.py", "wasm_image.py", "wasm_code.py")
    made_by = (*(Path(__file__).with_name(name) for name in names), _WORKER)
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in made_by) + often).hexdigest()
    return profile.with_name(f"{profile.stem}-{digest[:16]}.start")


def recall(path: Path) -> Restored | None:
    """What was kept there; None where it is not to be had."""
    try:
        return msgspec.msgpack.decode(cache.read(path), type=Restored)
    except (OSError, msgspec.DecodeError):
        return None


def taking(names: Mapping[str, str], graphs: Sequence[str]) -> str:
    """A script that stands before the worker's, and takes the memory when these graphs have sessions too.

    Args:
        names: how the glue calls what it wraps, see `wasm_image.exported`.
        graphs: of the models around the site's own, in base64.
    """
    told = {"channel": profiling.CHANNEL, "names": names, "graphs": graphs, "small": _SMALL, "granule": GRANULE}
    return _WORKER.read_text("utf-8").replace("%s", msgspec.json.encode(told).decode(), 1)


def small_graphs(site: Manifest) -> list[str]:
    """The graphs around the model, in the order in which the worker counts them (web/src/worker/pipeline.ts)."""
    return list(dict.fromkeys(graph for _, each in kinds.pipelines(site) for graph in kinds.graphs(each)))


@dataclass(frozen=True)
class Taken:
    """`kinds`: of each granule of the memory, which `data` has where that is not zero."""

    kinds: npt.NDArray[np.uint8]
    data: npt.NDArray[np.uint8]
    globals: Mapping[int, int]
    sessions: tuple[int, ...]
    pages: int

    @classmethod
    def of(cls, found: Mapping[str, Any], runtime: Module) -> Taken:
        """What templates/image_worker.js has told, its bytes in base64."""
        kinds = np.frombuffer(b64decode(found["kinds"]), np.uint8).copy()
        data = np.zeros((len(kinds), GRANULE), np.uint8)
        data[kinds > 0] = np.frombuffer(b64decode(found["data"]), np.uint8).reshape(-1, GRANULE)
        values = {int(number): int(value) for number, value in found["globals"]}
        # What is below the stack's pointer was left there by calls that have ended.
        below = slice(runtime.stack_bottom // GRANULE, values[0] // GRANULE)
        kinds[below], data[below] = ZERO, 0
        return cls(kinds, data, values, tuple(map(int, found["sessions"])), int(found["pages"]))

    @property
    def everything(self) -> Image:
        """All that is not zero."""
        return self.image(np.where(self.kinds, KEPT, ZERO).astype(np.uint8))

    def image(self, kinds: npt.NDArray[np.uint8]) -> Image:
        """Of it what `kinds` keeps."""
        kept = self.data[kinds == KEPT].tobytes()
        return Image(kinds.tobytes().rstrip(b"\0"), kept, self.globals, self.sessions, self.pages)


@dataclass(frozen=True)
class _Making:
    browser: Path
    contents: Mapping[str, Content]
    site: Manifest
    runtime: Module
    names: Mapping[str, str]
    known: profiling.Entered
    often: set[int]

    def made(self) -> Restored:
        """Four visits: one leaves its memory, the next show what is entered and read, and the last what ships."""
        taken = self.taken()
        everything = self.restoring(taken.everything)
        ran = self.visited(everything.counting(profiling.counters(self.runtime)), len(everything.bodies))
        kept = self.reached(ran)
        read = self.read(everything, kept, taken)
        constants = self.runtime.stack_bottom // GRANULE
        taken.data[:constants] = _wordless(taken.data[:constants], ~read[:constants])
        module = self.restoring(taken.image(self.chosen(taken, read)))
        stays = kept | self.made_anew | {len(self.runtime.bodies)}
        data = wasm_image.shipped(module, stays, FLAG)
        self.visited(data, 0)
        return Restored(data, len(taken.sessions), _bits(stays, len(module.bodies)))

    def restoring(self, image: Image) -> Module:
        """The runtime that begins with it."""
        return wasm_image.restoring(self.runtime, image, self.names, FLAG)

    def taken(self) -> Taken:
        """The memory of a session that has not run."""
        before, job = taking(self.names, small_graphs(self.site)), {"image": True, "threads": []}
        wasm = wasm_image.with_globals(self.runtime).encoded({})
        found = profiling.visited(self.browser, self.contents, self.site, wasm, before, job)["image"]
        if not all(found["sessions"]):
            raise Declined("a graph around the model could not be started beforehand")
        return Taken.of(found, self.runtime)

    def visited(self, data: bytes, counters: int) -> set[int]:
        """Which counters are set when the site has run with `data` for its runtime.

        Raises:
            Declined: it answered otherwise than it did before.
        """
        plain = self.site.runtimes["wasm"]
        cut = Cut(source="0" * 64, functions=1, kept=1, flag=FLAG, by="", tool="", restores=1)
        runtimes = {"wasm": msgspec.structs.replace(plain, cut=cut)}
        site = msgspec.structs.replace(self.site, runtimes=runtimes)
        before, job = profiling.telling(self.runtime, counters), profiling.asked(site, counters, [1])
        found = profiling.visited(self.browser, self.contents, site, data, before, job)
        _check(self.known.answers, found["answers"], None if counters else found["milliseconds"])
        return _numbers(b64decode(found["entered"]))

    def reached(self, ran: set[int]) -> set[int]:
        """What ran, and what that may call: of all that is entered often, and what is small."""
        size = [len(body) for body in self.runtime.bodies]
        found = {number for number in ran if number < len(size)} - self.made_anew
        waiting = list(found)
        while waiting:
            called = set(calls(self.runtime, waiting.pop())) - found - self.made_anew
            new = {place for place in called if size[place] < (_CALLED_BYTES if place in self.often else _SMALL_BYTES)}
            found |= new
            waiting += new
        return found

    def read(self, everything: Module, kept: set[int], taken: Taken) -> npt.NDArray[np.bool_]:
        """The granules that running reads."""
        tracing = reading(everything, sorted(kept), profiling.counters(self.runtime))
        stays = kept | self.made_anew
        wasm = tracing.cut(lambda number: number in stays or number >= len(self.runtime.bodies), FLAG)
        found = np.zeros(len(taken.kinds), np.bool_)
        found[list(self.visited(wasm, len(taken.kinds)))] = True
        return found

    @property
    def made_anew(self) -> set[int]:
        """The functions that have other bodies."""
        return wasm_image.replaced(self.runtime, self.names)

    def chosen(self, taken: Taken, read: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
        """What is to become of each granule."""
        usual = (taken.kinds == _USUAL) & ~read
        heap = np.arange(len(taken.kinds)) * GRANULE >= self.runtime.stack_top
        return np.where(usual & heap, LOST, np.where(taken.data.any(1), KEPT, ZERO)).astype(np.uint8)


def _check(before: Sequence[str], now: Sequence[str], milliseconds: float | None) -> None:
    """Declined where the site answered otherwise than before, or took long; None: how long does not count."""
    # What took too long was ended, so that one visit may have come further than the other.
    both = [pair for pair in zip(before, now, strict=False) if "late" not in pair]
    if not both or any(was != found for was, found in both):
        raise Declined("with its start stored the model answered otherwise")
    if milliseconds is not None and milliseconds > _MOST_MS:
        raise Declined(f"a run takes {milliseconds:.0f} ms, of which several threads make less")


def _wordless(data: npt.NDArray[np.uint8], unread: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """Constants without the texts that nobody read. What is a table of letters has neither spaces nor names in it."""
    found = data.copy()
    flat, open_to = found.reshape(-1), np.repeat(unread, GRANULE)
    for match in _TEXT.finditer(data.tobytes()):
        text = match[0]
        part = slice(*match.span())
        if not open_to[part].all():
            continue
        if text.count(b" ") >= _SPACES * len(text) or (len(text) >= _NAME_BYTES and _NAME.search(text)):
            flat[part] = 0
    return found


def _numbers(bits: bytes) -> set[int]:
    return set(np.flatnonzero(np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little")).tolist())


def _bits(numbers: Iterable[int], count: int) -> bytes:
    found = np.zeros(count, np.uint8)
    found[list(numbers)] = 1
    return np.packbits(found, bitorder="little").tobytes()
