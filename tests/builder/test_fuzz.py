"""Whatever a file or an option holds: it is read, or refused in one sentence with code 2; never a defect, never a hang.

`make test` asks a few hundred; EDGEWEB_FUZZ=2000 asks as many of each kind, `EDGEWEB_FUZZ_FROM` begins elsewhere.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import fuzz
import numpy as np
import pytest
import seeds
from edgeweb import cli, config, recipe
from edgeweb.config import Config
from edgeweb.errors import EdgewebError
from edgeweb.inputs import array_files, sound
from edgeweb.inputs import picture as pictures
from edgeweb.options import Options
from edgeweb.python import hookfile
from edgeweb.python.packages import requirements
from edgeweb.schema.types import TensorInfo
from edgeweb.site import cleaned, examples, wording
from edgeweb.tasks.language import tokenizer
from edgeweb.tasks.tabular import files
from edgeweb.tasks.tabular.manifest import Column, TabularPipeline
from edgeweb.tasks.text import gallery
from tiny import linear, picture, saved

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "playwright"))
import text_models  # noqa: E402

COUNT = int(os.environ.get("EDGEWEB_FUZZ", "30"))
FROM = int(os.environ.get("EDGEWEB_FUZZ_FROM", "0"))
# Far above what any of them takes, so that a busy machine is no failure; a hang is one.
SECONDS = 20
ONES = np.ones((3, 4), np.float32)
INPUTS = [TensorInfo(name="x", type="float32", shape=[None, 4])]
TABLE = TabularPipeline(
    columns=[Column(name=name, input="x", index=index, type="number") for index, name in enumerate("abcd")]
)


def _toml(path: Path, model: Path) -> None:
    recipe.detect(model, Options(config=path))
    settings = config.read(path)
    examples.look(settings, path.parent)


def _tokenizer(path: Path, _: Path) -> None:
    found = tokenizer.find(path.parent / "model.onnx", Config(), path.parent)
    if found is not None:
        found.ids("A house, and 2 trees.")


def _picture(path: Path, _: Path) -> None:
    pictures.decode(path)
    cleaned.picture(path)


def _wave(path: Path, _: Path) -> None:
    cleaned.wave(path, path.read_bytes())
    sound.decode(path)


def _hooks(path: Path, _: Path) -> None:
    found = hookfile.read(path)
    assert found.declares in (True, False)
    requirements.of(["pydantic"], found.source, path, path.parent)


def _beside(path: Path, model: Path) -> None:
    """With classes as well, without which a sound may be anything."""
    about = path.with_name("config.json")
    about.write_bytes(seeds.BESIDE[0])
    try:
        recipe.detect(model)
    finally:
        about.unlink()


Target = tuple[str, Sequence[bytes], Callable[[Path, Path], object]]
TARGETS: dict[str, Target] = {
    "toml": ("edgeweb.toml", seeds.TOML, _toml),
    "labels": ("labels.txt", (b"cat\ndog\n", "Käse\r\n".encode()), lambda path, _: config.read_labels(path)),
    "rows": (
        "d.csv", (b"a,b,c,d,label\n1,2,3,4,x\n5,6,7,8,y\n", b'1;2;3;"4"\n5;6;7;8\n'),
        lambda path, _: files.read_csv(path, INPUTS, TABLE, ["x", "y"]),
    ),
    "arrays": (
        "d.npz",
        (seeds.npz(x=ONES, labels=np.array([0, 1, 2])), seeds.npy(ONES), seeds.npz(x=np.array(["a"]))),
        lambda path, _: array_files.read([path], INPUTS, ["a", "b", "c"], []),
    ),
    "wave": ("a.wav", (seeds.wav(),), _wave),
    "pictures": ("a.png", seeds.pictures(), _picture),
    "hooks": ("hooks.py", (b"import json\nfrom edgeweb import ops\npreprocess = ops.image(size=(8, 8))\n"
                           b"def postprocess(outputs, model):\n    return {'a': model.metadata}\n",), _hooks),
    "strings": (
        "own.json", (b'{"lang": "fr", "dir": "ltr", "image": {"drop": "x", "example": "{n}"}}',),
        lambda path, _: wording.of(Config(strings=path.name), path.parent),
    ),
    "texts": ("g.csv", (b"id,text\n1,hello\n2,there\n",), lambda path, _: gallery._texts(path)),
    "beside": ("config.json", seeds.BESIDE, lambda path, model: recipe.detect(model)),
    "before": ("preprocessor_config.json", seeds.BESIDE, _beside),
}  # fmt: skip


def tried(what: Callable[[], object], number: int) -> str:
    """Nothing, or what happened that should not have."""

    def ended(*_: object) -> None:
        raise TimeoutError("did not end")

    main = threading.current_thread() is threading.main_thread()
    if main:
        signal.signal(signal.SIGALRM, ended)
        signal.alarm(SECONDS)
    begun = time.monotonic()
    try:
        what()
    except EdgewebError as error:
        return "" if error.exit_code == 2 and "\n" not in str(error) else f"{number}: {error}"
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        return f"{number}: {type(error).__name__}: {str(error)[:200]}"
    finally:
        if main:
            signal.alarm(0)
        if os.environ.get("EDGEWEB_FUZZ") and time.monotonic() - begun > 1:
            print(f"slow: {number} took {time.monotonic() - begun:.1f} s", file=sys.stderr)
    return ""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A model of pictures and one of rows, each alone in its folder."""
    return [saved(tmp_path_factory.mktemp(f"m{n}"), proto) for n, proto in enumerate((picture(), linear()))]


@pytest.mark.parametrize("kind", TARGETS)
def test_a_changed_file(kind: str, models: list[Path], tmp_path: Path, web: Path) -> None:
    name, given, read = TARGETS[kind]
    wrong = []
    for number in range(FROM, FROM + COUNT):
        model = models[number // 2 % len(models)]
        path = (model.parent if kind in ("beside", "before") else tmp_path) / name
        path.write_bytes(fuzz.changed(given, number))
        wrong.append(tried(lambda path=path, model=model: read(path, model), number))  # type: ignore[misc]
        path.unlink()
    assert [each for each in wrong if each] == []


@pytest.mark.parametrize("name", seeds.SAID)
def test_a_changed_tokenizer(name: str, tmp_path: Path) -> None:
    model = text_models.sentiment(tmp_path / "m")
    for place in [*(tmp_path / "m").rglob("*.json"), *(tmp_path / "m").rglob("vocab.txt")]:
        place.unlink()
    for other, said in seeds.SAID.items():
        if other != "tokenizer.json" or name != "vocab.txt":
            (model.parent / other).write_bytes(said)
    wrong = []
    for number in range(FROM, FROM + COUNT):
        (model.parent / name).write_bytes(fuzz.changed([seeds.SAID[name]], number))
        wrong.append(tried(lambda: recipe.detect(model), number))
        wrong.append(tried(lambda: _tokenizer(model, model), number))
    assert [each for each in wrong if each] == []


def test_a_changed_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No command gets as far as to serve or to build: there is no model, and no site."""
    monkeypatch.chdir(tmp_path)
    wrong = []
    for number in range(FROM, FROM + COUNT):
        dice = np.random.default_rng(number)
        words = [seeds.WORDS[i] for i in dice.integers(0, len(seeds.WORDS), dice.integers(0, 6))]
        while words[:1] == ["demo"]:
            words = words[1:]

        def run(words: list[str] = words) -> None:
            try:
                code = cli.main(words)
            except SystemExit as ended:  # --help and --version
                code = int(ended.code or 0)
            said = capsys.readouterr()
            lines = said.err.strip().splitlines()
            assert code in (0, 2), (words, code, lines[-1:])
            assert code == 0 or (lines and lines[-1].startswith("error: ")), (words, lines)

        wrong.append(tried(run, number))
    assert [each for each in wrong if each] == []
