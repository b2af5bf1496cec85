"""hf://org/name: what is fetched of a repository, from a stand-in for the Hub that notes whatever is asked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants as constants
import pytest
import standin
from edgeweb import cli, options, recipe
from edgeweb.convert.common import How
from edgeweb.convert.taken import taken
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


MOOD = {"model_type": "bert", "architectures": ["BertForSequenceClassification"]}


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ("model.safetensors", "org/mood is a folder of transformers. Converting it needs"),
        ("pytorch_model.bin", "org/mood is a folder of transformers whose weights are a pickle. To read it is to run"),
    ],
)
def test_weights_that_nothing_here_converts_stay_where_they_are(served: Hub, weights: str, sentence: str) -> None:
    written(served.folder / "org" / "mood", {"config.json": MOOD, weights: "x"})
    with pytest.raises(UsageError) as told:
        taken("hf://org/mood", How(python=Path(sys.executable)))
    assert str(told.value).startswith(sentence)
    assert served.paths() == ["config.json"]


def test_weights_of_a_kind_that_nobody_exports_are_told_as_before(served: Hub) -> None:
    written(served.folder / "org" / "odd", {"config.json": {"model_type": "odd"}, "model.safetensors": "x"})
    with pytest.raises(ModelError, match=r"org/odd has no \.onnx file"):
        taken("hf://org/odd", How(trust_pickle=True))
    assert served.paths() == ["config.json"]


@pytest.mark.thorough
@pytest.mark.usefixtures("small_web")
@pytest.mark.parametrize("pickled", [False, True])
def test_weights_alone_are_fetched_and_exported_at_their_commit(
    served: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pickled: bool
) -> None:
    python = os.environ.get("EDGEWEB_TRANSFORMERS", "")
    if not python:
        pytest.skip("EDGEWEB_TRANSFORMERS names no Python with optimum-onnx")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    home = served.folder / "org" / "some-animal"
    subprocess.run([python, "-c", MAKE, home, "pickled" if pickled else ""], check=True, stderr=subprocess.DEVNULL)
    written(home, {"edgeweb.toml": '[hooks]\nfile = "hooks.py"\n', "training.json": {}})
    site = recipe.build(
        "hf://org/some-animal", tmp_path / "site", python=python, trust_pickle=pickled, precision="fp32"
    )
    weights = "pytorch_model.bin" if pickled else "model.safetensors"
    assert sorted(served.paths()) == sorted(["config.json", weights, "preprocessor_config.json"])
    assert (site.manifest.title, list(site.manifest.labels)) == ("Some animal", ["cat", "dog", "owl"])
    assert site.report["source"] == {"repository": "org/some-animal", "commit": COMMIT}
    assert site.report["original"]["sentence"].startswith("same answers as transformers")
    assert any("some-animal was read with transformers" in step["outcome"] for step in site.report["steps"])
    # Other people's settings could name hooks, however they came into the cache.
    found = taken("hf://org/some-animal", How(python=Path(python), trust_pickle=pickled))
    (found.given / "edgeweb.toml").write_text("title = 'Theirs'")
    assert not found.beside and found.converted is not None
    assert recipe.inspected("hf://org/some-animal", options.options({"python": python, "trust_pickle": pickled})).plan


MAKE = """
import sys, torch, transformers as t
torch.manual_seed(0)
vit = t.ViTConfig(image_size=16, patch_size=8, id2label={0: "cat", 1: "dog", 2: "owl"}, hidden_size=8,
    num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
t.ViTForImageClassification(vit).save_pretrained(sys.argv[1], safe_serialization=not sys.argv[2])
t.ViTImageProcessor(size={"height": 16, "width": 16}).save_pretrained(sys.argv[1])
"""
