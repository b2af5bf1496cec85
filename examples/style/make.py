"""Teaches a small network to draw, and writes it as ONNX: the camera's picture as a comic, many times a second.

    pip install torch onnx onnxscript scikit-learn pillow
    python make.py && edgeweb build model.onnx

The painter below is slow: around each pixel it looks in eight directions and keeps the calmest, lays on four inks and
draws the edges. The network sees pieces of two photographs with what the painter made of them, and learns to do the
same in one go. It learns any other manner in the same way: replace `painted`, or bring pictures from before and after.
"""

import sys

import torch
from PIL import Image
from sklearn.datasets import load_sample_images
from torch import nn
from torch.nn.functional import avg_pool2d, conv2d, interpolate, l1_loss, pad

HEIGHT, WIDTH = 240, 320
PIECE = 96
REACH = 3
STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000


def directions() -> torch.Tensor:
    """Eight wedges of a disc, each a filter whose values add up to 1."""
    far = torch.arange(-REACH, REACH + 1.0)
    down, across = torch.meshgrid(far, far, indexing="ij")
    distance, angle = torch.hypot(down, across), torch.atan2(down, across)
    wedges = []
    for turn in range(8):
        apart = torch.remainder(angle - turn * torch.pi / 4 + torch.pi, 2 * torch.pi) - torch.pi
        wedge = torch.exp(-((apart / 0.5) ** 2)) * (distance <= REACH)
        wedge[REACH, REACH] = 1.0
        wedges.append(wedge / wedge.sum())
    return torch.stack(wedges)[:, None]


def blurred(image: torch.Tensor, radius: int) -> torch.Tensor:
    return avg_pool2d(pad(image, [radius] * 4, "replicate"), 2 * radius + 1, 1)


def painted(image: torch.Tensor) -> torch.Tensor:
    """What the painter makes of pictures [N, 3, H, W] with values from 0 to 1."""
    wedges, (count, _, height, width) = directions(), image.shape
    planes = pad(image.reshape(-1, 1, height, width), [REACH] * 4, "replicate")
    mean = conv2d(planes, wedges).reshape(count, 3, 8, height, width)
    square = conv2d(planes**2, wedges).reshape(count, 3, 8, height, width)
    unrest = (square - mean**2).clamp_min(0).sum(1, keepdim=True)
    weight = 1 / (1e-4 + unrest) ** 3
    flat = (mean * weight).sum(2) / weight.sum(2)
    # Four inks, dark to light, with a short way from one to the next.
    grey = flat.mean(1, keepdim=True)
    tone = 4 * grey
    inks = (tone.floor() + torch.sigmoid(14 * (tone - tone.floor() - 0.5))) / 4
    vivid = inks + 2.0 * (flat - grey)
    fine = blurred(image.mean(1, keepdim=True), 1)
    lines = (22 * (blurred(fine, 3) - fine) - 0.25).clamp(0, 1)
    return (vivid * (1 - lines) + 0.04).clamp(0, 1)


class Painter(nn.Module):
    """Convolutions at half the picture's size, and what they add to the picture."""

    def __init__(self, channels: int = 24, layers: int = 7) -> None:
        super().__init__()
        body: list[nn.Module] = [nn.Conv2d(3, channels, 4, stride=2, padding=1), nn.ReLU()]
        for _ in range(layers):
            body += [nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU()]
        self.body = nn.Sequential(*body, nn.Conv2d(channels, 12, 3, padding=1), nn.PixelShuffle(2))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Pictures with values from 0 to 1, and the same drawn."""
        return (image + self.body(image - 0.5)).clamp(0, 1)


def pairs(photos: list[torch.Tensor]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The photographs in several sizes and brightnesses, each with its painting."""
    made = []
    for photo in photos:
        for share, gamma in ((1.0, 1.0), (0.8, 0.7), (0.6, 1.5), (0.45, 1.0), (0.35, 0.8)):
            one = interpolate(photo[None], scale_factor=share, mode="area") ** gamma
            made.append((one[0], painted(one)[0]))
    return made


def pieces(made: list[tuple[torch.Tensor, torch.Tensor]], count: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    """Parts of them, mirrored or not, half of them with other colours, which the painter does not mind."""
    seen, wanted = [], []
    for _ in range(count):
        pair = made[int(torch.randint(len(made), ()))]
        top, left = (int(torch.randint(whole - PIECE, ())) for whole in pair[0].shape[1:])
        colours = torch.randperm(3) if torch.rand(()) < 0.5 else torch.arange(3)
        sides = [2] if torch.rand(()) < 0.5 else []
        photo, painting = (each[colours, top : top + PIECE, left : left + PIECE].flip(sides) for each in pair)
        seen.append(photo)
        wanted.append(painting)
    return torch.stack(seen), torch.stack(wanted)


torch.manual_seed(0)
photos = [torch.from_numpy(each / 255.0).float().permute(2, 0, 1) for each in load_sample_images().images]
with torch.no_grad():
    made = pairs(photos)
network = Painter()
optimiser = torch.optim.Adam(network.parameters())
schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=STEPS)
edge = slice(8, -8)
for step in range(STEPS):
    seen, wanted = pieces(made)
    loss = l1_loss(network(seen)[..., edge, edge], wanted[..., edge, edge])
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    schedule.step()
    if step % 100 == 99:
        print(f"{step + 1} of {STEPS}: {255 * loss.item():.1f} of 255 away from the painter", flush=True)

example = torch.rand(1, 3, HEIGHT, WIDTH)
torch.onnx.export(
    network.eval(), (example,), "model.onnx", input_names=["photo"], output_names=["painting"], dynamo=True,
    external_data=False, verbose=False,
)  # fmt: skip
for index, photo in enumerate(photos):
    Image.fromarray((photo * 255).byte().permute(1, 2, 0).numpy()).save(f"photo-{index + 1}.jpg", quality=90)
