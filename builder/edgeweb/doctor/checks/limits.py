"""What hosts take: bytes a file, files a site, rules of headers. And whether their own files are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from edgeweb.doctor.common import Check, Finding, several
from edgeweb.doctor.folder import ENDINGS, Folder
from edgeweb.doctor.visit import Visit
from edgeweb.site.hosts import hosts

_MIB, _GB = 1 << 20, 10**9


@dataclass(frozen=True)
class Limits:
    """Of a host; 0: none that is known. `rules`, `line`: of `_headers`."""

    name: str
    keys: tuple[str, ...]
    file: int = 0
    files: int = 0
    site: int = 0
    rules: int = 0
    line: int = 0


# As their documentation has them; Cloudflare's of the free plan.
LIMITS = (
    Limits("Cloudflare Pages", ("cloudflare-pages",), file=25 * _MIB, files=20_000, rules=100, line=2000),
    Limits("GitHub Pages", ("github-pages",), file=100 * _MIB, site=_GB),
)


def _of_host(visit: Visit) -> Iterator[Finding]:
    limits = next((each for each in LIMITS if visit.kind.key in each.keys), None)
    if limits is None:
        yield Finding("skipped", "no limit of this host is known")
        return
    sizes = {path: entry.bytes for path, entry in visit.files.items()}
    for path, entry in visit.files.items():
        sizes |= {path + ENDINGS[coding]: size for coding, size in entry.encodings.items()}
    yield from _over(limits, sizes, None)


def _of_folder(folder: Folder) -> Iterator[Finding]:
    found = [(limits, list(_over(limits, folder.present, folder.read("_headers")))) for limits in LIMITS]
    for _, over in found:
        yield from over
    fitting = [limits.name for limits, over in found if not over]
    if fitting:
        total = sum(folder.present.values())
        largest = max(folder.present.values(), default=0)
        size = f"{len(folder.present)} files, {total / 1e6:.1f} MB, the largest {largest / _MIB:.1f} MiB"
        yield Finding("pass", f"{size}: within the limits of {' and '.join(fitting)}")


def _over(limits: Limits, sizes: Mapping[str, int], headers: bytes | None) -> Iterator[Finding]:
    refused = f"{limits.name} refuses the deployment, or leaves these files out"
    large = [path for path, size in sizes.items() if limits.file and size > limits.file]
    if large:
        what = f"{several(large)}: larger than {limits.file // _MIB} MiB, the most that {limits.name} takes"
        yield Finding(
            "warn", what, refused, "Build again: no file of a build is larger than 20 MiB; or use another host"
        )
    if limits.files and len(sizes) > limits.files:
        what = f"{len(sizes):,} files, and {limits.name} takes {limits.files:,}"
        yield Finding("warn", what, refused, "Remove old releases (edgeweb release gc), or use another host")
    if limits.site and sum(sizes.values()) > limits.site:
        what = f"{sum(sizes.values()) / _GB:.1f} GB, and {limits.name} takes {limits.site / _GB:.0f} GB"
        yield Finding("warn", what, refused, "Remove old releases (edgeweb release gc), or use another host")
    lines = (headers or b"").decode("utf-8", "replace").splitlines()
    rules = sum(1 for line in lines if line.strip() and not line.startswith((" ", "\t", "#")))
    if limits.rules and rules > limits.rules:
        what = f"_headers has {rules} rules, and {limits.name} takes {limits.rules}"
        yield Finding(
            "warn", what, "The rest is ignored, so some files have no headers", "Join rules, or use another host"
        )
    long = [number for number, line in enumerate(lines, 1) if limits.line and len(line) > limits.line]
    if long:
        what = (
            f"line {long[0]} of _headers is longer than {limits.line:,} characters, the most that {limits.name} takes"
        )
        yield Finding(
            "warn", what, "The line is ignored, so some files have no policy", "Shorten it, or use another host"
        )


def _files(folder: Folder) -> Iterator[Finding]:
    gone = [host.PATH for host in hosts.HOSTS if host.PATH not in folder.present]
    if gone:
        consequence = "A host that reads them sends no headers: one thread on the first visit, and a weaker policy"
        yield Finding(
            "warn", f"{several(gone)}: not there", consequence, "Copy hidden files too, or build the site again"
        )


CHECKS = (
    Check("limits", "within the limits of the host", _of_host, _of_folder),
    Check("host-files", "the files that usual hosts read are there", None, _files),
)
