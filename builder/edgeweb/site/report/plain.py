"""What `edgeweb inspect` says first, in plain words: what a model does, what goes in, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edgeweb.schema.tasks import Task
from edgeweb.site.report import claims
from edgeweb.site.report.claims import Row

_PICTURE, _TEXT, _SOUND, _ROW, _SERIES = "a picture", "a text", "a sound", "a row of values", "rows of measurements"
_LABEL, _VALUES = "a label, and how sure it is", "one number or several"
_UNKNOWN = ("has a page of its own", "what its page asks for", "an answer")
# What it does, what goes in, what comes out.
_TASKS: Mapping[Task, tuple[str, str, str]] = {
    "image-classification": ("says what a picture shows", _PICTURE, _LABEL),
    "object-detection": ("finds things in a picture", _PICTURE, "boxes around what it found, each with a label"),
    "image-segmentation": ("tells the parts of a picture from each other", _PICTURE, "a label for each pixel"),
    "image-to-image": ("makes a picture of a picture", _PICTURE, "another picture"),
    "image-feature-extraction": ("turns a picture into numbers", _PICTURE, "numbers that describe it"),
    "image-embedding": ("says how alike pictures are", _PICTURE, "numbers to compare it by"),
    "image-regression": ("reads numbers off a picture", _PICTURE, _VALUES),
    "depth-estimation": ("says how far things in a picture are", _PICTURE, "a distance for each pixel"),
    "background-removal": ("takes the background out of a picture", _PICTURE, "the picture without it"),
    "mask-generation": ("selects what is pointed at", "a picture and points in it", "what belongs together there"),
    "keypoint-detection": ("finds points in a picture", _PICTURE, "places in it"),
    "image-to-text": ("writes about a picture", _PICTURE, _TEXT),
    "document-question-answering": ("answers questions about a document", "its picture and a question", "the answer"),
    "image-text-to-text": ("answers questions about a picture", "a picture and a text", _TEXT),
    "zero-shot-image-classification": ("says which words fit a picture", "a picture and words", "how well each fits"),
    "zero-shot-object-detection": ("finds what is named", "a picture and words", "boxes around what was named"),
    "tabular-classification": ("sorts rows of a table into classes", _ROW, "a class, and how sure it is if known"),
    "tabular-regression": ("works out numbers from rows of a table", _ROW, _VALUES),
    "text-classification": ("sorts texts into classes", _TEXT, _LABEL),
    "text-regression": ("rates a text", _TEXT, _VALUES),
    "text-embedding": ("says how alike texts are", _TEXT, "numbers to compare it by"),
    "fill-mask": ("fills a gap in a text", "a text with a gap", "words that fit into it"),
    "token-classification": ("finds names and the like in a text", _TEXT, "the words, each with a label"),
    "question-answering": ("finds the answer in a text", "a text and a question", "the place that answers it"),
    "zero-shot-classification": ("says which words fit a text", "a text and words", "how well each fits"),
    "text-ranking": ("orders texts by how well they fit a question", "a question and texts", "their order"),
    "text-generation": ("goes on writing a text, or answers", _TEXT, _TEXT),
    "text2text-generation": ("rewrites a text", _TEXT, _TEXT),
    "summarization": ("sums up a text", _TEXT, "a shorter one"),
    "translation": ("translates a text", _TEXT, _TEXT),
    "audio-classification": ("says what is heard", _SOUND, _LABEL),
    "zero-shot-audio-classification": ("says which words fit a sound", "a sound and words", "how well each fits"),
    "automatic-speech-recognition": ("writes down what is said", "speech", _TEXT),
    "text-to-speech": ("speaks a text", _TEXT, "speech"),
    "voice-activity-detection": ("hears when somebody speaks", _SOUND, "from when to when"),
    "pitch-detection": ("hears how high a tone is", _SOUND, "its pitch over time"),
    "music-transcription": ("writes down the notes of music", "music", "notes"),
    "audio-to-audio": ("makes a sound of a sound", _SOUND, "another sound"),
    "time-series-forecasting": ("predicts what comes next", _SERIES, "the next values"),
    "anomaly-detection": ("finds what is unusual", _SERIES, "how unusual each is"),
    "tensors": ("works on numbers; what for is not known", "arrays of numbers", "arrays of numbers"),
}


def told(task: Task) -> tuple[str, str, str]:
    """What a model of the task does, takes and gives."""
    return _TASKS.get(task, _UNKNOWN)


def rows(task: Task, evidence: Sequence[Row], size: str, verdict: str) -> list[tuple[str, str]]:
    """What a model is, as (name, value). `verdict`: whether browsers run it. `evidence`: as `claims.rows` has it."""
    # Of a kind that somebody adds there is no more than its name.
    does, takes, gives = _TASKS.get(task, _UNKNOWN)
    said = {row["claim"]: row["value"] for row in evidence}
    named, listed = said.get("labels"), said.get("columns")
    return [
        ("what it is", f"{task}: it {does}"),
        ("goes in", f"{takes}: {claims.short(listed)}" if listed else takes),
        ("comes out", f"{gives}: {claims.short(named)}" if named else gives),
        ("size", f"{size} as it is; a build sends less, where that leaves the answers as they are"),
        ("in browsers", verdict),
    ]
