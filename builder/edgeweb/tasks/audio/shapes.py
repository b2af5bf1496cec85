"""How windows of a sound lie in a model's input: as samples, or as features in frames."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from edgeweb.errors import ConfigError
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.audio import spectra
from edgeweb.tasks.audio.settings import AudioConfig
from edgeweb.tasks.audio.spectra import Features

# A window of fewer samples is more likely a state.
_LEAST_WINDOW = 32
# Time and bins.
_WITH_CHANNEL = 2


@dataclass(frozen=True)
class Shape:
    """How windows lie in the input: `length` samples become `dims`, with the bins of a frame before its time or
    after. `own`: the dimensions for a sound of any length, where the input takes one: 0 as they are, -1 what is left.
    """

    length: int
    dims: list[int]
    features: Features | None
    transposed: bool
    batched: bool
    free: bool
    own: list[int] | None = None


def features(asked: AudioConfig) -> Features | None:
    """What `[audio]` says of features; None for a waveform. ConfigError where it contradicts itself."""
    if asked.features == "waveform":
        return None
    found = spectra.usual(asked.like, asked.features, asked.rate or 0, asked.n_fft, asked.win_length)
    keys = {field.name for field in msgspec.structs.fields(AudioConfig)} & set(Features.__dataclass_fields__)
    given = {key: getattr(asked, key) for key in keys - {"rate", "n_fft", "win_length"}}
    found = replace(found, fixed=asked.frames, **{key: value for key, value in given.items() if value is not None})
    if found.win_length > found.n_fft:
        raise ConfigError(
            "[audio] has a win-length above n-fft",
            f"{found.win_length} samples do not fit {found.n_fft}",
            "Correct one of them",
        )
    if not found.fmin < found.fmax <= found.rate / 2:
        raise ConfigError(
            f"[audio] asks for bands from {found.fmin:g} to {found.fmax:g} Hz",
            f"a sound of {found.rate} samples a second has 0 to {found.rate / 2:g}",
            "Correct fmin, fmax or rate",
        )
    if found.kind == "mfcc" and found.n_mfcc > found.n_mels:
        raise ConfigError(
            "[audio] has more n-mfcc than n-mels",
            f"{found.n_mfcc} cannot be made of {found.n_mels}",
            "Correct one of them",
        )
    return found


def fits(info: TensorInfo, asked: AudioConfig, features: Features | None) -> bool:
    """Whether an input could take the sound, by its shape."""
    try:
        found = shape_of(info, asked, features)
    except ConfigError:
        return False
    return isinstance(found, Shape) and (features is not None or found.length >= _LEAST_WINDOW)


def shape_of(info: TensorInfo, asked: AudioConfig, features: Features | None) -> Shape | str:
    """What the input's shape says of windows, with what the configuration says."""
    if info.shape is None or len(info.shape) < 1:
        return f'input "{info.name}" has no known shape'
    batched = len(info.shape) > 1
    first, *rest = info.shape if batched else [1, *info.shape]
    if isinstance(first, int) and first != 1:
        return f'input "{info.name}" takes {first} windows at once'
    free = batched and not isinstance(first, int)
    found = _waveform(info, rest, asked) if features is None else _framed(info, rest, asked, features)
    if isinstance(found, str):
        return found
    length, sizes, transposed = found
    dims = [-1, *sizes] if batched else sizes
    own = _own(rest, dims, batched) if features is None else _framed_own(rest, dims, transposed, features)
    own = dims if asked.fill else own
    return Shape(length, dims, features, transposed, batched, free, own)


def _own(rest: Sequence[int | str | None], dims: list[int], batched: bool) -> list[int] | None:
    """For a whole sound: samples where one axis is open."""
    if sum(not isinstance(dim, int) for dim in rest) != 1:
        return None
    return [*([0] if batched else []), *(dim if isinstance(dim, int) else -1 for dim in rest)]


def _framed_own(
    rest: Sequence[int | str | None], dims: list[int], transposed: bool, features: Features
) -> list[int] | None:
    """For a whole sound: features of a fixed number of frames, or of any where that axis is open."""
    if features.fixed is not None:
        return dims
    if len(rest) != 2 or len(dims) != 3 or isinstance(rest[1 if transposed else 0], int):
        return None
    return [0, features.bins, -1] if transposed else [0, -1, features.bins]


_Found = tuple[int, list[int], bool] | str


def _waveform(info: TensorInfo, rest: Sequence[int | str | None], asked: AudioConfig) -> _Found:
    if sum(dim != 1 for dim in rest) > 1:
        return f'input "{info.name}" has several axes beside the windows, samples have one'
    length = None if asked.window is None else asked.window + asked.context
    known = math.prod(dim for dim in rest if isinstance(dim, int))
    free = [place for place, dim in enumerate(rest) if not isinstance(dim, int)]
    if free and length is None:
        return f'input "{info.name}" takes any number of samples: say with window in [audio] how many at once'
    if not free and length is not None and length != known:
        raise ConfigError(
            f"[audio] has windows of {length} samples",
            f'input "{info.name}" takes {known}',
            "Correct window or context",
        )
    sizes = [
        dim if isinstance(dim, int) else (length or 0) // known if place == free[-1] else 1
        for place, dim in enumerate(rest)
    ]
    return (length or known), sizes, False


def _framed(info: TensorInfo, rest: Sequence[int | str | None], asked: AudioConfig, spec: Features) -> _Found:
    """Frames and bins among the axes of the input, in either order, or as one row."""
    length = None if asked.window is None else asked.window + asked.context
    if len(rest) > _WITH_CHANNEL and not isinstance(rest[0], int):
        # An open axis more: there is one channel of sound.
        rest = [1, *rest[1:]]
    axes = [dim for dim in rest if dim != 1]
    frames = spec.fixed or (None if length is None else spec.frames(length))
    if len(axes) == 2:
        later = axes[0] == spec.bins and (asked.layout == "bins-first" or axes[1] != spec.bins)
        transposed = asked.layout == "bins-first" if asked.layout else later
        time, bins = (axes[1], axes[0]) if transposed else (axes[0], axes[1])
    elif len(axes) <= 1:
        size = axes[0] if axes else 1
        time, bins = (size // spec.bins, spec.bins) if isinstance(size, int) and size % spec.bins == 0 else (None, size)
        transposed = asked.layout == "bins-first"
    else:
        return f'input "{info.name}" has {len(axes)} axes, features have time and bins'
    if isinstance(bins, int) and bins != spec.bins:
        name = "n-mfcc" if spec.kind == "mfcc" else "n-fft" if spec.kind == "spectrum" else "n-mels"
        raise ConfigError(
            f"[audio] makes {spec.bins} values a frame",
            f'input "{info.name}" takes {list(info.shape or [])}',
            f"Correct {name} or layout",
        )
    wanted = time if isinstance(time, int) else frames
    if wanted is None:
        return f'input "{info.name}" takes any number of frames: say with window in [audio] how many samples at once'
    if frames is not None and frames != wanted:
        raise ConfigError(
            f"[audio] has windows of {length} samples",
            f'they make {frames} frames, and input "{info.name}" takes {wanted}',
            "Correct window, hop-length, center or frames",
        )
    left = [spec.bins, wanted] if transposed else [wanted, spec.bins]
    sizes = [1 if dim == 1 else left.pop(0) if len(axes) == 2 else spec.bins * wanted for dim in rest]
    return length or spec.samples(wanted), sizes, transposed
