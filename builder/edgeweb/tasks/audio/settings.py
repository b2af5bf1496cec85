"""`[audio]` of `edgeweb.toml`."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edgeweb.schema.table import Count, Table


class AudioConfig(Table, frozen=True):
    """`[audio]`: how a sound becomes the model's input, and what its outputs are; sizes in samples, frequencies in
    hertz.

    `context`: samples before each window that the model gets too. `like`: the library whose defaults the features
    have; their keys are librosa's names. `state`: from each output to the input that takes it at the next call;
    `constants`: values of further inputs. `second`: a model that works on what the first has made. `longest`: a sound
    of no more samples goes in as a whole. `frames`: features are cut or filled to so many. `fill`: of a sound that is
    longer than a window only the beginning is heard, and a shorter one is filled: with silence, by being repeated as
    often as it fits, and silence (`repeats`), or by being repeated to the end (`repeated`).
    """

    rate: Annotated[int, msgspec.Meta(ge=1000, le=384_000)] | None = None
    window: Count | None = None
    hop: Count | None = None
    longest: Count | None = None
    fill: Fill | None = None
    context: Annotated[int, msgspec.Meta(ge=0)] = 0
    batch: Count | None = None
    input: str | None = None
    output: str | None = None
    state: dict[str, str] | None = None
    constants: dict[str, float] = {}
    scale: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    normalise: Literal["none", "peak", "unit", "bins"] = "none"
    features: Kind = "waveform"
    like: Like = "librosa"
    layout: Literal["time-first", "bins-first"] | None = None
    frames: Count | None = None
    n_fft: Count | None = None
    win_length: Count | None = None
    hop_length: Count | None = None
    n_mels: Count | None = None
    n_mfcc: Count | None = None
    fmin: Annotated[float, msgspec.Meta(ge=0)] | None = None
    fmax: Annotated[float, msgspec.Meta(gt=0)] | None = None
    power: Annotated[float, msgspec.Meta(gt=0)] | None = None
    center: bool | None = None
    pad: Literal["reflect", "constant"] | None = None
    window_function: WindowFunction | None = None
    mel_scale: Literal["slaney", "htk"] | None = None
    mel_norm: Literal["slaney", "none"] | None = None
    mel_space: bool | None = None
    log: Literal["ln", "log10", "db"] | None = None
    floor: Annotated[float, msgspec.Meta(ge=0)] | None = None
    offset: Annotated[float, msgspec.Meta(ge=0)] | None = None
    top_db: Annotated[float, msgspec.Meta(ge=0)] | None = None
    preemphasis: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    remove_dc: bool | None = None
    dct_norm: Literal["ortho", "htk"] | None = None
    mean: list[float] | None = None
    std: list[Annotated[float, msgspec.Meta(gt=0)]] | None = None
    activation: Literal["softmax", "sigmoid", "none"] | None = None
    combine: Literal["mean", "max"] = "mean"
    column: Annotated[int, msgspec.Meta(ge=0)] | None = None
    threshold: float | None = None
    min_seconds: Annotated[float, msgspec.Meta(ge=0)] | None = None
    min_gap: Annotated[float, msgspec.Meta(ge=0)] | None = None
    onsets: str | None = None
    lowest: Annotated[int, msgspec.Meta(ge=0, le=127)] = 21
    confidence: str | None = None
    lowest_hertz: Annotated[float, msgspec.Meta(gt=0)] = 31.70
    bin_cents: Annotated[float, msgspec.Meta(gt=0)] = 20.0
    mask: bool = False
    overlap: Literal["add", "fade"] | None = None
    second: str | None = None


Fill = Literal["silence", "repeats", "repeated"]

Kind = Literal["waveform", "spectrum", "mel", "log-mel", "mfcc"]

Like = Literal["librosa", "torchaudio", "tensorflow", "kaldi", "whisper"]

WindowFunction = Literal["hann", "hann-symmetric", "hamming", "hamming-symmetric", "povey", "ones"]
