"""The papers of a site: what they say is what was read and run, and they hold as their formats have it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import tiny
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from edgeweb import manifest
from edgeweb.recipe import Site
from edgeweb.site.papers import card
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
        "form": "int8", "shipped": True, "measure": "top 1", "agreement": 0.995, "accuracy": 0.912,
        "referenceAccuracy": 0.92, "samples": 60,
    }  # fmt: skip
    report = {**site.report, "compression": {"forms": [form], "samples": "120 rows", "seeded": False}, "proven": False}
    about = {
        "title": "x",
        "task": site.manifest.task,
        "inputs": [],
        "outputs": [],
        "generator": "edgeweb",
        "labels": [],
    }
    text = card.text(about, report, "apache-2.0")
    assert "agrees with the original model on 99.50 % (top 1), judged on 60 of 120 rows." in " ".join(text.split())
    assert "it is right on 91.20 %; the original model 92.00 %." in " ".join(text.split())
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
