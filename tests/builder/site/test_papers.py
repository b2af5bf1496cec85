"""The papers of a site: what they say is what was read and run, and they hold as their formats have it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
import tiny
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from edgeweb import manifest
from edgeweb.config import Config, HooksConfig
from edgeweb.recipe import Site
from edgeweb.site.papers import card, sources
from edgeweb.trust import whole

Build = Callable[..., Site]


@pytest.fixture(scope="module")
def site(build_once: Build, tmp_path_factory: pytest.TempPathFactory) -> Site:
    model = tiny.saved(tmp_path_factory.mktemp("m"), tiny.linear())
    return build_once(model, title="Iris | <b>| [x](y)", quick=True)


def test_they_are_files_of_the_site_and_the_report_links_them(site: Site) -> None:
    assert {"card.md", "bom.json", "provenance.json"} < set(site.manifest.files)
    text = (site.path / "report" / "index.html").read_text()
    assert all(f'href="../{name}"' in text for name in ("card.md", "bom.json", "provenance.json"))


def test_the_bill_of_materials_is_strictly_valid(site: Site) -> None:
    text = (site.path / "bom.json").read_text()
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(text) is None
    found = json.loads(text)
    model, *libraries = found["components"]
    assert model["type"] == "machine-learning-model"
    assert {each["name"] for each in libraries} == {"onnxruntime-web"}
    for component in found["components"]:
        for file in component["components"]:
            assert file["hashes"][0]["content"] == site.manifest.files[file["name"]].sha256
    # It can fail.
    model["modelCard"]["unknown"] = 1
    assert validator.validate_str(json.dumps(found)) is not None


def test_the_provenance_names_the_model_and_every_other_file(site: Site, tmp_path: Path) -> None:
    found = json.loads((site.path / "provenance.json").read_text())
    subjects = {each["name"]: each["digest"]["sha256"] for each in found["subject"]}
    assert subjects == {n: e.sha256 for n, e in site.manifest.files.items() if n != "provenance.json"}
    definition = found["predicate"]["buildDefinition"]
    model = tiny.saved(tmp_path, tiny.linear())
    assert definition["resolvedDependencies"][0] == {"name": model.name, "digest": {"sha256": whole.digest(model)}}
    assert definition["externalParameters"]["title"] == site.manifest.title
    for name in ("card.md", "bom.json", "provenance.json"):
        assert str(tmp_path.parent) not in (site.path / name).read_text()


def test_the_card_says_what_is_known_and_no_more(site: Site) -> None:
    text = (site.path / "card.md").read_text()
    assert text.startswith("# Iris \\| \\<b\\>\\| \\[x\\](y)\n")
    assert "How often the model itself is right was not measured here." in text
    assert "not stated in what was read" in text
    assert "| Task |" in text
    assert "accuracy" not in text


def test_what_was_judged_on_right_answers_says_so(site: Site) -> None:
    form = {
        "form": "int8", "shipped": True, "measure": "top 1", "agreement": 0.995, "accuracy": 0.912, "wireBytes": 9320,
        "referenceAccuracy": 0.92, "samples": 60,
    }  # fmt: skip
    report = {
        **site.report,
        "compression": {"forms": [form], "layers": [], "trials": [], "samples": "120 rows", "seeded": False},
        "proven": False,
    }
    about = {
        "title": "x",
        "task": site.manifest.task,
        "inputs": [],
        "outputs": [],
        "generator": "edgeweb",
        "labels": [],
    }
    text = card.text(about, report, "apache-2.0")
    assert "agrees with the original model on 99.5 % (top 1), judged on 60 of 120 rows." in " ".join(text.split())
    assert "it is right on 91.2 %; the original model 92 %." in " ".join(text.split())
    assert "was not measured here" not in text
    assert "apache-2.0" in text
    assert "not proven on devices" in text


def test_the_same_build_writes_the_same_papers(site: Site, build_once: Build, tmp_path: Path) -> None:
    model = tiny.saved(tmp_path, tiny.linear())
    again = build_once(model, title=site.manifest.title, quick=True)
    for name in ("card.md", "bom.json", "provenance.json"):
        assert (again.path / name).read_bytes() == (site.path / name).read_bytes()
    assert manifest.read(again.path).release == site.manifest.release


def test_a_licence_in_the_file_is_the_models(build_once: Build, tmp_path: Path) -> None:
    model = tiny.linear()
    model.metadata_props.add(key="license", value="CC-BY-4.0")
    site = build_once(tiny.saved(tmp_path, model), quick=True)
    assert "| Licence of the model | CC-BY-4.0 |" in (site.path / "card.md").read_text()
    assert json.loads((site.path / "bom.json").read_text())["components"][0]["licenses"] == [
        {"license": {"name": "CC-BY-4.0"}}
    ]


def test_what_a_build_reads_is_named_and_nothing_else(tmp_path: Path) -> None:
    first, second = (tiny.saved(tmp_path, tiny.linear(), f"{name}_model.onnx") for name in ("vision", "text"))
    for name in ("config.json", "tokenizer.json", "private.txt"):
        (tmp_path / name).write_text("{}")
    apart = tiny.linear()
    onnx.save(apart, tmp_path / "apart.onnx", save_as_external_data=True, location="apart.data", size_threshold=0)
    beside = {"config.json", "tokenizer.json"}
    assert set(sources.model(first, [first, second])) == {first.name, second.name, *beside}
    alone = sources.model(tmp_path / "apart.onnx", [tmp_path / "apart.onnx"])
    assert set(alone) == {"apart.onnx", "apart.data", *beside}
    assert alone["apart.data"] == whole.digest(tmp_path / "apart.data")


def test_private_files_are_named_by_what_they_are_for(tmp_path: Path) -> None:
    (tmp_path / "patients").mkdir()
    (tmp_path / "patients" / "ann.csv").write_text("1\n")
    (tmp_path / "hooks.py").write_text("pass\n")
    settings = Config(data="patients", hooks=HooksConfig(file="hooks.py"), title="t")
    found = sources.given(settings, tmp_path)
    assert found["hooks"] == whole.digest(tmp_path / "hooks.py")
    assert set(found) == {"data", "hooks"}
    (tmp_path / "patients" / "ann.csv").write_text("2\n")
    assert sources.given(settings, tmp_path)["data"] != found["data"]
    said = json.dumps([found, sources.options(settings)])
    assert "patients" not in said
    assert str(tmp_path) not in said


def test_agreement_that_is_nearly_whole_does_not_read_as_whole(site: Site) -> None:
    form = {
        "form": "stored", "shipped": True, "measure": "cosine", "agreement": 0.999999, "accuracy": None,
        "referenceAccuracy": None, "samples": 4, "wireBytes": 9320,
    }  # fmt: skip
    found = {"forms": [form], "layers": [], "trials": [], "samples": "8 seeded inputs", "seeded": True}
    about = {"title": "x", "task": site.manifest.task, "inputs": [], "outputs": [], "generator": "edgeweb"}
    text = " ".join(card.text(about, {**site.report, "compression": found}, None).split())
    assert "on 99.99 % (cosine), judged on 4 made-up inputs" in text
    assert "9.32 KB to download: its weights were changed" in text
