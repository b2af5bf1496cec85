"""What is known of a model that takes pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edgeweb.schema.language import Matching, Writer
from edgeweb.tasks.image import fit as fits
from edgeweb.tasks.image.heads import Head
from edgeweb.tasks.image.manifest import Fit, ImageResult, Pad, Prompted
from edgeweb.tasks.image.maps import Map
from edgeweb.tasks.language.tokenizer import Language


@dataclass(frozen=True)
class ImageSpec:
    """What the pre-processing graph is made from: (x / scale - mean) / std, then the layout and the input's type.

    `outputs`: those that the result is made of, by `head` where they are boxes and by `map` where they lie over the
    picture; otherwise the one output has scores, which a `softmax` or a `sigmoid` makes probabilities, the best `top`
    of them wanted; `pair`: it is one number for the second of two classes. `names`: of values that are no scores.
    `tiles`: a larger picture is worked on part by part. `crop`: height and width of the middle that the model gets.
    `standardise`: by the picture's own mean and deviation. `points`: the names of those that boxes have, of which lines
    join the pairs in `skeleton`. `writer`: what writes about the picture, in a `language`;
    `matching`: how labels are held against it, or looked for in it; `prompted`: how it is asked about places.
    join the pairs in `skeleton`. `fit`: how a picture comes to its size, instead of `resize`; the sides are those that
    the model was tried on. `pool`: how an embedding is made of its output. `drawn`: what visitors may draw on.
    """

    input: str
    outputs: tuple[str, ...]
    height: int
    width: int
    layout: Literal["NCHW", "NHWC"]
    color: Literal["RGB", "BGR", "GRAY"]
    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]
    resize: Literal["crop", "stretch", "pad"]
    softmax: bool
    assumed: bool
    result: ImageResult = "classification"
    head: Head | None = None
    map: Map | None = None
    crop: tuple[int, int] | None = None
    standardise: bool = False
    tiles: bool = False
    top: int | None = None
    points: tuple[str, ...] = ()
    skeleton: tuple[tuple[int, int], ...] = ()
    sigmoid: bool = False
    pair: bool = False
    names: tuple[str, ...] = ()
    writer: Writer | None = None
    language: Language | None = None
    matching: Matching | None = None
    prompted: Prompted | None = None
    fit: Fit | None = None
    pool: Literal["", "first", "tokens", "map"] = ""
    drawn: Pad | None = None

    @property
    def scores(self) -> str | None:
        """The output that has a score for each class."""
        return self.outputs[0] if self.result == "classification" and not self.pair else None

    @property
    def planes(self) -> bool:
        """Whether the classes of pixels are chosen where their scores are as fine as the picture."""
        found = self.map
        scored = found is not None and found.classes > 1 and not found.numbers
        return self.result == "segmentation" and self.fit is not None and scored

    @property
    def brightness(self) -> bool:
        """Whether the model takes and gives grey pictures, whose colours can be put back."""
        return self.result == "image" and self.color == "GRAY"

    @property
    def channels(self) -> int:
        """1 or 3."""
        return 1 if self.color == "GRAY" else 3

    @property
    def formula(self) -> str:
        """The arithmetic in one line, for people."""
        span = f"({self.color} 0..255 / {self.scale:g} - {list(self.mean)}) / {list(self.std)}"
        cut = f", of it the middle {self.crop[1]} x {self.crop[0]}" if self.crop else ""
        own = ", less its own mean and divided by its own deviation" if self.standardise else ""
        if self.fit is not None:
            return f"{fits.told(self.fit)}, {span}{own}, {self.layout}"
        return f"{self.resize} to {self.width} x {self.height}{cut}, {span}{own}, {self.layout}"
