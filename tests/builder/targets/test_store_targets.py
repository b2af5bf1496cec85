"""s3:// and azure:// into moto's server and azurite, over a connection that may break anywhere."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import brotli
import pytest
import shipped
from edgeweb import cli
from edgeweb.errors import OutputError, UsageError
from edgeweb.targets import inplace, objects, s3, shipment

obstore = pytest.importorskip("obstore", reason="the extra edgeweb[deploy] is not installed")
# A Python with moto's server, and azurite's own program; `make test-hosts` makes both.
MOTO = os.environ.get("EDGEWEB_MOTO", "")
AZURITE = os.environ.get("EDGEWEB_AZURITE", "")
ACCOUNT, KEY = "devstoreaccount1", base64.b64encode(b"planted-secret-of-azure").decode()
SECRETS = ("PLANTEDID9876543", "planted+secret/of+aws", KEY)
SHOWN_ONLY = (".br", ".gz")


@dataclass(frozen=True)
class Host:
    """`store`: the same place for a look at it, past what may break."""

    way: shipped.Cutting
    target: str
    store: Any

    def names(self) -> list[str]:
        return [each["path"] for batch in obstore.list(self.store) for each in batch]

    def shown(self) -> dict[str, bytes]:
        """As browsers get it."""
        found = {}
        for name in self.names():
            answer = obstore.get(self.store, name)
            encoded = answer.attributes.get("Content-Encoding") == "br"
            found[name] = brotli.decompress(bytes(answer.bytes())) if encoded else bytes(answer.bytes())
        return found

    def headers(self, name: str) -> dict[str, str]:
        return {str(key): str(value) for key, value in obstore.get(self.store, name).attributes.items()}


@pytest.fixture(scope="module")
def moto() -> Iterator[int]:
    if not MOTO:
        pytest.skip("EDGEWEB_MOTO names no Python with moto's server")
    port = shipped.free_port()
    with subprocess.Popen([MOTO, "-m", "moto.server", "-p", str(port)], stderr=subprocess.DEVNULL) as process:
        try:
            shipped.wait_for(port, 60)
            yield port
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    if not AZURITE:
        pytest.skip("EDGEWEB_AZURITE is not azurite-blob")
    port, room = shipped.free_port(), tmp_path_factory.mktemp("azurite")
    words = [*AZURITE.split(), "--silent", "--blobPort", str(port), "--location", str(room), "--skipApiVersionCheck"]
    own = {**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"}
    with subprocess.Popen(words, env=own, stdout=subprocess.DEVNULL) as process:
        try:
            shipped.wait_for(port, 60)
            yield port
        finally:
            process.kill()


def bucket(port: int, name: str) -> None:
    """Made by the library that moto brings along."""
    code = "import boto3, sys; boto3.client('s3', endpoint_url=sys.argv[1]).create_bucket(Bucket=sys.argv[2])"
    subprocess.run([MOTO, "-c", code, f"http://127.0.0.1:{port}", name], check=True)


def container(port: int, name: str) -> None:
    """By hand: obstore makes none."""
    import hashlib
    import hmac
    import http.client
    from email.utils import formatdate

    own = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2023-11-03"}
    told = "".join(f"{key}:{value}\n" for key, value in own.items())
    text = "PUT" + "\n" * 12 + told + f"/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
    signed = base64.b64encode(hmac.digest(base64.b64decode(KEY), text.encode(), hashlib.sha256)).decode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    own |= {"Authorization": f"SharedKey {ACCOUNT}:{signed}"}
    connection.request("PUT", f"/{ACCOUNT}/{name}?restype=container", headers=own)
    answer = connection.getresponse()
    assert answer.status == 201, answer.read()
    connection.close()


@pytest.fixture(params=["s3", pytest.param("azure", marks=pytest.mark.thorough)])
def host(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    name = f"sites-{secrets.token_hex(8)}"
    is_s3 = request.param == "s3"
    port = request.getfixturevalue("moto" if is_s3 else "azurite")
    with shipped.Cutting(port) as way:
        from obstore.store import AzureStore, S3Store

        plain: Any = {"client_options": {"allow_http": True}}
        if is_s3:
            own = {"AWS_ACCESS_KEY_ID": SECRETS[0], "AWS_SECRET_ACCESS_KEY": SECRETS[1], "AWS_REGION": "us-east-1"}
            for key, value in {**own, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{way.port}"}.items():
                monkeypatch.setenv(key, value)
            bucket(port, name)
            store: Any = S3Store(name, prefix="a/b", endpoint=f"http://127.0.0.1:{port}", **plain)
        else:
            monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", ACCOUNT)
            monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", KEY)
            monkeypatch.setenv("AZURE_STORAGE_ENDPOINT", f"http://127.0.0.1:{way.port}/{ACCOUNT}")
            container(port, name)
            store = AzureStore(name, prefix="a/b", endpoint=f"http://127.0.0.1:{port}/{ACCOUNT}", **plain)
        yield Host(way, f"{request.param}://{name}/a/b", store)


def test_one_release_after_the_other_and_the_first_again(sites: tuple[Path, Path], host: Host) -> None:
    for site, old in ((sites[0], None), (sites[1], sites[0]), (sites[0], sites[1])):
        done = shipped.sent(site, host.target)
        shipped.shown(host.shown(), site, old, forms=False)
    assert done.wire is not None
    shipped.sent(sites[1], host.target, keep_days=0)
    shipped.shown(host.shown(), sites[1], forms=False)


def test_every_object_has_its_headers(sites: tuple[Path, Path], host: Host) -> None:
    shipped.sent(sites[0], host.target)
    files, names = shipment.shipment(sites[0]).files, host.names()
    assert sorted(names) == sorted({path for path in files if not path.endswith(SHOWN_ONLY)} | {"deployed.json"})
    for path in names:
        found = host.headers(path)
        kept = path.startswith("assets/")
        assert found["Cache-Control"] == ("public, max-age=31536000, immutable" if kept else "no-cache"), path
        assert found.get("Content-Encoding") == ("br" if f"{path}.br" in files else None), path
    kinds = {"index.html": "text/html; charset=utf-8", "sw.js": "text/javascript; charset=utf-8"}
    kinds |= {"edgeweb.json": "application/json", "manifest.webmanifest": "application/manifest+json"}
    kinds |= {path: "application/wasm" for path in names if path.endswith(".wasm")}
    assert {path: host.headers(path)["Content-Type"] for path in kinds} == kinds
    assert any(f"{path}.br" in files for path in names)


def test_a_dry_run_writes_nothing(sites: tuple[Path, Path], host: Host) -> None:
    done = shipped.sent(sites[0], host.target, dry_run=True)
    assert done.plan is not None
    assert done.plan.sent.keys() == objects.entries(shipment.shipment(sites[0])).keys()
    assert host.names() == []


def test_a_place_of_something_else_is_refused(sites: tuple[Path, Path], host: Host) -> None:
    obstore.put(host.store, "index.html", b"mine")
    obstore.put(host.store, "notes/x", b"mine")
    with pytest.raises(OutputError, match="edgeweb did not make it"):
        shipped.sent(sites[0], host.target)
    assert host.shown() == {"index.html": b"mine", "notes/x": b"mine"}
    shipped.sent(sites[0], host.target, force=True)
    assert host.shown().pop("notes/x") == b"mine"


@pytest.mark.parametrize("first_time", [True, False])
def test_a_race_is_noticed(
    first_time: bool, sites: tuple[Path, Path], host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another deployment ends between the look at the ledger and the first change of it."""
    if not first_time:
        shipped.sent(sites[0], host.target)
    claim = inplace._Claim

    def late(*given: Any) -> Any:
        monkeypatch.setattr(inplace, "_Claim", claim)
        shipped.sent(sites[1], host.target)
        return claim(*given)

    monkeypatch.setattr(inplace, "_Claim", late)
    with pytest.raises(UsageError, match=r"left as it is. Release \w+ was deployed there meanwhile, at 20"):
        shipped.sent(sites[0], host.target)
    shipped.shown(host.shown(), sites[1], None if first_time else sites[0], forms=False)


def test_a_second_one_at_once_is_refused(sites: tuple[Path, Path], host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    carry_out = inplace._carry_out

    def during(*given: Any) -> None:
        monkeypatch.setattr(inplace, "_carry_out", carry_out)
        with pytest.raises(UsageError, match=r"Release \w+ is being deployed there since 20"):
            shipped.sent(sites[1], host.target)
        carry_out(*given)

    monkeypatch.setattr(inplace, "_carry_out", during)
    shipped.sent(sites[0], host.target)
    shipped.shown(host.shown(), sites[0], forms=False)


def test_cut_anywhere(sites: tuple[Path, Path], host: Host) -> None:
    deploy = shipped.cut_on_the_way(host.way, host.target)
    assert shipped.cut_anywhere(deploy, host.shown, sites, forms=False) > 0


def test_keys_reach_no_output(sites: tuple[Path, Path], host: Host, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a store that answers, one that has no such bucket, and one that cannot be reached."""
    assert cli.main(["deploy", str(sites[0]), host.target, "-v", "--debug"]) == 0
    assert cli.main(["deploy", str(sites[0]), f"{host.target.split('://')[0]}://nosuch/x", "--debug"]) == 2
    said = "".join(capsys.readouterr())
    assert "correct its name" in said
    host.way.after(0)
    with pytest.raises(OutputError) as error:
        shipped.sent(sites[0], host.target)
    said += str(error.value)
    assert "Check the network" in said
    assert not [secret for secret in SECRETS if secret in said]


@pytest.mark.parametrize(
    "target", ["s3:bucket", "s3://", "s3:///x", "s3://b/a/../c", "s3://b//c", "azure://UP", "azure:x"]
)
def test_what_names_no_place(target: str, sites: tuple[Path, Path]) -> None:
    with pytest.raises(UsageError, match="It names no place"):
        shipped.sent(sites[0], target)


def test_a_login_of_the_environment_or_of_a_profile(tmp_path: Path) -> None:
    assert s3._options({"AWS_ACCESS_KEY_ID": "a", "AWS_REGION": "r"}, tmp_path) == ({"region": "r"}, {})
    with pytest.raises(UsageError, match="There is no login for s3"):
        s3._options({}, tmp_path)
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(
        "[default]\naws_access_key_id = i\naws_secret_access_key = s\n[work]\naws_access_key_id = w\n"
        "aws_secret_access_key = x%y\naws_session_token = t\n"
    )
    (tmp_path / ".aws" / "config").write_text("[default]\nregion = r\n[profile work]\nregion = q\n")
    assert s3._options({}, tmp_path) == ({"region": "r"}, {"access_key_id": "i", "secret_access_key": "s"})
    own = {"access_key_id": "w", "secret_access_key": "x%y", "session_token": "t"}
    assert s3._options({"AWS_PROFILE": "work"}, tmp_path) == ({"region": "q"}, own)
