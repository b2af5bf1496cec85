"""Hosts that are broken in one way each, and what the doctor has to say of it: nothing else."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import brotli
from broken_host import Fault, Reply

Headers = Mapping[str, str]


def is_asset(path: str, ending: str = "") -> bool:
    return path.startswith("assets/") and path.endswith(ending) and "doctor" not in path


def is_page(path: str) -> bool:
    return path == "" or path.endswith(".html")


def without(name: str) -> Fault:
    def fault(path: str, asked: Headers, reply: Reply) -> None:
        reply.headers.pop(name, None)

    return fault


def altered(name: str, value: str) -> Fault:
    def fault(path: str, asked: Headers, reply: Reply) -> None:
        if name in reply.headers:
            reply.headers[name] = value

    return fault


def on_pages(name: str, value: str | list[str]) -> Fault:
    def fault(path: str, asked: Headers, reply: Reply) -> None:
        if is_page(path):
            reply.headers[name] = value

    return fault


def on(wanted: str, name: str, value: str) -> Fault:
    def fault(path: str, asked: Headers, reply: Reply) -> None:
        if path == wanted or (wanted.startswith(".") and path.endswith(wanted)):
            reply.headers[name] = value

    return fault


def other_bytes(path: str, asked: Headers, reply: Reply) -> None:
    if is_asset(path, ".mjs") and "content-encoding" not in reply.headers:
        reply.body = bytes([reply.body[0] ^ 1]) + reply.body[1:]


def cut(path: str, asked: Headers, reply: Reply) -> None:
    if is_asset(path, ".wasm") and "content-encoding" not in reply.headers and "range" not in asked:
        reply.headers["content-length"] = str(len(reply.body))
        reply.body = reply.body[:-10]


def short(path: str, asked: Headers, reply: Reply) -> None:
    if is_asset(path, ".wasm") and "content-encoding" not in reply.headers and "range" not in asked:
        reply.body = reply.body[:-10]


def gone(path: str, asked: Headers, reply: Reply) -> None:
    if is_asset(path, ".mjs"):
        reply.status, reply.body = 404, b"not here"
        reply.headers = {"content-type": "text/plain", "cache-control": "no-store"}


def single_page(path: str, asked: Headers, reply: Reply) -> None:
    if reply.status == 404:
        reply.status, reply.body = 200, b"<!doctype html><title>app</title>"
        reply.headers |= {"content-type": "text/html", "cache-control": "public, max-age=31536000, immutable"}


def unlabelled(path: str, asked: Headers, reply: Reply) -> None:
    if is_asset(path):
        reply.headers.pop("content-encoding", None)


def twice(path: str, asked: Headers, reply: Reply) -> None:
    if reply.headers.get("content-encoding") == "gzip":
        reply.body = gzip.compress(reply.body)


def brotli_on_top(path: str, asked: Headers, reply: Reply) -> None:
    if reply.headers.get("content-encoding") == "br":
        reply.body = brotli.compress(reply.body)


def undecodable(path: str, asked: Headers, reply: Reply) -> None:
    if reply.headers.get("content-encoding") == "br" and is_asset(path):
        reply.body = b"\xff" * len(reply.body)


def plain_only(path: str, asked: Headers, reply: Reply) -> None:
    if "content-encoding" in reply.headers:
        unpack = brotli.decompress if reply.headers["content-encoding"] == "br" else gzip.decompress
        reply.body = unpack(reply.body)
        del reply.headers["content-encoding"]


def always_brotli(path: str, asked: Headers, reply: Reply) -> None:
    if is_asset(path, ".js") and "content-encoding" not in reply.headers:
        reply.body = brotli.compress(reply.body)
        reply.headers["content-encoding"] = "br"


def wrong_range(path: str, asked: Headers, reply: Reply) -> None:
    if reply.status == 206:
        reply.body = b"x" * len(reply.body)


def range_refused(path: str, asked: Headers, reply: Reply) -> None:
    if "range" in asked:
        reply.status, reply.body = 416, b""


def missing_is_kept(path: str, asked: Headers, reply: Reply) -> None:
    if reply.status == 404:
        reply.headers["cache-control"] = "public, max-age=31536000, immutable"


def two_policies(path: str, asked: Headers, reply: Reply) -> None:
    if is_page(path) and "content-security-policy" in reply.headers:
        own = reply.headers["content-security-policy"]
        reply.headers["content-security-policy"] = [str(own), "default-src 'self'"]


def weaker(path: str, asked: Headers, reply: Reply) -> None:
    own = str(reply.headers.get("content-security-policy", ""))
    reply.headers["content-security-policy"] = own.replace("connect-src 'self'", "connect-src 'self' https://x.test")


def stricter(path: str, asked: Headers, reply: Reply) -> None:
    own = str(reply.headers.get("content-security-policy", ""))
    reply.headers["content-security-policy"] = own.replace(" 'wasm-unsafe-eval'", "")


def elsewhere(path: str, asked: Headers, reply: Reply) -> None:
    if is_page(path) and path != "report/index.html":
        reply.status, reply.body = 302, b""
        reply.headers = {"location": "https://other.test/birds/"}


def login(path: str, asked: Headers, reply: Reply) -> None:
    reply.status, reply.body = 302, b""
    reply.headers = {"location": "https://sso.test/login?to=x"}


def forbidden(path: str, asked: Headers, reply: Reply) -> None:
    reply.status, reply.body, reply.headers = 401, b"", {"www-authenticate": "Basic"}


def round_trip(path: str, asked: Headers, reply: Reply) -> None:
    if path == "edgeweb.js":
        reply.status, reply.headers["location"], reply.body = 302, "/moved/edgeweb.js", b""


def injected(path: str, asked: Headers, reply: Reply) -> None:
    if path == "" and "content-encoding" not in reply.headers:
        tag = b'<script defer src="https://static.test/beacon.min.js"></script></body>'
        reply.body = reply.body.replace(b"</body>", tag)


def injected_everywhere(path: str, asked: Headers, reply: Reply) -> None:
    """Hosts change the text, and compress it afterwards."""
    if path == "":
        plain_only(path, asked, reply)
        injected(path, asked, reply)


def retitled(path: str, asked: Headers, reply: Reply) -> None:
    if path == "edgeweb.json":
        reply.body = reply.body.replace(b'"title": "', b'"title": "Other ', 1)


def given_up(path: str, asked: Headers, reply: Reply) -> None:
    if path == "edgeweb.json":
        reply.status, reply.body = 410, b""


def off(path: str, asked: Headers, reply: Reply) -> None:
    if path == "edgeweb.json":
        reply.body = json.dumps({"format": 1, "off": True}).encode()


def moved_worker(path: str, asked: Headers, reply: Reply) -> None:
    if path == "sw.js":
        reply.status, reply.headers["location"], reply.body = 301, "/js/sw.js", b""


def other_worker(path: str, asked: Headers, reply: Reply) -> None:
    if path == "sw.js":
        plain_only(path, asked, reply)
        reply.body += b"\nself.onfetch = null\n"


def clock(off_by: timedelta) -> Fault:
    def fault(path: str, asked: Headers, reply: Reply) -> None:
        reply.headers["date"] = format_datetime(datetime.now(UTC) - off_by, usegmt=True)

    return fault


def bare(server: str) -> Fault:
    """A host that sends none of the headers."""

    def fault(path: str, asked: Headers, reply: Reply) -> None:
        names = ("content-type", "content-encoding", "content-range", "vary", "location")
        reply.headers = {name: value for name, value in reply.headers.items() if name in names}
        reply.headers |= {"server": server, "cache-control": "max-age=600"}

    return fault


# Fault, check, state, and words that its finding has to say.
CASES: dict[str, tuple[Fault, str, str, str]] = {
    "other bytes": (other_bytes, "files", "fail", "other bytes"),
    "a file ends early": (short, "files", "fail", "end too early"),
    "a connection is cut": (cut, "files", "fail", "cut"),
    "a file is gone": (gone, "files", "fail", "404"),
    "single-page fallback": (single_page, "missing", "fail", "200"),
    "brotli without a label": (unlabelled, "encodings", "fail", "without Content-Encoding"),
    "compressed twice": (twice, "encodings", "fail", "twice"),
    "brotli twice": (brotli_on_top, "encodings", "fail", "twice"),
    "not brotli at all": (undecodable, "encodings", "fail", "cannot be decoded"),
    "nothing compressed": (plain_only, "compression", "warn", "bytes more"),
    "brotli for everybody": (always_brotli, "encodings", "warn", "do not ask"),
    "wasm of no type": (on(".wasm", "content-type", "application/octet-stream"), "types", "fail", "application/wasm"),
    "scripts as text": (on(".js", "content-type", "text/plain"), "types", "fail", "text/javascript"),
    "a page as text": (on("", "content-type", "text/plain"), "types", "fail", "text/html"),
    "json as text": (on("headers.json", "content-type", "text/plain"), "types", "warn", "application/json"),
    "wrong ranges": (wrong_range, "ranges", "fail", "206"),
    "ranges refused": (range_refused, "ranges", "fail", "416"),
    "immutable pages": (on("", "cache-control", "max-age=31536000, immutable"), "caching", "fail", "immutable"),
    "a manifest for a month": (
        on("edgeweb.json", "cache-control", "max-age=2592000"),
        "caching",
        "fail",
        "edgeweb.json",
    ),
    "a worker for an hour": (on("sw.js", "cache-control", "max-age=3600"), "caching", "warn", "sw.js"),
    "no word on caching": (on("headers.json", "cache-control", ""), "caching", "warn", "missing"),
    "assets asked for again": (on(".wasm", "cache-control", "no-cache"), "caching-assets", "warn", "not immutable"),
    "404 for a year": (missing_is_kept, "missing-cached", "fail", "404"),
    "no COEP": (without("cross-origin-embedder-policy"), "isolation", "fail", "Embedder-Policy is missing"),
    "no COOP": (altered("cross-origin-opener-policy", "unsafe-none"), "isolation", "fail", "unsafe-none"),
    "no CORP": (without("cross-origin-resource-policy"), "isolation", "fail", "Resource-Policy is missing"),
    "no policy": (without("content-security-policy"), "policy", "fail", "is missing"),
    "a weaker policy": (weaker, "policy", "fail", "allows https://x.test in connect-src"),
    "a stricter policy": (stricter, "policy", "fail", "lacks 'wasm-unsafe-eval'"),
    "two policies": (two_policies, "policy", "fail", "comes 2 times"),
    "no allow-list": (without("connection-allowlist"), "allowlist", "fail", "Connection-Allowlist is missing"),
    "no referrer policy": (without("referrer-policy"), "headers", "fail", "Referrer-Policy is missing"),
    "types are guessed": (without("x-content-type-options"), "sniffing", "fail", "X-Content-Type-Options"),
    "frames": (without("x-frame-options"), "frames", "fail", "X-Frame-Options"),
    "another origin": (elsewhere, "redirects", "fail", "https://other.test/birds/"),
    "a login": (login, "redirects", "fail", "login"),
    "a password": (forbidden, "redirects", "fail", "401"),
    "an injected script": (injected_everywhere, "pages", "fail", "https://static.test/beacon.min.js"),
    "a manifest that was edited": (retitled, "manifest", "fail", "changed after the build"),
    "given up": (given_up, "manifest", "fail", "410"),
    "off": (off, "manifest", "fail", "switched off"),
    "a worker that moved": (moved_worker, "service-worker", "fail", "redirected"),
    "another worker": (other_worker, "service-worker", "fail", "other bytes"),
    "a clock ten minutes off": (clock(timedelta(minutes=10)), "clock", "warn", "10 minutes"),
    "a clock days off": (clock(timedelta(days=-3)), "clock", "fail", "days ahead"),
    "a cookie": (on_pages("set-cookie", "__cf_bm=1; path=/"), "privacy", "warn", "__cf_bm"),
    "reports": (on_pages("nel", '{"report_to":"cf"}'), "privacy", "warn", "nel"),
    "preconnects": (on_pages("link", "<https://cdn.test/x.css>; rel=preload"), "privacy", "warn", "https://cdn.test/"),
}
