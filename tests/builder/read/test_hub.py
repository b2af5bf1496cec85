"""hf://org/name: what is fetched of a repository, from a stand-in for the Hub that notes whatever is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants as constants
import pytest
import standin
from edgeweb import cli, recipe
from edgeweb.errors import ModelError, UsageError
from edgeweb.read import folder, handed, hub, hub_cache, model, tensors
from edgeweb.schema.steps import Detail
from foldered import BERT, outside, written
from standin import COMMIT, TOKEN, Hub


def found(name: str) -> Path:
    return folder.lead(handed.local(name))


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    with standin.running(tmp_path / "served") as running:
        # As HF_ENDPOINT does before the import.
        monkeypatch.setattr(constants, "ENDPOINT", running.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", running.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        yield running


@pytest.mark.usefixtures("small_web")
def test_only_what_a_build_needs_is_fetched_and_pinned(served: Hub, tmp_path: Path) -> None:
    home = served.folder / "org" / "some-tagger"
    written(home, {"onnx/model.onnx": None, "onnx/model_q4.onnx": None, "config.json": {}, "model.safetensors": "x"})
    written(home, {"training_args.json": {}, "README.md": "x", "edgeweb.toml": '[hooks]\nfile = "hooks.py"\n'})
    site = recipe.build("hf://org/some-tagger", tmp_path / "site", precision="fp32")
    assert served.paths() == ["config.json", "onnx/model.onnx"]
    assert (site.manifest.name, site.manifest.title) == ("some-tagger", "Some tagger")
    assert site.report["source"] == {"repository": "org/some-tagger", "commit": COMMIT}
    steps = " ".join(step["outcome"] for step in site.report["steps"])
    assert f"org/some-tagger at {COMMIT}" in steps and "model_q4.onnx" in steps
    page = (site.path / "report" / "index.html").read_text("utf-8")
    assert "org/some-tagger" in page and COMMIT in page


def test_a_second_build_needs_no_network(
    served: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(served.folder / "org" / "tiny", {"model.onnx": None})
    first = found("hf://org/tiny")
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    assert found("hf://org/tiny") == first == found(f"hf://org/tiny@{COMMIT}")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["init", "hf://org/tiny"]) == 0
    # Neither into the cache nor read from there.
    assert f"org/tiny at {COMMIT}" in (tmp_path / "edgeweb.toml").read_text("utf-8")
    assert "build hf://org/tiny --config edgeweb.toml" in capsys.readouterr().out
    assert cli.main(["inspect", "hf://org/other"]) == 2
    assert "cannot be reached" in capsys.readouterr().err


def test_how_much_has_come_is_told_in_hundredths(served: Hub) -> None:
    home = served.folder / "org" / "large"
    written(home, {"model.onnx": None, "config.json": {}})
    told: list[str] = []
    handed.local("hf://org/large", told.append)
    size = f"{(home / 'model.onnx').stat().st_size / 1e6:,.1f} MB"
    *_, step, last = told
    assert step == f"fetching {size} of org/large: model.onnx"
    assert isinstance(last, Detail) and (last, last.share) == (f"{size} of {size}", 1.0)
    handed.local("hf://org/large", told.append)
    assert told[-1] == step


def test_weights_beside_the_graph_come_through_the_links_of_the_cache(served: Hub, tmp_path: Path) -> None:
    home = served.folder / "org" / "outside" / "onnx"
    home.mkdir(parents=True)
    outside(home)
    source = found("hf://org/outside")
    whole = model.load(source)
    assert source.is_symlink() and whole.proto.graph.initializer[0].raw_data
    of = hub_cache.of(source)
    assert of is not None and (of.repository, of.commit, of.snapshot) == ("org/outside", COMMIT, source.parents[1])
    # Only within the repository's own folder.
    data = source.with_name("model.onnx_data")
    secret = tmp_path / "secret"
    secret.write_bytes(data.read_bytes())
    data.unlink()
    data.symlink_to(secret)
    with pytest.raises(ModelError, match="symbolic link"):
        model.load(source)


def test_of_a_role_the_most_exact_that_a_browser_can_hold_is_fetched() -> None:
    sizes = {"onnx/model.onnx": 9, "onnx/model.onnx_data": tensors.MOST_BYTES, "onnx/model_fp16.onnx": 5, "a/b.onnx": 1}
    assert hub._chosen(sizes) == ["onnx/model_fp16.onnx"]


def test_a_gated_repository_takes_a_token(
    served: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(served.folder / "org" / "own-gated", {"model.onnx": None})
    assert cli.main(["inspect", "hf://org/own-gated"]) == 2
    told = capsys.readouterr().err
    assert f"error: org/own-gated is gated. Its authors want to be asked, at {served.url}/org/own-gated." in told
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert found("hf://org/own-gated").name == "model.onnx"
    assert {token for _, _, token in served.asked[1:]} == {TOKEN}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("hf://org/nothing", "There is no org/nothing. http"),
        ("hf://org/weights@x", "org/weights has no revision x. http"),
        ("hf://org/weights", "optimum-cli export onnx --model org/weights --task text-classification weights-onnx"),
    ],
)
def test_what_cannot_be_had_is_one_sentence(served: Hub, name: str, sentence: str) -> None:
    written(served.folder / "org" / "weights", {"config.json": BERT, "model.safetensors": "x"})
    with pytest.raises(ModelError) as caught:
        found(name)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)
    assert "model.safetensors" not in served.paths()


@pytest.mark.parametrize("name", ["hf://", "hf://a/b/c", "hf://a/b@", "hf://a--b/c", "hf://../b", "hf://a b"])
def test_what_names_no_repository_is_not_asked_for(served: Hub, name: str) -> None:
    with pytest.raises(UsageError, match="names no repository"):
        found(name)
    assert served.asked == []
