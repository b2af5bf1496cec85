"""What a host serves, and folders of releases, against their signatures: what holds, and what must not pass."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import edgeweb
import pytest
import tiny
from cryptography.hazmat.primitives import serialization as crypto
from cryptography.hazmat.primitives.asymmetric import ec
from edgeweb import cli, manifest
from edgeweb.errors import LimitError, SiteError
from edgeweb.recipe import Site
from edgeweb.release import folder as releases
from edgeweb.trust import bundle, keys

Serve = Callable[[Path], str]


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("k")
    found = ec.generate_private_key(ec.SECP256R1())
    plain, form = crypto.NoEncryption(), crypto.PublicFormat.SubjectPublicKeyInfo
    (place / "key.pem").write_bytes(found.private_bytes(crypto.Encoding.PEM, crypto.PrivateFormat.PKCS8, plain))
    (place / "pub.pem").write_bytes(found.public_key().public_bytes(crypto.Encoding.PEM, form))
    return place


@pytest.fixture(scope="module")
def signed(build_once: Callable[..., Site], key: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two releases that one key has signed."""
    model = tiny.saved(tmp_path_factory.mktemp("m"), tiny.linear())
    found = []
    for title in ("One", "Two"):
        site = build_once(model, title=title, quick=True).path
        found.append(shutil.copytree(site, tmp_path_factory.mktemp("s") / title))
        edgeweb.sign(found[-1], key / "key.pem")
    return found


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Folders on a host that keeps hidden files and those of hosts to itself, as hosts do."""

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            hidden = self.path.split("?")[0].rpartition("/")[2].startswith(("_", ".")) or "/hosts/" in self.path
            if self.path.startswith("/away"):
                self.send_response(302)
                self.send_header("Location", "http://elsewhere.invalid/")
                self.end_headers()
            elif hidden or self.path.endswith("vercel.json"):
                self.send_error(404)
            else:
                super().do_GET()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        # Five at once are too few for a client of eight: the rest would wait a second.
        request_queue_size = 64

    running = []

    def start(folder: Path) -> str:
        server = Server(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def test_what_a_host_serves_is_checked_file_by_file(
    signed: list[Path], key: Path, serve: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dist = shutil.copytree(signed[0], tmp_path / "dist")
    address, public = serve(dist), key / "pub.pem"
    found = edgeweb.verify(address, public)
    about = manifest.read(dist)
    assert (found.release, found.vouched, found.files) == (about.release, True, len(about.files) + 1)
    here = edgeweb.verify(dist, public)
    assert found.files + found.left_out == here.files
    assert cli.main(["verify", f"{address}/index.html", "--key", str(public), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["left_out"] == found.left_out
    model = next(name for name, file in about.files.items() if file.role == "model")
    for name in ("index.html", "sw.js", model):
        whole = (dist / name).read_bytes()
        for other in (whole[:-1], whole + b" ", bytes([whole[0] ^ 1]) + whole[1:]):
            (dist / name).write_bytes(other)
            assert cli.main(["verify", address, "--key", str(public)]) == 3
            assert f"{name} was changed" in capsys.readouterr().err
        (dist / name).unlink()
        with pytest.raises(LimitError, match=f"{name} is missing"):
            edgeweb.verify(address, public)
        (dist / name).write_bytes(whole)


def test_a_manifest_of_another_release_and_other_keys_do_not_pass(
    signed: list[Path], serve: Serve, tmp_path: Path
) -> None:
    dist = shutil.copytree(signed[0], tmp_path / "dist")
    address = serve(dist)
    assert not edgeweb.verify(address).vouched
    shutil.copy(signed[1] / "edgeweb.json", dist / "edgeweb.json")
    with pytest.raises(LimitError, match=r"edgeweb\.json was changed"):
        edgeweb.verify(address)
    (dist / bundle.FILE).unlink()
    with pytest.raises(LimitError, match="is not signed"):
        edgeweb.verify(address)


def test_a_host_that_answers_otherwise_is_no_site(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "edgeweb.json").write_text("<!doctype html>")
    address = serve(tmp_path)
    with pytest.raises(SiteError, match="is not a site"):
        edgeweb.verify(address)
    with pytest.raises(SiteError, match=r"elsewhere\.invalid, which is another host"):
        edgeweb.verify(f"{address}/away")
    with pytest.raises(SiteError, match="Check the address"):
        edgeweb.verify("http://127.0.0.1:9")


def test_all_of_a_folder_of_releases_is_checked(
    signed: list[Path], key: Path, serve: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, private, public = tmp_path / "releases", str(key / "key.pem"), key / "pub.pem"
    for each in signed:
        releases.add(each, place, key=private)
    (place / "CNAME").write_text("models.example")
    second = manifest.read(signed[1]).release
    releases.promote(second, place, "canary", 5, key=private)
    for where in (place, serve(place)):
        found = edgeweb.verify(where, public)
        assert {each.release for each in found.releases} == {manifest.read(each).release for each in signed}
        assert not edgeweb.verify(where).vouched
    assert cli.main(["verify", str(place)]) == 0
    assert f"{second} holds" in capsys.readouterr().out
    more = place / "releases" / second / "more.txt"
    more.write_text("added")
    with pytest.raises(LimitError, match=r"(?i)more\.txt was added"):
        edgeweb.verify(place, public)
    more.unlink()
    text = (place / "channels.json").read_text()
    (place / "channels.json").write_text(text.replace('"percent": 5', '"percent": 6'))
    with pytest.raises(LimitError, match=r"signature of channels\.json"):
        edgeweb.verify(place, public)
    (place / "channels.json").write_text(text)
    shared = next(path for path in (place / "assets").glob("model*") if path.suffix not in {".br", ".gz"})
    shared.write_bytes(shared.read_bytes() + b"x")
    with pytest.raises(LimitError, match="was changed"):
        edgeweb.verify(place, public)


def test_a_bundle_that_names_a_file_twice_says_nothing(key: Path) -> None:
    private = keys.private(key / "key.pem")
    found = json.loads(bundle.signed("x", {"a": "00" * 32}, private))
    payload = json.loads(bundle.base64.b64decode(found["dsseEnvelope"]["payload"]))
    payload["predicate"]["resources"] *= 2
    text = json.dumps(payload).encode()
    kind = found["dsseEnvelope"]["payloadType"]
    sig = bundle.base64.b64encode(private.signs(kind, text)).decode()
    found["dsseEnvelope"] |= {"payload": bundle.base64.b64encode(text).decode(), "signatures": [{"sig": sig}]}
    assert bundle.opened(json.dumps(found).encode(), [private.public]) is None
    assert bundle.opened(bundle.signed("x", {"a": "00" * 32}, private), [private.public]) is not None
