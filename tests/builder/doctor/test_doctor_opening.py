"""Which redirects lead to the same site, and which host a few headers tell of."""

from __future__ import annotations

import pytest
from edgeweb.doctor import hosts, opening
from edgeweb.doctor.asking import Answer


@pytest.mark.parametrize(
    ("base", "location", "expected"),
    [
        ("http://a.test/b/", "https://a.test/b/edgeweb.json", "https://a.test/b/"),
        ("https://a.test/", "https://www.a.test/edgeweb.json", "https://www.a.test/"),
        ("https://www.a.test/", "https://a.test/edgeweb.json", "https://a.test/"),
        ("http://a.test/", "/edgeweb.json", "http://a.test/"),
        # Elsewhere, down to plain http, or no manifest any more: none of these is the same site.
        ("https://a.test/", "http://a.test/edgeweb.json", None),
        ("https://a.test/", "https://b.test/edgeweb.json", None),
        ("https://a.test/b/", "https://a.test/c/edgeweb.json", None),
        ("https://a.test/", "https://a.test/login", None),
    ],
)
def test_only_a_better_address_of_the_same_site_is_gone_to(base: str, location: str, expected: str | None) -> None:
    answer = Answer(f"{base}edgeweb.json", 301, (("location", location),))
    assert opening._following(base, answer) == expected


@pytest.mark.parametrize(
    ("headers", "name", "expected"),
    [
        ({"server": "Vercel", "x-vercel-id": "fra1::x"}, "a.test", "Vercel"),
        ({"server": "Netlify", "x-nf-request-id": "01"}, "a.test", "Netlify"),
        ({"server": "GitHub.com", "x-github-request-id": "A"}, "a.test", "GitHub Pages"),
        # Cloudflare stands before others, which are what matters.
        ({"server": "cloudflare", "cf-ray": "1", "x-github-request-id": "A"}, "a.test", "GitHub Pages"),
        ({"server": "cloudflare", "cf-ray": "1"}, "a.test", "Cloudflare"),
        ({"server": "cloudflare", "cf-ray": "1"}, "a.pages.dev", "Cloudflare Pages"),
        ({"server": "AmazonS3", "x-amz-request-id": "A"}, "a.test", "S3"),
        ({"server": "AmazonS3", "x-amz-request-id": "A", "x-amz-cf-id": "B"}, "a.test", "CloudFront"),
        ({"x-ms-request-id": "A"}, "a.test", "Azure Blob Storage"),
        ({"x-goog-generation": "1"}, "a.test", "Google Cloud Storage"),
        ({}, "org-x.static.hf.space", "a Hugging Face Space"),
        ({"server": "nginx/1.22.1"}, "a.test", "nginx"),
        ({"server": "Caddy"}, "a.test", "Caddy"),
        ({"server": "Apache/2.4.57 (Debian)"}, "a.test", "Apache"),
        ({"server": "uvicorn"}, "a.test", "uvicorn"),
        ({"server": "mine"}, "a.test", "a host that does not say what it is"),
    ],
)
def test_a_host_is_known_by_its_answers(headers: dict[str, str], name: str, expected: str) -> None:
    assert hosts.kind_of(headers, name, "f" * 64, "").name == expected
