"""Every host's file says what headers.py rules; nginx is asked itself where it is installed."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import http.client
import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import tiny
from edgeweb.recipe import Site
from edgeweb.site import headers, page
from edgeweb.site.hosts import hosts
from edgeweb.site.wording import Wording
from edgeweb_server import headers as served
from edgeweb_server import site as server_site

RULES = headers.rules(True, "const begun = 1")
PATHS = [
    "/", "/index.html", "/report/index.html", "/report.json", "/edgeweb.json", "/edgeweb.js", "/edgeweb.d.ts",
    "/sw.js", "/headers.json", "/manifest.webmanifest", "/assets/model-1.onnx", "/assets/x.wasm",
    "/THIRD_PARTY_NOTICES.txt",
]  # fmt: skip
BASES = ["/", "/birds", "/birds/"]
SUFFIXES = {"br": ".br", "gzip": ".gz"}
Headers = dict[str, str]


def ruling(path: str) -> Headers:
    """The headers of a path as our server finds them; names in lower case."""
    return dict(served.parse(headers.as_json(RULES), "headers.json").at(path))


def lower(found: Headers) -> Headers:
    return {name.lower(): value for name, value in found.items()}


def files(base: str) -> dict[str, bytes]:
    english = json.loads((tiny.ROOT / "web" / "strings" / "en.json").read_text("utf-8"))
    return hosts.files(RULES, base, "bird-finder", "Bird <finder>", Wording("en", "ltr", english))


def test_the_same_bytes_every_time() -> None:
    assert files("/birds/") == files("/birds/") == files("/birds")


def test_our_own_server_serves_none_of_them(build: Callable[..., Site], tmp_path: Path) -> None:
    site = build(tiny.saved(tmp_path / "m", tiny.linear()))
    found = server_site.load(site.path)
    assert {f"/{path}" for path in site.manifest.files} < set(found.files)
    for path in files("/"):
        assert (site.path / path).is_file()
        assert f"/{path}" not in found.files
    assert found.rules.at("/sw.js")["content-security-policy"].endswith("connect-src 'self'")


def netlify(base: str) -> dict[str, Headers]:
    blocks: dict[str, Headers] = {}
    source = ""
    for line in files(base)["_headers"].decode().splitlines():
        assert len(line) <= 2000, "the longest line that Cloudflare Pages takes"
        if line.startswith("  "):
            name, _, value = line.strip().partition(": ")
            assert name not in blocks[source]
            blocks[source][name] = value
        else:
            source = line
            assert source not in blocks
            blocks[source] = {}
    return blocks


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("path", PATHS)
def test_netlify_and_cloudflare(base: str, path: str) -> None:
    blocks = netlify(base)
    assert len(blocks) <= 100, "the most rules that Cloudflare Pages takes"
    full = base.rstrip("/") + path
    applied: Headers = {}
    for source, own in blocks.items():
        if fnmatchcase(full, source):
            # There every matching rule applies, and a header that comes twice is joined.
            assert not applied.keys() & own.keys(), f"{full}: {applied.keys() & own.keys()}"
            applied |= own
    assert lower(applied) == ruling(path)
    whole = f"{base.rstrip('/')}/*"
    assert "Content-Security-Policy" not in blocks[whole]


def vercel_takes(source: str, path: str) -> bool:
    """A source is a path, or one that ends in a group, which is a regular expression."""
    return bool(re.fullmatch(source, path)) if "(" in source else source == path


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("path", PATHS)
def test_vercel(base: str, path: str) -> None:
    document = json.loads(files(base)["vercel.json"])
    full = base.rstrip("/") + path
    matching = [rule for rule in document["headers"] if vercel_takes(rule["source"], full)]
    assert len(matching) == 1, [rule["source"] for rule in matching]
    assert {item["key"].lower(): item["value"] for item in matching[0]["headers"]} == ruling(path)


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("path", PATHS)
def test_caddy(base: str, path: str) -> None:
    text = files(base)["hosts/Caddyfile"].decode()
    root = base.rstrip("/")
    assert f"file_server {root}/* {{\n\tprecompressed br gzip\n}}" in text
    assert text.count("{") == text.count("}")
    matchers = re.findall(r"^@(\w+) \{\n\tpath (\S+)\n(?:\tnot path (.+)\n)?\}$", text, re.MULTILINE)
    blocks = dict(re.findall(r"^header @(\w+) \{\n((?:\t.+\n)+)\}$", text, re.MULTILINE))
    applied = [
        name
        for name, source, others in matchers
        if fnmatchcase(root + path, source) and not any(fnmatchcase(root + path, other) for other in others.split())
    ]
    assert len(matchers) == len(blocks) == len(RULES)
    assert len(applied) == 1
    assert lower(dict(re.findall(r'^\t(\S+) "(.*)"$', blocks[applied[0]], re.MULTILINE))) == ruling(path)
    places = {f"/{host.PATH.partition('/')[0]}{'/*' if '/' in host.PATH else ''}" for host in hosts.HOSTS}
    assert {"/.nojekyll", "/_headers", "/hosts/*", "/vercel.json"} <= places
    withheld = " ".join(root + each for each in sorted(places))
    assert f"\n@edgeweb_withheld path {withheld}\nerror @edgeweb_withheld 404\n" in text


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("path", PATHS)
def test_cloudfront(base: str, path: str) -> None:
    policies = json.loads(files(base)["hosts/cloudfront.json"])["policies"]
    root = base.rstrip("/")
    patterns = [(pattern, policy) for policy in policies for pattern in policy["pathPatterns"]]
    # The first that matches; the one for everything is the last.
    policy = next(policy for pattern, policy in patterns if fnmatchcase(root + path, pattern))[
        "ResponseHeadersPolicyConfig"
    ]
    security, custom = policy["SecurityHeadersConfig"], policy["CustomHeadersConfig"]
    found = {item["Header"].lower(): item["Value"] for item in custom["Items"]}
    assert custom["Quantity"] == len(custom["Items"]) <= 10, "the most that a policy takes"
    assert all(part["Override"] for part in (*security.values(), *custom["Items"]))
    found["content-security-policy"] = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    found["x-frame-options"] = security["FrameOptions"]["FrameOption"]
    found["referrer-policy"] = security["ReferrerPolicy"]["ReferrerPolicy"]
    found["x-content-type-options"] = "nosniff"
    # The object store has the type of each file.
    assert found == {name: value for name, value in ruling(path).items() if name != "content-type"}
    assert len({entry["ResponseHeadersPolicyConfig"]["Name"] for entry in policies}) == len(policies)


@pytest.fixture(params=["/", "/birds/"], scope="module")
def nginx(
    request: pytest.FixtureRequest, build_once: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Site, str, int]]:
    """A site behind nginx with nothing but its snippet: the site, its base and the port."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    base: str = request.param
    tmp_path = tmp_path_factory.mktemp("nginx")
    folder = tmp_path / "root" / base.strip("/")
    site = build_once(tiny.saved(tmp_path / "m", tiny.picture()), folder, base_url=base)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    scratch = "".join(f"{kind}_temp_path {tmp_path}/{kind}; " for kind in kinds)
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {tmp_path}/pid; error_log {tmp_path}/errors; events {{}}\n"
        f"http {{ access_log off; {scratch} server {{ listen 127.0.0.1:{port}; root {tmp_path}/root;\n"
        f"include {folder}/hosts/nginx.conf; }} }}\n"
    )
    with subprocess.Popen([program, "-c", tmp_path / "nginx.conf", "-e", tmp_path / "errors"]) as process:
        try:
            wait_for(port)
            yield site, base, port
        finally:
            process.terminate()


def wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("nginx did not start")


def ask(port: int, path: str, method: str = "GET", **sent: str) -> tuple[int, Headers, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in sent.items()})
    response = connection.getresponse()
    body = response.read()
    names = [name.lower() for name, _ in response.getheaders()]
    assert len(names) == len(set(names)), f"a header was sent twice: {names}"
    found = lower(dict(response.getheaders()))
    connection.close()
    return response.status, found, body


def test_nginx_sends_every_header_of_every_file(nginx: tuple[Site, str, int]) -> None:
    site, base, port = nginx
    rules = served.parse((site.path / "headers.json").read_bytes(), "headers.json")
    for path in ("", "report/", "edgeweb.json", *site.manifest.files):
        status, found, body = ask(port, base + path)
        file = site.path / (path + "index.html" if path == "" or path.endswith("/") else path)
        assert (status, body) == (200, file.read_bytes()), path
        for name, value in rules.at("/" + path).items():
            assert found.get(name) == value, f"{path}: {name}"
        assert found["content-type"] == media_type(path), path


def media_type(path: str) -> str:
    return "text/html; charset=utf-8" if path == "" or path.endswith("/") else server_site._media_type(path)


def test_nginx_sends_the_compressed_forms(nginx: tuple[Site, str, int]) -> None:
    site, base, port = nginx
    for path, entry in site.manifest.files.items():
        _, found, body = ask(port, base + path, accept_encoding="gzip")
        if "gzip" in entry.encodings:
            assert (found["content-encoding"], len(body)) == ("gzip", entry.encodings["gzip"]), path
            assert gzip.decompress(body) == (site.path / path).read_bytes()
            assert "accept-encoding" in found["vary"].lower()
        else:
            assert "content-encoding" not in found


def test_nginx_keeps_nothing_that_is_missing_and_shows_nothing_that_is_for_hosts(nginx: tuple[Site, str, int]) -> None:
    site, base, port = nginx
    for path in (*withheld(site), "hosts/"):
        status, found, _ = ask(port, base + path)
        assert (status, found["content-security-policy"]) == (404, "default-src 'none'; sandbox"), path
    status, found, _ = ask(port, f"{base}assets/missing.js")
    assert status == 404
    assert "cache-control" not in found
    assert found["content-security-policy"] == "default-src 'none'; sandbox"
    assert ask(port, base, "POST")[0] == 405


def test_what_is_missing_has_a_page_that_leads_to_the_start() -> None:
    text = files("/birds/")["404.html"].decode()
    assert 'href="/birds/"' in text
    assert "Bird &lt;finder&gt;" in text
    assert "<script" not in text
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert digest in html.unescape(text)


def withheld(site: Site) -> list[str]:
    """What lies in a site's folder and belongs to no visitor."""
    manifest = site.manifest.files.items()
    forms = {path + end for path, entry in manifest for end in ("", *(SUFFIXES[name] for name in entry.encodings))}
    found = {str(path.relative_to(site.path)) for path in site.path.rglob("*") if path.is_file()}
    assert {"_headers", "vercel.json", "hosts/nginx.conf"} < found - forms
    copy = page.copy_path((site.path / "index.html").read_bytes())
    return sorted(found - forms - {"edgeweb.json", copy})


def any_of(document: Any) -> Iterator[str]:
    """Every text in a JSON document."""
    if isinstance(document, dict):
        for value in document.values():
            yield from any_of(value)
    elif isinstance(document, list):
        for value in document:
            yield from any_of(value)
    elif isinstance(document, str):
        yield document


@pytest.mark.parametrize("name", ["vercel.json", "hosts/cloudfront.json"])
def test_no_form_names_another_origin(name: str) -> None:
    assert not any("://" in text for text in any_of(json.loads(files("/")[name])))
