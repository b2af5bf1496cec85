"""Whether what config.json says of a model can be true of a graph: names, ranks and widths of what comes out of it.

Only what contradicts is told: a graph that calls its outputs in ways of its own may be anything's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from edgeweb.read import architectures

Dims = Sequence[int | str | None]
Outputs = Mapping[str, Dims]

# By the export's task, how many dimensions the scores have.
_RANKS = {
    "text-classification": 2, "image-classification": 2, "audio-classification": 2, "multiple-choice": 2,
    "token-classification": 3, "fill-mask": 3, "text-generation-with-past": 3, "text2text-generation-with-past": 3,
    "automatic-speech-recognition": 3, "automatic-speech-recognition-with-past": 3, "image-to-text-with-past": 3,
    "object-detection": 3, "audio-frame-classification": 3, "semantic-segmentation": 4,
}  # fmt: skip
_SCORES = "logits"
# What comes out besides, or instead; of several in one text any will do.
_GIVES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_RANKS, (_SCORES,)),
    "question-answering": ("start_logits", "end_logits"),
    "object-detection": (_SCORES, "pred_boxes"),
    "depth-estimation": ("predicted_depth",),
    "image-to-image": ("reconstruction",),
    "image-segmentation": ("logits pred_masks masks_queries_logits",),
    "zero-shot-image-classification": ("logits_per_image",),
    "text-to-audio": ("waveform spectrogram logits",),
}
# What only a model of one of these tasks gives: features come out of any, where somebody has exported these alone.
_HEADS = frozenset((
    _SCORES, "start_logits", "end_logits", "pred_boxes", "predicted_depth", "reconstruction", "logits_per_image",
    "masks_queries_logits", "waveform",
))  # fmt: skip
_CLASSES = frozenset((
    "text-classification", "token-classification", "image-classification", "audio-classification", "object-detection",
    "audio-frame-classification",
))  # fmt: skip
_WORDS = frozenset((
    "fill-mask", "text-generation-with-past", "text2text-generation-with-past", "automatic-speech-recognition",
    "automatic-speech-recognition-with-past", "image-to-text-with-past",
))  # fmt: skip
_VECTORS = "last_hidden_state"
_WIDTH = re.compile(r"hidden|embd|embed|latents|(^|_)d?_?(dim|model|size)$")
_HEADED, _LAYERED = re.compile(r"head|kv"), re.compile(r"layer|depth|block")
# Where these stand, not every layer keeps something.
_MIXED = re.compile(r"shared|layer_types|layers_block_type|attn_layer|hybrid|pattern")
_KEPT = re.compile(r"(?:past_key_values|present)\.(\d+)\.(?:decoder\.)?key$")


def doubt(config: Mapping[str, Any], outputs: Outputs) -> str:
    """What of the class in config.json cannot be true of such outputs, in words; empty where all may be."""
    task, name = architectures.task_of(config), next(iter(architectures.classes(config)), "")
    return (task and (_missing(task, name, outputs) or _odd(task, name, config, outputs))) or ""


def unknown(config: Mapping[str, Any]) -> str:
    """The class in config.json, where nothing is known of it; empty where it is known, or none is named."""
    names = architectures.classes(config)
    return names[0] if names and names[0] and architectures.task_of(config) is None else ""


def vectors(config: Mapping[str, Any], outputs: Outputs) -> str:
    """That vectors are not as wide as any that config.json speaks of; empty where they are, or it speaks of none."""
    dims, known = outputs.get(_VECTORS, ()), set(_numbers(config, _WIDTH))
    width = dims[2] if len(dims) == 3 else None
    if not isinstance(width, int) or not known or width in known:
        return ""
    return f'it knows no vectors of {width} numbers, as "{_VECTORS}" gives'


def kept(config: Mapping[str, Any], given: Outputs) -> str:
    """That config.json has other layers, or other heads, than what a decoder keeps shows; `given`: inputs or outputs.

    Caches of other forms than keys of [batch, heads, tokens, size] say nothing here.
    """
    caches = {int(found[1]): dims for name, dims in given.items() if (found := _KEPT.search(name)) and len(dims) == 4}
    layers, heads = set(_numbers(config, _LAYERED)), set(_numbers(config, _HEADED))
    count = len(caches)
    mixed = any(_MIXED.search(key) for key in _keys(config))
    if caches and layers and (count > max(layers) or (count not in layers and not mixed)):
        return f"it knows no {count} layers, as are kept"
    widths = {dims[1] for dims in caches.values() if isinstance(dims[1], int)}
    odd = min(widths - heads, default=None) if heads else None
    return "" if odd is None or odd == 1 else f"it knows no {odd} heads, as are kept"


def heard(config: Mapping[str, Any], inputs: Outputs) -> str:
    """That a model of samples is said to hear features, or the reverse; `inputs`: of the graph."""
    rank = len(inputs.get("input_values", ()))
    samples, bands = "conv_stride" in config, "num_mel_bins" in config
    if rank == 3 and samples and not bands:
        return 'it says that samples go in, and "input_values" takes frames of them'
    return 'it says that frames go in, and "input_values" takes samples' if rank == 2 and bands and not samples else ""


def words(config: Mapping[str, Any]) -> set[int]:
    """Every `vocab_size`: models of several parts have one for each."""
    return set(_numbers(config, re.compile("^vocab_size$")))


def labels(config: Mapping[str, Any]) -> int | None:
    """How many classes there are, as far as config.json says it."""
    ids = config.get("id2label")
    if isinstance(ids, Mapping):
        return len(ids)
    said = next((config[key] for key in ("num_labels", "_num_labels") if isinstance(config.get(key), int)), None)
    # Transformers leaves out what is as in every new configuration: two classes.
    return said or (2 if "transformers_version" in config else None)


def _missing(task: str, name: str, outputs: Outputs) -> str:
    """That what such a class gives is not there, and what another gives is."""
    other = sorted(_HEADS & outputs.keys())
    wanted = next((each for each in _GIVES.get(task, ()) if not set(each.split()) & outputs.keys()), None)
    if wanted is None or not other:
        return ""
    return f'it says {name}, which gives "{wanted.split()[0]}", and out come {", ".join(other[:3])}'


def _odd(task: str, name: str, config: Mapping[str, Any], outputs: Outputs) -> str:
    """That the scores have another form, or another number, than such a class gives."""
    dims, rank = outputs.get(_SCORES), _RANKS.get(task)
    if dims is None or rank is None:
        return ""
    if len(dims) != rank:
        return f'it says {name}, whose scores have {rank} dimensions, and "{_SCORES}" has {len(dims)}'
    width, count = dims[1] if rank == 4 else dims[-1], labels(config)
    if not isinstance(width, int):
        return ""
    if task in _WORDS:
        sizes = words(config)
        fits = not sizes or width in sizes
        return "" if fits else f'it says {name} with {max(sizes):,} tokens, and "{_SCORES}" has {width:,} numbers'
    # Of detectors one class may stand for nothing; one number may be that of the second of two classes.
    more = {1} if task == "object-detection" else set()
    fits = count is None or width - count in {0, *more} or (width, count) == (1, 2)
    if task not in {*_CLASSES, "semantic-segmentation"} or fits:
        return ""
    return f'it says {name} with {count} labels, and "{_SCORES}" has {width} numbers'


def _keys(config: Mapping[str, Any]) -> Iterator[str]:
    for key, value in config.items():
        yield key
        if isinstance(value, Mapping):
            yield from _keys(value)


def _numbers(config: Mapping[str, Any], pattern: re.Pattern[str]) -> Iterator[int]:
    """Whole numbers above 0 by such keys, of parts too."""
    for key, value in config.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, pattern)
        elif pattern.search(key):
            listed = value if isinstance(value, list) else [value]
            yield from (each for each in listed if isinstance(each, int) and not isinstance(each, bool) and each > 0)
