"""What the page says, in one language: a table of sentences, and the interface with these in it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeweb.config import Config
from edgeweb.errors import ConfigError, printable
from edgeweb.files import webdist
from edgeweb.read import intake

Table = dict[str, Any]

ENGLISH = "en"
_PLURALS = {"zero", "one", "two", "few", "many", "other"}
_RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"}
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MAX_BYTES = 1 << 20
# What can go wrong before the interface is there; index.html has these, where they are not English.
_EARLY = (
    "The site cannot be reached.", "The site does not answer.", "The site was updated while it loaded.",
    "{path} could not be loaded.", "{path} did not arrive whole and was not used.", "{path} stopped arriving.",
    "Check the connection and try again.", "Check the connection and reload the page.", "Reload the page.",
)  # fmt: skip


@dataclass(frozen=True)
class Wording:
    """A language by its tag, its direction, and every sentence: sections of texts, or of a text for each plural.

    `usual`: the interfaces are shipped with these words already.
    """

    lang: str
    dir: str
    table: Table
    usual: bool = False

    @property
    def document(self) -> dict[str, str]:
        """What index.html says itself."""
        found: dict[str, str] = self.table["document"]
        return found

    @property
    def early(self) -> dict[str, Any] | None:
        """What the page's scripts say before the interface is there; None: what they say anyway."""
        if self.lang == ENGLISH:
            return None
        errors = _errors({english: self.table["errors"][english] for english in _EARLY})
        return {"lost": self.document["lost"], "retry": self.table["common"]["retry"], "errors": errors}

    def interface(self, kind: str, web: webdist.WebDist) -> bytes:
        """The script of an interface; web/strings.mjs makes the English ones."""
        english = strings(ENGLISH, web)
        filled = {name: _filled(each, english[name]) for name, each in self.table.items() if name != "errors"}
        words = {**filled, "lang": self.lang, "dir": self.dir, "errors": _errors(self.table["errors"])}
        script = (web.folder / "interfaces" / f"{kind}.js").read_text("utf-8")
        return re.sub(r"\bEDGEWEB_STRINGS_(\w+)", lambda name: f"({_json(words[name[1]])})", script).encode()


def strings(lang: str, web: webdist.WebDist | None = None) -> Table:
    """The table of a language that edgeweb has, with its `lang` and `dir`.

    Raises:
        ConfigError: it has none for this language.
    """
    folder = (web or webdist.find()).folder / "strings"
    known = sorted(path.stem for path in folder.glob("*.json"))
    # de serves de-AT as well.
    found = next((each for each in (lang, lang.split("-")[0].lower()) if each in known), None)
    if found is None:
        raise ConfigError(
            f'There are no words for the language "{printable(lang, 40)}"',
            f"edgeweb has its own for {' and '.join(known)}",
            "Give yours with strings in edgeweb.toml; docs/languages.md shows how",
        )
    table: Table = json.loads((folder / f"{found}.json").read_text("utf-8"))
    return table


def of(settings: Config, base: Path) -> Wording:
    """The words that a configuration asks for; what its own file lacks is said as edgeweb says it, in English at last.

    Raises:
        ConfigError: an unknown language, or a file with an unknown key or a value that cannot stand there.
    """
    file = None if settings.strings is None else base / settings.strings
    own = {} if file is None else _read(file)
    lang = settings.lang or own.pop("lang", None)
    if lang is None and file is not None:
        raise ConfigError(f"{file} does not say its language", "the page needs it", 'Write "lang": "fr" into it, say')
    lang = ENGLISH if lang is None else _tag(lang)
    direction = own.pop("dir", "rtl" if lang.split("-")[0].lower() in _RIGHT_TO_LEFT else "ltr")
    own.pop("lang", None)
    if direction not in ("ltr", "rtl"):
        raise ConfigError(f"{file} has a wrong dir", f"it is {printable(direction, 40)}", 'Write "ltr" or "rtl"')
    english = strings(ENGLISH)
    try:
        table = strings(lang)
    except ConfigError:
        if file is None:
            raise
        table = english
    for name in ("lang", "dir"):
        table.pop(name, None)
    if file is not None:
        _check(own, english, file)
    usual = file is None and lang == ENGLISH
    return Wording(lang, direction, _merged(own, _merged(table, english)), usual)


def _read(file: Path) -> Table:
    return intake.json_object(file, "Correct strings in edgeweb.toml, or see: edgeweb strings", _MAX_BYTES)


def _tag(lang: Any) -> str:
    if not isinstance(lang, str) or not _TAG.fullmatch(lang):
        raise ConfigError(f'"{printable(lang, 40)}" is not a language', "a tag is needed", "Write it like fr or pt-BR")
    return lang


def _is_plural(entry: Any) -> bool:
    return isinstance(entry, dict) and set(entry) <= _PLURALS and bool(entry)


def _gaps(entry: Any) -> list[str]:
    """The names of the gaps in a sentence, in the order in which the English one has them."""
    text = entry["other"] if _is_plural(entry) else entry
    return list(dict.fromkeys(re.findall(r"\{(\w+)\}", text)))


def _texts(entry: Any, place: str) -> Iterator[tuple[str, str]]:
    yield from [(place, entry)] if isinstance(entry, str) else ((f"{place}.{k}", v) for k, v in entry.items())


def _check(own: Any, english: Any, file: Path, place: str = "") -> None:
    """Whether every key of a user's file is known, and every value one that can stand there."""

    def wrong(why: str, hint: str) -> ConfigError:
        return ConfigError(f'{file} has a wrong value at "{printable(place, 80)}"', why, hint)

    if isinstance(english, str) or _is_plural(english):
        if not isinstance(own, str) and not (_is_plural(own) and all(isinstance(each, str) for each in own.values())):
            raise wrong("it is not a text", f"In English it is: {_json(english)}")
        gaps = _gaps(english)
        if _is_plural(own) and ("other" not in own or not gaps):
            raise wrong("it has forms for numbers", "Give one text" if not gaps else 'Add the form "other"')
        for at, text in _texts(own, place):
            if unknown := set(re.findall(r"\{(\w+)\}", text)) - set(gaps):
                known = ", ".join(f"{{{gap}}}" for gap in gaps) or "none"
                raise wrong(f"{at} has a gap {{{min(unknown)}}}", f"Its gaps are: {known}")
        return
    if not isinstance(own, dict):
        raise wrong("it is not a section", f"Its keys are: {', '.join(english)}")
    for key, each in own.items():
        name = f"{place}.{key}" if place else key
        if key not in english:
            near = difflib.get_close_matches(key, english, n=1, cutoff=0.4)
            hint = f'Write "{near[0]}" instead' if near else "See: edgeweb strings"
            raise ConfigError(f'{file} has an unknown key "{printable(name, 100)}"', "the page never says it", hint)
        _check(each, english[key], file, name)


def _merged(own: Any, other: Any) -> Any:
    """`own`, and what it lacks from `other`."""
    if not isinstance(other, dict) or _is_plural(other):
        return own
    return {
        key: _merged(own[key], each) if key in own else each
        for key, each in other.items()
        if key not in ("lang", "dir")
    }


def _numbered(text: str, gaps: list[str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: f"{{{gaps.index(name[1])}}}", text)


def _filled(own: Any, english: Any) -> Any:
    """A section as it stands in a script: gaps by the places of the English ones, in whose order they are given."""
    if isinstance(english, str) or _is_plural(english):
        gaps = _gaps(english)
        # The page calls what has gaps in English, also where the sentence leaves them out.
        if _is_plural(english) or (gaps and isinstance(own, str) and not _gaps(own)):
            own = own if _is_plural(own) else {"other": own}
        if isinstance(own, str):
            return _numbered(own, gaps)
        return {name: _numbered(text, gaps) for name, text in own.items()}
    return {key: _filled(own[key], each) for key, each in english.items()}


def _errors(table: Mapping[str, str]) -> dict[str, str]:
    """Those that are not said in English anyway."""
    return {_numbered(key, _gaps(key)): _numbered(own, _gaps(key)) for key, own in table.items() if own != key}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
