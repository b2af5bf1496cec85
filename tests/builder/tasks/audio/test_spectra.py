"""Features of sounds against the formulas of librosa, torchaudio, tf.signal and Kaldi, written out with NumPy's FFT."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from edgeweb.inputs.golden import Array
from edgeweb.tasks.audio import graphs, spectra
from edgeweb.tasks.audio.graphs import Before
from edgeweb.tasks.audio.resample import resample
from edgeweb.tasks.audio.spectra import Features
from listen import session

RATE = 16_000


def noise(count: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(0, 0.1, count).astype(np.float32)


def graph_features(spec: Features, samples: Array) -> Array:
    frames = spec.frames(len(samples))
    before = Before(len(samples), 1.0, "none", spec, False, np.zeros(1), np.ones(1), [-1, frames, spec.bins], "float32")
    (made,) = session(graphs.preprocess(before)).run(["tensor"], {"samples": samples[None]})
    return np.asarray(made)[0]


def triangles(spec: Features) -> Array:
    """One band after another, as the definitions read."""
    hertz = np.arange(spec.n_fft // 2 + 1) * spec.rate / spec.n_fft

    def mel(f: Array) -> Array:
        if spec.mel_scale == "htk":
            return 2595 * np.log10(1 + f / 700)
        return np.where(f < 1000, f * 3 / 200, 15 + np.log(np.maximum(f, 1) / 1000) / (np.log(6.4) / 27))

    grid = np.linspace(0, spec.rate / 2, 2_000_001)
    mels = np.linspace(*mel(np.array([spec.fmin, spec.fmax])), spec.n_mels + 2)
    edges = np.interp(mels, mel(grid), grid)
    x, knots = (mel(hertz), mels) if spec.mel_space else (hertz, edges)
    bands = []
    for low, mid, high, a, b in zip(knots, knots[1:], knots[2:], edges, edges[2:], strict=False):
        band = np.clip(np.minimum((x - low) / (mid - low), (high - x) / (high - mid)), 0, None)
        bands.append(band * (2 / (b - a) if spec.mel_norm == "slaney" else 1))
    return np.array(bands).T


def reference(spec: Features, samples: Array) -> Array:
    wave = samples.astype(np.float64)
    if spec.center:
        wave = np.pad(wave, spec.n_fft // 2, mode="reflect" if spec.pad == "reflect" else "constant")
    found = []
    for place in range(spec.frames(len(samples))):
        frame = wave[place * spec.hop_length :][: spec.frame].copy()
        if spec.remove_dc:
            frame -= frame.mean()
        if spec.preemphasis:
            frame -= spec.preemphasis * np.concatenate([frame[:1], frame[:-1]])
        found.append(np.abs(np.fft.rfft(frame * spectra.window_function(spec), spec.n_fft)) ** spec.power)
    energy = np.array(found)
    if spec.kind == "spectrum":
        return energy
    mel = energy @ triangles(spec)
    log = np.log(np.maximum(mel + spec.offset, spec.floor))
    log *= {"ln": 1, "db": 20 / spec.power / np.log(10), "log10": 1 / np.log(10)}[spec.log]
    if spec.top_db is not None:
        log = np.maximum(log, log.max() - spec.top_db)
    if spec.kind != "mfcc":
        return log
    n, k = np.arange(spec.n_mels)[:, None], np.arange(spec.n_mfcc)
    dct = np.sqrt(2 / spec.n_mels) * np.cos(np.pi * (n + 0.5) * k / spec.n_mels)
    dct[:, 0] *= np.sqrt(0.5) if spec.dct_norm == "ortho" else 1
    return log @ dct


@pytest.mark.parametrize(
    ("like", "kind", "n_fft", "win_length"),
    [
        ("librosa", "log-mel", 1024, None), ("librosa", "mfcc", 512, 400), ("torchaudio", "log-mel", 512, 400),
        ("tensorflow", "mfcc", None, 480), ("kaldi", "log-mel", None, None), ("tensorflow", "spectrum", None, 400),
    ],
)  # fmt: skip
def test_features_are_those_of_the_library(like: spectra.Like, kind: spectra.Kind, n_fft: int, win_length: int) -> None:
    spec = replace(spectra.usual(like, kind, RATE, n_fft, win_length), n_mels=40, n_mfcc=13)
    samples = noise(8000)
    found, wanted = graph_features(spec, samples), reference(spec, samples)
    assert found.shape == wanted.shape
    scale = np.abs(wanted).max() if kind == "spectrum" else 1.0
    assert np.abs(found - wanted).max() / scale < (1e-5 if kind == "spectrum" else 2e-2 if like == "kaldi" else 5e-3)


def test_a_window_of_silence_has_finite_features() -> None:
    spec = spectra.usual("librosa", "log-mel", RATE, 512, None)
    assert np.isfinite(graph_features(spec, np.zeros(4000, np.float32))).all()


@pytest.mark.parametrize(("rate", "to"), [(44_100, 16_000), (48_000, 22_050), (8_000, 16_000), (16_000, 16_000)])
def test_a_tone_is_the_same_tone_at_another_rate(rate: int, to: int) -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(rate) / rate).astype(np.float32)
    found = resample(tone, rate, to)
    wanted = np.sin(2 * np.pi * 440 * np.arange(to) / to)
    assert found.shape == wanted.shape
    assert np.abs(found - wanted)[500:-500].max() < 1e-5


def test_what_the_new_rate_cannot_hold_is_left_out() -> None:
    high = np.sin(2 * np.pi * 12_000 * np.arange(44_100) / 44_100).astype(np.float32)
    assert np.abs(resample(high, 44_100, 16_000))[500:-500].max() < 1e-4


def test_the_short_filter_is_that_of_torchaudio() -> None:
    """Its matrix of phases, by its own formula."""
    samples, (rate, to) = noise(900), (441, 160)
    base, idx = 160 * 0.99, np.arange(-17, 17 + rate) / rate
    t = ((-np.arange(to) / to)[:, None] + idx) * base
    kernels = np.sinc(t) * np.cos(np.clip(t, -6, 6) * np.pi / 12) ** 2 * base / rate
    wide = np.lib.stride_tricks.sliding_window_view(np.pad(samples.astype(np.float64), (17, 17 + rate)), 34 + rate)
    wanted = (wide[::rate] @ kernels.T).reshape(-1)[: -(-900 * to // rate)]
    assert np.abs(resample(samples, 44_100, 16_000, "hann") - wanted).max() < 1e-6


def test_a_spectrum_becomes_its_sound_again() -> None:
    spec = replace(spectra.usual("librosa", "spectrum", RATE, 512, 400), hop_length=128, pad="reflect")
    samples, graph = noise(4000), graphs.Graph()
    _, real, imaginary = spectra.build(spec, "samples", graph)
    graph.put("Identity", spectra.synthesis(spec, 4000, real, imaginary, graph), name="back")
    made = graphs.model("both", graph, [("samples", 1, ["n", 4000])], [("back", 1, ["n", 4000])])
    (back,) = session(made).run(["back"], {"samples": samples[None]})
    assert np.abs(back[0] - samples).max() < 1e-5


def own_length(spec: Features, frames: int, samples: Array) -> Array:
    """A sound of any length through the graph."""
    before = Before(None, 1.0, "none", spec, False, np.zeros(1), np.ones(1), [-1, frames, spec.bins], "float32")
    (made,) = session(graphs.preprocess(before)).run(["tensor"], {"samples": samples[None]})
    return np.asarray(made)[0]


@pytest.mark.parametrize("count", [400, 3000, 16_000])
def test_missing_frames_of_filter_banks_are_zeros_and_later_ones_left_out(count: int) -> None:
    spec = replace(spectra.usual("kaldi", "log-mel", RATE, None, None), fixed=40, window_function="hann-symmetric")
    samples, free = noise(count), replace(spec, fixed=None)
    known = reference(free, samples)[:40]
    made = own_length(spec, 40, samples)
    np.testing.assert_allclose(made[: len(known)], known, atol=2e-4)
    assert made.shape == (40, 80) and not made[len(known) :].any()


@pytest.mark.parametrize("count", [1, 3000, 15_900, 16_000, 20_000])
def test_whisper_hears_silence_after_the_sound(count: int) -> None:
    spec = replace(spectra.usual("whisper", "log-mel", RATE, None, None), fixed=100, n_mels=24)
    samples = noise(count)
    whole = np.zeros(16_000, np.float32)
    whole[: min(count, 16_000)] = samples[:16_000]
    # The last frame of what librosa and torch give is left out before the loudest is looked for.
    log = reference(replace(spec, fixed=None, top_db=None), whole)[:100]
    known = np.maximum(log, log.max() - 8)
    np.testing.assert_allclose(own_length(spec, 100, samples), known, atol=2e-4)
