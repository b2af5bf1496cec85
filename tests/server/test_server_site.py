"""What stops a server at its start, each with a sentence that says what, why and what to try."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from edgeweb_server import ServeError, create_app

MakeSite = Callable[..., Path]
# JSON can hold half a character, what is sent cannot.
BROKEN_TEXTS = [{key: "a\ud800"} for key in ("name", "title", "release")]


def refusal(folder: Path) -> str:
    with pytest.raises(ServeError) as caught:
        create_app(folder)
    error = caught.value
    assert str(error) == f"{error.what}. {error.why}. {error.hint}."
    assert all((error.what, error.why, error.hint))
    assert str(error).isprintable()
    return str(error)


def edit(folder: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    path = folder / "edgeweb.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))
    return folder


def test_no_site(tmp_path: Path) -> None:
    assert "is not a site" in refusal(tmp_path)
    assert "No such file" in refusal(tmp_path / "nothing")
    (tmp_path / "file").write_text("x")
    assert "Not a directory" in refusal(tmp_path / "file")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '"x"', "\xff", '{"format": 2}', '{"format": "1"}', '{"format": 1}', "[" * 100000]
)
def test_malformed_manifest(make_site: MakeSite, tmp_path: Path, text: str) -> None:
    folder = make_site(tmp_path)
    (folder / "edgeweb.json").write_bytes(text.encode("latin-1"))
    assert "edgeweb.json" in refusal(folder)


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("../outside.txt", {}),
        ("/etc/passwd", {}),
        ("a/../../outside.txt", {}),
        ("a//b", {}),
        ("a/", {}),
        ("./index.html", {}),
        ("", {}),
        ("a\\b", {}),
        ("C:/x", {}),
        ("a\0b", {}),
        ("index.html\n", {}),
        ("\x1b[31mred", {}),
        ("index.html", {"bytes": -1}),
        ("index.html", {"bytes": True}),
        ("index.html", {"bytes": "1"}),
        ("index.html", {"sha256": "A" * 64}),
        ("index.html", {"sha256": 'x"\r\nSet-Cookie: a'}),
        ("index.html", {"sha256": None}),
        ("index.html", {"encodings": []}),
        ("index.html", {"encodings": {"zstd": 1}}),
        ("index.html", {"encodings": {"br": None}}),
        ("index.html", {"encodings": {"br": 1}}),
        ("index.html", {"bytes": 2**70}),
        ("missing.txt", {}),
        ("report", {}),
    ],
)
def test_malformed_file_table(make_site: MakeSite, tmp_path: Path, path: str, entry: dict[str, Any]) -> None:
    folder = make_site(tmp_path / "site")
    (tmp_path / "outside.txt").write_text("SECRET")
    whole = {"bytes": 6, "sha256": "0" * 64, "role": "page"}
    edit(folder, lambda manifest: manifest["files"].update({path: {**whole, **entry}}))
    refusal(folder)


@pytest.mark.parametrize("entry", [None, 1, [], "x"])
def test_entry_that_is_no_object(make_site: MakeSite, tmp_path: Path, entry: object) -> None:
    refusal(edit(make_site(tmp_path), lambda manifest: manifest["files"].update({"index.html": entry})))


@pytest.mark.parametrize("change", [{"name": 1}, {"title": []}, {"release": None}, {"files": []}, *BROKEN_TEXTS])
def test_malformed_spine(make_site: MakeSite, tmp_path: Path, change: dict[str, Any]) -> None:
    refusal(make_site(tmp_path, **change))


@pytest.mark.parametrize("name", ["edgeweb.json", "headers.json"])
def test_what_never_ends_is_not_read(make_site: MakeSite, tmp_path: Path, name: str) -> None:
    site = make_site(tmp_path)
    (site / name).unlink()
    os.mkfifo(site / name)
    assert "a pipe or a device" in refusal(site)
    (site / name).unlink()
    (site / name).write_bytes(b" " * (65 << 20))
    assert "bytes" in refusal(site)


def test_files_that_differ_from_the_manifest(make_site: MakeSite, tmp_path: Path) -> None:
    folder = make_site(tmp_path)
    (folder / "assets/app.js.gz").write_bytes(b"short")
    assert "It has 5 bytes" in refusal(folder)
    (folder / "assets/app.js.gz").unlink()
    assert "missing" in refusal(folder)


def test_a_fifo_is_not_a_file(make_site: MakeSite, tmp_path: Path) -> None:
    folder = make_site(tmp_path)
    (folder / "LICENSE").unlink()
    os.mkfifo(folder / "LICENSE")
    assert "not a plain file" in refusal(folder)


@pytest.mark.parametrize("name", ["LICENSE", "assets", "edgeweb.json", "headers.json"])
def test_links_out_of_the_site(make_site: MakeSite, tmp_path: Path, name: str) -> None:
    folder = make_site(tmp_path / "site")
    (folder / name).rename(tmp_path / "elsewhere")
    (folder / name).symlink_to(tmp_path / "elsewhere")
    assert "leads out of" in refusal(folder)


def test_links_that_stay_inside_are_fine(make_site: MakeSite, tmp_path: Path) -> None:
    folder = make_site(tmp_path / "site")
    (folder / "LICENSE").rename(folder / "copy")
    (folder / "LICENSE").symlink_to("copy")
    (tmp_path / "dist").symlink_to("site")
    create_app(tmp_path / "dist")


def test_a_loop_of_links(make_site: MakeSite, tmp_path: Path) -> None:
    folder = make_site(tmp_path)
    (folder / "LICENSE").unlink()
    (folder / "LICENSE").symlink_to("LICENSE")
    refusal(folder)


FALLBACK = {"source": "/*", "headers": {}}


@pytest.mark.parametrize(
    "found",
    [
        [],
        {"format": 2, "rules": [FALLBACK]},
        {"format": 1},
        {"format": 1, "rules": {}},
        {"format": 1, "rules": []},
        {"format": 1, "rules": [{"source": "/", "headers": {}}]},
        {"format": 1, "rules": [FALLBACK, FALLBACK]},
        {"format": 1, "rules": [FALLBACK, "x"]},
        {"format": 1, "rules": [FALLBACK, {"source": "assets/*", "headers": {}}]},
        {"format": 1, "rules": [FALLBACK, {"source": "/*/x", "headers": {}}]},
        {"format": 1, "rules": [FALLBACK, {"source": 1, "headers": {}}]},
        {"format": 1, "rules": [FALLBACK, {"source": "/", "headers": []}]},
        {"format": 1, "rules": [FALLBACK, {"source": "/", "headers": {"A": 1}}]},
        {"format": 1, "rules": [FALLBACK, {"source": "/", "headers": {"A": "x\r\nSet-Cookie: y"}}]},
        {"format": 1, "rules": [FALLBACK, {"source": "/", "headers": {"A": "\u20ac"}}]},
        {"format": 1, "rules": [FALLBACK, {"source": "/", "headers": {"A b": "x"}}]},
        {"format": 1, "rules": [FALLBACK, {"source": "/", "headers": {"": "x"}}]},
        {"format": 1, "rules": [FALLBACK, {"source": "/", "headers": {"A": "x", "a": "y"}}]},
        {"format": 1, "rules": [FALLBACK, {"source": "/", "headers": {"Content-Length": "1"}}]},
    ],
)
def test_malformed_headers(make_site: MakeSite, tmp_path: Path, found: object) -> None:
    folder = make_site(tmp_path)
    (folder / "headers.json").write_text(json.dumps(found))
    assert "headers.json is malformed" in refusal(folder)


@pytest.mark.parametrize("text", ["", "{", "[" * 100000])
def test_headers_that_are_not_json(make_site: MakeSite, tmp_path: Path, text: str) -> None:
    folder = make_site(tmp_path)
    (folder / "headers.json").write_text(text)
    assert "headers.json is malformed" in refusal(folder)
    (folder / "headers.json").unlink()
    assert "headers.json cannot be read" in refusal(folder)


def test_releases_that_cannot_be_served(make_site: MakeSite, tmp_path: Path) -> None:
    make_site(tmp_path / "all" / "my site")
    assert "Rename the folder" in refusal(tmp_path / "all")
    (tmp_path / "all" / "my site").rename(tmp_path / "elsewhere")
    (tmp_path / "all" / "link").symlink_to(tmp_path / "elsewhere")
    assert "leads out of" in refusal(tmp_path / "all")
    (tmp_path / "all" / "link").unlink()
    make_site(tmp_path / "all" / "v1")
    create_app(tmp_path / "all")
    (tmp_path / "all" / "v1" / "LICENSE").unlink()
    assert "LICENSE" in refusal(tmp_path / "all")


@pytest.mark.parametrize("host", ["localhost:8000", "*.example.org", "a b", "", "http://x"])
def test_allowed_hosts_are_host_names(make_site: MakeSite, tmp_path: Path, host: str) -> None:
    with pytest.raises(ServeError, match="cannot be used"):
        create_app(make_site(tmp_path), allowed_hosts=[host])
