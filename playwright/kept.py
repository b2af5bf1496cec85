"""Built sites, kept for other tests, processes and runs by everything that they are made of; each asker gets a copy."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path

import edgeweb
from edgeweb.files import webdist

ROOT = Path(__file__).resolve().parent.parent
# Among what pytest keeps between runs, so that `pytest --cache-clear` empties it.
STORE = ROOT / ".pytest_cache" / "d" / "sites"
MOST_BYTES = 2 << 30
# What a build ends in: its exit code, and what it said.
Run = Callable[[Sequence[str]], tuple[int, str, str]]


def built(words: Sequence[str], run: Run, store: Path = STORE) -> tuple[int, str, str]:
    """`run(words)` of a build without a browser, or what came of it before; a build that fails is kept by nobody."""
    out = Path(words[words.index("-o") + 1]) if "-o" in words else None
    if out is None or out.exists() or os.environ.get("EDGEWEB_BROWSER") != "none":
        return run(words)
    with _entry(store, _key(words, out)) as entry:
        said = entry / "said.json"
        if not said.exists():
            done = run(words)
            if done[0] == 0:
                _keep(out, entry)
                said.write_text(json.dumps(done), "utf-8")
            return done
        shutil.copytree(entry / "site", out)
        code, told, complained = json.loads(said.read_text("utf-8"))
        return code, told, complained


@contextmanager
def _entry(store: Path, key: str) -> Iterator[Path]:
    """The folder of a key, for one process at a time; nobody sweeps meanwhile."""
    entry = store / "built" / key
    _sweep_once(store)
    with (store / "lock").open("w") as all_of_it:
        fcntl.flock(all_of_it, fcntl.LOCK_SH)
        entry.mkdir(parents=True, exist_ok=True)
        with (entry / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            os.utime(entry)
            yield entry


def _keep(site: Path, entry: Path) -> None:
    """A copy of the site whose files are links to one file for each content: most of a site is the same runtime."""
    contents = entry.parent.parent / "contents"
    contents.mkdir(exist_ok=True)
    shutil.rmtree(entry / "site", ignore_errors=True)
    for path in _files(site):
        kept = contents / hashlib.sha256(path.read_bytes()).hexdigest()
        if not kept.exists():
            # Whole, or not there; two processes may write the same.
            draft = kept.with_suffix(f".{os.getpid()}")
            shutil.copyfile(path, draft)
            draft.replace(kept)
        link = entry / "site" / path.relative_to(site)
        link.parent.mkdir(parents=True, exist_ok=True)
        os.link(kept, link)


@cache
def _sweep_once(store: Path) -> None:
    """Forget what nobody has asked for the longest, until the rest is small enough."""
    store.mkdir(parents=True, exist_ok=True)
    with (store / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        contents = {path: path.stat() for path in (store / "contents").glob("*")}
        size = sum(found.st_size for found in contents.values())
        for entry in sorted((store / "built").glob("*"), key=lambda entry: entry.stat().st_mtime):
            if size <= MOST_BYTES:
                break
            shutil.rmtree(entry)
            for path in [path for path in contents if path.stat().st_nlink == 1]:
                path.unlink()
                size -= contents.pop(path).st_size


def _key(words: Sequence[str], out: Path) -> str:
    """The hash of the sources, of what was said, and of every file that stands beside one that was named."""
    named = [Path(word) for word in words if word != str(out) and os.sep in word and Path(word).exists()]
    found = hashlib.sha256(_sources().encode())
    for word in words:
        # Of a path its end, which titles are taken from.
        said = "-" if word == str(out) else "/".join(Path(word).parts[-2:]) if Path(word) in named else word
        found.update(f"\0{said}".encode())
    for folder in dict.fromkeys(path if path.is_dir() else path.parent for path in named):
        _add(found, folder, (path for path in _files(folder) if out not in path.parents))
    return found.hexdigest()


@cache
def _sources() -> str:
    """Of the builder, of the page and of the libraries."""
    found = hashlib.sha256(sys.version.encode())
    found.update(repr(sorted(f"{each.name} {each.version}" for each in metadata.distributions())).encode())
    for folder in (Path(edgeweb.__file__).parent, webdist.find().folder):
        # The names of the page's assets have their hashes.
        _add(found, folder, (path for path in _files(folder) if path.suffix not in (".pyc", ".br", ".gz")))
    return found.hexdigest()


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _add(found: hashlib._Hash, folder: Path, files: Iterable[Path]) -> None:
    for path in files:
        data = path.read_bytes()
        found.update(f"\0{path.relative_to(folder)}\0{len(data)}\0".encode())
        found.update(data)
