"""Spectra, mel bands and cepstra of sounds as nodes of an ONNX graph, the same numbers in Python and browser.

The transform is a convolution with sines and cosines, which the graph computes itself when it is loaded: any build of
ONNX Runtime can run it, and the graph stays a few kilobytes. Formulas: Slaney's Auditory Toolbox and HTK for the mel
scales, and what librosa, torchaudio, tf.signal and Kaldi make of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from edgeweb.tasks.audio.settings import Kind, Like, WindowFunction
from edgeweb.tasks.graph import Graph


@dataclass(frozen=True)
class Features:
    """How samples become features. Lengths in samples, frequencies in hertz.

    `whole`: a frame is `n_fft` long with the window function in its middle; otherwise as long as the function, with
    zeros behind it. `power`: 1 for magnitudes, 2 for their squares. `mel_space`: bands are triangles over mels, not
    over hertz. `log`: natural, or decibels, of values of at least `floor` to which `offset` is added; `top_db`: below
    the loudest. `fixed`: so many frames, whatever the sound's length; what is missing are `fill`: zeros in place of
    features, or silence, of which features are made.
    """

    kind: Kind
    rate: int
    n_fft: int
    win_length: int
    hop_length: int
    whole: bool
    center: bool
    pad: Literal["reflect", "constant"] = "constant"
    window_function: WindowFunction = "hann"
    power: float = 2.0
    n_mels: int = 128
    n_mfcc: int = 0
    fmin: float = 0.0
    fmax: float = 0.0
    mel_scale: Literal["slaney", "htk"] = "slaney"
    mel_norm: Literal["slaney", "none"] = "slaney"
    mel_space: bool = False
    log: Literal["ln", "log10", "db"] = "db"
    floor: float = 1e-10
    offset: float = 0.0
    top_db: float | None = None
    preemphasis: float = 0.0
    remove_dc: bool = False
    dct_norm: Literal["ortho", "htk"] = "ortho"
    fixed: int | None = None
    fill: Literal["zeros", "silence"] = "zeros"

    @property
    def frame(self) -> int:
        """Samples in a frame."""
        return self.n_fft if self.whole else self.win_length

    @property
    def bins(self) -> int:
        """Values in a frame."""
        spectrum = self.n_fft // 2 + 1
        return {"spectrum": spectrum, "mfcc": self.n_mfcc}.get(self.kind, self.n_mels)

    def frames(self, samples: int) -> int:
        """How many frames so many samples give."""
        if self.fixed is not None:
            return self.fixed
        inside = samples + (self.n_fft // 2) * 2 if self.center else samples
        return 1 + (inside - self.frame) // self.hop_length if inside >= self.frame else 0

    def samples(self, frames: int) -> int:
        """The samples that give so many frames."""
        whole = (frames - 1) * self.hop_length + self.frame
        return max(whole - (self.n_fft // 2) * 2, self.frame // 2 + 1) if self.center else whole

    @property
    def formula(self) -> str:
        """In one line, for people."""
        taps = f"{self.win_length} samples every {self.hop_length}, FFT {self.n_fft}, {self.window_function}"
        if self.kind == "spectrum":
            return f"spectrum ({taps})"
        bands = f"{self.n_mels} {self.mel_scale} mels {self.fmin:g} to {self.fmax:g} Hz"
        last = {"mel": "", "log-mel": f", {self.log}", "mfcc": f", {self.log}, DCT {self.n_mfcc}"}[self.kind]
        return f"{self.kind} ({taps}; {bands}{last})"


def usual(like: Like, kind: Kind, rate: int, n_fft: int | None, win_length: int | None) -> Features:
    """What a library does where nothing is said; sizes that follow from each other included."""
    if like == "librosa":
        fft = n_fft or 2048
        return Features(kind, rate, fft, win_length or fft, fft // 4, True, True, top_db=80.0, n_mfcc=20, fmax=rate / 2)
    if like == "torchaudio":
        fft = n_fft or 400
        made = Features(kind, rate, fft, win_length or fft, (win_length or fft) // 2, True, True, "reflect", n_mfcc=40)
        return replace(made, mel_scale="htk", mel_norm="none", fmax=rate / 2, top_db=80.0 if kind == "mfcc" else None)
    if like == "whisper":
        fft, hop = n_fft or round(rate * 0.025), round(rate * 0.01)
        made = Features(kind, rate, fft, win_length or fft, hop, True, True, "reflect", n_mels=80, n_mfcc=13)
        return replace(made, fmax=rate / 2, log="log10", top_db=8.0, fill="silence")
    length = win_length or n_fft or round(rate * 0.025)
    fft = n_fft or 1 << (length - 1).bit_length()
    made = Features(kind, rate, fft, length, round(rate * 0.01), False, False, log="ln", mel_scale="htk")
    made = replace(made, mel_norm="none", mel_space=True, fmax=rate / 2, fmin=20.0)
    if like == "tensorflow":
        return replace(made, power=1.0, floor=0.0, offset=1e-6, n_mels=40, n_mfcc=13, dct_norm="htk")
    # Kaldi's own floor is the least step of a float32.
    kaldi = replace(
        made, window_function="povey", preemphasis=0.97, remove_dc=True, floor=float(np.finfo(np.float32).eps)
    )
    return replace(kaldi, n_mels=80, n_mfcc=13)


def build(spec: Features, samples: str, graph: Graph) -> tuple[str, str, str]:
    """From `samples`, float32 [N, samples], to features [N, frames, bins]; with the real and imaginary parts
    [N, n_fft / 2 + 1, frames] of the spectrum.
    """
    if spec.fixed is not None:
        samples = _reaching(spec, spec.fixed, samples, graph)
    if spec.center:
        side = spec.n_fft // 2
        mode: dict[str, Any] = {"mode": spec.pad}
        samples = graph.put("Pad", samples, graph.constant([0, side, 0, side]), **mode)
    line = graph.put("Reshape", samples, graph.constant([0, 1, -1]))
    kernels = graph.put("Reshape", _analysis(spec, graph), graph.constant([-1, 1, spec.frame]))
    both = graph.put("Conv", line, kernels, strides=[spec.hop_length])
    half = _needed(spec)
    real, imaginary = graph.columns(both, 0, half), graph.columns(both, half, 2 * half)
    squares = [graph.put("Mul", part, part) for part in (real, imaginary)]
    energy = graph.put("Add", *squares)
    if spec.power == 1.0:
        energy = graph.put("Sqrt", energy)
    elif spec.power != 2.0:
        energy = graph.put("Pow", energy, graph.constant(spec.power / 2, np.float32))
    frames = graph.put("Transpose", energy, perm=[0, 2, 1])
    if spec.kind == "spectrum":
        return frames, real, imaginary
    return _bands(spec, frames, graph), real, imaginary


def _reaching(spec: Features, frames: int, samples: str, graph: Graph) -> str:
    """The samples of which so many frames are made: where silence follows, only what can still be told from it."""
    if not spec.center:
        return graph.columns(samples, 0, (frames - 1) * spec.hop_length + spec.frame)
    most = frames * spec.hop_length
    quiet = graph.put("Pad", graph.columns(samples, 0, most), graph.constant([0, 0, 0, spec.n_fft]))
    return graph.columns(quiet, 0, most)


def _filled(spec: Features, table: str, fill: str, graph: Graph) -> str:
    """`table` [N, frames, bins] with as many frames as are wanted, where this is the place to fill it."""
    if spec.fixed is None or spec.fill != fill:
        return table
    return graph.columns(graph.put("Pad", table, graph.constant([0, 0, 0, 0, spec.fixed, 0])), 0, spec.fixed)


def _bands(spec: Features, frames: str, graph: Graph) -> str:
    return _filled(spec, _told(spec, frames, graph), "zeros", graph)


def _told(spec: Features, frames: str, graph: Graph) -> str:
    mel = _filled(spec, graph.put("MatMul", frames, _mel_matrix(spec, graph)), "silence", graph)
    if spec.kind == "mel":
        return mel
    raised = graph.put("Add", mel, graph.constant(spec.offset, np.float32)) if spec.offset else mel
    safe = graph.put("Max", raised, graph.constant(spec.floor, np.float32)) if spec.floor else raised
    # Decibels of a magnitude count twice those of its square.
    factor = {"ln": 1.0, "log10": 1 / math.log(10), "db": 20 / spec.power / math.log(10)}[spec.log]
    loud = graph.put("Mul", graph.put("Log", safe), graph.constant(factor, np.float32))
    if spec.top_db is not None:
        loudest = graph.put("ReduceMax", loud, graph.constant([1, 2]), keepdims=1)
        loud = graph.put("Max", loud, graph.put("Sub", loudest, graph.constant(spec.top_db, np.float32)))
    if spec.kind == "log-mel":
        return loud
    return graph.put("MatMul", loud, graph.constant(_cosines(spec), np.float32))


def _needed(spec: Features) -> int:
    """Bins of the spectrum that tell something: bands end at `fmax`."""
    whole = spec.n_fft // 2 + 1
    return whole if spec.kind == "spectrum" else min(whole, math.ceil(spec.fmax * spec.n_fft / spec.rate) + 1)


def waves(n_fft: int, length: int, count: int, graph: Graph) -> tuple[str, str]:
    """cos and sin of 2 pi k n / n_fft, [count, length]; the product is reduced as a whole number, so it stays exact."""
    bins = graph.put("Reshape", _range(count, graph), graph.constant([-1, 1]))
    times = graph.put("Reshape", _range(length, graph), graph.constant([1, -1]))
    turns = graph.put("Mod", graph.put("Mul", bins, times), graph.constant(n_fft))
    step = graph.constant(2 * math.pi / n_fft, np.float32)
    angle = graph.put("Mul", graph.put("Cast", turns, to=TensorProto.FLOAT), step)
    return graph.put("Cos", angle), graph.put("Sin", angle)


def _range(end: int, graph: Graph) -> str:
    return graph.put("Range", graph.constant(0), graph.constant(end), graph.constant(1))


def _analysis(spec: Features, graph: Graph) -> str:
    """[2 (n_fft / 2 + 1), frame]: all that is linear before the spectrum, in one matrix."""
    cos, sin = waves(spec.n_fft, spec.frame, _needed(spec), graph)
    shape = graph.constant(window_function(spec), np.float32)
    parts = [graph.put("Mul", cos, shape), graph.put("Neg", graph.put("Mul", sin, shape))]
    kernel = graph.put("Concat", *parts, axis=0)
    if spec.preemphasis:
        # y[n] = x[n] - a x[n-1], and y[0] = x[0] - a x[0], as columns of the matrix.
        share = graph.constant(spec.preemphasis, np.float32)
        first = graph.columns(kernel, 0, 1)
        later = graph.columns(kernel, 1, spec.frame)
        zero = graph.put("Sub", first, first)
        moved = graph.put(
            "Concat",
            graph.put("Add", graph.columns(kernel, 1, 2), first),
            graph.columns(later, 1, spec.frame),
            zero,
            axis=1,
        )
        kernel = graph.put("Sub", kernel, graph.put("Mul", moved, share))
    if spec.remove_dc:
        ones = graph.constant(np.full((spec.frame, 1), 1 / spec.frame), np.float32)
        kernel = graph.put("Sub", kernel, graph.put("MatMul", kernel, ones))
    return kernel


def window_function(spec: Features) -> NDArray[np.float64]:
    """[frame]; in the middle of a longer frame."""
    length = spec.win_length
    name = spec.window_function
    period = length - 1 if name.endswith("symmetric") or name == "povey" else length
    cosine = np.cos(2 * np.pi * np.arange(length) / max(1, period))
    hann = 0.5 - 0.5 * cosine
    shapes = {"hann": hann, "hamming": 0.54 - 0.46 * cosine, "povey": hann**0.85, "ones": np.ones(length)}
    made = shapes[name.removesuffix("-symmetric")]
    before = (spec.frame - length) // 2
    return np.pad(made, (before, spec.frame - length - before))


def to_mel(hertz: NDArray[np.float64], scale: Literal["slaney", "htk"]) -> NDArray[np.float64]:
    """HTK: logarithmic; Slaney: linear up to 1 kHz, logarithmic above."""
    if scale == "htk":
        return 1127.0 * np.log1p(hertz / 700.0)
    with np.errstate(divide="ignore"):
        above = 15.0 + np.log(hertz / 1000.0) * 27.0 / math.log(6.4)
    return np.where(hertz < 1000.0, hertz * 3.0 / 200.0, above)


def from_mel(mel: NDArray[np.float64], scale: Literal["slaney", "htk"]) -> NDArray[np.float64]:
    """Hertz, the way back."""
    if scale == "htk":
        return 700.0 * np.expm1(mel / 1127.0)
    return np.where(mel < 15.0, mel * 200.0 / 3.0, 1000.0 * np.exp((mel - 15.0) * math.log(6.4) / 27.0))


def _mel_matrix(spec: Features, graph: Graph) -> str:
    """[n_fft / 2 + 1, n_mels]: triangles, computed in the graph in float64 from their edges."""
    hertz: NDArray[np.float64] = np.arange(_needed(spec), dtype=np.float64) * (spec.rate / spec.n_fft)
    span = to_mel(np.array([spec.fmin, spec.fmax]), spec.mel_scale)
    mels = np.linspace(span[0], span[1], spec.n_mels + 2)
    edges = from_mel(mels, spec.mel_scale)
    x, knots = (to_mel(hertz, spec.mel_scale), mels) if spec.mel_space else (hertz, edges)
    place = graph.constant(x.reshape(-1, 1), np.float64)
    low, middle, high = knots[:-2], knots[1:-1], knots[2:]
    rise = graph.put(
        "Div", graph.put("Sub", place, graph.constant(low, np.float64)), graph.constant(middle - low, np.float64)
    )
    fall = graph.put(
        "Div", graph.put("Sub", graph.constant(high, np.float64), place), graph.constant(high - middle, np.float64)
    )
    shape = graph.put("Max", graph.constant(0, np.float64), graph.put("Min", rise, fall))
    if spec.mel_norm == "slaney":
        shape = graph.put("Mul", shape, graph.constant(2 / (edges[2:] - edges[:-2]), np.float64))
    return graph.put("Cast", shape, to=TensorProto.FLOAT)


def _cosines(spec: Features) -> NDArray[np.float64]:
    """[n_mels, n_mfcc]: the DCT of type 2, orthonormal, or scaled alike for all as in HTK."""
    n, k = np.arange(spec.n_mels).reshape(-1, 1), np.arange(spec.n_mfcc)
    made = np.cos(np.pi * (n + 0.5) * k / spec.n_mels) * math.sqrt(2 / spec.n_mels)
    if spec.dct_norm == "ortho":
        made[:, 0] *= math.sqrt(0.5)
    return made


def synthesis(spec: Features, samples: int, real: str, imaginary: str, graph: Graph) -> str:
    """From the parts of a spectrum, [N, n_fft / 2 + 1, frames], to samples [N, samples], by overlap and add."""
    half, frame = spec.n_fft // 2 + 1, spec.frame
    cos, sin = waves(spec.n_fft, frame, half, graph)
    shape = window_function(spec)
    weights = np.full((half, 1), 2 / spec.n_fft)
    weights[[0, -1]] /= 2 if spec.n_fft % 2 == 0 else 1
    weights[0] = 1 / spec.n_fft
    scale = graph.constant(weights * shape, np.float32)
    back = graph.put("Concat", graph.put("Mul", cos, scale), graph.put("Neg", graph.put("Mul", sin, scale)), axis=0)
    kernels = graph.put("Reshape", back, graph.constant([2 * half, 1, frame]))
    both = graph.put("Concat", real, imaginary, axis=1)
    sound = graph.put("ConvTranspose", both, kernels, strides=[spec.hop_length])
    total = samples + (2 * (spec.n_fft // 2) if spec.center else 0)
    frames = spec.frames(samples)
    length = (frames - 1) * spec.hop_length + frame
    # What the window functions came to at each sample; where that is next to nothing, nothing can be said.
    energy = np.zeros(length)
    for place in range(frames):
        energy[place * spec.hop_length : place * spec.hop_length + frame] += shape**2
    flat = graph.put("Reshape", sound, graph.constant([-1, length]))
    if not np.allclose(energy, 1.0):
        flat = graph.put(
            "Mul", flat, graph.constant(np.where(energy > 1e-8, 1 / np.maximum(energy, 1e-8), 0), np.float32)
        )
    if length < total:
        flat = graph.put("Pad", flat, graph.constant([0, 0, 0, total - length]))
    side = spec.n_fft // 2 if spec.center else 0
    return graph.columns(flat, side, side + samples) if (side or length > samples) else flat
