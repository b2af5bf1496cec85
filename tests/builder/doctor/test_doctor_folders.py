"""Folders that are damaged in one way each; releases, what was deployed before, and limits of hosts."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from broken_host import hosted
from edgeweb import manifest
from edgeweb.doctor.common import Diagnosis
from edgeweb.doctor.diagnose import doctor

Bad = dict[str, set[str]]
TODAY = datetime.now(UTC).date()


def bad(found: Diagnosis) -> Bad:
    states: Bad = {}
    for each in found.checks:
        if each.state in ("warn", "fail"):
            states.setdefault(each.name, set()).add(each.state)
    return states


def one(folder: Path, pattern: str) -> Path:
    return next(path for path in sorted(folder.glob(pattern)) if path.suffix not in (".br", ".gz"))


def flip(folder: Path) -> None:
    path = one(folder, "assets/*.mjs")
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


def cut(folder: Path) -> None:
    path = one(folder, "assets/*.wasm")
    path.write_bytes(path.read_bytes()[:-1])


def remove(folder: Path) -> None:
    one(folder, "assets/*.wasm").unlink()


def other_sidecar(folder: Path) -> None:
    path = next(folder.glob("assets/*.js.gz"))
    path.write_bytes(gzip.compress(b"something else", mtime=0))


def broken_sidecar(folder: Path) -> None:
    next(folder.glob("assets/*.js.br")).write_bytes(b"\xff" * 40)


def no_sidecar(folder: Path) -> None:
    next(folder.glob("assets/*.js.br")).unlink()


def edited(folder: Path) -> None:
    path = folder / "edgeweb.json"
    path.write_bytes(path.read_bytes().replace(b'"title": "', b'"title": "Other ', 1))


def large(folder: Path) -> None:
    with (folder / "film.mp4").open("wb") as file:
        file.truncate(26 << 20)


def long_line(folder: Path) -> None:
    with (folder / "_headers").open("a") as file:
        file.write(f"/x\n  X-Long: {'a' * 2000}\n")


def many_rules(folder: Path) -> None:
    with (folder / "_headers").open("a") as file:
        file.write("".join(f"/x{number}\n  X-A: b\n" for number in range(100)))


FOLDERS: dict[str, tuple[Callable[[Path], None], Bad, str]] = {
    "a bit": (flip, {"files": {"fail"}}, "other bytes"),
    "an end": (cut, {"files": {"fail"}}, "bytes and not"),
    "a file": (remove, {"files": {"fail"}}, "is not there"),
    "another sidecar": (other_sidecar, {"encodings": {"fail"}}, "does not decode to the file"),
    "a broken sidecar": (broken_sidecar, {"encodings": {"fail"}}, "cannot be decoded"),
    "no sidecar": (no_sidecar, {"encodings": {"fail"}}, "is not there"),
    "the manifest": (edited, {"manifest": {"fail"}}, "changed after the build"),
    "a large file": (large, {"limits": {"warn"}}, "larger than 25 MiB, the most that Cloudflare Pages takes"),
    "a long line": (long_line, {"limits": {"warn"}}, "2,000 characters"),
    "many rules": (many_rules, {"limits": {"warn"}}, "rules, and Cloudflare Pages takes 100"),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_damaged_folder_is_told_how(name: str, site: Path, tmp_path: Path) -> None:
    damage, expected, words = FOLDERS[name]
    shutil.copytree(site, tmp_path / "site")
    damage(tmp_path / "site")
    found = doctor(tmp_path / "site")
    assert bad(found) == expected
    assert any(words in each.what for each in found.checks if each.name in expected), found.checks


def test_a_page_of_another_release_is_told_from_damage(site: Path, next_site: Path, tmp_path: Path) -> None:
    shutil.copytree(site, tmp_path / "site")
    shutil.copy(next_site / "index.html", tmp_path / "site")
    assert "release" in {each.name for each in doctor(tmp_path / "site").of("fail")}


def released(first: Path, other: Path, **changed: Any) -> dict[str, bytes]:
    """What lies in a folder of releases beside the stable site."""
    files: dict[str, bytes] = {}
    for folder in (first, other):
        about = manifest.read(folder)
        for name in (*about.files, "edgeweb.json"):
            data = (folder / name).read_bytes()
            files[name if name.startswith("assets/") else f"releases/{about.release}/{name}"] = data
    canary = {"release": manifest.read(other).release, "percent": 5, "salt": "s"}
    channels = {
        "format": 1, "number": 3, "expires": str(TODAY + timedelta(days=60)), "stable": manifest.read(first).release,
        "canary": canary, "revoked": [],
    }  # fmt: skip
    return {**files, "channels.json": json.dumps({**channels, **changed}, indent=1).encode()}


def days(number: int) -> str:
    return str(TODAY + timedelta(days=number))


CHANNELS: dict[str, tuple[dict[str, Any], set[str], str]] = {
    "good": ({}, set(), "each release that it names is complete"),
    "soon": ({"expires": days(10)}, {"warn"}, "in 10 days"),
    "expired": ({"expires": days(-1)}, {"fail"}, "expired on"),
    "no date": ({"expires": "soon"}, {"fail"}, "is malformed"),
    "another format": ({"format": 2}, {"fail"}, "is malformed"),
    "a release that is not there": (
        {"experiment": {"name": "x", "salt": "s", "arms": [{"name": "B", "release": "f" * 16, "percent": 50}]}},
        {"fail"}, "release ffffffffffffffff is not complete",
    ),
    "another stable one": ({"stable": "CANARY"}, {"fail"}, "the page at the root"),
    "a revoked one": ({"revoked": ["CANARY"]}, {"fail"}, "which it revokes"),
}  # fmt: skip


def filled(changed: Mapping[str, Any], canary: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(changed).replace("CANARY", canary))
    return found


@pytest.mark.parametrize("name", CHANNELS)
def test_channels_are_looked_at_on_a_host_and_in_a_folder(
    name: str, site: Path, next_site: Path, tmp_path: Path
) -> None:
    changed, states, words = CHANNELS[name]
    files = released(site, next_site, **filled(changed, manifest.read(next_site).release))
    with hosted(site, extra=files) as host:
        on_host = doctor(host.url)
    shutil.copytree(site, tmp_path / "site")
    for path, data in files.items():
        (tmp_path / "site" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / path).write_bytes(data)
    in_folder = doctor(tmp_path / "site")
    for found in (on_host, in_folder):
        assert bad(found) == ({"channels": states} if states else {})
        assert any(words in each.what for each in found.checks if each.name == "channels")


def test_a_release_that_lacks_a_file_is_named_with_it(site: Path, next_site: Path) -> None:
    files = released(site, next_site)
    gone = next(name for name in files if name.startswith("releases/") and name.endswith("sw.js"))
    with hosted(site, extra={name: data for name, data in files.items() if name != gone}) as host:
        found = doctor(host.url)
    assert bad(found) == {"channels": {"fail"}}
    assert gone in found.of("fail")[0].what


def ledger(old: Path, new: Path, ago: timedelta) -> bytes:
    """What edgeweb deploy writes: the newest first."""

    def deployed(folder: Path, at: datetime) -> dict[str, Any]:
        about = manifest.read(folder)
        files = {name: {"bytes": entry.bytes, "sha256": entry.sha256} for name, entry in about.files.items()}
        return {"release": about.release, "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "files": files}

    at = datetime.now(UTC) - ago
    document = {"format": 1, "number": 2, "deployments": [deployed(new, at), deployed(old, at - timedelta(days=30))]}
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("hours", "kept", "states"),
    [(2, True, set()), (2, False, {"fail"}), (72, False, {"warn"}), (24 * 9, False, set())],
)
def test_old_assets_have_to_stay_for_a_while(
    hours: int, kept: bool, states: set[str], site: Path, next_site: Path
) -> None:
    files = {"deployed.json": ledger(next_site, site, timedelta(hours=hours))}
    if kept:
        files |= {path: (next_site / path).read_bytes() for path in manifest.read(next_site).files}
    with hosted(site, extra=files) as host:
        found = doctor(host.url)
    assert bad(found) == ({"old-assets": states} if states else {})


def test_a_ledger_of_another_release_or_of_nonsense_is_said(site: Path, next_site: Path) -> None:
    files = released(site, next_site)
    with hosted(site, extra={**files, "deployed.json": ledger(site, next_site, timedelta(hours=2))}) as host:
        found = doctor(host.url)
    assert bad(found) == {"old-assets": {"warn"}}
    assert "and the host has" in found.of("warn")[0].what
    with hosted(site, extra={"deployed.json": b"[]"}) as host:
        assert bad(doctor(host.url)) == {"old-assets": {"warn"}}
