"""A kept site is that of the same model, words and files, in the same bytes; whoever takes one may change it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import kept
import pytest


class Builder:
    """Writes a site of the model's bytes and its own number, unless it is told to fail."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, words: Sequence[str]) -> tuple[int, str, str]:
        if "--fail" in words:
            return 2, "", "error"
        self.runs += 1
        model, site = Path(words[1]), Path(words[words.index("-o") + 1])
        (site / "assets").mkdir(parents=True)
        (site / "assets" / "model").write_bytes(model.read_bytes())
        (site / "number").write_text(str(self.runs))
        return 0, f"site {self.runs}", ""


@pytest.fixture(autouse=True)
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEWEB_BROWSER", "none")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "own" / "model.onnx"
    path.parent.mkdir()
    path.write_bytes(b"model")
    return path


def asked(tmp_path: Path, run: Builder, model: Path, *words: str) -> str:
    """What was said of the site, which is there; `tmp_path` has the store, and each asker's copy."""
    out = tmp_path / f"site-{len(list(tmp_path.iterdir()))}"
    code, said, _ = kept.built(["build", str(model), "-o", str(out), *words], run, tmp_path / "store")
    assert (code, (out / "assets" / "model").read_bytes()) == (0, model.read_bytes())
    assert said == f"site {(out / 'number').read_text()}"
    (out / "number").write_text("changed")
    return said


def test_the_same_is_built_once(tmp_path: Path, model: Path) -> None:
    run = Builder()
    assert [asked(tmp_path, run, model) for _ in range(3)] == ["site 1"] * 3


def test_whatever_differs_is_built(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Builder()
    changes = [
        lambda: model.write_bytes(b"other"),
        lambda: (model.parent / "edgeweb.toml").write_text("title = 'A'"),
        lambda: (model.parent / "edgeweb.toml").write_text("title = 'B'"),
        lambda: (model.parent / "edgeweb.toml").rename(model.parent / "other.toml"),
        lambda: monkeypatch.setattr(kept, "_sources", lambda: "another builder"),
    ]
    assert asked(tmp_path, run, model) == "site 1"
    for number, change in enumerate(changes, 2):
        change()
        assert asked(tmp_path, run, model) == f"site {number}"
    assert asked(tmp_path, run, model, "--title", "C") == "site 7"
    assert asked(tmp_path, run, model.rename(model.with_name("bird.onnx"))) == "site 8"
    # What a browser measures here is nobody else's.
    monkeypatch.setenv("EDGEWEB_BROWSER", "/usr/bin/browser")
    assert [asked(tmp_path, run, model.with_name("bird.onnx")) for _ in range(2)] == ["site 9", "site 10"]


def test_a_failure_is_not_kept(tmp_path: Path, model: Path) -> None:
    words = ["build", str(model), "-o", str(tmp_path / "site"), "--fail"]
    assert [kept.built(words, Builder(), tmp_path / "store") for _ in range(2)] == [(2, "", "error")] * 2
    assert not (tmp_path / "site").exists()


def test_the_oldest_goes(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Builder()
    monkeypatch.setattr(kept, "MOST_BYTES", 0)
    for title in "ABA":
        assert asked(tmp_path, run, model, "--title", title) == f"site {'AB'.index(title) + 1}"
    # For both, one file has the model.
    assert len(list((tmp_path / "store" / "contents").iterdir())) == 3
    monkeypatch.setattr(kept, "MOST_BYTES", sum(map(len, (b"model", b"1"))))
    kept._sweep_once.cache_clear()
    assert asked(tmp_path, run, model, "--title", "A") == "site 1"
    assert asked(tmp_path, run, model, "--title", "B") == "site 3"
