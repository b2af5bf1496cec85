"""The tokenizer and the settings of a text model, out of the Hugging Face files that lie beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.read import genai, intake, neighbours
from edgeweb.schema.language import Pair
from edgeweb.tasks.language import characters, marian, pairs, sentences, slim, vocabulary
from edgeweb.tasks.text.settings import TextConfig

_MAX_BYTES = 64 << 20
_HINT = "Give a tokenizer.json, or a vocab.txt"
# Where nothing says how many tokens a model takes at once.
_LIMIT = 512
# A tokenizer_config.json without a limit says 1e30.
_NO_LIMIT = 1_000_000
_POSITIONS = (
    "max_encoder_position_embeddings", "max_position_embeddings", "n_positions", "n_ctx", "max_sequence_length",
    "seq_length",
)  # fmt: skip
# Their positions begin behind that of the padding, which is the token's id; of MPNet's always 1.
_BEHIND_PADDING = frozenset((
    "roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "longformer", "mpnet", "data2vec-text", "ibert", "esm",
    "xmod", "roberta-prelayernorm", "luke", "markuplm", "layoutlmv3", "lilt",
))  # fmt: skip
_PROBE = "A house, and 2 trees."
# What no vocabulary has whole: a piece for unknown words may be named and missing.
_UNKNOWN = "\U0001f9ff\u16a0 qzxjvk"


@dataclass(frozen=True)
class Language:
    """A tokenizer, and what the files beside it say of the model.

    `slim`: what ships, as JSON: the tokenizer without what only training needs. `before`, `after`: the ids around
    every text; `pair`: around two. `limit`: ids in one text, those included. `words`: of the
    vocabulary. `mask`: the token for a blank, and its id. `pooled`: who says the `pooling`, "" where it is the usual
    one. `config`, `generation`: of config.json and generation_config.json. `template`: of a chat, as Jinja. `prompt`:
    before every text of which a vector is made; `behind`: the layer after the pooling, that no graph has. `codes`:
    further special tokens; `spoken`: those of the language that is read, and of the one that is written.
    """

    source: str
    slim: bytes
    tokenizer: Any
    before: tuple[int, ...]
    after: tuple[int, ...]
    pad: int
    limit: int
    words: int
    mask: tuple[str, int] | None
    pooling: str
    config: Mapping[str, Any]
    generation: Mapping[str, Any]
    specials: Mapping[str, str]
    template: str | None
    pooled: Literal["user", "file", ""] = ""
    pair: Pair | None = None
    spaced: bool = False
    prompt: str = ""
    behind: str = ""
    codes: tuple[str, ...] = ()
    spoken: tuple[str | None, str | None] = (None, None)

    @property
    def architecture(self) -> str:
        """The class of the model, such as BertForMaskedLM; empty when unknown."""
        found = self.config.get("architectures")
        return str(found[0]) if isinstance(found, list) and found else ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes' names by their number."""
        names = self.config.get("id2label")
        if not isinstance(names, dict) or not all(str(key).isdigit() for key in names):
            return ()
        by_number = {int(key): str(value) for key, value in names.items()}
        return tuple(by_number[i] for i in range(len(by_number)) if i in by_number)

    @property
    def pieces(self) -> str | None:
        """What stands before the pieces that go on with a word, where the vocabulary tells them so."""
        return slim.pieces(self.slim)

    def ids(self, text: str, limit: int | None = None) -> list[int]:
        """The ids of a text, with those around it, cut to the limit."""
        most = (limit or self.limit) - len(self.before) - len(self.after)
        return [*self.before, *self.inner(text)[: max(0, most)], *self.after]

    def both(self, first: str, second: str, limit: int | None = None) -> tuple[list[int], list[int]]:
        """The ids of two texts, and the types of these; of the longer one the end is left out."""
        pair = self.pair or Pair()
        return pairs.joined(pair, self.inner(first), self.inner(second), limit or self.limit, "longest")

    def inner(self, text: str) -> list[int]:
        """The ids of the text alone."""
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def id_of(self, token: str | None) -> int | None:
        """The id of a token that is in the vocabulary."""
        return None if token is None else self.tokenizer.token_to_id(token)


def find(model: Path, settings: Config, base: Path) -> Language | None:
    """The tokenizer that the configuration names, or that lies beside the model; None where there is none.

    In the layout of the Hugging Face Hub the model lies in a folder `onnx` of the one with the tokenizer.

    Raises:
        ConfigError: what is named, or is there, cannot be used.
    """
    text = settings.text
    if text.tokenizer is not None:
        path = base / text.tokenizer
        if path.is_dir():
            return _in([path], text, asked=path)
        return _from(path, [path.parent, *folders(model)], text)
    return _in(folders(model), text, None)


def folders(model: Path) -> list[Path]:
    """Where files that speak of a model lie."""
    """Where the files beside a model may lie."""
    beside = model.parent.resolve()
    return [beside, beside.parent] if beside.name == "onnx" else [beside]


def _in(folders: Sequence[Path], text: TextConfig, asked: Path | None) -> Language | None:
    for name in ("tokenizer.json", "vocab.txt", neighbours.PIECES, neighbours.CHARACTERS):
        for folder in folders:
            if (folder / name).is_file():
                return _from(folder / name, folders, text)
    if asked is not None:
        raise ConfigError(
            f"{asked} has no tokenizer", "neither tokenizer.json nor vocab.txt is in it", "Correct the path"
        )
    return None


def _from(path: Path, folders: Sequence[Path], text: TextConfig) -> Language:
    try:
        import tokenizers
    except ImportError as error:
        raise ConfigError(
            f"{path} cannot be read", "the package tokenizers is not installed", "Run: pip install tokenizers"
        ) from error
    config, generation = _settings(folders)
    about = intake.json_hint(folders, "tokenizer_config.json")
    specials = _specials(about, intake.json_hint(folders, "special_tokens_map.json"))
    named = path.name.endswith(".txt")
    if path.name == neighbours.PIECES:
        whole = marian.whole(path)
    elif path.name == neighbours.CHARACTERS:
        whole = characters.whole(path, about, intake.json_hint(folders, "added_tokens.json"))
    else:
        whole = vocabulary.whole(path, config, about) if named else intake.json_object(path, _HINT, _MAX_BYTES)
    given = whole.get("truncation")
    truncation = given.get("max_length") if isinstance(given, dict) else None
    whole = {**whole, "truncation": None, "padding": None}
    bare = {**whole, "post_processor": None}
    try:
        full, inner = (tokenizers.Tokenizer.from_str(json.dumps(each)) for each in (whole, bare))
        before, after = _around(full.encode(_PROBE).ids, inner.encode(_PROBE).ids)
        inner.encode(_UNKNOWN)
        pair = pairs.found(full, full.token_to_id(specials.get("cls_token", "")), typed=_typed(about))
    except Exception as error:
        # The library raises Exception itself.
        raise ConfigError(
            f"{path} is not a tokenizer that can be used", str(error), "Save it with tokenizer.save_pretrained()"
        ) from error
    mask, pooling = specials.get("mask_token"), sentences.pooling(folders)
    mask_id = None if mask is None else inner.token_to_id(mask)
    pad = inner.token_to_id(specials["pad_token"]) if "pad_token" in specials else None
    return Language(
        source=path.name, tokenizer=inner, before=before, after=after,
        slim=_slim(path, bare, specials, about),
        pad=pad if pad is not None else _number(config.get("pad_token_id")) or 0,
        limit=_limit(text, config, about, intake.json_hint(folders, "sentence_bert_config.json"), truncation),
        words=inner.get_vocab_size(), mask=(mask, mask_id) if mask is not None and mask_id is not None else None,
        pooling=text.pooling or pooling or "mean", pooled="user" if text.pooling else "file" if pooling else "",
        config=config, specials=specials, generation=generation, template=_template(folders, about),
        pair=pair, spaced=pairs.spaced(full), prompt=sentences.prompt(folders), behind=sentences.behind(folders),
        codes=_codes(about, intake.json_hint(folders, "special_tokens_map.json")),
        spoken=(_text(about.get("src_lang")), _text(about.get("tgt_lang"))),
    )  # fmt: skip


def _settings(folders: Sequence[Path]) -> tuple[dict[str, Any], dict[str, Any]]:
    """config.json and generation_config.json; where neither is there what onnxruntime-genai says instead."""
    config, generation = (intake.json_hint(folders, name) for name in ("config.json", "generation_config.json"))
    other = next((folder for folder in folders if (folder / genai.NAME).is_file()), None)
    return (config, generation) if config or generation or other is None else genai.as_config(other)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _specials(*files: Mapping[str, Any]) -> dict[str, str]:
    """Special tokens by their names, which are texts or objects with one."""
    found: dict[str, str] = {}
    for file in reversed(files):
        for key, value in file.items():
            content = value.get("content") if isinstance(value, dict) else value
            if key.endswith("_token") and isinstance(content, str):
                found[key] = content
    return found


def _codes(*files: Mapping[str, Any]) -> tuple[str, ...]:
    """The special tokens without a name of their own, by any of the files."""
    found = next((each for file in files if isinstance(each := file.get("additional_special_tokens"), list)), [])
    texts = (each.get("content") if isinstance(each, dict) else each for each in found)
    return tuple(each for each in texts if isinstance(each, str))


def _typed(about: Mapping[str, Any]) -> bool:
    """Whether transformers' tokenizer gives types; without them a model takes all for 0."""
    names = about.get("model_input_names")
    return not isinstance(names, list) or "token_type_ids" in names


def _around(full: Sequence[int], inner: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What stands before and after a text."""
    for start in range(len(full) - len(inner) + 1):
        if list(full[start : start + len(inner)]) == list(inner):
            return tuple(full[:start]), tuple(full[start + len(inner) :])
    raise ValueError("its special tokens do not stand around the text")


def _slim(path: Path, bare: Mapping[str, Any], specials: Mapping[str, str], about: Mapping[str, Any]) -> bytes:
    """What ships; ConfigError where no browser's tokenizer does the same."""
    try:
        return slim.made(bare, specials.get("eos_token"), cleans=about.get("clean_up_tokenization_spaces") is True)
    except ValueError as error:
        raise ConfigError(f"{path} is not a tokenizer that can be used", str(error), _HINT) from error


def _limit(
    text: TextConfig, config: Mapping[str, Any], about: Mapping[str, Any], sentences: Mapping[str, Any], cut: object
) -> int:
    """How many ids the model takes: what the user says, otherwise the lowest that the files say."""
    if text.max_tokens is not None:
        return text.max_tokens
    encoder = config.get("encoder")
    config = encoder if isinstance(encoder, dict) else config
    positions = next((found for key in _POSITIONS if (found := _number(config.get(key)))), None)
    said = [
        positions - places_before(config) if positions else None,
        _number(about.get("model_max_length")),
        _number(sentences.get("max_seq_length")),
    ]
    known = [each for each in said if each and each < _NO_LIMIT]
    return min(known) if known else _number(cut) or _LIMIT


def places_before(config: Mapping[str, Any]) -> int:
    """So many positions of a model come before that of a text's first token."""
    kind = str(config.get("model_type", ""))
    padding = _number(config.get("pad_token_id")) if kind != "mpnet" else None
    return 0 if kind not in _BEHIND_PADDING else 2 if padding is None else padding + 1


def _template(folders: Sequence[Path], about: Mapping[str, Any]) -> str | None:
    """The chat template, in a file of its own or in tokenizer_config.json; of several the default one."""
    for folder in folders:
        if (folder / "chat_template.jinja").is_file():
            return intake.text(folder / "chat_template.jinja", "Save the model's files again")
    found = about.get("chat_template")
    if isinstance(found, list):
        named = {each.get("name"): each.get("template") for each in found if isinstance(each, dict)}
        found = named.get("default")
    return found if isinstance(found, str) else None
