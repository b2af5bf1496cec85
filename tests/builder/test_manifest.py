"""The manifest: one schema for two languages, a golden copy that both read, and what both refuse."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from edgeweb import arguments, config, manifest
from edgeweb.errors import SiteError
from edgeweb.manifest import Manifest
from edgeweb.schema import language
from edgeweb.schema.evidence import Evidence
from edgeweb.schema.model import Draft, GoldenCase, GoldenInput, GoldenOutput, Part, Tolerance, Variant
from edgeweb.schema.site import Cut, FileEntry, Hooks, Package, Python, Runtime
from edgeweb.schema.tasks import Task
from edgeweb.schema.types import Default, State, TensorInfo
from edgeweb.tasks.audio.manifest import AudioPipeline, Ctc, Spoken, Whole
from edgeweb.tasks.image.manifest import Fit, ImagePipeline, Prompted
from edgeweb.tasks.kind import TENSORS
from edgeweb.tasks.kinds import KINDS
from edgeweb.tasks.series.manifest import SeriesPipeline
from edgeweb.tasks.speech.manifest import Frames, SpeechPipeline
from edgeweb.tasks.tabular.manifest import Column, TabularPipeline
from edgeweb.tasks.text import manifest as manifest_text

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
COPY = (GOLDEN / "manifest.json").read_bytes()
BAD: list[dict[str, Any]] = json.loads((GOLDEN / "bad-manifests.json").read_text("utf-8"))


def edited(document: Any, at: str, edit: dict[str, Any]) -> Any:
    """`document` with the value at the JSON pointer `at` set or removed, as in web/test/shared/manifest.test.ts."""
    whole = copy.deepcopy(document)
    *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in at.split("/")[1:]]
    place = whole
    for part in parents:
        place = place[int(part) if isinstance(place, list) else part]
    key: Any = int(last) if isinstance(place, list) else last
    if edit.get("remove"):
        del place[key]
    else:
        place[key] = edit["value"]
    return whole


def test_typescript_has_the_same_schema() -> None:
    shared = json.loads((ROOT / "web" / "src" / "shared" / "manifest.schema.json").read_text("utf-8"))
    assert shared == manifest.schema()


def test_the_golden_copy_reads_and_writes_back_to_the_same_bytes() -> None:
    assert manifest.encode(manifest.decode(COPY)) == COPY


def keys_of(kind: type[msgspec.Struct]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(kind)}


def test_the_golden_copy_uses_every_key() -> None:
    found = json.loads(COPY)
    # A kind of model may have its example by itself.
    found |= {path.stem: json.loads(path.read_bytes()) for path in (GOLDEN / "kinds").glob("*.json")}
    case = found["golden"][0]
    for kind, examples in (
        (Manifest, [found]),
        (TensorInfo, found["inputs"]),
        (FileEntry, list(found["files"].values())),
        (Variant, found["variants"]),
        (Draft, [found["variants"][0]["draft"]]),
        (Tolerance, [variant["tolerance"] for variant in found["variants"]]),
        (Runtime, [found["runtimes"]["wasm"]]),
        (Cut, [found["runtimes"]["wasm"]["cut"]]),
        (Hooks, [found["hooks"]]),
        (Python, [found["python"]]),
        (Package, found["python"]["packages"]),
        (Part, list(found["models"].values())),
        (Default, [*found["optional"], *found["models"]["second"]["optional"]]),
        (GoldenCase, [case]),
        (GoldenInput, case["inputs"]),
        (GoldenOutput, case["outputs"]),
        (ImagePipeline, [found["image"]]),
        (Fit, [found["image"]["fit"]]),
        (Prompted, [found["image"]["prompted"]]),
        (TabularPipeline, [found["tabular"]]),
        (Column, found["tabular"]["columns"]),
        (manifest_text.TextPipeline, [found["text"]]),
        (language.Tokenizer, [found["language"]]),
        (language.TextInputs, [found["text"]["inputs"]]),
        (language.TextState, found["text"]["inputs"]["state"]),
        (language.TextCase, [*found["language"]["cases"], found["text"]["blank"]]),
        (language.Pair, [found["language"]["pair"]]),
        (manifest_text.Languages, [found["text"]["languages"]]),
        (language.Writer, [found["writer"]]),
        (language.Matching, [found["matching"]]),
        (language.Around, [found["writer"]["chat"]["system"]]),
        (language.Crossing, found["writer"]["crossing"]),
        (language.Forced, found["writer"]["forced"]),
        (language.Asked, [found["writer"]["asked"]]),
        (language.Chat, [found["writer"]["chat"]]),
        (language.Sampling, [found["writer"]["sampling"]]),
        (Evidence, found["evidence"]),
        (AudioPipeline, [found["audio"]]),
        (Whole, [found["audio"]["whole"]]),
        (Ctc, [found["audio"]["ctc"]]),
        (Spoken, [found["audio"]["spoken"]]),
        (SpeechPipeline, [found["speech"]]),
        (Frames, [found["speech"]["frames"]]),
        (SeriesPipeline, [found["series"]]),
        (State, found["audio"]["states"]),
    ):
        assert keys_of(kind) == {key for example in examples for key in example}, kind


@pytest.mark.parametrize("edit", BAD, ids=[edit["why"] for edit in BAD])
def test_what_is_refused(edit: dict[str, Any]) -> None:
    with pytest.raises(SiteError):
        manifest.decode(json.dumps(edited(json.loads(COPY), edit["at"], edit)).encode())


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b'{"format": 1}'])
def test_what_is_no_manifest_at_all(data: bytes) -> None:
    with pytest.raises(SiteError) as caught:
        manifest.decode(data, "dist/edgeweb.json")
    assert str(caught.value).startswith("dist/edgeweb.json ")


def test_an_unknown_format_names_both_numbers() -> None:
    with pytest.raises(SiteError, match=r"has format 7\. This edgeweb reads format 1\. Build the site again\."):
        manifest.decode(b'{"format": 7, "future": true}')


def test_optional_keys_may_be_left_out() -> None:
    whole = json.loads(COPY)
    for key in (
        "golden",
        "labels",
        "examples",
        "image",
        "tabular",
        "text",
        "language",
        "writer",
        "matching",
        "speech",
        "hooks",
        "python",
        "models",
        "notes",
        "generator",
    ):
        del whole[key]
    found = manifest.decode(json.dumps(whole).encode())
    assert (found.golden, found.labels, found.image, found.tabular) == ([], [], None, None)
    assert "golden" not in json.loads(manifest.encode(found))


def test_read_says_what_to_do_where_there_is_no_site(tmp_path: Path) -> None:
    with pytest.raises(
        SiteError, match=r"is not a site\. edgeweb\.json cannot be read \(No such file.*Run: edgeweb build"
    ):
        manifest.read(tmp_path)
    (tmp_path / "edgeweb.json").write_bytes(COPY)
    assert manifest.read(tmp_path).name == "bird-finder"


def test_the_command_line_offers_what_the_manifest_and_the_configuration_allow() -> None:
    assert get_args(Task) == arguments.TASKS
    assert {*get_args(Task)} == {task for kind in (*KINDS, TENSORS) for task in kind.tasks}
    assert config.Precision.__args__ == arguments.PRECISIONS  # type: ignore[attr-defined]
