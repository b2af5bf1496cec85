"""The tokenizer beside a model: where it is found, the ids that it gives, and what cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from edgeweb import recipe
from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.tasks.language import inputs, pairs
from edgeweb.tasks.language import tokenizer as language
from edgeweb.tasks.text.settings import TextConfig
from tiny import ROOT
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from worded import text_models

GOLDEN = ROOT / "tests" / "golden" / "tokens.json"


def found(model: Path, **settings: Any) -> language.Language:
    read = language.find(model, Config(text=TextConfig(**settings)), model.parent)
    assert read is not None
    return read


@pytest.mark.parametrize(
    ("content", "says"),
    [("{", "is not JSON"), ("[]", "holds no JSON object"), ("{}", "is not a tokenizer"), (None, "cannot be read")],
)
def test_a_tokenizer_that_is_none(content: str | None, says: str, tmp_path: Path) -> None:
    model = text_models.vectors(tmp_path)
    if content is not None:
        (tmp_path / "other.json").write_text(content)
    (tmp_path / "edgeweb.toml").write_text('[text]\ntokenizer = "other.json"\n')
    with pytest.raises(ConfigError, match=says):
        recipe.detect(model)


def test_what_lies_beside_a_model_may_be_of_another_program(tmp_path: Path) -> None:
    model = text_models.vectors(tmp_path)
    (tmp_path / "tokenizer.json").write_text('{"class_name": "Tokenizer", "config": {}}')
    _, plan = recipe.detect(model)
    assert plan.task == "tensors"
    assert "the tokenizer beside it cannot be used" in plan.reasons[0]


def test_a_tokenizer_of_another_place_and_a_limit(tmp_path: Path) -> None:
    model = text_models.vectors(tmp_path / "here")
    (tmp_path / "words").mkdir()
    (tmp_path / "here" / "tokenizer.json").rename(tmp_path / "words" / "tokenizer.json")
    for name in ("../words", "../words/tokenizer.json"):
        read = found(model, tokenizer=name, max_tokens=5)
        assert read.ids("the film was good and great") == [2, *read.inner("the film was"), 3]


def test_ids_are_those_of_the_whole_tokenizer(tmp_path: Path) -> None:
    model = text_models.tagger(tmp_path)
    whole = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    whole.enable_padding(length=32)
    whole.enable_truncation(4)
    whole.save(str(tmp_path / "tokenizer.json"))
    whole.no_padding()
    whole.no_truncation()
    read = found(model)
    assert read.ids("Angela lives in New York.") == whole.encode("Angela lives in New York.").ids


def test_a_vocabulary_alone_gives_the_same_ids(tmp_path: Path) -> None:
    text_models.sentiment(tmp_path / "a")
    listed = found(tmp_path / "a" / "onnx" / "model.onnx")
    whole = found(text_models.vectors(tmp_path / "b"))
    assert listed.source == "vocab.txt"
    for text in (*inputs.PROOFS, "The Café was GREAT!"):
        assert listed.ids(text) == whole.ids(text)


def small_tokenizers() -> dict[str, Tokenizer]:
    """One of each kind that models have, small enough to be kept: the golden file was made of these."""
    pieces = [
        ("<unk>", 0.0),
        ("\u2581", -2.0),
        ("\u2581owl", -3.0),
        ("s", -2.5),
        ("\u2581fly", -3.5),
        ("a", -3.0),
        ("é", -4.0),
    ]
    unigram = Tokenizer(models.Unigram(pieces, 0, False))
    unigram.normalizer = normalizers.NFKC()
    unigram.pre_tokenizer, unigram.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    unigram.post_processor = processors.TemplateProcessing(single="$A", special_tokens=[])
    return {"wordpiece": text_models.wordpiece(), "bytes": text_models.bytewise(), "unigram": unigram}


def test_the_browser_is_asked_for_these_ids() -> None:
    """web/test/worker/language/tokens.test.ts asks the browser's tokenizer for the same."""
    for case in json.loads(GOLDEN.read_text("utf-8")):
        bare = dict(case["slim"]["tokenizer"])
        vocab = bare["model"]["vocab"]
        if isinstance(vocab[0], str):
            bare["model"] = {**bare["model"], "vocab": {word: place for place, word in enumerate(vocab)}}
        tokenizer = Tokenizer.from_str(json.dumps(bare))
        for text, ids in case["texts"].items():
            assert tokenizer.encode(text, add_special_tokens=False).ids == ids, (case["name"], text)
        assert case["spaced"] == pairs.spaced(tokenizer)
        for text, places in case["places"].items():
            made = tokenizer.encode(text, add_special_tokens=False)
            words = zip(made.offsets, made.word_ids, strict=True)
            assert [[start, end, word] for (start, end), word in words] == places, (case["name"], text)


def beside(folder: Path, tokenizer: Tokenizer | None = None, **files: object) -> Path:
    """A model's folder with a tokenizer and these JSON files; where the model would be."""
    folder.mkdir(parents=True, exist_ok=True)
    (tokenizer or text_models.wordpiece()).save(str(folder / "tokenizer.json"))
    for name, content in files.items():
        file = folder / f"{name}.json".replace("__", "/")
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(content))
    return folder / "model.onnx"


LIMITS: list[tuple[dict[str, Any], int]] = [
    ({}, 512),
    ({"config": {"max_position_embeddings": 130}}, 130),
    ({"config": {"max_position_embeddings": 130, "model_type": "roberta"}}, 128),
    ({"config": {"max_position_embeddings": 130, "model_type": "roberta", "pad_token_id": 0}}, 129),
    ({"config": {"max_position_embeddings": 130, "model_type": "mpnet", "pad_token_id": 0}}, 128),
    ({"config": {"max_position_embeddings": 130, "model_type": "bert", "pad_token_id": 0}}, 130),
    ({"config": {"n_ctx": 96}}, 96),
    ({"config": {"n_ctx": True}}, 512),
    ({"config": {"n_ctx": -1}}, 512),
    ({"tokenizer_config": {"model_max_length": int(1e30)}}, 512),
    ({"tokenizer_config": {"model_max_length": 1_000_000}}, 512),
    ({"tokenizer_config": {"model_max_length": 999_999}}, 999_999),
    ({"config": {"n_ctx": 96}, "tokenizer_config": {"model_max_length": 64}}, 64),
    ({"config": {"n_ctx": 96}, "sentence_bert_config": {"max_seq_length": 32}}, 32),
]


@pytest.mark.parametrize(("files", "limit"), LIMITS)
def test_how_many_tokens_the_files_allow(files: dict[str, Any], limit: int, tmp_path: Path) -> None:
    assert found(beside(tmp_path, **files)).limit == limit
    assert found(beside(tmp_path, **files), max_tokens=7).limit == 7


def test_what_onnxruntime_genai_says_counts_where_nothing_else_is(tmp_path: Path) -> None:
    said = {"model": {"context_length": 20, "eos_token_id": 3}, "search": {"do_sample": True, "top_k": 4}}
    known = found(beside(tmp_path / "a", genai_config=said))
    assert (known.limit, known.generation) == (20, {"eos_token_id": 3, "do_sample": True, "top_k": 4})
    assert found(beside(tmp_path / "b", genai_config=said, config={"n_positions": 9})).limit == 9


def test_where_a_tokenizer_cuts_counts_when_nothing_else_does(tmp_path: Path) -> None:
    tokenizer = text_models.wordpiece()
    tokenizer.enable_truncation(24)
    assert found(beside(tmp_path, tokenizer)).limit == 24
    assert found(beside(tmp_path, tokenizer, config={"n_positions": 48})).limit == 48


def test_a_limit_leaves_room_for_what_stands_around(tmp_path: Path) -> None:
    read = found(beside(tmp_path))
    words = read.inner("the film was good")
    assert (read.before, read.after) == ((2,), (3,))
    assert read.ids("the film was good", 5) == [2, *words[:3], 3]
    assert read.ids("the film was good", 2) == read.ids("the film was good", 1) == [2, 3]


@pytest.mark.parametrize(
    ("about", "mapped", "config", "pad", "mask"),
    [
        ({}, {}, {}, 0, None),
        ({"pad_token": "[SEP]", "mask_token": "[MASK]"}, {}, {}, 3, ("[MASK]", 4)),
        ({"mask_token": {"content": "[MASK]", "lstrip": True}}, {}, {}, 0, ("[MASK]", 4)),
        ({"pad_token": "[SEP]"}, {"pad_token": "[CLS]", "mask_token": "[UNK]"}, {}, 3, ("[UNK]", 1)),
        ({"pad_token": "nowhere", "mask_token": "nowhere"}, {}, {"pad_token_id": 9}, 9, None),
        ({"pad_token": 7, "mask": "[MASK]"}, {}, {"pad_token_id": 8}, 8, None),
    ],
)
def test_special_tokens(about: Any, mapped: Any, config: Any, pad: int, mask: object, tmp_path: Path) -> None:
    read = found(beside(tmp_path, tokenizer_config=about, special_tokens_map=mapped, config=config))
    assert (read.pad, read.mask) == (pad, mask)


@pytest.mark.parametrize(
    ("said", "pooling"),
    [
        ({}, "mean"),
        ({"pooling_mode_cls_token": True}, "cls"),
        ({"pooling_mode_max_tokens": True, "pooling_mode_mean_tokens": True}, "max+mean"),
        ({"pooling_mode_lasttoken": True}, "last"),
        ({"pooling_mode_cls_token": 1}, "mean"),
    ],
)
def test_how_vectors_become_one(said: object, pooling: str, tmp_path: Path) -> None:
    model = beside(tmp_path, **{"1_Pooling__config": said})
    assert found(model).pooling == pooling
    assert found(model, pooling="max").pooling == "max"


def test_chat_templates_are_found(tmp_path: Path) -> None:
    assert found(beside(tmp_path)).template is None
    several = [{"name": "tools", "template": "T"}, {"name": "default", "template": "D"}, "x"]
    assert found(beside(tmp_path, tokenizer_config={"chat_template": several})).template == "D"
    assert found(beside(tmp_path, tokenizer_config={"chat_template": several[:1]})).template is None
    model = beside(tmp_path, tokenizer_config={"chat_template": "one"})
    assert found(model).template == "one"
    (tmp_path / "chat_template.jinja").write_text("own file")
    assert found(model).template == "own file"


@pytest.mark.parametrize(
    ("config", "labels", "architecture"),
    [
        ({}, (), ""),
        ({"id2label": {"1": "b", "0": "a"}, "architectures": ["A", "B"]}, ("a", "b"), "A"),
        ({"id2label": {"0": "a", "2": "c"}, "architectures": []}, ("a",), ""),
        ({"id2label": {"a": "0"}, "architectures": "A"}, (), ""),
        ({"id2label": ["a", "b"]}, (), ""),
    ],
)
def test_what_config_json_says(config: Any, labels: tuple[str, ...], architecture: str, tmp_path: Path) -> None:
    read = found(beside(tmp_path, config=config))
    assert (read.labels, read.architecture) == (labels, architecture)


def test_where_a_tokenizer_is_looked_for(tmp_path: Path) -> None:
    """In the Hub's layout also beside the folder `onnx`; a whole tokenizer before a vocabulary."""
    beside(tmp_path)
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "vocab.txt").write_text("[UNK]\n[CLS]\n[SEP]\n")
    (tmp_path / "other").mkdir()
    assert found(tmp_path / "onnx" / "model.onnx").source == "tokenizer.json"
    assert language.find(tmp_path / "other" / "model.onnx", Config(), tmp_path) is None
    (tmp_path / "tokenizer.json").unlink()
    assert found(tmp_path / "onnx" / "model.onnx").source == "vocab.txt"
    with pytest.raises(ConfigError, match="other has no tokenizer"):
        language.find(tmp_path / "model.onnx", Config(text=TextConfig(tokenizer="other")), tmp_path)


def test_a_vocabulary_is_of_berts_kind_and_of_its_own_case(tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"

    def read(words: str, **files: object) -> language.Language:
        (tmp_path / "vocab.txt").write_text(words.replace(" ", "\n"))
        for name, content in files.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(content))
        return found(model)

    assert read("[UNK] [CLS] [SEP] fox").inner("Fox") == [3]
    assert read("[UNK] [CLS] [SEP] fox Fox").inner("Fox") == [4], "a vocabulary with capitals tells them apart"
    assert read("[UNK] [CLS] [SEP] fox Fox", tokenizer_config={"do_lower_case": True}).inner("Fox") == [3]
    with pytest.raises(ConfigError, match=r"It lacks \[UNK\], \[CLS\] or \[SEP\]"):
        read("[UNK] [CLS] fox")
    with pytest.raises(ConfigError, match="It is of a gpt2 model"):
        read("[UNK] [CLS] [SEP] fox", config={"model_type": "gpt2"})


def test_proteins_are_read_letter_by_letter(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "esm"}')
    (tmp_path / "vocab.txt").write_text("<cls>\n<pad>\n<eos>\n<unk>\nM\nK\nT\n<mask>")
    (tmp_path / "tokenizer_config.json").write_text('{"mask_token": "<mask>", "unk_token": "<unk>"}')
    known = found(tmp_path / "model.onnx")
    assert known.ids("MK<mask>T ?M") == [0, 4, 5, 7, 6, 3, 4, 2] and known.mask == ("<mask>", 7)
    assert known.both("M", "K")[0] == [0, 4, 2, 5, 2]
    (tmp_path / "vocab.txt").write_text("M\nK")
    with pytest.raises(ConfigError, match="not a vocabulary of ESM's kind"):
        found(tmp_path / "model.onnx")


def test_a_tokenizer_without_its_piece_for_unknown_words_is_refused(tmp_path: Path) -> None:
    plain = Tokenizer(models.WordLevel({"A": 0, "house": 1, ",": 2, "and": 3, "2": 4, "trees": 5, ".": 6}, "[UNK]"))
    plain.pre_tokenizer = pre_tokenizers.Whitespace()
    with pytest.raises(ConfigError, match="is not a tokenizer that can be used"):
        found(beside(tmp_path, plain))


def test_special_tokens_stand_around_a_text_and_not_in_it() -> None:
    assert language._around([7, 1, 2, 8, 9], [1, 2]) == ((7,), (8, 9))
    assert language._around([1, 2], [1, 2]) == ((), ())
    with pytest.raises(ValueError, match="do not stand around"):
        language._around([7, 1, 8, 2], [1, 2])


def test_a_vocabulary_that_counts_from_0_ships_as_a_list(tmp_path: Path) -> None:
    said: dict[str, object] = {"eos_token": "b", "bos_token": "a"}

    def shipped(**vocab: int) -> Any:
        plain = Tokenizer(models.WordLevel(vocab, "[UNK]"))
        return json.loads(found(beside(tmp_path, plain, tokenizer_config=said)).slim)

    whole = shipped(b=1, a=0, **{"[UNK]": 2})
    assert whole["tokenizer"]["model"]["vocab"] == ["a", "b", "[UNK]"]
    assert whole["config"] == {"clean_up_tokenization_spaces": False, "eos_token": "b"}
    assert whole["tokenizer"]["post_processor"] is None
    said["clean_up_tokenization_spaces"] = True
    assert shipped(b=1, a=0, **{"[UNK]": 2})["config"]["clean_up_tokenization_spaces"] is True
    assert shipped(b=1, a=0, **{"[UNK]": 3})["tokenizer"]["model"]["vocab"] == {"a": 0, "b": 1, "[UNK]": 3}


def test_what_sentence_transformers_says_beside_a_model(tmp_path: Path) -> None:
    model = text_models.vectors(tmp_path)
    prompts = {"prompts": {"query": "query: ", "passage": "passage: "}, "default_prompt_name": "query"}
    (tmp_path / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    kinds = ["Transformer", "Pooling", "Dense", "Normalize"]
    modules = [{"idx": i, "type": f"sentence_transformers.models.{kind}"} for i, kind in enumerate(kinds)]
    (tmp_path / "modules.json").write_text(json.dumps(modules))
    assert (found(model).prompt, found(model).behind) == ("query: ", "Dense")
    (tmp_path / "config_sentence_transformers.json").write_text(
        '{"prompts": {"query": "q"}, "default_prompt_name": null}'
    )
    (tmp_path / "modules.json").write_text("[")
    assert (found(model).prompt, found(model).behind) == ("", "")
