"""Trains a small network on voices that it makes itself to hear which vowel is said, and writes it as ONNX.

    pip install torch onnx onnxscript
    python make.py && edgeweb build model.onnx

A voice is pulses of the vocal folds through the resonances of a mouth: each vowel has its own, as Peterson and Barney
measured them of men, women and children in 1952. Every example gets another pitch, another length of the mouth, another
room and another noise. The network hears half a second at once; the spectrum that it looks at is described in
edgeweb.toml and is computed in the browser by a graph of its own, so training and page have the same numbers.
"""

import math
import sys

import torch
from torch import nn

RATE, LENGTH, WINDOW, STEP, BANDS = 16000, 8000, 512, 160, 40
EXAMPLES = int(sys.argv[1]) if len(sys.argv) > 1 else 1500
# The first three resonances of a man's mouth, in hertz.
VOWELS = {
    "ah (father)": (730, 1090, 2440), "eh (bed)": (530, 1840, 2480), "ee (see)": (270, 2290, 3010),
    "oo (moon)": (300, 870, 2240),
}  # fmt: skip
LABELS = [*VOWELS, "no vowel"]


def between(low: float, high: float) -> float:
    return low + (high - low) * float(torch.rand(()))


def voice(resonances: tuple[int, ...]) -> torch.Tensor:
    """Half a second of somebody's vowel: harmonics as loud as the mouth lets them through."""
    mouth = between(0.92, 1.35)
    # Short mouths have high voices, mostly.
    pitch = between(85, 150) * (1.75 if mouth > 1.1 else 1.0) * between(0.9, 1.4)
    time = torch.arange(LENGTH) / RATE
    wobble = 1 + between(-0.12, 0.12) * time / 0.5 + 0.01 * torch.sin(2 * math.pi * between(4, 7) * time)
    phase = 2 * math.pi * torch.cumsum(pitch * wobble, 0) / RATE
    number = torch.arange(1, int(5500 / pitch))[:, None]
    tone = number * pitch
    places = [each * mouth * between(0.93, 1.07) for each in resonances] + [3600 * mouth, 4500 * mouth]
    loud = (1 / number) ** between(0.8, 1.6)
    for place in places:
        width = between(60, 130) + place * 0.03
        loud = loud * place**2 / torch.hypot(place**2 - tone**2, width * tone)
    return (loud * torch.sin(number * phase + between(0, 6))).sum(0)


def noise() -> torch.Tensor:
    """What is no vowel: silence, hisses, hums, whistles and knocks."""
    time = torch.arange(LENGTH) / RATE
    kind, hiss = int(torch.randint(4, ())), torch.randn(LENGTH)
    if kind == 0:
        spectrum = torch.fft.rfft(hiss)
        return torch.fft.irfft(spectrum * (torch.arange(len(spectrum)) + 30) ** between(-1.5, 1.0), n=LENGTH)
    if kind == 1:
        return torch.sin(2 * math.pi * between(500, 4000) * time * (1 + between(-0.3, 0.3) * time)) + 0.02 * hiss
    if kind == 2:
        return torch.exp(-((time - between(0, 0.4)) % 0.5) * between(20, 150)) * hiss
    return torch.sin(2 * math.pi * between(45, 65) * time) + 0.1 * hiss * between(0, 1)


def example(kind: int) -> torch.Tensor:
    """A sound of a kind, as a microphone in a room has it."""
    sound = noise() if kind == len(VOWELS) else voice(list(VOWELS.values())[kind])
    if kind < len(VOWELS):
        begin = int(between(-0.5, 0.4) * LENGTH)
        ramp = torch.clamp((torch.arange(LENGTH) - begin) / 400, 0, 1)
        sound = sound * ramp
    sound = sound / (sound.square().mean().sqrt() + 1e-6)
    echo = torch.roll(sound, int(between(100, 1500))) * between(0, 0.3)
    heard = sound + echo + torch.randn(LENGTH) * 10 ** between(-4, -0.9)
    return 10 ** between(-2.3, -0.7) * heard


def bands() -> torch.Tensor:
    """Triangles on the mel scale of HTK, from 20 Hz to half the rate, as torchaudio's melscale_fbanks."""
    mel = torch.linspace(2595 * math.log10(1 + 20 / 700), 2595 * math.log10(1 + RATE / 2 / 700), BANDS + 2)
    edges = 700 * (10 ** (mel / 2595) - 1)
    tones = torch.linspace(0, RATE / 2, WINDOW // 2 + 1)[:, None]
    rising = (tones - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - tones) / (edges[2:] - edges[1:-1])
    return torch.minimum(rising, falling).clamp_min(0)


def features(sounds: torch.Tensor) -> torch.Tensor:
    """[N, samples] to [N, frames, BANDS]: how loud each band is in each hundredth of a second."""
    parts = torch.stft(sounds, WINDOW, STEP, window=torch.hann_window(WINDOW), center=False, return_complex=True)
    return torch.log(parts.abs().square().transpose(1, 2) @ bands() + 1e-6)


class Hearing(nn.Module):
    """Looks at each band beside its neighbours, whatever the loudness, and then at which was loud for how long."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(BANDS, 64, 5, padding=2), nn.ReLU(), nn.Conv1d(64, 64, 5, padding=2), nn.ReLU(), nn.Dropout(0.1)
        )
        self.head = nn.Linear(64, len(LABELS))

    def forward(self, heard: torch.Tensor) -> torch.Tensor:
        """[N, frames, BANDS] to the share of each label."""
        level = heard.mean((1, 2), keepdim=True)
        frames = self.body(((heard - level) / 4).transpose(1, 2)).transpose(1, 2)
        return torch.softmax(self.head(frames).mean(1), 1)


def sounds(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """As many as that of what they look like, and which vowels they are."""
    kinds = torch.arange(count) % len(LABELS)
    return features(torch.stack([example(int(kind)) for kind in kinds])), kinds


torch.manual_seed(0)
known, wanted = sounds(EXAMPLES)
network = Hearing()
optimiser = torch.optim.Adam(network.parameters(), 2e-3)
for _ in range(25):
    for part in torch.randperm(EXAMPLES).split(24):
        loss = -torch.log(network(known[part])[torch.arange(len(part)), wanted[part]] + 1e-6).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
network.eval()
heard, kinds = sounds(300)
right = (network(heard).argmax(1) == kinds).float().mean().item()
print(f"right about {100 * right:.0f} of 100 sounds that it has not heard")

many = {"heard": {0: torch.export.Dim("batch")}}
torch.onnx.export(
    network, (heard[:2],), "model.onnx", input_names=["heard"], output_names=["scores"], dynamic_shapes=many,
    dynamo=True, external_data=False, verbose=False,
)  # fmt: skip
with open("labels.txt", "w") as file:
    file.write("\n".join(LABELS))
