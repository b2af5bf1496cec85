"""Keys, signatures over a folder, and those of the channel file: made, checked, and everything that must not pass."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import tiny
from cryptography.hazmat.primitives import serialization as crypto
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from edgeweb import cli, manifest
from edgeweb.errors import LimitError, SiteError, UsageError
from edgeweb.recipe import Site
from edgeweb.release import folder as releases
from edgeweb.trust import bundle, keys, sealed, site, whole

MODEL_SIGNING = os.environ.get("EDGEWEB_MODEL_SIGNING", "")
CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}


def written(place: Path, name: str, key: object | None = None) -> tuple[Path, Path]:
    """A pair of keys as files."""
    found = key or ec.generate_private_key(ec.SECP256R1())
    private, public = place / f"{name}.pem", place / f"{name}.pub.pem"
    plain = crypto.NoEncryption()
    private.write_bytes(found.private_bytes(crypto.Encoding.PEM, crypto.PrivateFormat.PKCS8, plain))  # type: ignore[attr-defined]
    form = crypto.PublicFormat.SubjectPublicKeyInfo
    public.write_bytes(found.public_key().public_bytes(crypto.Encoding.PEM, form))  # type: ignore[attr-defined]
    return private, public


@pytest.fixture(scope="module")
def unsigned(build_once: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_once(tiny.saved(tmp_path_factory.mktemp("m"), tiny.linear()), quick=True).path


@pytest.fixture
def dist(unsigned: Path, tmp_path: Path) -> Path:
    return shutil.copytree(unsigned, tmp_path / "dist")


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_what_is_signed_holds_until_a_file_changes(curve: ec.EllipticCurve, dist: Path, tmp_path: Path) -> None:
    private, public = written(tmp_path, "key", ec.generate_private_key(curve))
    before = manifest.read(dist).release
    done = site.sign(dist, private)
    assert (done.before, done.release) == (before, manifest.read(dist).release)
    about = whole.whole(dist)
    assert about.signers == [done.signer]
    assert next(iter(dist.glob("assets/manifest-*.json"))).read_bytes() == (dist / "edgeweb.json").read_bytes()
    verdict = site.verify(dist, public)
    assert (verdict.signer, verdict.vouched, verdict.files) == (done.signer, True, done.files)
    assert not site.verify(dist).vouched
    # The same bytes again: nothing in it is drawn.
    first = (dist / bundle.FILE).read_bytes()
    assert site.sign(dist, private).before is None
    assert (dist / bundle.FILE).read_bytes() == first
    for name, change in (
        ("index.html", lambda path: path.write_bytes(path.read_bytes() + b" ")),
        ("report.json", Path.unlink),
        ("more.txt", lambda path: path.write_text("added")),
    ):  # fmt: skip
        broken = shutil.copytree(dist, tmp_path / name)
        change(broken / name)
        with pytest.raises(LimitError, match=rf"{name} (was changed|is missing|was added)"):
            site.verify(broken, public)


def test_a_foreign_key_and_no_signature_are_told_apart(dist: Path, tmp_path: Path) -> None:
    private, public = written(tmp_path, "key")
    _, other = written(tmp_path, "other")
    with pytest.raises(LimitError, match="is not signed"):
        site.verify(dist, public)
    site.sign(dist, private)
    with pytest.raises(LimitError, match="was made with the given key"):
        site.verify(dist, other)


def test_the_next_key_takes_over(dist: Path, tmp_path: Path) -> None:
    (old, _), (new, new_public) = written(tmp_path, "old"), written(tmp_path, "new")
    place = tmp_path / "releases"
    site.sign(dist, old, following=[new_public])
    assert len(manifest.read(dist).signers) == 2
    releases.add(dist, place, key=str(old))
    later = shutil.copytree(dist, tmp_path / "later")
    (later / "signers.pem").unlink()
    about = manifest.read(later)
    files = {name: entry for name, entry in about.files.items() if name != "signers.pem"}
    fresh = manifest.released(manifest.msgspec.structs.replace(about, signers=[], files=files, title="Later"))
    (later / "edgeweb.json").write_bytes(manifest.encode(fresh))
    # The page's plan is the same, so its copy of the manifest is too.
    site.sign(later, new)
    release = manifest.read(later).release
    releases.add(later, place)
    with pytest.raises(UsageError, match="cannot be signed with this key"):
        releases.promote(release, place, key=str(old))
    assert releases.promote(release, place, key=str(new)).channels.stable == release


def test_a_release_that_browsers_would_refuse_is_refused_here(
    dist: Path, unsigned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, (private, _) = tmp_path / "releases", written(tmp_path, "key")
    site.sign(dist, private)
    monkeypatch.delenv("EDGEWEB_KEY", raising=False)
    with pytest.raises(UsageError, match=r"channels\.json has to be signed"):
        releases.add(dist, place)
    assert not (place / "channels.json").exists()
    monkeypatch.setenv("EDGEWEB_KEY", private.read_text())
    releases.add(dist, place)
    text = (place / "channels.json").read_bytes()
    trusted = keys.public(tmp_path / "key.pub.pem")
    assert sealed.holds(text, trusted)
    assert not sealed.holds(text.replace(b'"number": 1', b'"number": 2'), trusted)
    releases.add(unsigned, place)
    with pytest.raises(UsageError, match="has signed it"):
        releases.promote(manifest.read(unsigned).release, place)


BAD = {
    "rsa": (lambda: rsa.generate_private_key(65537, 2048), "it is RSA|It is RSA"),
    "ed25519": (ed25519.Ed25519PrivateKey.generate, "Ed25519"),
    "curve": (lambda: ec.generate_private_key(ec.SECP256K1()), "secp256k1"),
}


@pytest.mark.parametrize("make, said", BAD.values(), ids=BAD)
def test_keys_that_no_browser_could_check_are_refused(make: Callable[[], object], said: str, tmp_path: Path) -> None:
    private, public = written(tmp_path, "key", make())
    for read, path in ((keys.private, private), (keys.public, public)):
        with pytest.raises(UsageError, match=said):
            read(path)


def test_what_is_no_key_is_said_and_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private, public = written(tmp_path, "key")
    secret = private.read_text()
    own = crypto.load_pem_private_key(private.read_bytes(), None)
    locked = tmp_path / "locked.pem"
    way = crypto.BestAvailableEncryption(b"x")
    locked.write_bytes(own.private_bytes(crypto.Encoding.PEM, crypto.PrivateFormat.PKCS8, way))
    (tmp_path / "cut.pem").write_text(secret[:90])
    for path, said in (
        (public, "It is a public key"), (locked, "password"), (tmp_path / "cut.pem", "no private key"),
        (tmp_path / "none.pem", "No such file"), ("env:EDGEWEB_NONE", "has no EDGEWEB_NONE"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=said) as raised:
            keys.private(path)
        assert secret[40:80] not in str(raised.value)
    with pytest.raises(UsageError, match="It is a private key"):
        keys.public(private)
    monkeypatch.setenv("EDGEWEB_KEY", secret.replace("\n", "\\n"))
    assert keys.private("env:EDGEWEB_KEY").public.id == keys.public(public)[0].id
    assert secret[40:80] not in repr(keys.private(private))


def test_a_build_signs_where_the_configuration_says_so(
    build_once: Callable[..., Site], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private, public = written(tmp_path, "key")
    model = tiny.saved(tmp_path, tiny.linear())
    (tmp_path / "edgeweb.toml").write_text('[sign]\nkey = "env:SIGNING_KEY"\n')
    monkeypatch.delenv("SIGNING_KEY", raising=False)
    with pytest.raises(UsageError, match="has no SIGNING_KEY"):
        build_once(model, tmp_path / "none")
    monkeypatch.setenv("SIGNING_KEY", private.read_text())
    first, again = build_once(model, tmp_path / "a" / "dist"), build_once(model, tmp_path / "b" / "dist")
    assert site.verify(first.path, public).vouched
    assert (first.path / bundle.FILE).read_bytes() == (again.path / bundle.FILE).read_bytes()
    secret = private.read_text().splitlines()[1]
    assert all(secret.encode() not in path.read_bytes() for path in first.path.rglob("*") if path.is_file())


def test_nothing_of_it_is_in_a_site_that_nobody_signs(unsigned: Path) -> None:
    assert not (unsigned / "signers.pem").exists()
    assert not (unsigned / bundle.FILE).exists()
    assert "signers" not in json.loads((unsigned / "edgeweb.json").read_text())


def test_it_is_typed(dist: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    private, public = written(tmp_path, "key")
    assert cli.main(["verify", str(dist)]) == 3
    assert cli.main(["sign", str(dist), "--key", str(private)]) == 0
    assert "it names the key now" in capsys.readouterr().out
    assert cli.main(["verify", str(dist), "--key", str(public), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["vouched"] is True
    assert cli.main(["sign", str(tmp_path), "--key", str(private)]) == 2
    with pytest.raises(SiteError):
        site.sign(tmp_path, private)


@pytest.mark.skipif(not MODEL_SIGNING, reason="EDGEWEB_MODEL_SIGNING names no Python with model-signing")
@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_openssf_model_signing_verifies_ours_and_we_theirs(curve: ec.EllipticCurve, dist: Path, tmp_path: Path) -> None:
    private, public = written(tmp_path, "key", ec.generate_private_key(curve))
    site.sign(dist, private)
    tool = [MODEL_SIGNING, "-m", "model_signing"]
    signature = dist / bundle.FILE
    theirs = ["--signature", signature, "--public_key", public, dist]
    assert subprocess.run([*tool, "verify", "key", *theirs], check=False).returncode == 0
    signature.unlink()
    subprocess.run([*tool, "sign", "key", "--signature", signature, "--private_key", private, dist], check=True)
    assert site.verify(dist, public).vouched
    (dist / "index.html").write_text("other")
    assert subprocess.run([*tool, "verify", "key", *theirs], check=False).returncode != 0
