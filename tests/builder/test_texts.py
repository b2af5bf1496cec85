"""Models that read texts: how they are known, what tokenizers give, what stands after them, and what a site carries."""

from __future__ import annotations

import json
import sys
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import onnxruntime as ort
import pytest
from edgeweb import options, recipe
from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.recipe import Site
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.text import chat, graphs, inputs
from edgeweb.tasks.text import tokenizer as language
from edgeweb.tasks.text.kind import TEXT
from edgeweb.tasks.text.manifest import Chat, TextInputs
from edgeweb.tasks.text.settings import TextConfig
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "playwright"))
import text_models  # noqa: E402

GOLDEN = ROOT / "tests" / "golden" / "tokens.json"


def found(model: Path, **settings: Any) -> language.Language:
    read = language.find(model, Config(text=TextConfig(**settings)), model.parent)
    assert read is not None
    return read


@pytest.mark.parametrize(
    ("make", "task", "why", "labels"),
    [
        (text_models.sentiment, "text-classification", "BertForSequenceClassification", 2),
        (text_models.tagger, "token-classification", "BertForTokenClassification", 5),
        (text_models.blanks, "fill-mask", "BertForMaskedLM", 0),
        (text_models.vectors, "text-embedding", "the mean is taken", 0),
        (text_models.decoder, "text-generation", "GPT2LMHeadModel", 0),
    ],
)
@pytest.mark.parametrize("config", [True, False], ids=["config.json", "shapes alone"])
def test_what_a_model_is(
    make: Callable[[Path], Path], task: str, why: str, labels: int, config: bool, tmp_path: Path
) -> None:
    model = make(tmp_path)
    if not config:
        (tmp_path / "config.json").unlink()
    _, plan = recipe.detect(model)
    assert plan.task == task
    assert plan.kind is TEXT
    assert not config or (why in plan.reasons[0] and len(plan.labels) == labels)


def test_token_ids_without_a_tokenizer_get_the_general_form(tmp_path: Path) -> None:
    model = text_models.vectors(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    _, plan = recipe.detect(model)
    assert plan.task == "tensors"
    assert "there is no tokenizer.json or vocab.txt beside the model" in plan.reasons[0]
    with pytest.raises(ConfigError, match=r'cannot be served as "fill-mask"\. Input "input_ids" takes token ids'):
        recipe.detect(model, options.Options(task="fill-mask"))


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


def test_chat_templates_become_texts() -> None:
    with_system = (
        "{{ bos_token }}{% if messages[0]['role'] != 'system' %}{{ 'SYSTEM be kind\n' }}{% endif %}"
        "{% for m in messages %}{% if m.role == 'user' %}{{ '[INST] ' + m.content + ' [/INST]' }}"
        "{% else %}{{ ' ' + m.content + '</s>' }}{% endif %}{% endfor %}"
    )
    for template, specials in ((text_models.CHATML, {}), (with_system, {"bos_token": "<s>"})):
        made = chat.compiled(template, specials)
        assert isinstance(made, Chat), made
        said = [("user", "Who?"), ("assistant", "An owl."), ("user", "Why?")]
        messages = [{"role": role, "content": content} for role, content in said]
        environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False)
        right = environment.from_string(template).render(messages=messages, add_generation_prompt=True, **specials)
        own = f"{made.first}Who?{made.after}{made.opens}An owl.{made.next}Why?{made.after}{made.prompt}"
        assert own == right


@pytest.mark.parametrize(
    "template",
    [
        "{{ raise_exception('no') }}", "{% for m in messages %}{{ m.content | upper }}{% endfor %}",
        "{{ messages[0].content.__class__.__mro__ }}", "{% for",
    ],
)  # fmt: skip
def test_a_template_of_another_kind_is_declined(template: str) -> None:
    assert isinstance(chat.compiled(template, {}), str)


def run(graph: bytes, **feeds: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
    return [np.asarray(each) for each in ort.InferenceSession(graph).run(None, feeds)]


def test_vectors_of_a_text_are_the_formula_of_sentence_transformers() -> None:
    rng = np.random.default_rng(1)
    raw, mask = rng.standard_normal((1, 5, 8)).astype(np.float32), np.array([[1, 1, 1, 0, 0]])
    output = TensorInfo(name="last_hidden_state", type="float32", shape=[1, None, 8])
    right = {
        "mean": raw[0, :3].mean(axis=0), "cls": raw[0, 0], "max": raw[0, :3].max(axis=0), "last": raw[0, 2],
    }  # fmt: skip
    for pooling, vector in right.items():
        (made,) = run(graphs.make("pool", output, pooling), raw=raw, mask=mask)
        np.testing.assert_allclose(made, vector / np.linalg.norm(vector), atol=1e-6)


def test_scores_blanks_and_tags() -> None:
    logits, mask = np.array([[[1, 3, 2], [0, 0, 5]]], np.float32), np.array([[1, 1]])
    output = TensorInfo(name="logits", type="float32", shape=[1, None, 3])
    shares = np.exp(logits[0]) / np.exp(logits[0]).sum(axis=1, keepdims=True)
    scores, classes = run(graphs.make("tags", output, "mean"), raw=logits, mask=mask)
    np.testing.assert_allclose(scores, shares.max(axis=1), atol=1e-6)
    assert classes.tolist() == [1, 2]
    scores, classes = run(graphs.make("fill", output, "mean"), raw=logits, mask=mask, places=np.array([0]))
    assert classes.tolist() == [1, 2, 0]
    np.testing.assert_allclose(scores, np.sort(shares[0])[::-1], atol=1e-6)
    flat = TensorInfo(name="logits", type="float16", shape=[1, 3])
    (scores,) = run(graphs.make("sigmoid", flat, "mean"), raw=logits[:, 0].astype(np.float16), mask=mask)
    np.testing.assert_allclose(scores, 1 / (1 + np.exp(-logits[0, 0])), atol=1e-3)


def test_the_inputs_of_a_decoder(tmp_path: Path) -> None:
    info, plan = recipe.detect(text_models.decoder(tmp_path))
    assert plan.kind is TEXT
    reads = plan.spec.pipeline.inputs
    assert isinstance(reads, TextInputs)
    assert [(state.input, state.output, state.dims) for state in reads.state] == [
        ("past_key_values.0.key", "present.0.key", [1, 2, 0, 4]),
        ("past_key_values.0.value", "present.0.value", [1, 2, 0, 4]),
    ]
    feeds = inputs.feed(reads, [5, 6, 7])
    assert set(feeds) == {each.name for each in info.inputs}
    assert feeds["position_ids"].tolist() == [[0, 1, 2]]
    assert plan.spec.pipeline.stops == [0, 2]


def test_a_fixed_number_of_tokens_is_filled() -> None:
    reads = TextInputs(ids="ids", type="int32", mask="mask", length=5, pad=9)
    feeds = inputs.feed(reads, [1, 2, 3])
    assert feeds["ids"].tolist() == [[1, 2, 3, 9, 9]]
    assert feeds["mask"].tolist() == [[1, 1, 1, 0, 0]]
    assert feeds["ids"].dtype == np.int32


def test_what_a_site_carries(build: Callable[..., Site], tmp_path: Path) -> None:
    model = text_models.sentiment(tmp_path / "Film mood")
    (tmp_path / "Film mood" / "onnx" / "lines.txt").write_text("good\n\nthe film was bad\n")
    (tmp_path / "Film mood" / "onnx" / "edgeweb.toml").write_text('examples = ["lines.txt", "A great film."]\n')
    site = build(model)
    text = site.manifest.text
    assert (site.manifest.title, site.manifest.labels) == ("Film mood", ["negative", "positive"])
    assert text is not None
    assert text.examples == ["good", "the film was bad", "A great film."]
    assert site.manifest.files[text.script or ""].role == "worker"
    kept = json.loads((site.path / (text.tokenizer or "")).read_bytes())
    assert kept["tokenizer"]["model"]["vocab"][:2] == ["[PAD]", "[UNK]"]
    index = (site.path / "index.html").read_text()
    assert text.script in index
    assert text.tokenizer in index
    # The proof is a sentence, and what judges smaller forms are sentences too.
    ids = next(each for each in site.manifest.golden[0].inputs if each.name == "input_ids")
    assert np.frombuffer(b64decode(ids.data or ""), np.int64).tolist()[0] == 2
    assert "8 sentences of edgeweb's own" in json.dumps(site.report)


def test_lines_of_text_judge_a_model_of_token_ids(build: Callable[..., Site], tmp_path: Path) -> None:
    (tmp_path / "lines.txt").write_text("good\nthe film was bad\nboring\n")
    site = build(text_models.sentiment(tmp_path / "m"), data=tmp_path / "lines.txt")
    assert "3 lines of lines.txt" in json.dumps(site.report)


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
    """web/test/tasks/text/worker/tokens.test.ts asks the browser's tokenizer for the same."""
    for case in json.loads(GOLDEN.read_text("utf-8")):
        bare = dict(case["slim"]["tokenizer"])
        vocab = bare["model"]["vocab"]
        if isinstance(vocab[0], str):
            bare["model"] = {**bare["model"], "vocab": {word: place for place, word in enumerate(vocab)}}
        tokenizer = Tokenizer.from_str(json.dumps(bare))
        for text, ids in case["texts"].items():
            assert tokenizer.encode(text, add_special_tokens=False).ids == ids, (case["name"], text)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("none.txt", b"\n \n", "It holds no text"),
        ("odd.txt", b"\xff\xfe", "not UTF-8"),
        ("head.csv", b"text,id\n", "It holds no text"),
        ("gone.txt", None, "No such file"),
    ],
)
def test_a_gallery_without_texts_is_refused(
    name: str, content: bytes | None, why: str, tmp_path: Path, build: Callable[..., Site]
) -> None:
    model = text_models.vectors(tmp_path / "model")
    if content is not None:
        (model.parent / name).write_bytes(content)
    (model.parent / "edgeweb.toml").write_text(f'gallery = "{name}"')
    with pytest.raises(ConfigError, match=why):
        build(model, precision="fp32")
