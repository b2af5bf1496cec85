"""Findings as workflow commands, which GitHub Actions shows beside a run."""

from __future__ import annotations

from collections.abc import Iterator

from edgeweb.doctor.common import Checked, Diagnosis

_KINDS = {"fail": "error", "warn": "warning"}


def lines(found: Diagnosis) -> Iterator[str]:
    """A line for each fault, and one for all that passed."""
    for each in found.checks:
        if each.state in _KINDS:
            yield f"::{_KINDS[each.state]} title={_property(f'edgeweb doctor: {each.name}')}::{_data(_text(each))}"
    passed = len(found.of("pass"))
    yield f"::notice title=edgeweb doctor::{_data(f'{found.where}: {passed} checks passed')}"


def _text(each: Checked) -> str:
    parts = (each.what, each.consequence, each.mend and f"Mend: {each.mend}")
    return ". ".join(part.rstrip(".") for part in parts if part)


def _data(text: str) -> str:
    """What ends a line, or begins an escape, stands for itself only so; what a terminal would obey does not stand."""
    safe = "".join(each if each.isprintable() or each in "\r\n" else "�" for each in text)
    return safe.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
