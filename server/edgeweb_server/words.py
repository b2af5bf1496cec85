"""What the list of sites says, in English and German: the tasks as a visitor would name them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# By the names in a manifest; one that is not here is not named on the page.
_TASKS: Mapping[str, tuple[str, str]] = {
    "anomaly-detection": ("Finds what is unusual in measurements", "Findet Ungewöhnliches in Messwerten"),
    "audio-classification": ("Says what is to be heard", "Sagt, was zu hören ist"),
    "audio-to-audio": ("Changes a sound", "Verändert einen Klang"),
    "automatic-speech-recognition": ("Writes down what is spoken", "Schreibt Gesprochenes auf"),
    "background-removal": ("Takes the background out of a picture", "Stellt ein Bild frei"),
    "depth-estimation": ("Says how far away things in a picture are", "Sagt, wie weit Dinge auf einem Bild weg sind"),
    "document-question-answering": ("Answers questions about a document", "Beantwortet Fragen zu einem Dokument"),
    "fill-mask": ("Fills a gap in a text", "Füllt eine Lücke in einem Text"),
    "image-classification": ("Says what a picture shows", "Sagt, was ein Bild zeigt"),
    "image-embedding": ("Compares pictures", "Vergleicht Bilder"),
    "image-feature-extraction": ("Turns a picture into numbers", "Macht aus einem Bild Zahlen"),
    "image-regression": ("Reads numbers off a picture", "Liest Zahlen von einem Bild ab"),
    "image-segmentation": ("Marks what is where in a picture", "Markiert, was auf einem Bild wo ist"),
    "image-text-to-text": ("Answers questions about a picture", "Beantwortet Fragen zu einem Bild"),
    "image-to-image": ("Changes a picture", "Verändert ein Bild"),
    "image-to-text": ("Puts a picture into words", "Fasst ein Bild in Worte"),
    "keypoint-detection": ("Finds points in a picture", "Findet Punkte auf einem Bild"),
    "mask-generation": ("Cuts out what you point at", "Schneidet aus, worauf Sie zeigen"),
    "music-transcription": ("Writes down the notes of music", "Schreibt die Noten von Musik auf"),
    "object-detection": ("Finds things in a picture", "Findet Dinge auf einem Bild"),
    "pitch-detection": ("Hears how high a tone is", "Hört, wie hoch ein Ton ist"),
    "question-answering": ("Finds the answer in a text", "Findet die Antwort in einem Text"),
    "summarization": ("Sums up a text", "Fasst einen Text zusammen"),
    "tabular-classification": ("Sorts rows of values", "Ordnet Zeilen von Werten ein"),
    "tabular-regression": ("Works out a number from values", "Berechnet aus Werten eine Zahl"),
    "tensors": ("Works on numbers", "Rechnet mit Zahlen"),
    "text-classification": ("Sorts texts", "Ordnet Texte ein"),
    "text-embedding": ("Compares texts by what they mean", "Vergleicht Texte nach ihrer Bedeutung"),
    "text-generation": ("Goes on writing a text", "Schreibt einen Text weiter"),
    "text-ranking": ("Puts texts in order for a question", "Ordnet Texte nach einer Frage"),
    "text-regression": ("Rates a text", "Bewertet einen Text"),
    "text-to-speech": ("Reads a text aloud", "Liest einen Text vor"),
    "text2text-generation": ("Rewrites a text", "Schreibt einen Text um"),
    "time-series-forecasting": ("Predicts what comes next", "Sagt vorher, was als Nächstes kommt"),
    "token-classification": ("Finds words of a kind in a text", "Findet Wörter einer Art in einem Text"),
    "translation": ("Translates a text", "Übersetzt einen Text"),
    "voice-activity-detection": ("Hears when somebody speaks", "Hört, wann jemand spricht"),
    "zero-shot-audio-classification": ("Holds your labels against a sound", "Prüft Ihre Begriffe an einem Klang"),
    "zero-shot-classification": ("Holds your labels against a text", "Prüft Ihre Begriffe an einem Text"),
    "zero-shot-image-classification": ("Holds your labels against a picture", "Prüft Ihre Begriffe an einem Bild"),
    "zero-shot-object-detection": ("Looks for what you name", "Sucht, was Sie nennen"),
}
_ORDER = ("en", "de")
_CHOICE = re.compile(r"\s*([A-Za-z*]{1,8})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?")


@dataclass(frozen=True, slots=True)
class Words:
    """The page's own sentences in one language; `load`: with a gap for a size."""

    lang: str
    title: str
    promise: str
    load: str

    def task(self, name: str) -> str:
        """What a site does, or nothing where its task is not known here."""
        found = _TASKS.get(name)
        return found[_ORDER.index(self.lang)] if found else ""

    def size(self, count: int) -> str:
        """What a first visit takes, in megabytes."""
        number = f"{max(count / 1e6, 0.1):.1f}"
        return self.load.format(f"{number.replace('.', ',') if self.lang == 'de' else number} MB")


_WORDS = {
    "en": Words(
        lang="en", title="Apps", load="{} to load",
        promise="Each runs in your own browser. What you enter stays on your device.",
    ),
    "de": Words(
        lang="de", title="Apps", load="{} zu laden",
        promise="Jede läuft in Ihrem eigenen Browser. Was Sie eingeben, bleibt auf Ihrem Gerät.",
    ),
}  # fmt: skip


def words(accepted: str) -> Words:
    """The language of a visitor, as an Accept-Language header has it; English where none of theirs is here."""
    choices: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted.split(",")[:20]):
        found = _CHOICE.fullmatch(part)
        if found and found[1].lower() in _WORDS and float(found[2] or 1) > 0:
            choices.append((-float(found[2] or 1), place, found[1].lower()))
    return _WORDS[min(choices)[2] if choices else "en"]
