"""What `edgeweb.json` says of models that take texts."""

from __future__ import annotations

from typing import Literal

from edgeweb.schema.language import TextCase, TextInputs
from edgeweb.schema.types import Base64, Strict


class Languages(Strict, frozen=True):
    """The tokens that name languages, with their ids. `source`: which of them stands around a text where nobody says
    another; `target`: which is written.
    """

    ids: dict[str, int]
    source: str | None = None
    target: str | None = None


class TextPipeline(Strict, frozen=True):
    """How a text becomes the model's inputs, and its outputs the result.

    Without `inputs` the model takes the text itself, and `TabularPipeline` reads its outputs. `postprocess`, ONNX in
    base64: `raw` (`output`) and `mask` int64 [1, tokens] -> for a classification, and for values, `scores` [C]; for an
    embedding `vector` [D]; for a blank to fill, also from `places` int64 [1], the best `scores` and `classes` [K]; for
    spans `scores` and `classes` [tokens]. For a text there is none: the manifest's `writer` writes it; nor for answers:
    the worker finds them in `output`, logits of where they begin [1, tokens], and `ends`, of where they end. `blank`:
    the token to be filled, by text and id. `prompt`: before every text of which a vector is made, or about
    which something is written; `languages`: of a model that reads or writes in several. `entails`: the class
    that says that one text follows from another; labels are put into `template` to be such texts.
    """

    result: Literal["classification", "regression", "embedding", "fill", "spans", "text", "answers"]
    output: str
    ends: str | None = None
    entails: int | None = None
    template: str | None = None
    prompt: str = ""
    inputs: TextInputs | None = None
    postprocess: Base64 | None = None
    blank: TextCase | None = None
    languages: Languages | None = None
    examples: list[str] = []
