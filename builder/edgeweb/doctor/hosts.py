"""Which host answers, from what it says of itself, and what it lets one set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edgeweb.doctor.rules import ISOLATION

_OF_OBJECTS = frozenset({"cache-control", "content-type", "content-encoding"})


@dataclass(frozen=True)
class Kind:
    """A host. `settable`: the only headers that its users can set; None where that is any."""

    key: str
    name: str
    settable: frozenset[str] | None = None

    def sets(self, header: str) -> bool:
        """Whether its users can set a header, by its name in lower case."""
        return self.settable is None or header in self.settable


UNKNOWN = Kind("", "a host that does not say what it is")
# As Caddy and others are told by the first word of Server.
_SERVERS = {
    "nginx": Kind("nginx", "nginx"),
    "openresty": Kind("nginx", "OpenResty (nginx)"),
    "caddy": Kind("caddy", "Caddy"),
    "apache": Kind("apache", "Apache"),
    "uvicorn": Kind("asgi", "uvicorn"),
    "hypercorn": Kind("asgi", "Hypercorn"),
    "simplehttp": Kind("python", "Python's http.server", frozenset()),
}
_EDGEWEB = Kind("edgeweb", "edgeweb serve")
Test = Callable[[Mapping[str, str], str], bool]
# The first that fits. What stands before others, such as Cloudflare, comes after those that can be behind it.
_KINDS: tuple[tuple[Kind, Test], ...] = (
    (Kind("vercel", "Vercel"), lambda found, _: "x-vercel-id" in found),
    (Kind("netlify", "Netlify"), lambda found, _: "x-nf-request-id" in found),
    (
        Kind("github-pages", "GitHub Pages", frozenset()),
        lambda found, _: "x-github-request-id" in found or "github.com" in found.get("server", "").lower(),
    ),
    (
        Kind("hf", "a Hugging Face Space", frozenset(ISOLATION)),
        lambda found, name: name.endswith(".hf.space") or "hf" in found.get("x-proxied-host", ""),
    ),
    (Kind("cloudfront", "CloudFront"), lambda found, _: "x-amz-cf-id" in found),
    (Kind("s3", "S3", _OF_OBJECTS), lambda found, _: "x-amz-request-id" in found or "x-amz-id-2" in found),
    (Kind("azure", "Azure Blob Storage", _OF_OBJECTS), lambda found, _: "x-ms-request-id" in found),
    (
        Kind("gcs", "Google Cloud Storage", _OF_OBJECTS),
        lambda found, _: "x-goog-generation" in found or "x-guploader-uploadid" in found,
    ),
    (Kind("cloudflare-pages", "Cloudflare Pages"), lambda _, name: name.endswith(".pages.dev")),
    (Kind("cloudflare", "Cloudflare"), lambda found, _: "cf-ray" in found),
)  # fmt: skip


def kind_of(headers: Mapping[str, str], name: str, digest: str, tag: str) -> Kind:
    """The host of this name that sent these headers, by names in lower case, and for its page an entity tag."""
    for kind, fits in _KINDS:
        if fits(headers, name):
            return kind
    server = headers.get("server", "").lower().replace("/", " ").split()
    if server and server[0] in _SERVERS:
        return _SERVERS[server[0]]
    # It says nothing of itself, but its entity tags are the files' own digests.
    return _EDGEWEB if digest and digest in tag else UNKNOWN
