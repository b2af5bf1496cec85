"""Teaches a small network to draw, and writes it as ONNX: the camera's picture as a comic, several times a second.

    pip install torch onnx onnxscript scikit-learn pillow
    python make.py && edgeweb build model.onnx

The painter below lays on four inks and draws the edges of what is dark. The network sees pieces of two photographs with
what the painter made of them, and learns to do the same in one go. It learns any other manner in the same way: replace
`painted`, or bring pictures from before and after.
"""

import sys

import torch
from PIL import Image
from sklearn.datasets import load_sample_images
from torch import nn
from torch.nn.functional import avg_pool2d, interpolate, l1_loss, pad

HEIGHT, WIDTH = 240, 320
PIECE = 96
STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 1600


def blurred(image: torch.Tensor, radius: int) -> torch.Tensor:
    return avg_pool2d(pad(image, [radius] * 4, "replicate"), 2 * radius + 1, 1)


def painted(image: torch.Tensor) -> torch.Tensor:
    """What the painter makes of pictures [N, 3, H, W] with values from 0 to 1."""
    flat = blurred(blurred(image, 1), 1)
    # Four inks, dark to light, with a short way from one to the next.
    grey = flat.mean(1, keepdim=True)
    tone = 4 * grey
    inks = (tone.floor() + torch.sigmoid(10 * (tone - tone.floor() - 0.5))) / 4
    vivid = inks + 1.8 * (flat - grey)
    fine = blurred(image.mean(1, keepdim=True), 1)
    lines = (22 * (blurred(fine, 3) - fine) - 0.25).clamp(0, 1)
    return (vivid * (1 - lines) + 0.04).clamp(0, 1)


class Layer(nn.Module):
    """Adds what a convolution sees to what is there."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.see = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, seen: torch.Tensor) -> torch.Tensor:
        """Of the same shape."""
        return torch.relu(seen + self.see(seen))


class Painter(nn.Module):
    """Looks far at first, as a line is seen from around it, and then sharpens what it has seen."""

    def __init__(self, channels: int = 16, layers: int = 3) -> None:
        super().__init__()
        first = nn.Sequential(nn.Conv2d(3, channels, 9, padding=4, bias=False), nn.BatchNorm2d(channels), nn.ReLU())
        last = nn.Conv2d(channels, 3, 3, padding=1)
        self.body = nn.Sequential(first, *(Layer(channels) for _ in range(layers)), last)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Pictures with values from 0 to 1, and the same drawn; what is beyond them is cut off on the page."""
        return image + self.body(image - 0.5)


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
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
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
