"""The inputs that `make bench-compress` gives every contestant: made from what lies in ../shared/models, seeded."""

from __future__ import annotations

import importlib
import json
import wave
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from compress_text import minilm, sentences
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "models"
PHOTOGRAPHS = ("cifar10-resnet8/samples/chelsea.png", "vww-mobilenet-96/samples/astronaut.jpg", "vww-mobilenet-96/samples/coffee.jpg")  # fmt: skip
SOUNDS = ("silero-vad-sequence/samples/speech.wav", "dtln-1-spectral/samples/mix.wav", "basic-pitch/samples/singing22k.wav")  # fmt: skip
RATE = 16_000

Feed = dict[str, NDArray[Any]]
Floats = NDArray[np.float64]


class AbsentError(Exception):
    """What a model or its data would need is not on this machine."""


@dataclass(frozen=True)
class Data:
    """`feeds`: a run each; `labels`: right classes, where known; `about`: what they are, for people."""

    feeds: list[Feed]
    about: str
    labels: list[int] | None = None


@dataclass(frozen=True)
class Contest:
    """A model and its data. `scores`: the output with class scores; `embedding`: the one whose neighbours count.

    `count`, `quick`: so many inputs, the latter with --quick, where 0 leaves it out. `asked`: only with --models.
    """

    name: str
    kind: str
    model: Callable[[], Path]
    data: Callable[[int], Data]
    count: int
    quick: int
    scores: str | None = None
    embedding: str | None = None
    asked: bool = False


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        raise AbsentError(f"{path} is not there")
    return path


def _sklearn(function: str) -> Any:
    try:
        return getattr(importlib.import_module("sklearn.datasets"), function)()
    except ImportError as error:
        raise AbsentError("scikit-learn is missing: .venv/bin/python -m pip install scikit-learn") from error


def _photographs() -> tuple[list[Image.Image], str]:
    found = [(name.rsplit("/")[-1], Image.open(shared(name)).convert("RGB")) for name in PHOTOGRAPHS]
    try:
        more = _sklearn("load_sample_images")
        found += [
            (Path(name).name, Image.fromarray(image)) for name, image in zip(more.filenames, more.images, strict=True)
        ]
    except AbsentError:
        pass  # Three photographs do.
    return [image for _, image in found], ", ".join(name for name, _ in found)


def _crop(photograph: Image.Image, random: np.random.Generator) -> Image.Image:
    """A part of 15 to 100 % of each side's length, flipped half of the time, lighter or darker by up to a third."""
    wide, high = (max(24, int(side * random.uniform(0.15, 1))) for side in photograph.size)
    left, top = (
        int(random.integers(0, photograph.width - wide + 1)),
        int(random.integers(0, photograph.height - high + 1)),
    )
    part = photograph.crop((left, top, left + wide, top + high))
    if random.random() < 0.5:
        part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return ImageEnhance.Brightness(part).enhance(float(random.uniform(0.67, 1.33)))


def _pictures(name: str, count: int) -> Data:
    about = json.loads((shared(name) / "meta.json").read_text("utf-8"))
    formula, node = about["preprocess"], about["inputs"][0]["name"]
    photographs, names = _photographs()
    random = np.random.default_rng(1)
    feeds = []
    for number in range(count):
        part = _crop(photographs[number % len(photographs)], random)
        feeds.append({node: _prepared(part, formula)})
    return Data(feeds, f"random crops, flips and exposures of {names} (all thirds are of the same photographs)")


def _prepared(picture: Image.Image, formula: Mapping[str, Any]) -> NDArray[np.float32]:
    size = formula["width"], formula["height"]
    if formula["resize"].startswith("letterbox"):
        scale = min(size[0] / picture.width, size[1] / picture.height)
        inner = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
        whole = Image.new("RGB", size, (114, 114, 114))
        whole.paste(picture.resize(inner, Image.Resampling.BILINEAR))
    else:
        whole = picture.resize(size, Image.Resampling.BOX)
    pixels = np.asarray(whole, np.float64)
    if formula["channel_order"] == "BGR":
        pixels = pixels[:, :, ::-1]
    values = (pixels * float(Fraction(str(formula["scale"]))) - formula["mean"]) / formula["std"]
    if formula["layout"] == "NCHW":
        values = values.transpose(2, 0, 1)
    return np.ascontiguousarray(values[None], np.float32)


def _recordings() -> list[Floats]:
    """The sounds at 16 kHz, -1..1."""
    found = []
    for name in SOUNDS:
        with wave.open(str(shared(name))) as file:
            pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64) / 32768
            pcm = pcm.reshape(-1, file.getnchannels()).mean(axis=1)
            rate = file.getframerate()
        count = int(len(pcm) * RATE / rate)
        found.append(np.interp(np.arange(count) * rate / RATE, np.arange(len(pcm)), pcm))
    return found


def _varied(samples: int, count: int) -> Iterator[Floats]:
    """Parts of the recordings at 0.85 to 1.15 times their speed, 0.1 to 1.5 times as loud, with noise of -60 to -20 dB."""
    recordings, random = _recordings(), np.random.default_rng(2)
    for number in range(count):
        sound, speed = recordings[number % len(recordings)], random.uniform(0.85, 1.15)
        start = random.uniform(0, max(1.0, len(sound) - samples * speed))
        part = np.interp(start + np.arange(samples) * speed, np.arange(len(sound)), sound, right=0.0)
        noise = 10 ** random.uniform(-3, -1) * max(1e-3, float(np.std(part)))
        yield np.clip(part * random.uniform(0.1, 1.5) + random.normal(0, noise, samples), -1, 1)


_VARIED = f"parts of {', '.join(name.rsplit('/')[-1] for name in SOUNDS)}, other in start, speed, loudness and noise"


def _mel(bands: int, bins: int, low: float, high: float) -> Floats:
    """Triangles on the mel scale, [bins, bands]."""

    def mel(hertz: Any) -> Any:
        return 1127 * np.log1p(np.asarray(hertz) / 700)

    edges = np.linspace(mel(low), mel(high), bands + 2)
    place = mel(np.linspace(0, RATE / 2, bins))[:, None]
    up, down = (place - edges[:-2]) / np.diff(edges)[:-1], (edges[2:] - place) / np.diff(edges)[1:]
    return np.asarray(np.maximum(0, np.minimum(up, down)))


def _spectrum(sound: Floats, frame: int, hop: int, fft: int) -> Floats:
    frames = np.lib.stride_tricks.sliding_window_view(sound, frame)[::hop]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(frame) / frame)
    return np.asarray(np.abs(np.fft.rfft(frames * window, fft)))


def _keywords(count: int) -> Data:
    """Log of 40 mel bands + 1e-6, then a cosine transform scaled by 1 / sqrt(80): as MLPerf Tiny makes its features."""
    turns = np.cos(np.pi / 40 * (np.arange(40)[:, None] + 0.5) * np.arange(10)) * 2 / np.sqrt(80)
    mel, feeds = _mel(40, 257, 20, 4000), []
    for sound in _varied(RATE, count):
        sound = sound / max(1e-3, float(np.abs(sound).max()))
        features = np.log(_spectrum(sound, 480, 320, 512) @ mel + 1e-6) @ turns
        feeds.append({"input_1": features[None, :, :, None].astype(np.float32)})
    return Data(feeds, f"49 x 10 MFCC of one second: {_VARIED}")


def _machines(count: int) -> Data:
    mel = _mel(128, 513, 0, RATE / 2)
    feeds = []
    for sound in _varied(1024 + 4 * 512, count):
        level = 10 * np.log10((_spectrum(sound, 1024, 512, 1024) / 512) ** 2 @ mel + 1e-7)
        feeds.append({"input_1": level.reshape(1, 640).astype(np.float32)})
    return Data(feeds, f"5 frames of 128 log-mel bands, dB (no machine's sound is at hand): {_VARIED}")


def _voices(count: int) -> Data:
    feeds = []
    for sound in _varied(64 + 512 * 60, count):
        frames = np.lib.stride_tricks.sliding_window_view(sound, 576)[::512]
        state = {name: np.zeros((1, 1, 128), np.float32) for name in ("h", "c")}
        feeds.append({"input": np.ascontiguousarray(frames, np.float32), **state})
    return Data(feeds, f"60 frames, about two seconds: {_VARIED}")


def _rows(name: str, function: str, count: int) -> Data:
    try:
        found = _sklearn(function)
    except AbsentError as error:
        stored = np.load(shared(name) / "inputs.npz")["X"]
        random = np.random.default_rng(3)
        rows = stored[random.integers(0, len(stored), count)]
        noise = random.normal(0, 0.1, rows.shape) * stored.std(axis=0)
        feeds = [{"X": row[None].astype(np.float32)} for row in rows + noise]
        return Data(feeds, f"the stored rows with a tenth of their spread as noise ({error})")
    order = np.random.default_rng(3).permutation(len(found.data))[:count]
    feeds = [{"X": found.data[i][None].astype(np.float32)} for i in order]
    about = f"scikit-learn's {function}, shuffled (the model was trained on part of it)"
    return Data(feeds, about, [int(found.target[i]) for i in order])


def _sentences(count: int) -> Data:
    feeds = sentences(shared("minilm-l6-int8/tokenizer.json"), count)
    return Data(feeds, "first sentences of docstrings in Python's standard library, one a run")


def _minilm() -> Path:
    try:
        return minilm(SHARED.parent / "tools" / "make_minilm.py")
    except OSError as error:
        raise AbsentError(f"MiniLM could not be made: {error}") from error


def _stored(name: str) -> Callable[[], Path]:
    return lambda: shared(name) / "model.onnx"


CONTESTS = (
    Contest("cifar10-resnet8", "image", _stored("cifar10-resnet8"), lambda n: _pictures("cifar10-resnet8", n), 900, 180, scores="Identity"),
    Contest("vww-mobilenet-96", "image", _stored("vww-mobilenet-96"), lambda n: _pictures("vww-mobilenet-96", n), 600, 90, scores="Identity"),
    Contest("kws-dscnn", "audio", _stored("kws-dscnn"), _keywords, 900, 180, scores="Identity"),
    Contest("anomaly-autoencoder", "audio", _stored("anomaly-autoencoder"), _machines, 600, 90),
    Contest("silero-vad-sequence", "audio", _stored("silero-vad-sequence"), _voices, 300, 45),
    Contest("digits-mlp", "tabular", _stored("digits-mlp"), lambda n: _rows("digits-mlp", "load_digits", n), 1797, 300, scores="probabilities"),
    Contest("breast-cancer-forest", "tabular", _stored("breast-cancer-forest"), lambda n: _rows("breast-cancer-forest", "load_breast_cancer", n), 569, 120, scores="probabilities"),
    Contest("minilm-l6", "sentence", _minilm, _sentences, 390, 0, embedding="sentence_embedding"),
    Contest("yolox-nano-coco", "image", _stored("yolox-nano-coco"), lambda n: _pictures("yolox-nano-coco", n), 60, 0, asked=True),
)  # fmt: skip
