"""`card.md`: what the model is, on what it was judged, how its meaning is known, and where its limits are."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from edgeweb.errors import printable
from edgeweb.schema.types import TensorInfo
from edgeweb.site.report import claims, compression, document, plain

_MOST = 40


def text(about: Mapping[str, Any], report: Mapping[str, Any], licence: str | None) -> str:
    """The card as Markdown, in English: it is for those who check a site, and not for its visitors."""
    parts = (
        [f"# {_plain(about['title'], 200)}"],
        _what(about, report, licence),
        _smaller(about, report),
        _judged(report),
        _meaning(report["evidence"]),
        _limits(about, report),
        _checking(),
    )
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _what(about: Mapping[str, Any], report: Mapping[str, Any], licence: str | None) -> Iterator[str]:
    does, takes, gives = plain.told(about["task"])
    yield _wrapped(
        f"A model that {does}. It takes {takes} and gives {gives}. Each visitor's own browser runs it; no input "
        "leaves the device."
    )
    yield ""
    source = report["source"] or {}
    rows = {
        "Task": about["task"],
        "Size": f"{report['parameters']:,} parameters, {document.size(report['sourceBytes'])} as it came",
        "From": " at ".join(source[key] for key in ("repository", "commit", "model") if source.get(key)),
        "Converted": original["sentence"] if (original := report["original"]) else "",
        "Licence of the model": licence or "not stated in what was read",
        "Classes": claims.short(about.get("labels", []), limit=120),
        "Built by": about["generator"],
    }
    yield from ("| | |", "|---|---|", *(f"| {name} | {_plain(value)} |" for name, value in rows.items() if value))
    yield ""
    for name, tensors in (("Inputs", about["inputs"]), ("Outputs", about["outputs"])):
        shown = ", ".join(_tensor(each) for each in tensors[:_MOST])
        yield _wrapped(f"{name}: {shown}{' …' if len(tensors) > _MOST else ''}.")


def _tensor(info: TensorInfo) -> str:
    shape = "of unknown rank" if info.shape is None else f"[{', '.join(str(size or '?') for size in info.shape)}]"
    return f"{_plain(info.name, 60)} ({info.type} {shape})"


def _smaller(about: Mapping[str, Any], report: Mapping[str, Any]) -> Iterator[str]:
    """How it was compressed: of every graph what came and what a visitor's browser fetches."""
    yield "## How it was made smaller"
    yield ""
    bits = compression.bits_a_weight(report["compression"])
    for form in report["compression"]["forms"]:
        if form["shipped"]:
            changed = form["measure"] != "exact"
            how = "its weights were changed" if changed else "no weight was changed"
            many = f", and take {bits:.1f} bits each on average" if changed and bits is not None else ""
            sizes = f"{document.size(report['sourceBytes'])} became {document.size(form['wireBytes'])} to download"
            yield _item(f"{sizes}: {how}{many} (form `{form['form']}`).")
    for each in report["beside"]:
        first = about["models"][each["name"]].variants[0]
        sizes = f"{document.size(each['sourceBytes'])} became {document.size(first.wire_bytes)} to download"
        alike = f"answers alike to {compression.percent(first.agreement)}"
        yield _item(f"A further graph, `{_plain(each['name'], 60)}`: {sizes}; {alike}.")


def _judged(report: Mapping[str, Any]) -> Iterator[str]:
    found = report["compression"]
    yield "## On what it was judged"
    yield ""
    shipped = [form for form in found["forms"] if form["shipped"]]
    lossy = [form for form in shipped if form["measure"] != "exact"]
    if not lossy:
        yield "The numbers are the original model's: nothing was left out to make it smaller."
    for form in lossy:
        of = "made-up inputs" if found["seeded"] else found["samples"]
        on = f"{form['samples']} {of}" if found["seeded"] else f"{form['samples']} of {of}"
        yield _item(
            f"The form `{form['form']}` agrees with the original model on {compression.percent(form['agreement'])} "
            f"({form['measure']}), judged on {on}."
        )
    right = [form for form in shipped if form["accuracy"] is not None]
    for form in right:
        reference = form["referenceAccuracy"]
        before = "" if reference is None else f"; the original model {compression.percent(reference)}"
        own = compression.percent(form["accuracy"])
        yield _item(f"By the right answers that came with those inputs it is right on {own}{before}.")
    yield ""
    made_up = (
        " Those inputs were made up, which shows only that it computes the same." if lossy and found["seeded"] else ""
    )
    if not right:
        yield _wrapped(f"How often the model itself is right was not measured here.{made_up}")
        yield ""
    proven = "Every device runs known inputs before the first answer, and shows nothing where the numbers differ."
    yield proven if report["proven"] else "Its numbers are not proven on devices; the build report says why."


def _meaning(evidence: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "## What is known of its meaning, and from where"
    yield ""
    yield from ("| claim | value | source |", "|---|---|---|")
    for row in evidence:
        name = f"{claims.NAMES[row['claim']]}{' of ' + _plain(row['about'], 40) if row.get('about') else ''}"
        yield f"| {name} | {_plain(claims.short(row['value']))} | {_plain(claims.known(row))} |"
    assumed = claims.assumptions(evidence)
    yield ""
    if assumed:
        many = "One of these is" if len(assumed) == 1 else f"{len(assumed)} of these are"
        yield f"{many} assumed: nobody and no file has said so, and no page shows that as known."
    else:
        yield "Nothing of it is assumed."


def _limits(about: Mapping[str, Any], report: Mapping[str, Any]) -> Iterator[str]:
    yield "## Limits"
    yield ""
    yield _item(
        "Nothing that was read says on which data the model was trained, for whom it is meant, or how it does for "
        "different groups of people. Whoever trained it knows; whoever publishes it should say."
    )
    lossy = any(form["shipped"] and form["measure"] != "exact" for form in report["compression"]["forms"])
    if lossy and report["compression"]["seeded"]:
        yield _item("Its smaller form was not judged on real inputs.")
    if about.get("hooks") is not None:
        yield _item("Code of the publisher's own runs before or after the model: `hooks` in `edgeweb.json`.")
    yield _item("The model is a public file of this site: who can open the page can download it.")


def _checking() -> Iterator[str]:
    yield "## How to check"
    yield ""
    yield _wrapped(
        "`edgeweb.json` names the release and every file by its SHA-256; `edgeweb doctor ADDRESS` compares what a "
        "host serves with it. Where `edgeweb.sig` is beside it, `edgeweb verify` says who signed. `bom.json` lists "
        "what the site is made of, `provenance.json` what it was built from, `report/` what the build did."
    )


def _wrapped(text: str) -> str:
    """In lines as they are read where nobody renders them."""
    return textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False)


def _item(text: str) -> str:
    return textwrap.indent(_wrapped(text), "  ").replace("  ", "- ", 1)


def _plain(value: object, limit: int = 300) -> str:
    """On one line of a table; what a model's file calls itself is not Markdown."""
    text = printable(value, limit)
    for sign in "\\`*[]<>|":
        text = text.replace(sign, f"\\{sign}")
    return text
