"""What is installed: for running only what edgeweb needs, for developing the same and the tools besides."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
RUNNING, DEVELOPING = "requirements.lock", "requirements-dev.lock"
# Has an environment of its own.
PUBLISHING = "requirements-release.lock"
PINNED = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<version>[\w.]+)(?P<marker> ; [^\\]+)?(?: \\\n +--hash=sha256:[0-9a-f]{64})+\n"
)


def pins(lock: str) -> dict[str, list[str]]:
    """Each package's entries as they stand, hashes included: more than one where the version depends on the Python."""
    text = (ROOT / lock).read_text("utf-8")
    assert PINNED.sub("", text) == "", "more than packages, versions, markers and hashes"
    found: dict[str, list[str]] = {}
    for entry in PINNED.finditer(text):
        found.setdefault(entry["name"], []).append(entry[0])
    return found


def names(group: list[Any]) -> set[str]:
    """What a list of requirements asks for, without the groups that it includes."""
    return {canonicalize_name(Requirement(each).name) for each in group if isinstance(each, str)}


def test_developing_adds_to_running_and_changes_nothing() -> None:
    running, developing = pins(RUNNING), pins(DEVELOPING)
    assert [name for name in running if developing.get(name) != running[name]] == []
    assert set(developing) > set(running)


def test_each_has_what_it_is_for_and_running_no_tool() -> None:
    groups = PROJECT["dependency-groups"]
    running, developing = set(pins(RUNNING)), set(pins(DEVELOPING))
    needed = names(PROJECT["project"]["dependencies"]) | names(groups["build"])
    assert needed <= running
    tools = names(groups["dev"]) - needed
    assert tools >= {"pytest", "mypy", "ruff", "playwright", "selenium", "dask", "scikit-learn"}
    assert tools <= developing and not tools & running
    assert names(groups["build"]) == names(PROJECT["build-system"]["requires"])


def test_every_pin_is_a_release_that_is_asked_for() -> None:
    groups, text = PROJECT["dependency-groups"], (ROOT / DEVELOPING).read_text("utf-8")
    found: dict[str, set[str]] = {}
    for entry in PINNED.finditer(text):
        found.setdefault(entry["name"], set()).add(entry["version"])
    asked = [
        *PROJECT["project"]["dependencies"],
        *groups["build"],
        *(each for each in groups["dev"] if isinstance(each, str)),
    ]
    for each in map(Requirement, asked):
        assert all(version in each.specifier for version in found[canonicalize_name(each.name)]), str(each)


def test_what_publishes_is_pinned_and_no_site_or_test_needs_it() -> None:
    groups, found = PROJECT["dependency-groups"], pins(PUBLISHING)
    each = [entry for name in ("build", "docs", "release") for entry in groups[name] if isinstance(entry, str)]
    for asked in map(Requirement, each):
        assert f"{canonicalize_name(asked.name)}{asked.specifier}" in found[canonicalize_name(asked.name)][0]
    assert not {"zensical", "mkdocstrings-python", "twine"} & {*pins(RUNNING), *pins(DEVELOPING)}


def test_npm_takes_packages_by_name_and_hash_and_leaves_the_tests_out() -> None:
    package, lock = (
        json.loads((ROOT / "web" / name).read_text("utf-8")) for name in ("package.json", "package-lock.json")
    )
    entries = {path.removeprefix("node_modules/"): entry for path, entry in lock["packages"].items() if path}
    assert all("integrity" in entry and "resolved" not in entry for entry in entries.values())
    assert all(not entries[name].get("dev") for name in package["dependencies"])
    # Others may be needed by both.
    for name in ("axe-core", "react", "react-dom", "typescript"):
        assert name in package["devDependencies"] and entries[name]["dev"]
