"""Learns when two pictures show the same, and writes the network as ONNX beside a gallery that it has not seen.

    pip install torch onnxscript pillow scikit-learn
    python make.py && edgeweb build model.onnx

A visitor's picture, or one from the camera, is compared with the gallery's paintings on their own device. The network
looks at colours, where they are, and the directions of edges; what of these matters is learned from pairs: two views of
one painting as a camera may take them (leaning, cropped, darker, tinted, blurred) belong together, those of different
paintings do not.
"""

import math
import random
from pathlib import Path

import torch
from paintings import MANNERS, PALETTES, painted
from PIL import Image
from sklearn.datasets import load_sample_image
from torch import nn
from torch.nn import functional

SIDE, WIDTH, VIEWS = 64, 64, 8


class Seen(nn.Module):
    """What is there to see, before anything is learned: [N, 3, SIDE, SIDE] from 0 to 1 -> [N, D]."""

    def __init__(self) -> None:
        super().__init__()
        steps = torch.linspace(0, 1, 4)
        self.register_buffer("centres", torch.cartesian_prod(steps, steps, steps)[:, :, None, None])
        self.register_buffer(
            "lines", torch.stack([line(angle, length) for length in (4.0, 9.0) for angle in range(6)])[:, None]
        )
        self.register_buffer("grey", torch.tensor([0.299, 0.587, 0.114])[:, None, None])

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        """Which colours, as shares; where, in 4 by 4 fields; edges of 6 directions and 2 sizes, in 2 by 2."""
        # -|x - c|^2 but for a term that all centres share.
        near = functional.conv2d(picture, 2 * self.centres) - (self.centres**2).sum(1)
        shares = torch.softmax(24 * near, 1).mean((2, 3)).clamp(min=1e-6).sqrt()
        where = functional.avg_pool2d(picture, SIDE // 4).flatten(1)
        edges = functional.conv2d((picture * self.grey).sum(1, keepdim=True), self.lines, padding=6).abs()
        edges = functional.avg_pool2d(edges, SIDE // 2).flatten(1).clamp(min=1e-4).log()
        return torch.cat([4 * shares, 1.5 * where, 0.4 * edges], 1)


def line(angle: int, length: float) -> torch.Tensor:
    """A Gabor filter: answers to stripes of that length across `angle` sixths of half a turn."""
    y, x = torch.meshgrid(torch.arange(-6.0, 7), torch.arange(-6.0, 7), indexing="ij")
    turn = math.pi * angle / 6
    wave = torch.cos(2 * math.pi * (x * math.cos(turn) + y * math.sin(turn)) / length)
    found = wave * torch.exp(-(x**2 + y**2) / (0.8 * length))
    found = found - found.mean()
    return found / found.abs().sum()


class Embedding(nn.Module):
    """What is seen, less what pictures have in common, as far as it tells them apart: [N, WIDTH], of length 1."""

    def __init__(self, seen: Seen, known: torch.Tensor) -> None:
        super().__init__()
        self.seen, self.learned = seen, nn.Linear(known.shape[1], WIDTH, bias=False)
        self.register_buffer("middle", known.mean(0))
        self.register_buffer("spread", known.std(0) + 0.05)

    def project(self, features: torch.Tensor) -> torch.Tensor:
        """What is seen to vectors."""
        return functional.normalize(self.learned((features - self.middle) / self.spread), dim=1)

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        """Pictures to vectors."""
        return self.project(self.seen(picture))


def snapshots(pictures: torch.Tensor) -> torch.Tensor:
    """As a camera may take them: from the side, too near or too far, in some light, not quite sharp."""
    count = len(pictures)
    turn, size = 0.15 * torch.randn(count), 1 + 0.12 * torch.randn(count)
    place = torch.stack([
        torch.stack([size * turn.cos(), -turn.sin(), 0.1 * torch.randn(count)], 1),
        torch.stack([turn.sin(), size * turn.cos(), 0.1 * torch.randn(count)], 1),
    ], 1)  # fmt: skip
    grid = functional.affine_grid(place, list(pictures.shape), align_corners=False)
    seen = functional.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)
    light = (1 + 0.2 * torch.randn(count, 1, 1, 1)) * (1 + 0.06 * torch.randn(count, 3, 1, 1))
    sharp = torch.rand(count, 1, 1, 1)
    seen = sharp * seen + (1 - sharp) * functional.avg_pool2d(seen, 5, 1, 2, count_include_pad=False)
    return (seen * light + 0.02 * torch.randn_like(seen)).clamp(0, 1)


def tensor(picture: Image.Image) -> torch.Tensor:
    small = picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
    return torch.frombuffer(bytearray(small.tobytes()), dtype=torch.uint8).reshape(SIDE, SIDE, 3).permute(2, 0, 1) / 255


def train() -> Embedding:
    """On paintings of the same manners and palettes, but none of the gallery's."""
    known = torch.stack([tensor(painted(m, p, seed, SIDE)) for m in MANNERS for p in PALETTES for seed in (11, 12, 13)])
    seen = Seen()
    with torch.no_grad():
        views = torch.stack([seen(snapshots(known)) for _ in range(VIEWS)])
    model = Embedding(seen, views.flatten(0, 1))
    optimiser = torch.optim.Adam(model.learned.parameters(), 2e-3)
    for _ in range(250):
        some, (a, b) = torch.randperm(len(known))[:128], torch.randperm(VIEWS)[:2]
        alike = model.project(views[a, some]) @ model.project(views[b, some]).T / 0.1
        loss = functional.cross_entropy(alike, torch.arange(len(some)))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model.eval()


def on_a_wall(picture: Image.Image) -> Image.Image:
    """A photo of a painting, in lamplight."""
    wall = Image.new("RGB", (480, 400), (196, 178, 152))
    frame = Image.new("RGB", (372, 372), (58, 40, 26))
    frame.paste(picture.resize((340, 340)), (16, 16))
    wall.paste(frame, (54, 14))
    seen = wall.transform(
        (480, 400), Image.Transform.QUAD, (44, 4, 30, 398, 440, 380, 430, 20), Image.Resampling.BICUBIC
    )
    return Image.blend(seen, Image.new("RGB", seen.size, (255, 190, 110)), 0.14)


def examples(folder: Path) -> None:
    """Two photos of paintings that hang in the gallery, and the two that scikit-learn ships."""
    folder.mkdir(exist_ok=True)
    on_a_wall(painted(MANNERS[6], "indigo", 1, 340)).save(folder / "on-the-wall.jpg", quality=88)
    card = painted(MANNERS[0], "coral", 1, 420).rotate(7, Image.Resampling.BICUBIC).crop((40, 30, 400, 380))
    Image.blend(card, Image.new("RGB", card.size, "black"), 0.25).save(folder / "postcard.jpg", quality=60)
    for name in ("flower", "china"):
        Image.fromarray(load_sample_image(f"{name}.jpg")).save(folder / f"{name}.jpg", quality=85)


def main() -> None:
    """The model, the gallery, and some pictures to try."""
    torch.manual_seed(0)
    random.seed(0)
    model = train()
    folder = Path("paintings")
    folder.mkdir(exist_ok=True)
    hung = []
    for manner in MANNERS:
        for palette in PALETTES:
            picture = painted(manner, palette, 1, 320)
            picture.save(folder / f"{manner.__name__.replace('_', ' ').capitalize()} in {palette}.jpg", quality=90)
            hung.append(tensor(picture))
    examples(Path("examples"))
    batch = torch.export.Dim("batch", min=1)
    torch.onnx.export(
        model, (torch.zeros(2, 3, SIDE, SIDE),), "model.onnx", dynamic_shapes=({0: batch},),
        input_names=["picture"], output_names=["embedding"], external_data=False, verbose=False,
    )  # fmt: skip
    with torch.no_grad():
        found = torch.cat(
            [(model(snapshots(torch.stack(hung))) @ model(torch.stack(hung)).T).argmax(1) for _ in range(5)]
        )
    right = (found == torch.arange(len(hung)).repeat(5)).float().mean()
    print(f"{len(hung)} paintings; {right:.0%} of {len(found)} made-up snapshots find their own first")


if __name__ == "__main__":
    main()
