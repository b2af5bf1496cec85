"""init(): a commented `edgeweb.toml` beside a model, which says what nothing else says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeweb import contents, options, recipe
from edgeweb.convert import objects
from edgeweb.convert.taken import taken
from edgeweb.errors import OutputError
from edgeweb.read import folder, handed, intake, probe
from edgeweb.site.report import claims
from edgeweb.tasks import settle
from edgeweb.tasks.evidence import Said

_HEAD = """\
# {name}: what edgeweb knows, and what it assumed.
# What a comment says is known already. A line below "Assumed" is not: correct it where it is wrong.
# Whatever else can stand here: docs/config.md
"""
_ELSEWHERE = (
    "# Paths start from this folder, where labels.txt and all else that a model needs beside it is looked for too.\n"
)
# More labels than a line of comment should have.
_LINE = 120


@dataclass(frozen=True)
class Started:
    """The file, and the claims of the site that `build` would make without it, as in report.json."""

    path: Path
    evidence: list[dict[str, Any]]


def init(
    path: Any,
    out: str | Path | None = None,
    *,
    force: bool = False,
    on_step: Callable[[str], None] = lambda _: None,
    **given: Any,
) -> Started:
    """Write an `edgeweb.toml` for a model: with it `edgeweb build` assumes nothing that a key can say.

    Args:
        path: of a file or folder, `hf://org/name`, or an object as `build` takes it, with `data` as there.
        out: default: `edgeweb.toml` beside the model; of an object in this folder, for `build(model, config=...)`.
        force: replace the file where it is there. What one beside the model says stays, but not its comments.
        given: how a file that is not ONNX may be read, as in `Options`.

    Raises:
        OutputError: the file is there, or cannot be written.
        ModelError, UnsupportedError, ConfigError, HookError: as of `build`.
    """
    with objects.handed(path, given) as (paths, said):
        return _started(paths[0], not isinstance(path, (str, Path)), out, options.options(said), force, on_step)


def _started(
    path: str | Path,
    made: bool,
    out: str | Path | None,
    wanted: options.Options,
    force: bool,
    on_step: Callable[[str], None],
) -> Started:
    """`made`: the file was written for this, and will not last."""
    place = taken(path, wanted.how, on_step)
    source = place.source
    beside = place.beside[0] / "edgeweb.toml" if place.beside else _beside(path, source)
    beside = Path("edgeweb.toml") if made else beside
    target = Path(out) if out is not None else beside
    if target.exists() and not force:
        why = "init would write it anew, without what you wrote into its comments"
        raise OutputError(f"{target} is there already", why, "Give --force to keep its settings alone, or another -o")
    found = recipe.inspected(place.given, wanted, on_step)
    probe.check(found.info)
    if found.failed:
        raise found.failed
    known = intake.toml(intake.text(beside, "Correct that file")) if beside.is_file() else {}
    text = _text(source, known, found.plan.evidence, elsewhere=target.parent.resolve() != beside.parent.resolve())
    _write(target, text)
    return Started(target, claims.rows(found.plan.evidence))


def _beside(path: str | Path, source: Path) -> Path:
    """The model's own configuration: of a folder `onnx` in the one above, where the other files are, and of what was
    fetched where the user is.
    """
    if handed.origin(source):
        return Path("edgeweb.toml")
    return (folder.home(source) if Path(path).is_dir() else source.parent) / "edgeweb.toml"


def _text(source: Path, own: dict[str, Any], said: Sequence[Said], *, elsewhere: bool) -> str:
    """`own`: what the file beside the model said before."""
    rows = claims.rows(said)
    trees: list[dict[str, Any]] = [own]
    why: dict[settle.Path, str] = {}
    for row in claims.assumptions(rows):
        tree = settle.parsed(row.get("settle", ""))
        trees.append(tree)
        first = next((path for path, _ in settle.leaves_of(tree)), None)
        if first:
            why[first] = f"Assumed: {claims.sentence(row)} ({row['from']})"
    if elsewhere:
        trees += [{"labels": row["value"]} for row in rows if row["claim"] == "labels" and row["source"] == "user"]
    head = _HEAD.format(name=settle.plain(_called(source))) + (_ELSEWHERE if elsewhere else "")
    told = [] if "title" in own else [f"# title = {settle.value(contents.title_of(source))}"]
    parts = [head.rstrip(), "\n".join([*told, *_known(rows, trees)]), settle.file(settle.merged(*trees), why)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _called(source: Path) -> str:
    of = handed.origin(source)
    return of.what if of else source.name


def _known(rows: Sequence[claims.Row], written: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A comment for each claim that needs no line, as the key that would say it, where there is one."""
    keys = {key for tree in written for key in tree}
    for row in rows:
        if row.get("settle") or row["from"] == "edgeweb.toml" or row["claim"] in keys:
            continue
        line = f"{row['claim']} = {settle.value(row['value'])}" if row["claim"] in ("task", "labels") else ""
        known = claims.known(row)
        # Without its first sign it says so itself.
        yield settle.comment(f"{line}  # {known}" if 0 < len(line) <= _LINE else f"{claims.sentence(row)} ({known})")


def _write(target: Path, text: str) -> None:
    beside = target.with_name(f".{target.name}.new")
    try:
        beside.write_text(text, "utf-8")
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise OutputError(f"{target} cannot be written", error.strerror or str(error), "Give another -o") from error
