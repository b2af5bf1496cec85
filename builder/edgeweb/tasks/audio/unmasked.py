"""A second input that says how long a sound is, taken into the graph: nothing of a visitor's sound is padding."""

from __future__ import annotations

from edgeweb.config import Config
from edgeweb.read.folder import role
from edgeweb.read.model import Model
from edgeweb.tasks import ones

# As transformers calls them: [sounds, samples] or [sounds, frames, bins], and [sounds, samples or frames].
_SOUNDS, MASK = ("input_values", "input_features"), "attention_mask"
_AXES = (0, 1)
# Whose decoder lies beside it.
_ENCODERS = ("encoder_model", "encoder", "audio_encoder")


def step(model: Model, settings: Config) -> tuple[Model, list[str]]:
    """A model that takes the sound alone, of which all counts; an encoder gives what its decoder is told of that. Any
    other stays as it is.
    """
    inputs = ones.inputs(model.proto)
    data = next((name for name in _SOUNDS if inputs.keys() == {name, MASK}), None)
    if data is None or settings.audio is None or settings.hooks.file or MASK in settings.audio.constants:
        return model, []
    if len(ones.dims(inputs[MASK])) != len(_AXES):
        return model, []
    note = f'"{MASK}" is made in the graph: a page fills up no sound, so all of it counts'
    return ones.folded(model, data, MASK, _AXES, gives=role(model.path)[0] in _ENCODERS), [note]
