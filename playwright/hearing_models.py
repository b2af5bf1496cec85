"""Models of sound and of measurements, made in code: what they answer is known without running them."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from models import save
from numpy.typing import NDArray
from onnx import TensorProto, helper

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def tone(path: Path, rate: int, hertz: list[float], seconds: float = 0.5, level: float = 0.5) -> Path:
    """Tones one after another, 0 for silence, as 16-bit PCM."""
    parts = [level * np.sin(2 * np.pi * each * np.arange(int(rate * seconds)) / rate) for each in hertz]
    samples = np.round(np.concatenate(parts) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return path


def low_or_high(path: Path, rate: int = 16_000) -> Path:
    """A waveform of any length to one of three labels, as YAMNet takes it: the energy around 400 Hz, 3 kHz, and neither."""
    time = np.arange(1600) / rate
    waves = [f(2 * np.pi * hertz * time) for hertz in (400, 3000) for f in (np.cos, np.sin)]
    kernel = np.stack(waves).astype(np.float32)[:, None, :] / 800
    nodes = [
        helper.make_node("Reshape", ["waveform", "line"], ["x"]),
        helper.make_node("Conv", ["x", "kernel"], ["parts"], strides=[800]),
        helper.make_node("Mul", ["parts", "parts"], ["squares"]),
        helper.make_node("Reshape", ["squares", "pairs"], ["paired"]),
        helper.make_node("ReduceMean", ["paired"], ["energy"], axes=[1, 2], keepdims=0),
        helper.make_node("Concat", ["energy", "least"], ["both"], axis=0),
        helper.make_node("Mul", ["both", "hundred"], ["logits"]),
        helper.make_node("Unsqueeze", ["logits", "zero"], ["row"]),
        helper.make_node("Softmax", ["row"], ["scores"], axis=1),
    ]
    stored = {
        "line": np.array([1, 1, -1]), "kernel": kernel, "pairs": np.array([2, 2, -1]), "zero": np.array([0]),
        "least": np.array([0.02], np.float32), "hundred": np.array([200], np.float32),
    }  # fmt: skip
    return save(path, nodes, [("waveform", FLOAT, ["samples"])], [("scores", FLOAT, [1, 3])], stored)


def loudness(path: Path) -> Path:
    """A voice activity detector in small: [1, 256] samples with a state that follows their energy, and a rate to refuse others by."""
    nodes = [
        helper.make_node("Mul", ["audio", "audio"], ["squares"]),
        helper.make_node("ReduceMean", ["squares"], ["energy"], axes=[1], keepdims=1),
        helper.make_node("Cast", ["sr"], ["rate"], to=FLOAT),
        helper.make_node("Div", ["rate", "right"], ["one"]),
        helper.make_node("Mul", ["energy", "one"], ["level"]),
        helper.make_node("Mul", ["state_in", "keep"], ["kept"]),
        helper.make_node("Mul", ["level", "gain"], ["new"]),
        helper.make_node("Add", ["kept", "new"], ["state_out"]),
        helper.make_node("Sub", ["state_out", "middle"], ["away"]),
        helper.make_node("Mul", ["away", "steep"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["prob"]),
    ]
    stored = {name: np.array(value, np.float32) for name, value in
              {"right": 16000, "keep": 0.5, "gain": 0.5, "middle": 0.03, "steep": 300}.items()}  # fmt: skip
    inputs = [("audio", FLOAT, [1, 256]), ("state_in", FLOAT, [1, 1]), ("sr", INT64, [1])]
    return save(path, nodes, inputs, [("prob", FLOAT, [1, 1]), ("state_out", FLOAT, [1, 1])], stored)


def pitches(path: Path, rate: int = 16_000) -> Path:
    """A pitch model of CREPE's shape: [N, 1024] samples to 360 bins, 20 cents apart from 31.7 Hz on."""
    hertz = 31.7 * 2 ** (np.arange(360) * 20 / 1200)
    angle = 2 * np.pi * hertz[:, None] * np.arange(1024) / rate
    window = np.hanning(1024)
    nodes = [
        helper.make_node("MatMul", ["frames", "cos"], ["c"]),
        helper.make_node("MatMul", ["frames", "sin"], ["s"]),
        helper.make_node("Mul", ["c", "c"], ["cc"]),
        helper.make_node("Mul", ["s", "s"], ["ss"]),
        helper.make_node("Add", ["cc", "ss"], ["power"]),
        helper.make_node("Pow", ["power", "sharp"], ["peaks"]),
        helper.make_node("Tanh", ["peaks"], ["activations"]),
    ]
    stored = {
        "cos": (np.cos(angle) * window).T.astype(np.float32) / 300, "sin": (np.sin(angle) * window).T.astype(np.float32) / 300,
        "sharp": np.array(4, np.float32),
    }  # fmt: skip
    return save(path, nodes, [("frames", FLOAT, ["batch", 1024])], [("activations", FLOAT, ["batch", 360])], stored)


def halver(path: Path) -> Path:
    """A sound to a sound half as loud, [N, 1, 800]."""
    nodes = [helper.make_node("Mul", ["noisy", "half"], ["clean"])]
    return save(
        path,
        nodes,
        [("noisy", FLOAT, ["n", 1, 800])],
        [("clean", FLOAT, ["n", 1, 800])],
        {"half": np.array(0.5, np.float32)},
    )


def thermostat(rows: int = 900) -> NDArray[np.float64]:
    """[rows, 2] temperature and heating power of a room that is heated in the day."""
    rng = np.random.default_rng(5)
    time = np.arange(rows)
    power = ((time // 48) % 2) * 1.0
    temperature = np.zeros(rows)
    temperature[0] = 18.0
    for i in range(1, rows):
        temperature[i] = (
            temperature[i - 1] + 0.05 * (16 + 7 * power[i - 1] - temperature[i - 1]) + 0.02 * rng.standard_normal()
        )
    return np.stack([temperature, power], axis=1)


def forecaster(path: Path, window: int = 24) -> Path:
    """An LSTM of fixed weights with a trained readout: the next temperature from a day of rows [N, window, 2]."""
    rng = np.random.default_rng(3)
    hidden = 24
    stored = {
        "w": rng.normal(0, 0.4, (1, 4 * hidden, 2)).astype(np.float32), "r": rng.normal(0, 0.2, (1, 4 * hidden, hidden)).astype(np.float32),
        "b": np.zeros((1, 8 * hidden), np.float32), "axis": np.array([0]),
    }  # fmt: skip
    lstm = [
        helper.make_node("Transpose", ["rows"], ["steps"], perm=[1, 0, 2]),
        helper.make_node("LSTM", ["steps", "w", "r", "b"], ["", "last"], hidden_size=hidden),
        helper.make_node("Squeeze", ["last", "axis"], ["h"]),
    ]
    data = thermostat()
    scaled = ((data - [19.5, 0.5]) / [2.0, 0.5]).astype(np.float32)
    cut = np.stack([scaled[i : i + window] for i in range(len(scaled) - window)])
    import onnxruntime as ort

    features = save(path, lstm, [("rows", FLOAT, ["batch", window, 2])], [("h", FLOAT, ["batch", hidden])], stored)
    (state,) = ort.InferenceSession(str(features)).run(None, {"rows": cut})
    whole = np.concatenate([state, np.ones((len(state), 1), np.float32)], axis=1)
    readout, *_ = np.linalg.lstsq(whole, scaled[window:, 0], rcond=1e-4)
    stored |= {"out": readout[:-1, None].astype(np.float32), "bias": readout[-1:].astype(np.float32)}
    nodes = [*lstm, helper.make_node("MatMul", ["h", "out"], ["m"]), helper.make_node("Add", ["m", "bias"], ["next"])]
    return save(path, nodes, [("rows", FLOAT, ["batch", window, 2])], [("next", FLOAT, ["batch", 1])], stored)


def smoother(path: Path, window: int = 16) -> Path:
    """An autoencoder in small: what a window [N, window, 1] is after all but its slow waves are left out."""
    base = np.stack([np.cos(np.pi * (np.arange(window) + 0.5) * k / window) for k in range(3)])
    base /= np.linalg.norm(base, axis=1, keepdims=True)
    nodes = [
        helper.make_node("Reshape", ["x", "flat"], ["row"]),
        helper.make_node("MatMul", ["row", "down"], ["code"]),
        helper.make_node("MatMul", ["code", "up"], ["back"]),
        helper.make_node("Reshape", ["back", "whole"], ["y"]),
    ]
    stored = {
        "flat": np.array([-1, window]), "whole": np.array([-1, window, 1]), "down": base.T.astype(np.float32),
        "up": base.astype(np.float32),
    }  # fmt: skip
    return save(path, nodes, [("x", FLOAT, ["n", window, 1])], [("y", FLOAT, ["n", window, 1])], stored)
