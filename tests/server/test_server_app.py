"""What a site answers: exactly its files, in the right form, always under the headers of headers.json."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Get = Callable[..., Any]

MODEL = random.Random(1).randbytes(1000)
SCRIPT = b"export const answer = 42;\n" * 200

PROBES = [
    "/../outside.txt",
    "/assets/../../outside.txt",
    "/assets/../index.html",
    "/./index.html",
    "//index.html",
    "/index.html/",
    "/index.html/.",
    "//etc/passwd",
    "/etc/passwd",
    "/.env",
    "/headers.json",
    "/unlisted.txt",
    "/assets",
    "/assets/",
    "/assets/app.js.br",
    "/assets/app.js.gz",
    "/ASSETS/app.js",
    "/Index.html",
    "/assets\\app.js",
    "/..\\outside.txt",
    "/assets/app.js\0",
    "/assets/app.js\0.html",
    "/assets/app.js\n",
    "/\n",
    "/assets/app.js;x",
    "/assets/app.js ",
    "/assets/app.js::$DATA",
    "/C:/outside.txt",
    "/\\\\host\\share",
    "/~root/",
    "/report/..",
    "/index.html%00",
    "/\u2025/outside.txt",
    "",
    "*",
    "http://evil.example/index.html",
    "/" + "a/" * 5000,
]
ENCODED_PROBES = [
    ("/../outside.txt", b"/%2e%2e/outside.txt"),
    ("/../outside.txt", b"/..%2foutside.txt"),
    ("/..\\outside.txt", b"/..%5coutside.txt"),
    ("/assets/app.js", b"/assets%2fapp.js"),
    ("/assets/app.js", b"/assets%2Fapp.js"),
    ("/assets/app.js", b"/%61ssets/app.js"),
    ("/assets\\app.js", b"/assets%5capp.js"),
    ("/./index.html", b"/%2e/index.html"),
    ("/assets/app.js\0", b"/assets/app.js%00"),
    ("/%2e%2e/outside.txt", b"/%252e%252e/outside.txt"),
    ("/\ufffd\ufffd/outside.txt", b"/%c0%ae%c0%ae/outside.txt"),
]


@pytest.mark.parametrize("path", PROBES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_the_manifest_does_not_name_is_not_there(get: Get, path: str, method: str) -> None:
    reply = get(path, method)
    assert reply.status == 404
    assert b"SECRET" not in reply.body
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("path", "raw"), ENCODED_PROBES)
def test_encoded_paths_are_not_decoded(get: Get, path: str, raw: bytes) -> None:
    assert get(path, raw=raw).status == 404


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/report/", "text/html; charset=utf-8"),
        ("/report/index.html", "text/html; charset=utf-8"),
        ("/edgeweb.json", "application/json"),
        ("/assets/app.js", "text/javascript; charset=utf-8"),
        ("/assets/model.onnx", "application/octet-stream"),
        ("/edgeweb.d.ts", "text/plain; charset=utf-8"),
        ("/LICENSE", "text/plain; charset=utf-8"),
    ],
)
def test_files_of_the_manifest(get: Get, site: Path, path: str, media_type: str) -> None:
    reply = get(path)
    data = (site / (path + "index.html" if path.endswith("/") else path).lstrip("/")).read_bytes()
    assert (reply.status, reply.body) == (200, data)
    assert reply.headers["content-type"] == media_type
    assert reply.headers["content-length"] == str(len(data))
    assert reply.headers["accept-ranges"] == "bytes"


def test_more_media_types(make_site: Get, client_of: Get, tmp_path: Path) -> None:
    expected = {
        "a.wasm": "application/wasm",
        "a.mjs": "text/javascript; charset=utf-8",
        "a.css": "text/css; charset=utf-8",
        "a.SVG": "image/svg+xml",
        "a.png": "image/png",
        "a.jpg": "image/jpeg",
        "a.webp": "image/webp",
        "a.txt": "text/plain; charset=utf-8",
        "a.webmanifest": "application/manifest+json",
        "a.data": "application/octet-stream",
    }
    get = client_of(make_site(tmp_path, dict.fromkeys(expected, b"x")))
    assert {name: get(f"/{name}").headers["content-type"] for name in expected} == expected


def test_a_folder_with_a_page_redirects_to_its_slash(get: Get) -> None:
    reply = get("/report")
    assert (reply.status, reply.headers["location"]) == (307, "report/")


@pytest.mark.parametrize(
    ("path", "method", "sent", "status"),
    [
        ("/assets/app.js", "GET", {}, 200),
        ("/assets/app.js", "HEAD", {}, 200),
        ("/assets/app.js", "GET", {"accept_encoding": "br"}, 200),
        ("/assets/app.js", "GET", {"range": "bytes=0-1"}, 206),
        ("/assets/app.js", "GET", {"if_none_match": "*"}, 304),
        ("/assets/gone.js", "GET", {}, 404),
        ("/assets/app.js", "POST", {}, 405),
        ("/assets/app.js", "GET", {"accept_encoding": "identity;q=0"}, 406),
        ("/assets/app.js", "GET", {"range": "bytes=999999-"}, 416),
        ("/report", "GET", {}, 307),
    ],
)
def test_every_answer_has_the_headers_of_the_site(
    get: Get, path: str, method: str, sent: dict[str, str], status: int
) -> None:
    reply = get(path, method, **sent)
    assert reply.status == status
    for name, value in (
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    ):
        assert reply.headers[name] == value
    # A missing file must not stay missing for a year.
    immutable = "public, max-age=31536000, immutable"
    assert reply.headers["cache-control"] == (immutable if status in (200, 206, 304) else "no-store")


def test_the_most_specific_rule_wins(get: Get) -> None:
    assert get("/").headers["content-security-policy"] == "script-src 'self'"
    assert "content-security-policy" not in get("/index.html").headers
    assert get("/assets/w/worker.js").headers["x-kind"] == "worker"
    assert "x-kind" not in get("/assets/app.js").headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "get"])
@pytest.mark.parametrize("path", ["/", "/nothing"])
def test_only_get_and_head(get: Get, method: str, path: str) -> None:
    reply = get(path, method)
    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("accept", "coding", "suffix"), [("br, gzip", "br", ".br"), ("gzip", "gzip", ".gz"), ("deflate", None, "")]
)
def test_stored_encodings(get: Get, site: Path, accept: str, coding: str | None, suffix: str) -> None:
    stored = (site / f"assets/app.js{suffix}").read_bytes()
    for method, body in (("GET", stored), ("HEAD", b"")):
        reply = get("/assets/app.js", method, accept_encoding=accept)
        assert (reply.status, reply.body) == (200, body)
        assert reply.headers.get("content-encoding") == coding
        assert reply.headers["content-length"] == str(len(stored))
        assert reply.headers["content-type"] == "text/javascript; charset=utf-8"
        assert reply.headers["vary"] == "Accept-Encoding"
    if coding == "gzip":
        assert gzip.decompress(stored) == SCRIPT


def test_several_header_lines_are_one_list(get: Get) -> None:
    reply = get("/assets/app.js", headers=[("accept-encoding", "deflate"), ("accept-encoding", "gzip")])
    assert reply.headers["content-encoding"] == "gzip"


def test_vary_only_where_there_is_a_choice(get: Get) -> None:
    assert "vary" not in get("/assets/model.onnx").headers
    for sent in ({}, {"range": "bytes=0-1"}, {"if_none_match": "*"}, {"accept_encoding": "identity;q=0"}):
        assert get("/assets/app.js", **sent).headers["vary"] == "Accept-Encoding"


def test_a_vary_of_the_site_is_kept(make_site: Get, client_of: Get, tmp_path: Path) -> None:
    rules = [{"source": "/*", "headers": {"Vary": "Origin", "Content-Type": "text/x-mine"}}]
    get = client_of(make_site(tmp_path, rules=rules))
    assert get("/assets/app.js").headers["vary"] == "Origin, Accept-Encoding"
    assert get("/assets/app.js").headers["content-type"] == "text/x-mine"
    assert get("/gone").headers["content-type"] == "text/plain; charset=utf-8"


def test_mounted_below_another_application(get: Get) -> None:
    assert get("/bird/assets/app.js", root_path="/bird").body == SCRIPT
    assert get("/my birds/assets/app.js", root_path="/my birds", raw=b"/my%20birds/assets/app.js").body == SCRIPT
    assert get("/bird/assets/app.js", root_path="/bird", raw=b"/bird/assets%2fapp.js").status == 404


def test_hosts(site: Path, client_of: Get) -> None:
    get = client_of(site, allowed_hosts=["localhost", "127.0.0.1", "::1"])
    for host in ("localhost", "LOCALHOST:8000", "127.0.0.1:80", "[::1]", "[::1]:8000"):
        assert get("/", host=host).status == 200
    refused = ["evil.example", "localhost.evil.example", "localhost@evil", "", "[::2]", "::1", "127.0.0.1:80:80", "a b"]
    for host in refused:
        reply = get("/", host=host)
        assert reply.status == 421
        assert reply.headers["x-content-type-options"] == "nosniff"
    assert get("/").status == 421
    assert get("/", headers=[("host", "localhost"), ("host", "localhost")]).status == 421
    assert client_of(site, allowed_hosts=["*"])("/", host="evil.example").status == 200


def test_a_new_build_shows_without_a_restart(make_site: Get, client_of: Get, tmp_path: Path) -> None:
    folder = make_site(tmp_path / "site", {"index.html": b"old", "assets/1.txt": b"1"})
    get = client_of(folder)
    assert get("/").body == b"old"
    folder.rename(tmp_path / "before")
    assert get("/").status == 503
    assert get("/", "HEAD").body == b""
    make_site(folder, {"index.html": b"newer", "assets/2.txt": b"2"})
    assert get("/").body == b"newer"
    assert get("/assets/2.txt").body == b"2"
    assert get("/assets/1.txt").status == 404


def test_a_half_written_site_is_not_served_as_whole(make_site: Get, client_of: Get, tmp_path: Path) -> None:
    folder = make_site(tmp_path, {"index.html": b"old"})
    get = client_of(folder)
    (folder / "index.html").write_bytes(b"something longer")
    reply = get("/")
    assert (reply.status, reply.headers["retry-after"]) == (503, "1")
    manifest = json.loads((folder / "edgeweb.json").read_text())
    (folder / "edgeweb.json").write_text("{")
    assert get("/").status == 503
    assert get("/nothing").status == 404
    manifest["files"]["index.html"]["bytes"] = 16
    (folder / "edgeweb.json").write_text(json.dumps(manifest))
    assert get("/").body == b"something longer"


def test_a_folder_of_releases(make_site: Get, client_of: Get, tmp_path: Path) -> None:
    make_site(tmp_path / "v1", {"index.html": b"one"})
    make_site(tmp_path / "v2", {"index.html": b"two", "report/index.html": b"r"})
    make_site(tmp_path / ".v3-in-progress")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("SECRET")
    (tmp_path / "current").symlink_to("v2")
    get = client_of(tmp_path)
    page = get("/")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    text = page.body.decode()
    assert text.count("<li>") == 3
    assert '<a href="v1/">Bird &lt;finder&gt;</a>' in text
    assert "style-src 'sha256-" in page.headers["content-security-policy"]
    assert [get(path).body for path in ("/v1/", "/v2/", "/current/")] == [b"one", b"two", b"two"]
    assert [get(path).headers["location"] for path in ("/v1", "/v2/report")] == ["v1/", "report/"]
    assert get("/v1/").headers["content-security-policy"] == "script-src 'self'"
    for path in ("/v3/", "/.v3-in-progress/", "/notes/a.txt", "/v1/../v2/", "/v1//", "//v1/", "/v1/headers.json", ""):
        assert get(path).status == 404
        assert get(path).headers["x-content-type-options"] == "nosniff"
    assert get("/v2/", raw=b"/%762/").status == 404
    for path in ("/", "/v1/", "/nothing"):
        assert get(path, "POST").status == 405
    make_site(tmp_path / "v4", {"index.html": b"four"})
    assert get("/v4/").body == b"four"
