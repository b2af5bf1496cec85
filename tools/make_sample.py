"""Makes builder/edgeweb/sample, the handwritten-digit reader of `edgeweb demo`, from scikit-learn's bundled digits."""

# In a virtual environment of its own; about 12 minutes on one core, and the same bytes again from the same seed on the
# same machine (another processor may round differently). `--examples-only` keeps model.onnx and redraws the pictures.
# sample_digits.py, beside this file, finds and draws the strokes.
#
#   pip install torch==2.13.0 onnx==1.23.2 onnxruntime==1.30.0 scikit-learn==1.9.1 scipy==1.17.1 pillow==13.0.0
#   python tools/make_sample.py

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime
import torch
from PIL import Image
from sample_digits import CELL, SHAPES, Style, distances, draw_example, draw_shape, middles, upsample
from scipy import ndimage
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn
from torch.nn import functional as F

SIZE = 32  # side of the model's picture
HOLES = {0: 1, 1: 0, 3: 0, 5: 0, 6: 1, 7: 0, 8: 2, 9: 1}  # of a digit whose strokes did not run together
DATA = '"Optical Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak, UCI, 1998, doi:10.24432/C50P49'
TOML = """\
title = "Handwritten digits"
task = "image-classification"
labels = "labels.txt"
examples = [
{examples}]

[input.image]
size = [{size}, {size}]
layout = "NCHW"
color = "GRAY"
scale = 255.0
mean = [0.5]
std = [0.5]
resize = "crop"

# So it was trained: a softmax over its logits gives probabilities.
[output.logits]
softmax = true
"""
README = """\
# The sample: a reader of handwritten digits

`model.onnx`, a small convolutional network: `image` float32 [batch, 1, {size}, {size}] in -1..1, dark on light or
light on dark, to `logits` float32 [batch, 10]. Of the {count} digits kept out of training it reads {same:.1%} as they
are, and {varied:.1%} when turned, moved, resized, redrawn with other pens, unevenly lit and speckled (new digits, but
perhaps not new people: the data does not name its writers).

All is made by `tools/make_sample.py`, with no download, from the digits in scikit-learn (BSD-3-Clause), which are from
{data},
CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/), and from a few shapes of its own. The pictures are no
photographs: each is a digit kept out of training, enlarged, thinned and drawn anew on drawn paper. The model and the
pictures have the licence of edgeweb; keep this credit with them.
"""

STYLES = (
    Style(7, 1, (28, 58, 150), (246, 240, 226), 15, -6, 1.0, "lines"),
    Style(3, 1, (34, 32, 34), (250, 246, 238), 27, 5, 1.05, "plain"),
    Style(5, 3, (236, 238, 230), (46, 68, 60), 24, -4, 1.0, "chalk"),
    Style(2, 6, (24, 38, 96), (244, 243, 236), 12, 5, 0.9, "grid"),
    Style(8, 0, (84, 82, 84), (248, 242, 230), 13, 4, 1.0, "pencil"),
    Style(4, 5, (34, 74, 176), (251, 244, 224), 20, -8, 1.05, "plain"),
)


class Bank(NamedTuple):
    """Digits as `maps` [N, 2, 72, 72]: darkness 0..1, and pixels to the middle of the stroke, usable where `pen`."""

    maps: Tensor
    pen: Tensor
    label: Tensor

    def take(self, index: Tensor) -> Bank:
        """These digits only."""
        return Bank(self.maps[index], self.pen[index], self.label[index])


def make_bank() -> Bank:
    """All digits; `pen` where a brush along the middle lines gives the digit back, with the holes its class has."""
    data = load_digits()
    dark = upsample((data.images / 16).astype(np.float32), CELL)
    lines = middles(dark, CELL)
    far = distances(lines)
    brush = ndimage.gaussian_filter((0.75 * CELL - far + 0.5).clip(0, 1), (0, 0.4 * CELL, 0.4 * CELL))
    like = (brush * dark).sum((1, 2)) / np.sqrt((brush**2).sum((1, 2)) * (dark**2).sum((1, 2)))
    holes = [ndimage.label(~line)[1] - 1 for line in lines]
    whole = [HOLES.get(int(label), h) == h for label, h in zip(data.target, holes, strict=True)]
    maps = torch.from_numpy(np.stack([dark, far], 1).astype(np.float32))
    return Bank(maps, torch.from_numpy((like > 0.93) & np.array(whole)), torch.from_numpy(data.target).long())


def shapes_bank(seed: int, each: int = 20) -> Bank:
    """Digits drawn from SHAPES, to learn from besides those of the data."""
    rng = np.random.default_rng(seed)
    label = [digit for digit, shapes in SHAPES.items() for _ in range(each * len(shapes))]
    far = np.stack([draw_shape(shape, rng) for shapes in SHAPES.values() for shape in shapes for _ in range(each)])
    brush = (rng.uniform(0.5, 0.9, (len(far), 1, 1)) * CELL - far + 0.5).clip(0, 1)
    dark = ndimage.gaussian_filter(brush, (0, 0.4 * CELL, 0.4 * CELL))
    maps = torch.from_numpy(np.stack([dark, far], 1).astype(np.float32))
    return Bank(maps, torch.ones(len(far), dtype=torch.bool), torch.tensor(label))


def uniform(rng: torch.Generator, n: int, low: float, high: float) -> Tensor:
    """`n` random numbers, to be broadcast over [n, 1, H, W]."""
    return (torch.rand(n, generator=rng) * (high - low) + low).view(n, 1, 1, 1)


def cloud(rng: torch.Generator, n: int, knots: int, channels: int = 1) -> Tensor:
    """Smooth random fields of about -2..2, [n, channels, SIZE, SIZE]."""
    coarse = torch.randn(n, channels, knots, knots, generator=rng)
    return F.interpolate(coarse, (SIZE, SIZE), mode="bicubic", align_corners=True)


def warp(maps: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Turned, sheared, scaled, shifted and bent digits at SIZE, and how many pixels of theirs one of ours is."""
    n = len(maps)
    turn, shear = uniform(rng, n, -0.26, 0.26).view(n), uniform(rng, n, -0.25, 0.25).view(n)
    scale, aspect = uniform(rng, n, 0.55, 1.3).view(n), uniform(rng, n, -0.18, 0.18).exp().view(n)
    shift = (torch.rand(n, 2, 1, generator=rng) * 2 - 1) * (1.1 - scale * 2 / 3).clamp(max=0.3).view(n, 1, 1)
    c, s = turn.cos(), turn.sin()
    rows = torch.stack([torch.stack([c, s + shear * c], 1), torch.stack([-s, c - shear * s], 1)], 1)
    rows = rows / torch.stack([scale * aspect, scale / aspect], 1).unsqueeze(1)
    grid = F.affine_grid(torch.cat([rows, rows @ -shift], 2), [n, 1, SIZE, SIZE], align_corners=False)
    grid = grid + 0.025 * cloud(rng, n, 5, 2).permute(0, 2, 3, 1)
    step = 12 * CELL / SIZE / scale.view(n, 1, 1, 1)
    return F.grid_sample(maps, grid, padding_mode="border", align_corners=False), step


def augment(bank: Bank, rng: torch.Generator) -> Tensor:
    """Pictures of the digits as people might make them, [N, 1, SIZE, SIZE] in -1..1."""
    n = len(bank.label)
    maps, step = warp(bank.maps, rng)
    blunt = torch.exp(uniform(rng, n, 1.6, 3.8))
    brush = torch.sigmoid((maps[:, :1] - uniform(rng, n, 0.3, 0.6)) * blunt)
    line = (torch.exp(uniform(rng, n, -1.4, 0.7)) - maps[:, 1:] / step + 0.5).clamp(0, 1)
    ink = torch.where(bank.pen.view(n, 1, 1, 1) & (uniform(rng, n, 0, 1) < 0.6), line, brush)
    soft = F.avg_pool2d(F.pad(ink, (1, 1, 1, 1), mode="replicate"), 3, 1)
    ink = torch.lerp(ink, soft, uniform(rng, n, -0.6, 1).clamp(min=0))
    ink = ink * (1 - uniform(rng, n, 0, 0.25) * torch.rand(ink.shape, generator=rng))
    paper = uniform(rng, n, 0.5, 1)
    drop = 0.3 + (paper - 0.3) * uniform(rng, n, 0, 1)
    light = 1 + uniform(rng, n, 0, 0.12) * cloud(rng, n, 2) + uniform(rng, n, 0, 0.03) * cloud(rng, n, 6)
    axis = torch.arange(SIZE).float()
    rule = ((axis.view(1, 1, -1, 1) / uniform(rng, n, 4, 10) + uniform(rng, n, 0, 1)) % 1 < 0.15).float()
    rule = torch.where(uniform(rng, n, 0, 1) < 0.3, torch.maximum(rule, rule.transpose(2, 3)), rule)
    rule = rule * uniform(rng, n, -0.6, 0.2).clamp(min=0) * drop
    picture = torch.where(ink > 0.5, paper - drop * ink, torch.minimum(paper - drop * ink, paper - rule)) * light
    picture = torch.where(uniform(rng, n, 0, 1) < 0.45, 1 - picture, picture)
    picture = picture + drop * uniform(rng, n, -0.03, 0.11).clamp(min=0) * torch.randn(ink.shape, generator=rng)
    return picture.clamp(0, 1) * 2 - 1


def block(channels: int, out: int, stride: int = 1) -> list[nn.Module]:
    """A depthwise-separable convolution."""
    deep = nn.Conv2d(channels, channels, 3, stride, 1, groups=channels, bias=False)
    wide = nn.Conv2d(channels, out, 1, bias=False)
    return [deep, nn.BatchNorm2d(channels), nn.ReLU(), wide, nn.BatchNorm2d(out), nn.ReLU()]


def make_net() -> nn.Sequential:
    """The reader: [N, 1, 32, 32] -> logits [N, 10]."""
    stem = [nn.Conv2d(1, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    stem += [nn.Conv2d(16, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU()]
    body = block(32, 64) + block(64, 96, 2) + block(96, 96) + block(96, 128, 2) + block(128, 128)
    return nn.Sequential(*stem, *body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10))


def train(bank: Bank, epochs: int, rng: torch.Generator) -> nn.Sequential:
    """A net trained on endless variations of these digits."""
    net, n, size = make_net(), len(bank.label), 64
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=0.02)
    steps = epochs * (n // size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for step in range(steps):
        some = bank.take(torch.randint(n, (size,), generator=rng))
        loss = F.cross_entropy(net(augment(some, rng)), some.label, label_smoothing=0.02)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if (step + 1) % 500 == 0:
            print(f"step {step + 1} of {steps}: loss {loss.item():.3f}", flush=True)
    return net.eval()


def measure(net: nn.Module, held: Bank, rng: torch.Generator, rounds: int = 10) -> tuple[float, float]:
    """Share of held-out digits read correctly: as they are, and with variations (`rounds` of each)."""
    plain = 1 - 2 * F.interpolate(held.maps[:, :1], (SIZE, SIZE), mode="bilinear", antialias=True)
    with torch.no_grad():
        right = [net(x).argmax(1) == held.label for x in [plain, *(augment(held, rng) for _ in range(rounds))]]
    return float(right[0].float().mean()), float(torch.stack(right[1:]).float().mean())


def export(net: nn.Module, path: Path) -> None:
    """Writes the net as ONNX and compares it with torch."""
    picture = torch.rand(7, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(1)) * 2 - 1
    axes = {"image": {0: "batch"}, "logits": {0: "batch"}}
    names = {"input_names": ["image"], "output_names": ["logits"], "dynamic_axes": axes}
    torch.onnx.export(net, (picture,), str(path), opset_version=17, dynamo=False, **names)
    model = onnx.load(path)
    model.graph.name, model.doc_string = "digit_reader", "Reads a handwritten digit, dark on light or light on dark."
    onnx.helper.set_model_props(model, {"source": "tools/make_sample.py of edgeweb", "data": f"{DATA}, CC BY 4.0"})
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
    (got,) = onnxruntime.InferenceSession(path).run(["logits"], {"image": picture.numpy()})
    worst = float(np.abs(got - net(picture).detach().numpy()).max())
    nodes = [node.op_type for node in model.graph.node]
    print(f"{path.stat().st_size} bytes, {len(nodes)} nodes, IR {model.ir_version}, off torch by {worst:.1e}")
    if worst >= 1e-4 or model.ir_version > 10:
        raise SystemExit("the exported model is not the trained one")


def page_pixels(picture: Image.Image) -> np.ndarray:
    """What the page makes of a square picture: antialiased bilinear resize, luma, (x / 255 - 0.5) / 0.5."""
    bands = [b.convert("F").resize((SIZE, SIZE), Image.Resampling.BILINEAR) for b in picture.convert("RGB").split()]
    luma = sum(w * np.asarray(band) for w, band in zip((0.299, 0.587, 0.114), bands, strict=True))
    return ((luma / 255 - 0.5) / 0.5).astype(np.float32)[None, None]


def make_examples(out: Path, held: np.ndarray, bank: Bank, seed: int) -> None:
    """Draws every style from digits that were not trained on, and reads each back from its file."""
    digits = (load_digits().images / 16).astype(np.float32)
    session = onnxruntime.InferenceSession(out / "model.onnx")
    (out / "examples").mkdir(exist_ok=True)
    for number, style in enumerate(STYLES, 1):
        clean = [i for i in held if bank.label[i] == style.digit and bank.pen[i]]
        picture = draw_example(digits[clean[style.nth]], style, np.random.default_rng(seed + number))
        path = out / "examples" / f"example-{number}.png"
        picture.quantize(64, kmeans=2, dither=Image.Dither.NONE).save(path, optimize=True)
        logits = session.run(["logits"], {"image": page_pixels(Image.open(path))})[0][0]
        scores = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
        print(f"{path.name}: {path.stat().st_size} bytes, read {scores.argmax()} with {scores.max():.3f}")
        if scores.argmax() != style.digit or scores.max() <= 0.9 or path.stat().st_size >= 40_000:
            raise SystemExit(f"{path.name} will not do: a {style.digit}, read {scores.argmax()}")


def main() -> None:
    """Makes the whole folder."""
    here = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=here / "builder" / "edgeweb" / "sample")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=240)
    parser.add_argument("--examples-only", action="store_true", help="keep the model, draw the pictures again")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    rng = torch.Generator().manual_seed(args.seed)
    bank = make_bank()
    every = np.arange(len(bank.label))
    split = train_test_split(every, test_size=0.2, stratify=bank.label.numpy(), random_state=args.seed)
    learn, held = (torch.from_numpy(part) for part in split)
    args.out.mkdir(parents=True, exist_ok=True)
    if not args.examples_only:
        both = zip(bank.take(learn), shapes_bank(args.seed), strict=True)
        net = train(Bank(*(torch.cat(pair) for pair in both)), args.epochs, rng)
        same, varied = measure(net, bank.take(held), rng)
        print(f"held out: {same:.4f} as they are, {varied:.4f} varied")
        export(net, args.out / "model.onnx")
        text = README.format(size=SIZE, count=len(held), same=same, varied=varied, data=DATA)
        (args.out / "README.md").write_text(text, encoding="utf-8")
    names = "".join(f'  "examples/example-{number}.png",\n' for number in range(1, len(STYLES) + 1))
    (args.out / "edgeweb.toml").write_text(TOML.format(size=SIZE, examples=names), encoding="utf-8")
    (args.out / "labels.txt").write_text("".join(f"{digit}\n" for digit in range(10)), encoding="utf-8")
    make_examples(args.out, split[1], bank, args.seed)


if __name__ == "__main__":
    main()
