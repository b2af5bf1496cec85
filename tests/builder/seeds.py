"""Valid inputs of every kind that a build reads, small ones, from which fuzz.py makes others."""

from __future__ import annotations

import io
import json
import wave

import numpy as np
from PIL import Image

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


def npz(**arrays: np.ndarray) -> bytes:
    held = io.BytesIO()
    np.savez(held, **arrays)  # type: ignore[arg-type]
    return held.getvalue()


def npy(array: np.ndarray) -> bytes:
    held = io.BytesIO()
    np.save(held, array)
    return held.getvalue()


def wav() -> bytes:
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setparams((2, 2, 16000, 0, "NONE", ""))
        file.writeframes(bytes(range(256)) * 8)
    return held.getvalue()


def pictures() -> list[bytes]:
    image = Image.fromarray(np.random.default_rng(1).integers(0, 256, (16, 16, 3), dtype=np.uint8))
    made = []
    for kind, more in (("PNG", {}), ("JPEG", {"comment": b"x"}), ("WEBP", {}), ("GIF", {}), ("BMP", {})):
        held = io.BytesIO()
        exif = Image.Exif()
        exif[0x0112] = 6
        image.save(held, kind, **more, **({"exif": exif} if kind in ("PNG", "JPEG", "WEBP") else {}))
        made.append(held.getvalue())
    return made


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


WORDS = (
    "build", "inspect", "serve", "demo", "strings", "--labels", "--task", "tensors", "--min-agreement", "0.9",
    "--max-size", "5MB", "--title", "--config", "--json", "--debug", "--data", "-o", "out", "--port", "70000", "--host",
    "localhost", "gone.onnx", "--hooks", "--precision", "int8", "--base-url", "/a/", "--dask", "tcp://127.0.0.1:9",
    "--force", "de", "--help", "--version", "--distill", "--", "-", "", "=", "--no-specialise", "nan", "-1", "1e999",
    "\udcff", "\u202e", "a" * 5000, "/dev/zero", "..", "\n", "--t", "--labels=",
)  # fmt: skip
