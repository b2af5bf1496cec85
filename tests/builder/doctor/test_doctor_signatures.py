"""Signatures as `edgeweb sign` and `edgeweb release` write them: what holds, and each way in which it does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from broken_host import hosted
from edgeweb.doctor.common import Diagnosis
from edgeweb.doctor.diagnose import doctor
from edgeweb.release import folder as releases
from edgeweb.trust import bundle, keys
from edgeweb.trust import site as trust

cryptography = pytest.importorskip("cryptography")


def key_in(path: Path) -> Path:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    form = serialization.PrivateFormat.PKCS8
    key = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return path


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return key_in(tmp_path / "key.pem")


@pytest.fixture
def signed(site: Path, key: Path, tmp_path: Path) -> Path:
    shutil.copytree(site, tmp_path / "signed")
    trust.sign(tmp_path / "signed", key)
    return tmp_path / "signed"


def said(found: Diagnosis) -> list[tuple[str, str]]:
    return [(each.name, each.state) for each in found.checks if each.state in ("warn", "fail")]


def test_a_signature_that_holds_passes_in_a_folder_and_on_a_host(signed: Path) -> None:
    with hosted(signed, extra={"edgeweb.sig": (signed / "edgeweb.sig").read_bytes()}) as host:
        for found in (doctor(signed), doctor(host.url)):
            assert said(found) == []
            assert [each.state for each in found.checks if each.name == "signature"] == ["pass"]


def by_another(folder: Path) -> None:
    other = keys.private(key_in(folder.parent / "other.pem"))
    (folder / bundle.FILE).write_bytes(bundle.signed("x", bundle.digests(folder), other))


def of_another_release(folder: Path) -> None:
    digests = {**bundle.digests(folder), "edgeweb.json": "0" * 64}
    (folder / bundle.FILE).write_bytes(bundle.signed("x", digests, keys.private(folder.parent / "key.pem")))


def of_another_file(folder: Path) -> None:
    digests = {**bundle.digests(folder), "sw.js": "0" * 64}
    (folder / bundle.FILE).write_bytes(bundle.signed("x", digests, keys.private(folder.parent / "key.pem")))


def altered(folder: Path) -> None:
    data = (folder / bundle.FILE).read_bytes()
    at = data.index(b'"payload": "') + 40
    (folder / bundle.FILE).write_bytes(data[:at] + (b"A" if data[at : at + 1] != b"A" else b"B") + data[at + 1 :])


def removed(folder: Path) -> None:
    (folder / bundle.FILE).unlink()


FAULTS: list[tuple[Callable[[Path], None], str]] = [
    (by_another, "no signature by a key that the manifest names"),
    (of_another_release, "of another release"),
    (of_another_file, "sw.js: not as it was signed"),
    (altered, "no signature by a key that the manifest names"),
    (removed, "edgeweb.sig is not there"),
]


@pytest.mark.parametrize(("damage", "words"), FAULTS)
def test_what_does_not_hold_is_told_how(damage: Callable[[Path], None], words: str, signed: Path) -> None:
    damage(signed)
    found = doctor(signed)
    assert said(found) == [("signature", "fail")]
    assert words in found.of("fail")[0].what


def test_a_folder_of_releases_has_to_have_its_channels_signed(signed: Path, key: Path, tmp_path: Path) -> None:
    place = tmp_path / "releases"
    releases.add(signed, place, key=str(key))
    found = doctor(place)
    assert said(found) == []
    assert {each.name for each in found.of("pass")} >= {"channels", "signature"}
    text = (place / "channels.json").read_bytes()
    (place / "channels.json").write_bytes(text.replace(b'"number": 1', b'"number": 2'))
    assert said(doctor(place)) == [("signature", "fail")]


def test_a_site_without_signers_is_not_looked_at(site: Path) -> None:
    assert [each.state for each in doctor(site).checks if each.name == "signature"] == ["skipped"]
