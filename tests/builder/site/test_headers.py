"""The response headers: one rule for every path, and none allows eval."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

import pytest
from edgeweb.site import headers

PATHS = [
    "/", "/index.html", "/report/index.html", "/report.json", "/edgeweb.json", "/edgeweb.js", "/edgeweb.d.ts",
    "/assets/worker-ABC.js", "/assets/ort-wasm-simd-threaded-1234.wasm", "/assets/ort-wasm-simd-threaded-1234.mjs",
    "/assets/model-1.onnx", "/assets/edgeweb-X.js", "/assets/page-X.css", "/THIRD_PARTY_NOTICES.txt", "/sw.js",
    "/headers.json", "/manifest.webmanifest", "/report", "/nothing",
]  # fmt: skip
DOCUMENTS = ("/", "/index.html", "/report/index.html")


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
    # Exact, or a prefix; and but for the one for everything they are apart, because hosts differ in what wins.
    assert all("*" not in source[:-1] for source in sources)
    named = [source for source in sources if source != "/*"]
    assert not any(a != b and fnmatchcase(a, b) for a in named for b in named)


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


def test_the_page_reaches_its_own_origin_and_runs_compute_from_blobs() -> None:
    for path in DOCUMENTS:
        assert csp(path)["connect-src"] == "'self'"
        assert csp(path)["script-src"] == "'self' blob: 'wasm-unsafe-eval'"
        assert csp(path)["worker-src"] == "'self' blob:"
        assert csp(path)["frame-ancestors"] == "'none'"
        assert csp(path)["require-trusted-types-for"] == "'script'"
        assert ruling(path)["Connection-Allowlist"] == "(response-origin)"


def test_the_service_worker_fetches_from_its_own_origin_alone() -> None:
    assert csp("/sw.js") == {"default-src": "'none'", "script-src": "'self'", "connect-src": "'self'"}
    assert ruling("/sw.js")["Connection-Allowlist"] == "(response-origin)"
    assert ruling("/sw.js")["Content-Type"] == "text/javascript; charset=utf-8"


def test_everything_else_is_no_document_and_no_script_of_its_own() -> None:
    for path in set(PATHS) - {*DOCUMENTS, "/sw.js"}:
        assert csp(path) == {"default-src": "'none'", "sandbox": ""}


def test_the_policy_in_the_page_is_that_of_the_header() -> None:
    sent, written = headers.document_policy("x = 1"), headers.document_policy("x = 1", in_page=True)
    assert "'sha256-" in written
    assert sent.replace(" frame-ancestors 'none';", "") == written


def test_the_camera_is_for_pages_that_take_pictures() -> None:
    assert "camera=(self)" in ruling("/", camera=True)["Permissions-Policy"]
    closed = ruling("/", camera=False)["Permissions-Policy"]
    assert "camera=()" in closed
    assert "microphone=()" in closed


def test_the_json_form() -> None:
    found = json.loads(headers.as_json(headers.rules(True)))
    assert found == {"format": 1, "rules": headers.rules(True)}
