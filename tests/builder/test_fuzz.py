"""Whatever a file or an option holds: it is read, or refused in one sentence with code 2; never a defect, never a hang.

`make test` asks a few hundred; EDGEWEB_FUZZ=2000 asks as many of each kind, `EDGEWEB_FUZZ_FROM` begins elsewhere.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import threading
import time
import wave
from collections.abc import Callable, Sequence
from pathlib import Path

import fuzz
import numpy as np
import pytest
from edgeweb import (
    array_files,
    cleaned,
    cli,
    config,
    examples,
    gallery,
    hooks,
    language,
    picture_files,
    recipe,
    requirements,
    row_files,
    sound_files,
    wording,
)
from edgeweb.asked import Options
from edgeweb.config import Config
from edgeweb.errors import EdgewebError
from edgeweb.manifest import Column, TabularPipeline, TensorInfo
from PIL import Image
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

TOML = tuple(
    text.encode()
    for text in (
        """title = "Bird"
labels = ["a", "b", "c"]
keep-metadata = true
[compress]
precision = "auto"
min-agreement = 0.99
max-size = "5MB"
draft-agreement = 0.5
""",
        """task = "image-classification"
[input.image]
size = [16, 16]
layout = "NCHW"
color = "RGB"
scale = 255.0
mean = [0.4, 0.4, 0.4]
std = [0.2, 0.2, 0.2]
resize = "crop"
crop-from = [20, 20]
[output.y]
top = 3
softmax = true
""",
        """[audio]
rate = 16000
window = 400
hop = 160
context = 0
features = "log-mel"
n-fft = 512
n-mels = 40
fmin = 20.0
fmax = 7600.0
power = 2.0
floor = 0.001
[series]
window = 4
mean = [0.0]
std = [1.0]
threshold = 0.5
""",
        """[detect]
form = "rows"
threshold = 0.3
overlap = 0.5
points = ["a"]
skeleton = [[0, 0]]
[text]
max-tokens = 64
pooling = "mean"
""",
        """lang = "de"
base-url = "/a/"
data = "d.csv"
gallery = "g"
examples = ["a.png", "b.txt"]
[hooks]
packages = ["pydantic"]
seconds = 3.0
[input.x]
columns = ["a", "b", "c", "d"]
""",
    )
)
BESIDE = tuple(
    json.dumps(each).encode()
    for each in (
        {"id2label": {"0": "a", "1": "b", "2": "c"}, "architectures": ["XClassification"], "model_type": "vit"},
        {"do_resize": True, "size": {"height": 16, "width": 16}, "image_mean": [0.5, 0.5, 0.5], "do_normalize": True,
         "image_std": [0.5, 0.5, 0.5], "rescale_factor": 0.00392, "crop_size": 16, "resample": 2},
        {"feature_extractor_type": "ASTFeatureExtractor", "sampling_rate": 16000, "max_length": 1024, "mean": -4.2,
         "num_mel_bins": 128, "std": 4.5, "do_normalize": True},
    )
)  # fmt: skip


def _npz(**arrays: np.ndarray) -> bytes:
    held = io.BytesIO()
    np.savez(held, **arrays)  # type: ignore[arg-type]
    return held.getvalue()


def _npy(array: np.ndarray) -> bytes:
    held = io.BytesIO()
    np.save(held, array)
    return held.getvalue()


def _wav() -> bytes:
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setparams((2, 2, 16000, 0, "NONE", ""))
        file.writeframes(bytes(range(256)) * 8)
    return held.getvalue()


def _pictures() -> list[bytes]:
    image = Image.fromarray(np.random.default_rng(1).integers(0, 256, (16, 16, 3), dtype=np.uint8))
    made = []
    for kind, more in (("PNG", {}), ("JPEG", {"comment": b"x"}), ("WEBP", {}), ("GIF", {}), ("BMP", {})):
        held = io.BytesIO()
        exif = Image.Exif()
        exif[0x0112] = 6
        image.save(held, kind, **more, **({"exif": exif} if kind in ("PNG", "JPEG", "WEBP") else {}))
        made.append(held.getvalue())
    return made


def _toml(path: Path, model: Path) -> None:
    recipe.detect(model, Options(config=path))
    settings = config.read(path)
    examples.look(settings, path.parent)


def _tokenizer(path: Path, _: Path) -> None:
    found = language.find(path.parent / "model.onnx", Config(), path.parent)
    if found is not None:
        found.ids("A house, and 2 trees.")


def _picture(path: Path, _: Path) -> None:
    picture_files.decode(path)
    cleaned.picture(path)


def _wave(path: Path, _: Path) -> None:
    cleaned.wave(path, path.read_bytes())
    sound_files.decode(path)


def _hooks(path: Path, _: Path) -> None:
    found = hooks.read(path)
    assert found.declares in (True, False)
    requirements.of(["pydantic"], found.source, path, path.parent)


def _beside(path: Path, model: Path) -> None:
    """With classes as well, without which a sound may be anything."""
    about = path.with_name("config.json")
    about.write_bytes(BESIDE[0])
    try:
        recipe.detect(model)
    finally:
        about.unlink()


Target = tuple[str, Sequence[bytes], Callable[[Path, Path], object]]
TARGETS: dict[str, Target] = {
    "toml": ("edgeweb.toml", TOML, _toml),
    "labels": ("labels.txt", (b"cat\ndog\n", "Käse\r\n".encode()), lambda path, _: config.read_labels(path)),
    "rows": (
        "d.csv", (b"a,b,c,d,label\n1,2,3,4,x\n5,6,7,8,y\n", b'1;2;3;"4"\n5;6;7;8\n'),
        lambda path, _: row_files.read_csv(path, INPUTS, TABLE, ["x", "y"]),
    ),
    "arrays": (
        "d.npz",
        (_npz(x=ONES, labels=np.array([0, 1, 2])), _npy(ONES), _npz(x=np.array(["a"]))),
        lambda path, _: array_files.read([path], INPUTS, ["a", "b", "c"], []),
    ),
    "wave": ("a.wav", (_wav(),), _wave),
    "pictures": ("a.png", _pictures(), _picture),
    "hooks": ("hooks.py", (b"import json\nfrom edgeweb import ops\npreprocess = ops.image(size=(8, 8))\n"
                           b"def postprocess(outputs, model):\n    return {'a': model.metadata}\n",), _hooks),
    "strings": (
        "own.json", (b'{"lang": "fr", "dir": "ltr", "image": {"drop": "x", "example": "{n}"}}',),
        lambda path, _: wording.of(Config(strings=path.name), path.parent),
    ),
    "texts": ("g.csv", (b"id,text\n1,hello\n2,there\n",), lambda path, _: gallery._texts(path)),
    "beside": ("config.json", BESIDE, lambda path, model: recipe.detect(model)),
    "before": ("preprocessor_config.json", BESIDE, _beside),
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
    name, seeds, read = TARGETS[kind]
    wrong = []
    for number in range(FROM, FROM + COUNT):
        model = models[number // 2 % len(models)]
        path = (model.parent if kind in ("beside", "before") else tmp_path) / name
        path.write_bytes(fuzz.changed(seeds, number))
        wrong.append(tried(lambda path=path, model=model: read(path, model), number))  # type: ignore[misc]
        path.unlink()
    assert [each for each in wrong if each] == []


def _tokenizer_json() -> bytes:
    from tokenizers.implementations.bert_wordpiece import BertWordPieceTokenizer

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "house", "and", "tree", "##s", "2", ",", "."]
    return str(BertWordPieceTokenizer({word: place for place, word in enumerate(words)}).to_str()).encode()


SAID = {
    "tokenizer.json": _tokenizer_json(),
    "vocab.txt": b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nhouse\n",
    "tokenizer_config.json": b'{"mask_token": {"content": "[MASK]"}, "model_max_length": 512, "do_lower_case": true}',
    "config.json": b'{"architectures": ["BertForMaskedLM"], "model_type": "bert", "id2label": {"0": "a"}}',
}


@pytest.mark.parametrize("name", SAID)
def test_a_changed_tokenizer(name: str, tmp_path: Path) -> None:
    model = text_models.sentiment(tmp_path / "m")
    for place in [*(tmp_path / "m").rglob("*.json"), *(tmp_path / "m").rglob("vocab.txt")]:
        place.unlink()
    for other, said in SAID.items():
        if other != "tokenizer.json" or name != "vocab.txt":
            (model.parent / other).write_bytes(said)
    wrong = []
    for number in range(FROM, FROM + COUNT):
        (model.parent / name).write_bytes(fuzz.changed([SAID[name]], number))
        wrong.append(tried(lambda: recipe.detect(model), number))
        wrong.append(tried(lambda: _tokenizer(model, model), number))
    assert [each for each in wrong if each] == []


WORDS = (
    "build", "inspect", "serve", "demo", "strings", "--labels", "--task", "tensors", "--min-agreement", "0.9",
    "--max-size", "5MB", "--title", "--config", "--json", "--debug", "--data", "-o", "out", "--port", "70000", "--host",
    "localhost", "gone.onnx", "--hooks", "--precision", "int8", "--base-url", "/a/", "--dask", "tcp://127.0.0.1:9",
    "--force", "de", "--help", "--version", "--distill", "--", "-", "", "=", "--no-specialise", "nan", "-1", "1e999",
    "\udcff", "\u202e", "a" * 5000, "/dev/zero", "..", "\n", "--t", "--labels=",
)  # fmt: skip


def test_a_changed_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No command gets as far as to serve or to build: there is no model, and no site."""
    monkeypatch.chdir(tmp_path)
    wrong = []
    for number in range(FROM, FROM + COUNT):
        dice = np.random.default_rng(number)
        words = [WORDS[i] for i in dice.integers(0, len(WORDS), dice.integers(0, 6))]
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
