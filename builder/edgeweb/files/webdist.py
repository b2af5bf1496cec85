"""The built browser half that ships with the package: where it is, and what is in it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import edgeweb
from edgeweb.errors import SiteError, UsageError

# Its package of the same version has what is large and only some sites carry.
APART = "edgeweb_runtime"


@dataclass(frozen=True)
class RuntimeFiles:
    """A build of ONNX Runtime Web by its files' names; `wasm` in the order in which its shards join."""

    version: str
    worker: str
    glue: str
    wasm: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Every file of it."""
        return (self.worker, self.glue, *self.wasm)


@dataclass(frozen=True)
class PythonFiles:
    """A build of Pyodide by its files' names; `linking`: the glue that can load compiled packages, the other being
    smaller; `library`: the standard library as a zip."""

    version: str
    worker: str
    glue: str
    linking: str
    wasm: tuple[str, ...]
    library: str

    @property
    def all(self) -> tuple[str, ...]:
        """Every file of it."""
        return (self.worker, self.glue, self.linking, *self.wasm, self.library)


@dataclass(frozen=True)
class WebDist:
    """`index.json` of web/dist: asset names by what they are for; `interfaces` by the kind of model they serve.

    `apart`: where assets lie that are not in `folder`, if the package that has them is installed.
    `text`: what reads token ids in the worker.
    `inline`, `style`: what stands inside index.html. `service_worker`: the script that stands at a site's root.
    """

    folder: Path
    edgeweb: str
    interfaces: dict[str, str]
    runtimes: dict[str, RuntimeFiles]
    python: PythonFiles
    text: str
    assets: tuple[str, ...]
    inline: str
    style: str
    service_worker: bytes
    apart: Path | None = None

    @property
    def gpu(self) -> bool:
        """Whether the builds of ONNX Runtime for GPUs are there."""
        return all(self._has(found.all) for found in self.runtimes.values())

    @property
    def pyodide(self) -> bool:
        """Whether Python for the browser is there."""
        return self._has(self.python.all)

    @property
    def pyodide_lock(self) -> Path:
        """What Pyodide's own distribution has, with hashes."""
        return self.folder / "pyodide-lock.json"

    def path(self, name: str) -> Path:
        """Where an asset lies."""
        own = self.folder / "assets" / name
        return self.apart / name if self.apart is not None and not own.is_file() else own

    def _has(self, names: Iterable[str]) -> bool:
        return all(self.path(name).is_file() for name in names)


def missing() -> str:
    """Why something of `APART` is not there: it is not installed, or in another version."""
    if _apart() is None:
        return "edgeweb-runtime is not installed"
    return "the installed edgeweb-runtime is of another version"


def install() -> str:
    """What to type for it."""
    return f"pip install edgeweb-runtime=={edgeweb.__version__}"


def check_pyodide(web: WebDist, what: str) -> None:
    """UsageError where `what`, a file of the user's, would need Python in the browser and that is not there."""
    if not web.pyodide:
        raise UsageError(f"{what} needs Python in the browser", missing(), f"Run: {install()}")


def _apart() -> Path | None:
    found = find_spec(APART)
    return Path(found.origin).parent / "assets" if found is not None and found.origin is not None else None


def find() -> WebDist:
    """The browser half: inside the installed package, or beside the sources of a checkout.

    Raises:
        SiteError: neither is there, as in a checkout that was not set up, or it is from another version.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "web_dist", package.parents[1] / "web" / "dist"):
        if (folder / "index.json").is_file():
            return read(folder)
    raise SiteError(
        "The browser half of edgeweb is missing", "web/dist has not been built in this checkout", "Run: make setup"
    )


def read(folder: Path) -> WebDist:
    """The browser half that was built into `folder`.

    Raises:
        SiteError: a part is missing, as after a build of another version.
    """
    try:
        index = json.loads((folder / "index.json").read_text("utf-8"))
        return WebDist(
            folder=folder,
            edgeweb=index["edgeweb"],
            interfaces=index["interfaces"],
            runtimes={name: _runtime(found) for name, found in index["runtimes"].items()},
            python=_python(index["python"]),
            text=str(index["text"]),
            assets=tuple(index["assets"]),
            inline=(folder / "inline.js").read_text("utf-8").strip(),
            style=(folder / "inline.css").read_text("utf-8").strip(),
            service_worker=(folder / "sw.js").read_bytes(),
            apart=_apart(),
        )
    except (OSError, ValueError, KeyError) as error:
        why = f"{error.filename} is missing" if isinstance(error, OSError) else f"{folder} is of another version"
        raise SiteError("The browser half of edgeweb is not whole", why, "Run: make setup") from error


def _runtime(found: dict[str, object]) -> RuntimeFiles:
    wasm = found["wasm"]
    names = tuple(map(str, wasm)) if isinstance(wasm, list) else ()
    return RuntimeFiles(str(found["version"]), str(found["worker"]), str(found["glue"]), names)


def _python(found: dict[str, object]) -> PythonFiles:
    wasm = found["wasm"]
    names = tuple(map(str, wasm)) if isinstance(wasm, list) else ()
    worker, glue, linking, library = (str(found[key]) for key in ("worker", "glue", "linking", "library"))
    return PythonFiles(str(found["version"]), worker, glue, linking, names, library)
