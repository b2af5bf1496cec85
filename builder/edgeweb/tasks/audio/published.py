"""What Hugging Face keeps beside a model of sound, preprocessor_config.json and config.json, as `[audio]`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.read import intake
from edgeweb.tasks.audio.settings import AudioConfig

# Feature extractors whose arithmetic is known to be what `[audio]` says.
_WAVEFORMS = {"Wav2Vec2FeatureExtractor", "SEWFeatureExtractor", "UniSpeechFeatureExtractor"}
_AST = "ASTFeatureExtractor"


def configured(settings: Config, folder: Path) -> Config:
    """`settings` with what the files in `folder` say of sound, where it says nothing itself; as it is without such
    files.

    Raises:
        ConfigError: they are about sound, but their numbers cannot be used.
    """
    about = intake.json_hint([folder], "preprocessor_config.json")
    kind = str(about.get("feature_extractor_type"))
    rate = about.get("sampling_rate")
    if settings.audio is not None or not isinstance(rate, int) or kind not in {*_WAVEFORMS, _AST}:
        return settings
    classes = intake.json_hint([folder], "config.json")
    names = _labels(classes)
    # Without classes it may be anything: speech recognition, an embedding.
    if names is None or settings.task not in (None, "audio-classification"):
        return settings
    try:
        found = msgspec.convert(_ast(about, rate) if kind == _AST else _waveform(about, rate), AudioConfig)
    except (msgspec.ValidationError, TypeError, ValueError, OverflowError) as error:
        raise ConfigError(
            f"{folder / 'preprocessor_config.json'} has a wrong value", str(error).replace("`$.", "`"),
            "Correct it, or write [audio] in edgeweb.toml, which comes first",
        ) from error  # fmt: skip
    if classes.get("problem_type") == "multi_label_classification":
        found = msgspec.structs.replace(found, activation="sigmoid")
    over = {"audio": found, "task": "audio-classification"}
    return msgspec.structs.replace(settings, labels=settings.labels or names, **over)


def _waveform(about: dict[str, Any], rate: int) -> dict[str, Any]:
    """A model of any length gets five seconds at a time, as those that were trained on clips."""
    window = about.get("max_length")
    length = window if isinstance(window, int) and window > 0 else 5 * rate
    return {"rate": rate, "window": length, "normalise": "unit" if about.get("do_normalize") else "none"}


def _ast(about: dict[str, Any], rate: int) -> dict[str, Any]:
    """Kaldi's filter banks, less their mean and divided by twice their deviation."""
    frames, hop = int(about.get("max_length", 1024)), rate // 100
    audio: dict[str, Any] = {
        "rate": rate, "features": "log-mel", "like": "kaldi", "window-function": "hann-symmetric",
        "n-mels": int(about.get("num_mel_bins", 128)), "window": (frames - 1) * hop + rate // 40,
    }  # fmt: skip
    if about.get("do_normalize", True):
        audio |= {"mean": [float(about.get("mean", -4.2677393))], "std": [2 * float(about.get("std", 4.5689974))]}
    return audio


def _labels(about: dict[str, Any]) -> list[str] | None:
    names = about.get("id2label")
    listed = about.get("architectures")
    kinds = [str(kind) for kind in listed] if isinstance(listed, list) else []
    if not isinstance(names, dict) or not all("Classification" in kind for kind in kinds):
        return None
    found = [names.get(str(place)) for place in range(len(names))]
    return [str(name) for name in found] if found and all(isinstance(name, str) for name in found) else None
