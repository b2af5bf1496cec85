"""What Hugging Face keeps beside a model of sound, preprocessor_config.json and config.json, as `[audio]`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.read import architectures, intake
from edgeweb.schema.tasks import Task
from edgeweb.tasks.audio.settings import AudioConfig

# A model of any length gets so much at once: as much memory as a minute of sound.
LONGEST = 1 << 20
# Of a sound that is still coming in, and of those that forms of the model are compared on.
_SECONDS = 5

# Classes that write down what is said: some by a letter for each frame, others by a decoder.
_HEARD = "automatic-speech-recognition"
_MATCHES: Task = "zero-shot-audio-classification"
# Classes that hold texts against what they hear.
_MATCHED = ("ClapModel",)

_Keys = dict[str, Any]


def configured(settings: Config, folder: Path) -> Config:
    """`settings` with what the files in `folder` say of sound, where it says nothing itself; as it is without such
    files.

    Raises:
        ConfigError: they are about sound, but their numbers cannot be used.
    """
    about = intake.json_hint([folder], "preprocessor_config.json")
    rate = about.get("sampling_rate")
    make = _EXTRACTORS.get(str(about.get("feature_extractor_type")))
    if settings.audio is not None or not isinstance(rate, int) or make is None:
        return settings
    config = intake.json_hint([folder], "config.json")
    task = _task(config)
    if (task == _MATCHES) is not (make is _clap) or (task == _MATCHES and about.get("truncation") != "rand_trunc"):
        # Of a long sound others stack parts that they draw at random.
        return settings
    if task is None or settings.task not in (None, task):
        return settings
    try:
        found = msgspec.convert(make(about, rate), AudioConfig)
    except (msgspec.ValidationError, TypeError, ValueError, OverflowError) as error:
        raise ConfigError(
            f"{folder / 'preprocessor_config.json'} has a wrong value", str(error).replace("`$.", "`"),
            "Correct it, or write [audio] in edgeweb.toml, which comes first",
        ) from error  # fmt: skip
    if config.get("problem_type") == "multi_label_classification":
        found = msgspec.structs.replace(found, activation="sigmoid")
    over = {"audio": found, "task": task}
    names = _labels(config) or _unnamed(config) if task == "audio-classification" else None
    return msgspec.structs.replace(settings, labels=settings.labels or names, **over)


def _task(config: Mapping[str, Any]) -> Task | None:
    """What the class of the model is for; without one, names of classes tell it."""
    kinds = architectures.classes(config)
    if (architectures.task_of(config) or "").startswith(_HEARD):
        return "automatic-speech-recognition"
    # Without classes it may be anything: speech recognition, an embedding. So may what has several for each frame.
    ends = ("ForAudioClassification", "ForSequenceClassification")
    named = _labels(config) is not None and not kinds
    if any(kind.endswith(_MATCHED) for kind in kinds):
        return _MATCHES
    return "audio-classification" if named or any(kind.endswith(ends) for kind in kinds) else None


def _waveform(about: Mapping[str, Any], rate: int) -> _Keys:
    """A model of any length gets the whole sound."""
    window = about.get("max_length")
    length = window if isinstance(window, int) and window > 0 else _SECONDS * rate
    normalise = "unit" if about.get("do_normalize", True) else "none"
    return {"rate": rate, "window": length, "normalise": normalise, "longest": LONGEST}


def _ast(about: Mapping[str, Any], rate: int) -> _Keys:
    """Kaldi's filter banks, less their mean and divided by twice their deviation; what is missing is the mean."""
    frames, hop = int(about.get("max_length", 1024)), rate // 100
    audio: _Keys = {
        "rate": rate, "features": "log-mel", "like": "kaldi", "window-function": "hann-symmetric", "frames": frames,
        "n-mels": int(about.get("num_mel_bins", 128)), "window": (frames - 1) * hop + rate // 40,
    }  # fmt: skip
    if about.get("do_normalize", True):
        audio |= {"mean": [float(about.get("mean", -4.2677393))], "std": [2 * float(about.get("std", 4.5689974))]}
    return audio


def _whisper(about: Mapping[str, Any], rate: int) -> _Keys:
    """Decades of mel bands, no more than eight below the loudest, in steps that the model was trained on."""
    hop = int(about.get("hop_length", 160)) or 160
    samples = int(about.get("n_samples", int(about.get("chunk_length", 30)) * rate))
    return {
        "rate": rate, "features": "log-mel", "like": "whisper", "n-fft": int(about.get("n_fft", 400)),
        "hop-length": hop, "n-mels": int(about.get("feature_size", 80)), "frames": samples // hop, "window": samples,
        "fmax": 8000.0, "mean": [-4.0], "std": [4.0], "layout": "bins-first",
    }  # fmt: skip


def _speech(about: Mapping[str, Any], rate: int) -> _Keys:
    """Kaldi's filter banks of 16-bit samples, of which each bin has mean 0 and deviation 1 in the whole sound."""
    normalises = {about.get(key, True) for key in ("normalize_means", "normalize_vars")}
    if about.get("do_ceptral_normalize", True) is not True:
        normalises = {False}
    if len(normalises) > 1:
        raise ValueError("normalize_means and normalize_vars differ, which edgeweb does not compute")
    return {
        "rate": rate, "features": "log-mel", "like": "kaldi", "n-mels": int(about.get("num_mel_bins", 80)),
        "scale": 32768.0, "normalise": "bins" if True in normalises else "none", "window": _SECONDS * rate,
        "longest": LONGEST,
    }  # fmt: skip


def _clap(about: Mapping[str, Any], rate: int) -> _Keys:
    """Decibels of mel bands, of a sound that is repeated until the window is full."""
    whole = int(about.get("max_length_s", 10)) * rate
    padding = str(about.get("padding", "repeatpad"))
    fill = {"repeatpad": "repeats", "repeat": "repeated", "pad": "silence"}.get(padding)
    if fill is None:
        raise ValueError(f"padding is {padding[:40]!r}, which edgeweb does not know")
    return {
        "rate": rate, "features": "log-mel", "like": "torchaudio", "n-fft": int(about.get("fft_window_size", 1024)),
        "hop-length": int(about.get("hop_length", 480)), "n-mels": int(about.get("feature_size", 64)),
        "fmin": float(about.get("frequency_min", 0)), "fmax": float(about.get("frequency_max", 14_000)),
        "mel-scale": "slaney", "mel-norm": "slaney", "window": whole, "longest": whole, "fill": fill,
    }  # fmt: skip


# Feature extractors whose arithmetic is known to be what `[audio]` says.
_EXTRACTORS: Mapping[str, Callable[[Mapping[str, Any], int], _Keys]] = {
    "Wav2Vec2FeatureExtractor": _waveform, "SEWFeatureExtractor": _waveform, "UniSpeechFeatureExtractor": _waveform,
    "ASTFeatureExtractor": _ast, "WhisperFeatureExtractor": _whisper, "Speech2TextFeatureExtractor": _speech,
    "ClapFeatureExtractor": _clap,
}  # fmt: skip


def _labels(config: Mapping[str, Any]) -> list[str] | None:
    names = config.get("id2label")
    if not isinstance(names, dict):
        return None
    found = [names.get(str(place)) for place in range(len(names))]
    return [str(name) for name in found] if found and all(isinstance(name, str) for name in found) else None


def _unnamed(config: Mapping[str, Any]) -> list[str] | None:
    """Of two classes that nobody has named transformers writes nothing into config.json."""
    two = "transformers_version" in config and "id2label" not in config
    return ["LABEL_0", "LABEL_1"] if two else None
