"""build() from end to end, without a browser: what is in the folder, what decides it, and what is never touched."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import edgeweb
import msgspec
import numpy as np
import onnx
import pytest
import tiny
from edgeweb import manifest, recipe
from edgeweb.errors import ConfigError, EdgewebError, LimitError, OutputError, UsageError
from edgeweb.files import webdist
from edgeweb.recipe import Site
from edgeweb.site import page
from edgeweb.site.hosts import hosts
from PIL import Image

Build = Callable[..., Site]
HOSTS = {host.PATH for host in hosts.HOSTS} - {".nojekyll"}


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tiny.saved(tmp_path / "iris-net", tiny.linear())


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return tiny.saved(tmp_path / "owls", tiny.picture())


def test_the_whole_site(build: Build, table: Path, tmp_path: Path) -> None:
    told: list[str] = []
    site = build(table, on_step=told.append)
    assert site.path == tmp_path / "dist"
    found = files_of(site.path)
    names = {
        "index.html",
        "edgeweb.js",
        "edgeweb.d.ts",
        "sw.js",
        "manifest.webmanifest",
        "headers.json",
        "report.json",
        "report/index.html",
        "THIRD_PARTY_NOTICES.txt",
    }
    assert names <= set(site.manifest.files)
    assert manifest.read(site.path) == site.manifest
    assert json.loads(found["report.json"]) == site.report
    for path, entry in site.manifest.files.items():
        assert (len(found[path]), hashlib.sha256(found[path]).hexdigest()) == (entry.bytes, entry.sha256)
        for name, size in entry.encodings.items():
            assert len(found[path + {"br": ".br", "gzip": ".gz"}[name]]) == size
    listed = set(site.manifest.files)
    sidecars = {path + suffix for path in listed for suffix in (".br", ".gz")}
    copy = page.copy_path(found["index.html"])
    assert found[copy] == found["edgeweb.json"]
    assert set(found) - listed - sidecars == {"edgeweb.json", copy, ".nojekyll", *HOSTS}
    runtime = site.manifest.runtimes["wasm"]
    assert runtime.files == [runtime.worker, runtime.glue, *runtime.wasm]
    named = [site.manifest.script, site.manifest.interface, *runtime.files]
    assert {*named, *site.manifest.variants[0].files} <= listed
    assert told[0] == f"reading {table}"
    assert told[-1] == f"writing {site.path}"


def test_the_model_in_the_site_gives_the_golden_numbers(build: Build, table: Path) -> None:
    import onnxruntime
    from edgeweb.inputs import golden

    site = build(table)
    data = b"".join((site.path / path).read_bytes() for path in site.manifest.variants[0].files)
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    (case,) = site.manifest.golden
    (y,) = session.run(None, {spec.name: golden.make_input(spec) for spec in case.inputs})
    stored, _ = golden.store(y)
    assert stored == case.outputs[0].data


@pytest.mark.parametrize("model", [tiny.linear(), tiny.picture()], ids=["table", "picture"])
def test_the_same_input_gives_the_same_bytes(build: Build, tmp_path: Path, model: onnx.ModelProto) -> None:
    path = tiny.saved(tmp_path / "m", model)
    one, two = build(path, tmp_path / "one"), build(path, tmp_path / "two")
    assert files_of(one.path) == files_of(two.path)
    assert one.manifest.release == two.manifest.release
    other = build(path, tmp_path / "three", title="Another")
    assert other.manifest.release != one.manifest.release


def test_a_picture_model_has_its_graphs_and_examples(build: Build, picture: Path) -> None:
    Image.new("RGB", (8, 8), (90, 60, 30)).save(picture.parent / "owl.jpg")
    (picture.parent / "edgeweb.toml").write_text('examples = ["owl.jpg"]\n[input.image]\ncolor = "BGR"\n')
    site = build(picture)
    image = site.manifest.image
    assert image is not None
    assert "BGR" in image.formula
    (example,) = site.manifest.examples
    assert (site.path / example).read_bytes().startswith(b"\xff\xd8")
    assert example.startswith("assets/owl-")
    for graph in (image.preprocess, image.postprocess):
        onnx.checker.check_model(onnx.load_model_from_string(base64.b64decode(graph)))
    assert site.manifest.interface == "assets/ui-image-1.js"
    assert "assets/ui-tensors-1.js" not in site.manifest.files


def test_titles_and_slugs(build: Build, tmp_path: Path) -> None:
    for folder, name, title, slug in (
        ("a", "bird_finder-v2.onnx", "Bird finder v2", "bird-finder-v2"),
        ("owl-net", "model.onnx", "Owl net", "owl-net"),
        ("b", "---.onnx", "Model", "model"),
        ("c", "Größe.onnx", "Größe", "gr-e"),
    ):
        site = build(tiny.saved(tmp_path / folder, tiny.linear(), name))
        assert (site.manifest.title, site.manifest.name) == (title, slug)
    given = build(tmp_path / "a" / "bird_finder-v2.onnx", title="<b>Wow</b>")
    assert given.manifest.title == "<b>Wow</b>"
    for name in ("index.html", "report/index.html"):
        text = (given.path / name).read_text()
        assert "<b>Wow" not in text
        assert "&lt;b&gt;Wow" in text


def test_labels_beside_the_model_in_the_options_or_in_the_file(build: Build, table: Path, tmp_path: Path) -> None:
    assert build(table).manifest.labels == []
    (table.parent / "labels.txt").write_text("a\nb\nc\n")
    assert build(table).manifest.labels == ["a", "b", "c"]
    (table.parent / "edgeweb.toml").write_text('labels = ["d", "e", "f"]')
    assert build(table).manifest.labels == ["d", "e", "f"]
    (tmp_path / "mine.txt").write_text("g\nh\ni\n")
    assert build(table, labels=str(tmp_path / "mine.txt")).manifest.labels == ["g", "h", "i"]
    (tmp_path / "mine.txt").write_text("g\nh\n")
    with pytest.raises(ConfigError, match=r"mine\.txt has 2 labels"):
        build(table, labels=tmp_path / "mine.txt")
    assert manifest.read(tmp_path / "dist").labels == ["g", "h", "i"], "the earlier site stays"


def test_options_lie_over_the_configuration(build: Build, table: Path, tmp_path: Path) -> None:
    (table.parent / "edgeweb.toml").write_text('title = "From the file"\ntask = "tensors"\n')
    site = build(table)
    assert (site.manifest.title, site.manifest.task) == ("From the file", "tensors")
    assert build(table, title="Mine").manifest.title == "Mine"
    other = tmp_path / "other.toml"
    other.write_text('title = "Another file"')
    found = build(table, config=other)
    assert (found.manifest.title, found.manifest.task) == ("Another file", "tabular-classification")


def test_the_users_data_is_the_golden_case(build: Build, table: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "inputs.npz", x=np.ones((2, 4), np.float32))
    site = build(table, data=tmp_path / "inputs.npz")
    assert site.manifest.golden[0].inputs[0].dims == [2, 4]
    assert site.report["proven"] is True


def test_the_base_url_is_in_the_hosts_forms_alone(build: Build, table: Path, tmp_path: Path) -> None:
    plain, based = build(table, tmp_path / "one"), build(table, tmp_path / "two", base_url="/birds/")
    assert "/birds/*\n" in (based.path / "_headers").read_text()
    one, two = files_of(plain.path), files_of(based.path)
    assert {name for name in one if one[name] != two[name]} == HOSTS


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"task": "mind-reading"}, UsageError, 'There is no task "mind-reading"'),
        ({"max_size": "big"}, ConfigError, '"big" is not a size'),
        ({"base_url": "https://example.com"}, ConfigError, "is not a base URL"),
        ({"labels": "missing.txt"}, ConfigError, "missing.txt cannot be read"),
        ({"config": "missing.toml"}, ConfigError, "missing.toml cannot be read"),
        ({"data": "missing.npz"}, ConfigError, "missing.npz cannot be read"),
    ],
)
def test_options_that_are_wrong(
    build: Build, table: Path, tmp_path: Path, options: Any, kind: Any, message: str
) -> None:
    with pytest.raises(kind, match=message):
        build(table, **options)
    assert not (tmp_path / "dist").exists()


def test_an_option_that_does_not_exist(build: Build, table: Path) -> None:
    with pytest.raises(TypeError, match="colour"):
        build(table, colour="red")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[hooks]\nfile = "hooks.py"', r"hooks\.py cannot be read"),
        ('examples = ["notes.txt"]', "cannot be an example"),
        ('examples = ["missing.png"]', "missing.png cannot be read"),
        ("[input.other]\nscale = 1.0", "no such input"),
    ],
)
def test_configurations_that_cannot_be_met(build: Build, picture: Path, text: str, message: str) -> None:
    (picture.parent / "edgeweb.toml").write_text(text)
    with pytest.raises(EdgewebError, match=message):
        build(picture)


def test_a_limit_that_is_missed_writes_nothing(build: Build, table: Path, tmp_path: Path) -> None:
    with pytest.raises(LimitError):
        build(table, max_size=10)
    assert not (tmp_path / "dist").exists()
    build(table)
    before = files_of(tmp_path / "dist")
    with pytest.raises(LimitError, match="bytes on the wire"):
        build(table, max_size="10 B", title="Another")
    assert files_of(tmp_path / "dist") == before
    assert build(table, max_size="1MB").manifest.title == "Iris net"


def test_force_is_for_folders_that_edgeweb_did_not_make(build: Build, table: Path, tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="is not empty"):
        build(table)
    assert (dist / "thesis.txt").read_text() == "mine"
    build(table, force=True)
    assert not (dist / "thesis.txt").exists()
    build(table)


def test_the_users_own_files_are_never_replaced(build: Build, table: Path, tmp_path: Path) -> None:
    folder = table.parent
    (folder / "labels.txt").write_text("a\nb\nc\n")
    before = files_of(folder)
    for out in (folder, tmp_path):
        with pytest.raises(OutputError, match="would be lost"):
            build(table, out, force=True)
    elsewhere = tmp_path / "words"
    elsewhere.mkdir()
    (elsewhere / "mine.txt").write_text("a\nb\nc\n")
    (folder / "edgeweb.toml").write_text('labels = "../words/mine.txt"')
    with pytest.raises(OutputError, match=r"holds mine\.txt"):
        build(table, elsewhere, force=True)
    assert {**files_of(folder), "edgeweb.toml": b""} == {**before, "edgeweb.toml": b""}
    # Below the model is where people put it.
    assert build(table, folder / "dist").path.is_dir()


def test_inspect_and_detect_run_nothing(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subprocess.Popen", None)
    assert edgeweb.inspect(table).inputs[0].name == "x"
    info, plan = recipe.detect(table)
    assert (info.parameters, plan.task) == (12, "tabular-classification")


def test_the_public_names() -> None:
    assert edgeweb.build is recipe.build
    assert set(edgeweb.__all__) >= {"build", "inspect", "Site", "ModelInfo", "Manifest", "EdgewebError", "__version__"}
    for name in edgeweb.__all__:
        assert getattr(edgeweb, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        edgeweb.nothing  # noqa: B018
    assert isinstance(msgspec.to_builtins(edgeweb.__version__), str)


def test_the_release_is_the_hash_of_its_own_manifest(build: Build, table: Path) -> None:
    # As the page computes it, from the text alone.
    text = (build(table, title='"release": "0123456789abcdef"').path / "edgeweb.json").read_text("utf-8")
    blank, count = re.subn(r'"release": "[0-9a-f]{16}"', '"release": ""', text, count=1)
    assert count == 1
    assert json.loads(text)["release"] == hashlib.sha256(blank.encode()).hexdigest()[:16]


def test_gpu_builds_go_where_a_gpu_can_win_something(build: Build, table: Path, tmp_path: Path) -> None:
    plain = build(table).manifest
    assert (set(plain.runtimes), plain.variants[0].backends) == ({"wasm"}, ["wasm"])
    assert not any("jspi" in path or "asyncify" in path for path in plain.files)
    heavy = build(tiny.saved(tmp_path / "conv", tiny.convolution(side=512))).manifest
    assert (set(heavy.runtimes), heavy.variants[0].backends) == (
        {"wasm", "jspi", "asyncify"},
        ["wasm", "webgpu", "webnn"],
    )
    assert heavy.variants[0].accelerate
    assert heavy.runtimes["asyncify"].wasm == ["assets/ort-asyncify-1.wasm", "assets/ort-asyncify-2.wasm"]
    roles = {path: entry.role for path, entry in heavy.files.items()}
    assert roles["assets/worker-jspi-1.js"] == roles["sw.js"] == "worker"
    assert roles["assets/ort-jspi-1.wasm"] == roles["assets/ort-jspi-1.mjs"] == "runtime"
    light = build(tiny.saved(tmp_path / "light", tiny.convolution(side=8)))
    assert not light.manifest.variants[0].accelerate
    assert "million multiply-adds" in json.dumps(light.report)


def test_without_gpu_builds_a_heavy_model_says_what_to_install(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A light one has it in its report alone."""
    monkeypatch.setattr(webdist.WebDist, "gpu", False)
    for side, said in ((512, 1), (8, 0)):
        told: list[str] = []
        site = build(tiny.saved(tmp_path / f"{side}", tiny.convolution(side=side)), on_step=told.append)
        assert set(site.manifest.runtimes) == {"wasm"} and site.manifest.variants[0].backends == ["wasm"]
        assert len([each for each in told if webdist.install() in each]) == said
        assert webdist.install() in json.dumps(site.report)
