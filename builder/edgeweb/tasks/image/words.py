"""What an output's name says it is: whole words alone, of which the last one counts."""

from __future__ import annotations

from collections.abc import Sequence

from edgeweb.tasks import words

# What stands behind the word that is meant.
_FILLERS = {"out", "output", "outputs", "map", "maps", "pred", "prediction", "predictions", "result", "final"}
# Who calls an output so means something that boxes, or a vector, are made of, or that scores are.
_RAW = {
    "raw", "delta", "deltas", "anchor", "anchors", "proposal", "proposals", "objectness", "offset", "offsets",
    "encoded", "encoding", "encodings", "rpn", "roi", "rois", "prior", "priors", "relation", "relations", "reg",
}  # fmt: skip
_SCORED = {"class", "classes", "cls", "logit", "logits", "score", "scores", "prob", "probs", "label", "labels", "box",
           "boxes", "bbox", "pos", "position"}  # fmt: skip


def of(name: str) -> list[str]:
    """The words behind the last slash: exporters put the path of a layer before it."""
    return words.of(name.rstrip("/").rpartition("/")[2])


def last(name: str, wanted: Sequence[str]) -> bool:
    """Whether the output is called so, and not something made of it: a depth, but no `depth_to_space`."""
    found = [word for word in of(name) if len(word) > 1]
    while len(found) > 1 and found[-1] in _FILLERS:
        found.pop()
    return bool(found) and found[-1] in wanted


def boxes(name: str) -> bool:
    """Whether they are boxes as they lie in the picture."""
    return last(name, ("box", "boxes", "bbox", "bboxes")) and not _RAW & set(of(name))


def scores(name: str) -> bool:
    """Whether they are scores of such boxes."""
    wanted = ("score", "scores", "confidence", "confidences", "conf", "prob", "probs", "probabilities", "logits")
    return last(name, wanted) and not _RAW & set(of(name))


def depth(name: str) -> bool:
    """Whether it is how far things are, or the reverse of it."""
    return last(name, ("depth", "depths", "disparity", "disparities", "disp"))


def mask(name: str) -> bool:
    """Whether it is where something is."""
    wanted = (
        "mask", "masks", "alpha", "matte", "matting", "seg", "segm", "segmentation", "fg", "foreground", "pha",
    )  # fmt: skip
    return last(name, wanted) and "attention" not in of(name)


def picture(name: str) -> bool:
    """Whether it is a picture again."""
    wanted = (
        "image", "images", "img", "imgs", "picture", "pictures", "photo", "rgb", "frame", "frames", "stylized",
        "stylised", "styled", "restored", "denoised", "enhanced", "reconstruction", "reconstructed", "recon",
        "upscaled", "dehazed", "deblurred", "colorized", "colourised",
    )  # fmt: skip
    found = of(name)
    return last(name, wanted) or ("super" in found and last(name, ("resolution",))) or last(name, ("superresolution",))


def embedding(name: str) -> bool:
    """Whether it is a vector that stands for the picture, and not what scores or boxes are made by."""
    found = of(name)
    vector = last(name, ("vector",)) and bool({"feature", "features"} & set(found))
    named = last(name, ("embed", "embeds", "embedding", "embeddings", "descriptor", "descriptors", "featurevector"))
    return (named or vector) and not _SCORED & set(found)
