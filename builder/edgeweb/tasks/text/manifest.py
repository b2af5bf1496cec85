"""What `edgeweb.json` says of models that take texts."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edgeweb.schema.types import Base64, SitePath, Strict, TensorType


class TextState(Strict, frozen=True):
    """What a decoder keeps between tokens: an input, and the output that is fed to it next. `dims`: at the start."""

    input: str
    output: str
    type: TensorType
    dims: list[int]


class TextInputs(Strict, frozen=True):
    """The inputs of a model that reads token ids, int64 or int32 [1, tokens], by what they are.

    `mask`: 1 for each token that counts; `types`: 0 throughout; `positions`: 0, 1, 2, ... `length`: the model takes
    just so many tokens, and `pad` fills what a text leaves. `state`: what a decoder keeps; `branch`: a truth value
    that tells it whether there is some.
    """

    ids: str
    type: TensorType
    mask: str | None = None
    types: str | None = None
    positions: str | None = None
    length: int | None = None
    pad: int = 0
    branch: str | None = None
    state: list[TextState] = []


class TextCase(Strict, frozen=True):
    """A text and its ids, without those around it: what the browser's tokenizer must find as well."""

    text: str
    ids: list[int]


class Chat(Strict, frozen=True):
    """The texts around the messages of a conversation.

    `first` + question + `after` + (`opens` + answer + `next` + question + `after`) ... + `prompt`.
    """

    first: str
    after: str
    prompt: str
    opens: str
    next: str


class Sampling(Strict, frozen=True):
    """How the next token is chosen where a visitor does not say it; temperature 0 takes the likeliest."""

    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    max_tokens: int = 128


class TextPipeline(Strict, frozen=True):
    """How a text becomes the model's inputs, and its outputs the result.

    Without `inputs` the model takes the text itself, and `TabularPipeline` reads its outputs. `script` has the
    tokenizer's code, `tokenizer` its vocabulary; `cases` prove it. A text's ids stand between `before` and `after`, at
    most `limit` in all. `postprocess`, ONNX in base64: `raw` (`output`) and `mask` int64 [1, tokens] -> for a
    classification, and for values, `scores` [C]; for an embedding `vector` [D]; for a blank to fill, also from `places`
    int64 [1], the best `scores` and `classes` [K]; for spans `scores` and `classes` [tokens]. For a text there is none:
    the scores of the last token choose the next one, until it is one of `stops`. `blank`: the token to be filled, by
    text and id. `pieces`: words go on with this at the beginning of a token.
    """

    result: Literal["classification", "regression", "embedding", "fill", "spans", "text"]
    output: str
    script: SitePath | None = None
    tokenizer: SitePath | None = None
    cases: list[TextCase] = []
    inputs: TextInputs | None = None
    postprocess: Base64 | None = None
    before: list[int] = []
    after: list[int] = []
    limit: Annotated[int, msgspec.Meta(ge=1)] = 512
    blank: TextCase | None = None
    pieces: str | None = None
    stops: list[int] = []
    chat: Chat | None = None
    sampling: Sampling | None = None
    examples: list[str] = []
