"""What `edgeweb.json` says of token ids: how texts become them, which inputs take them, how a model writes them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from edgeweb.schema.site import ModelName
from edgeweb.schema.types import Base64, SitePath, Strict, TensorType


class TextState(Strict, frozen=True):
    """What a decoder keeps between tokens: an input, and the output that is fed to it next. `dims`: at the start.

    `once`: of what was read, which does not change: only the first run gives it.
    """

    input: str
    output: str
    type: TensorType
    dims: list[int]
    once: bool = False


class TextInputs(Strict, frozen=True):
    """The inputs of a model that reads token ids, int64 or int32 [1, tokens], by what they are.

    `mask`: 1 for each token that counts; `types`: 0 but for those of a second text, 1; `positions`: 0, 1, 2, ...
    `length`: the model takes just so many tokens, and `pad` fills what a text leaves. `state`: what a decoder keeps;
    `branch`: a truth value that tells it whether there is some.
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


class Around(Strict, frozen=True):
    """The texts before and after a system prompt."""

    before: str
    after: str


class Mark(Strict, frozen=True):
    """The `text` for a picture, in front of `before`, which is the end of what opens every question."""

    text: str
    before: str


class Chat(Strict, frozen=True):
    """The texts around the messages of a conversation.

    `first` + question + `after` + (`opens` + answer + `next` + question + `after`) ... + `prompt`. A system prompt and
    the texts of `system` stand in place of `first`; without `system` the model knows none. `trims`: whose messages lose
    the spaces around them. `picture`: what stands for one that comes with a question.
    """

    first: str
    after: str
    prompt: str
    opens: str
    next: str
    system: Around | None = None
    trims: list[Literal["system", "user", "assistant"]] = []
    picture: Mark | None = None


class Sampling(Strict, frozen=True):
    """How the next token is chosen where a visitor does not say it; temperature 0 takes the likeliest.

    `beams`: so many beginnings are followed at once, and nothing is drawn. `repetition_penalty`, `no_repeat_ngrams`,
    `length_penalty`, `early_stopping`, and `min_p` as transformers' generation_config.json has them; `read_`: of what
    was read, as with `encoder_` there, which a penalty above 1 makes likelier. So many tokens as
    `min_tokens` are written before an end counts, or so many that there are `min_length` with what was read; where
    nobody asks for a number, at most `max_tokens`, or so many that there are `max_length` with what was read.
    """

    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    max_tokens: int = 256
    max_length: int | None = None
    min_tokens: int = 0
    min_length: int = 0
    beams: int = 1
    repetition_penalty: float = 1.0
    no_repeat_ngrams: int = 0
    read_repetition_penalty: float = 1.0
    read_no_repeat_ngrams: int = 0
    length_penalty: float = 1.0
    early_stopping: bool | Literal["never"] = False


class Pair(Strict, frozen=True):
    """What stands around and between the ids of two texts; `types`: of the model's input of that name, in the order
    `before`, the first text, `between`, the second, `after`; empty: all 0.

    `whole`: the token that stands for both texts, where there is one.
    """

    before: list[int] = []
    between: list[int] = []
    after: list[int] = []
    types: list[int] = []
    whole: int | None = None


class Tokenizer(Strict, frozen=True):
    """How texts become token ids. `script` has the code for it, `file` the vocabulary; `cases` prove it.

    A text's ids stand between `before` and `after`, at most `limit` in all; those of two as `pair` says. `pieces`:
    words go on with this at the beginning of a token. `unknown`: the token for what the vocabulary lacks. `spaced`: a
    token's place in the text begins with the space before it.
    """

    script: SitePath
    file: SitePath
    cases: list[TextCase] = []
    before: list[int] = []
    after: list[int] = []
    limit: Annotated[int, msgspec.Meta(ge=1)] = 512
    pieces: str | None = None
    pair: Pair | None = None
    unknown: int | None = None
    spaced: bool = False


class Crossing(Strict, frozen=True):
    """An input of what writes that is an output of what reads; without an `output` it is 1 for each that was read."""

    input: str
    output: str | None = None


class Forced(Strict, frozen=True):
    """The token that stands at a place of what is written, counted from 0 with those of `Writer.start`."""

    place: int
    id: int


class Asked(Strict, frozen=True):
    """How something is asked about what was read: the question, between the texts of `question`, begins what is
    written. The answer is what stands there between the first text of `answer` and the last one behind it.
    """

    question: Around
    answer: Around


class Seeing(Strict, frozen=True):
    """How a model that writes reads vectors in place of token ids, and what is seen among them.

    The further `model` makes the vectors of `ids`, as `output`; they are fed to the writer as what its inputs call ids.
    At each place of the id `token` stands one of the vectors [..., places, width] that the site's own model gives as
    `seen`: a prompt has it once, and it is repeated. `before`: the ids before a whole prompt.
    """

    model: ModelName
    ids: str
    output: str
    seen: str
    token: int
    before: list[int] = []


class Writer(Strict, frozen=True):
    """How a model writes token ids, one after the other.

    `model`: which of the site's `models` scores the next token; None: the first one. `output`: these. `crossing`:
    what it is fed of the model that reads, at every step. It begins with `start` (behind what was asked, where it reads
    that itself), and ends with one of `stops`, or at `limit` tokens in all. `suppress`: tokens that are never written,
    `suppress_first`: nor as the first one; `banned`: sequences that are never whole; `forced_end`: the token at the
    last place. `asked`: a question begins what is written, in place of `start`. `system`: what a chat is told first,
    where the visitor says nothing else; `stop`: texts at which an answer ends. `seeing`: of a model that is shown
    something.
    """

    inputs: TextInputs
    output: str
    model: ModelName | None = None
    crossing: list[Crossing] = []
    start: list[int] = []
    stops: list[int] = []
    limit: Annotated[int, msgspec.Meta(ge=1)] = 512
    pad: int = 0
    sampling: Sampling = Sampling()
    suppress: list[int] = []
    suppress_first: list[int] = []
    forced: list[Forced] = []
    forced_end: int | None = None
    banned: list[list[int]] = []
    asked: Asked | None = None
    system: str | None = None
    stop: list[str] = []
    chat: Chat | None = None
    seeing: Seeing | None = None


class Matching(Strict, frozen=True):
    """How labels that a visitor writes are held against what the site's own model gives of a picture or a sound.

    Each stands in the sentence `template`, at {}; the further `model` reads it and gives `output`. `head`, ONNX in
    base64: `own` [1, D], the one output of the site's own model, and `texts` [N, D] -> `scores` [N].
    Where it tells of places, each label for itself, `head` takes outputs of both by their names, the site's own model's
    `given` and the further one's `reads`, and gives `output`, as if one model had made it of both.
    """

    model: ModelName
    inputs: TextInputs
    output: str
    head: Base64
    template: str
    given: list[str] = []
    reads: list[str] = []
