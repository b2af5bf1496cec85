"""The built browser half that ships with the package: where it is, and what is in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from edgeweb.errors import SiteError


@dataclass(frozen=True)
class WebDist:
    """`index.json` of web/dist: asset names by what they are for; `interfaces` by the kind of model they serve.

    `inline`: the script that stands inside index.html.
    """

    folder: Path
    edgeweb: str
    style: str
    worker: str
    interfaces: dict[str, str]
    inline: str
    runtime_version: str
    runtime: tuple[str, ...]
    assets: tuple[str, ...]

    def read(self, name: str) -> bytes:
        """An asset's bytes."""
        return (self.folder / "assets" / name).read_bytes()


def find() -> WebDist:
    """The browser half: inside the installed package, or beside the sources of a checkout.

    Raises:
        SiteError: neither is there, as in a checkout that was not set up.
    """
    here = Path(__file__).resolve()
    for folder in (here.parent / "web_dist", here.parents[2] / "web" / "dist"):
        if (folder / "index.json").is_file():
            return read(folder)
    raise SiteError(
        "The browser half of edgeweb is missing", "web/dist has not been built in this checkout", "Run: make setup"
    )


def read(folder: Path) -> WebDist:
    """The browser half that was built into `folder`."""
    index = json.loads((folder / "index.json").read_text("utf-8"))
    runtime = index["runtime"]
    return WebDist(
        folder, index["edgeweb"], index["style"], index["worker"], index["interfaces"],
        (folder / "inline.js").read_text("utf-8").strip(),
        runtime["version"], (runtime["wasm"], runtime["glue"]), tuple(index["assets"]),
    )  # fmt: skip
