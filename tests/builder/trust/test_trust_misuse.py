"""Signatures in hostile hands: what says nothing is refused, in a sentence."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tiny
from edgeweb import cli
from edgeweb.recipe import Site
from edgeweb.trust import bundle, keys, site

NAME = {"name": "a", "algorithm": "sha256", "digest": "0" * 64}


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "key.pem"
    curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    subprocess.run(["openssl", "genpkey", *curve, "-out", path], check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def key(pem: Path) -> keys.PrivateKey:
    return keys.private(pem)


def made(key: keys.PrivateKey, resources: Any) -> bytes:
    """A bundle that holds, over whatever it may say."""
    found = json.loads(bundle.signed("x", {}, key))
    statement = json.loads(base64.b64decode(found["dsseEnvelope"]["payload"]))
    statement["predicate"]["resources"] = resources
    payload, kind = json.dumps(statement).encode(), found["dsseEnvelope"]["payloadType"]
    signature = base64.b64encode(key.signs(kind, payload)).decode()
    found["dsseEnvelope"] |= {"payload": base64.b64encode(payload).decode(), "signatures": [{"sig": signature}]}
    return json.dumps(found).encode()


@pytest.mark.parametrize(
    "resources",
    [5, {"a": 1}, [NAME, NAME], [NAME, {**NAME, "name": 5}], [{**NAME, "name": None}], [{**NAME, "digest": [1]}]],
)
def test_a_statement_of_what_is_no_file_says_nothing(key: keys.PrivateKey, resources: Any) -> None:
    assert bundle.opened(made(key, [NAME]), [key.public]) is not None
    assert bundle.opened(made(key, resources), [key.public]) is None


@pytest.mark.parametrize("name", ["edgeweb.sig", "signers.pem"])
def test_a_folder_in_the_place_of_a_file_is_a_sentence(
    build_once: Callable[..., Site], key: keys.PrivateKey, pem: Path, name: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    dist = shutil.copytree(build_once(tiny.saved(tmp_path, tiny.linear()), quick=True).path, tmp_path / "dist")
    assert key.public.id == site.sign(dist, pem).signer
    (dist / name).unlink()
    (dist / name).mkdir()
    for words in (["sign", str(dist), "--key", str(pem)], ["verify", str(dist)]):
        capsys.readouterr()
        assert cli.main(words) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
