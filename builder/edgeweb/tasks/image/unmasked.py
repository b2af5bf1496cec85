"""A second input that says which pixels are padding, taken into the graph: nothing of a visitor's picture is."""

from __future__ import annotations

from edgeweb.config import Config
from edgeweb.read.model import Model
from edgeweb.tasks import ones
from edgeweb.tasks.image import processors

# As transformers calls them: [pictures, channels, height, width], and [pictures, height, width].
_PIXELS, _MASK = "pixel_values", "pixel_mask"
_AXES = (0, 2, 3)


def step(model: Model, settings: Config) -> tuple[Model, list[str]]:
    """A model that takes the picture alone, of which each pixel counts; any other stays as it is."""
    inputs = ones.inputs(model.proto)
    if inputs.keys() != {_PIXELS, _MASK} or settings.hooks.file or _MASK in settings.input:
        return model, []
    if len(ones.dims(inputs[_MASK])) != 3 or len(ones.dims(inputs[_PIXELS])) != 4:
        return model, []
    fit = processors.fit(processors.of(model.path))
    if fit is not None and fit.pad == "zeros":
        return model, [f'"{_MASK}" stays an input: its processor pads pictures, which the mask would have to tell']
    note = f'"{_MASK}" is made in the graph: a page pads no picture, so all of it counts'
    return ones.folded(model, _PIXELS, _MASK, _AXES), [note]
