"""The response headers: one rule for every path, none allows eval, and the hosts' forms do not contradict them."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

import pytest
from edgeweb import headers

PATHS = [
    "/", "/index.html", "/report/index.html", "/report.json", "/edgeweb.json", "/edgeweb.js", "/edgeweb.d.ts",
    "/assets/worker-ABC.js", "/assets/ort-wasm-simd-threaded-1234.wasm", "/assets/ort-wasm-simd-threaded-1234.mjs",
    "/assets/model-1.onnx", "/assets/boot-X.js", "/assets/page-X.css", "/THIRD_PARTY_NOTICES.txt",
]  # fmt: skip
WORKERS = [path for path in PATHS if path.startswith(("/assets/worker-", "/assets/ort-"))]


def ruling(path: str, camera: bool = False) -> dict[str, str]:
    """The headers of the most specific rule, as the server applies them."""
    matching = [rule for rule in headers.rules(camera) if fnmatchcase(path, rule["source"])]
    longest = max(matching, key=lambda rule: (not rule["source"].endswith("*"), len(rule["source"])))
    found: dict[str, str] = longest["headers"]
    return found


def csp(path: str) -> dict[str, str]:
    return dict(part.strip().partition(" ")[::2] for part in ruling(path)["Content-Security-Policy"].split(";"))


def test_sources_are_different_and_one_takes_everything() -> None:
    sources = [rule["source"] for rule in headers.rules(False)]
    assert len(sources) == len(set(sources))
    assert "/*" in sources
    # Exact, or a prefix: of two that overlap one lies within the other, so the most specific is never in doubt.
    assert all("*" not in source[:-1] for source in sources)


@pytest.mark.parametrize("path", PATHS)
def test_what_every_path_says(path: str) -> None:
    found = ruling(path)
    assert found["Cross-Origin-Opener-Policy"] == "same-origin"
    assert found["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert found["Cross-Origin-Resource-Policy"] == "same-origin"
    assert found["X-Content-Type-Options"] == "nosniff"
    assert found["Referrer-Policy"] == "no-referrer"
    assert csp(path)["default-src"] == "'none'"
    assert "'unsafe-eval'" not in json.dumps(found)
    assert "unsafe-inline" not in json.dumps(found)
    assert "://" not in json.dumps(found)
    hashed = path.startswith("/assets/")
    assert found["Cache-Control"] == ("public, max-age=31536000, immutable" if hashed else "no-cache")


def test_the_page_reaches_its_own_origin_and_the_worker_nothing() -> None:
    for path in ("/", "/index.html", "/report/index.html"):
        assert csp(path)["connect-src"] == "'self'"
        assert csp(path)["script-src"] == "'self' 'wasm-unsafe-eval'"
        assert csp(path)["frame-ancestors"] == "'none'"
        assert csp(path)["require-trusted-types-for"] == "'script'"
    for path in WORKERS:
        assert csp(path)["connect-src"] == "'none'"
    for path in set(PATHS) - set(WORKERS) - {"/", "/index.html", "/report/index.html"}:
        assert "sandbox" in csp(path)
        assert "script-src" not in csp(path)


def test_the_camera_is_for_pages_that_take_pictures() -> None:
    assert "camera=(self)" in ruling("/", camera=True)["Permissions-Policy"]
    closed = ruling("/", camera=False)["Permissions-Policy"]
    assert "camera=()" in closed
    assert "microphone=()" in closed


def test_the_json_form() -> None:
    found = json.loads(headers.as_json(headers.rules(True)))
    assert found == {"format": 1, "rules": headers.rules(True)}


def netlify(base: str) -> dict[str, dict[str, str]]:
    blocks: dict[str, dict[str, str]] = {}
    source = ""
    for line in headers.as_netlify(headers.rules(True), base).decode().splitlines():
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


@pytest.mark.parametrize("base", ["/", "/birds", "/birds/"])
@pytest.mark.parametrize("path", PATHS)
def test_the_form_for_netlify_and_cloudflare(base: str, path: str) -> None:
    blocks = netlify(base)
    assert len(blocks) <= 100, "the most rules that Cloudflare Pages takes"
    full = base.rstrip("/") + path
    applied: dict[str, str] = {}
    for source, own in blocks.items():
        if fnmatchcase(full, source):
            # There every matching rule applies, and a header that comes twice is joined.
            assert not applied.keys() & own.keys(), f"{full}: {applied.keys() & own.keys()}"
            applied |= own
    wanted = ruling(path, camera=True)
    for name in ("Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy", "X-Content-Type-Options"):
        assert applied[name] == wanted[name]
    if path in WORKERS or path in ("/", "/index.html", "/report/index.html"):
        assert applied["Content-Security-Policy"] == wanted["Content-Security-Policy"]
    if path.startswith("/assets/"):
        assert applied["Cache-Control"] == wanted["Cache-Control"]
