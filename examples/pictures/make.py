"""Trains a small network to tell sketches apart, and writes it as ONNX beside sketches that it has not seen.

    pip install torch onnxscript pillow
    python make.py && edgeweb build model.onnx --data pictures

`pictures/` has a folder for each class. With it the build measures on sketches what may be left out of the model: the
report tells how much smaller it got, and how many sketches it names right before and after. The page has a drawing pad.
"""

import random
from pathlib import Path

import numpy as np
import torch
from sketches import NAMES, sketch
from torch import nn

SIDE, EACH, EPOCHS = 32, 200, 8


def drawn(each: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """So many of every thing: [N, 1, SIDE, SIDE] from 0 (black) to 1, and what they are."""
    dice = random.Random(seed)
    kinds = list(range(len(NAMES))) * each
    pictures = np.stack([np.asarray(sketch(kind, dice, SIDE)) for kind in kinds])
    return torch.from_numpy(pictures).float().div(255)[:, None], torch.tensor(kinds)


def network() -> nn.Module:
    """Three layers that halve the picture, and one that looks at all that is left."""
    layers: list[nn.Module] = []
    for given, made in ((1, 16), (16, 32), (32, 64)):
        layers += [nn.Conv2d(given, made, 3, padding=1), nn.BatchNorm2d(made), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(
        *layers, nn.Flatten(), nn.Dropout(0.3), nn.Linear(64 * 16, 96), nn.ReLU(), nn.Linear(96, len(NAMES))
    )


def train(model: nn.Module, pictures: torch.Tensor, kinds: torch.Tensor) -> None:
    """With a learning rate that rises and falls once."""
    optimiser = torch.optim.AdamW(model.parameters(), weight_decay=0.01)
    batches = (len(kinds) + 127) // 128
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=EPOCHS * batches)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(kinds)).split(128):
            loss = nn.functional.cross_entropy(model(pictures[batch]), kinds[batch], label_smoothing=0.05)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    model.eval()


def export(model: nn.Module) -> None:
    """With an example of two pictures: torch takes a size of one for a constant."""
    batch = torch.export.Dim("batch", min=1)
    torch.onnx.export(
        model, (torch.zeros(2, 1, SIDE, SIDE),), "model.onnx", dynamic_shapes=({0: batch},),
        input_names=["sketch"], output_names=["scores"], external_data=False, verbose=False,
    )  # fmt: skip


def save(folder: Path, each: int, seed: int, side: int = 128) -> None:
    """Sketches as files, each in the folder of its class."""
    dice = random.Random(seed)
    for kind, name in enumerate(NAMES):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(each):
            sketch(kind, dice, side).save(folder / name / f"{number:02}.png")


def main() -> None:
    """The model, its labels, the pictures to judge it by, and some to try."""
    torch.manual_seed(0)
    model = network()
    train(model, *drawn(EACH, seed=1))
    export(model)
    Path("labels.txt").write_text("\n".join(NAMES) + "\n", "utf-8")
    save(Path("pictures"), each=30, seed=2)
    Path("examples").mkdir(exist_ok=True)
    dice = random.Random(3)
    for name in ("house", "fish", "cat", "umbrella", "bicycle"):
        sketch(NAMES.index(name), dice, 320).save(f"examples/{name}.png")
    pictures, kinds = drawn(30, seed=4)
    with torch.no_grad():
        right = (model(pictures).argmax(1) == kinds).float().mean()
    print(f"{right:.1%} of {len(kinds)} sketches that it has not seen are named right")


if __name__ == "__main__":
    main()
