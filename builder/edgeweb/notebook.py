"""preview(): a site's page within a notebook, served from this program for as long as it lives."""

from __future__ import annotations

import atexit
import html
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from edgeweb.errors import OutputError, UsageError

if TYPE_CHECKING:
    import edgeweb_server

    from edgeweb.recipe import Site

# Notebooks on this machine or behind a tunnel to it, those of VS Code, and what passes a port on as a path of its own.
_ANCESTORS = "'self' http://localhost:* http://127.0.0.1:* https://localhost:* https://127.0.0.1:* vscode-webview:"
_LEAST, _MOST = 100, 10_000
# A page that is not the frame's own gives away what it may use itself: a camera, and threads where it has them.
_ALLOWED = "camera; microphone; fullscreen; clipboard-write; cross-origin-isolated"
_open: dict[Path, Preview] = {}


class Preview:
    """A site that is being served to this machine alone; a notebook shows it as a frame, and `print` its address.

    It ends with `close()`, with the program or the notebook's kernel, however that ends, and when the same folder is
    previewed again. As a context it closes at the end.

    Attributes:
        url: the page's address.
    """

    def __init__(self, server: edgeweb_server.Background, title: str, height: int) -> None:
        self._server, self._title, self._height = server, title, height
        self.url = server.url

    def close(self) -> None:
        """End the server; once more does nothing."""
        self._server.close()

    def wait(self) -> None:
        """Serve until Ctrl-C or `close()`: at the end of a script, which otherwise ends it."""
        try:
            self._server.wait()
        except KeyboardInterrupt:
            self.close()

    def __enter__(self) -> Preview:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return (
            f"{self._title}: {self.url}, while this program runs"
            if self._server.alive
            else f"{self._title}: no longer served"
        )

    def _repr_html_(self) -> str:
        """What a notebook shows. Whoever opens it on another machine, or later, is told why the frame is empty."""
        if not self._server.alive:
            return f"<p>{html.escape(repr(self))}</p>"
        url, title = html.escape(self.url), html.escape(self._title)
        frame = f'<iframe src="{url}" title="{title}" width="100%" height="{self._height}" allow="{_ALLOWED}"'
        return (
            f'{frame} style="border: 1px solid #8884; border-radius: 8px"></iframe>'
            f'<p style="opacity: 0.7"><a href="{url}" target="_blank">{url}</a> is on the machine of this kernel, '
            "and there until it ends.</p>"
        )


def preview(site: Site | str | Path, *, height: int = 720, port: int = 0) -> Preview:
    """Show a built site in a notebook, as the last line of a cell; elsewhere `print` it for the address.

    Args:
        site: what `build` gave, or its folder; also a folder with several.
        height: of the frame, in pixels.
        port: on 127.0.0.1; 0 takes any free one. With a port of your own a tunnel can lead there.

    Raises:
        OutputError: the folder is no site, or the port cannot be used.
        UsageError: the height is none.
    """
    import edgeweb_server

    if isinstance(height, bool) or not isinstance(height, int) or not _LEAST <= height <= _MOST:
        why = f"a frame has {_LEAST:,} to {_MOST:,} pixels"
        raise UsageError(f"height cannot be {height!r}", why, "Leave it out, or give a whole number")
    folder = _folder(site).absolute()
    if (former := _open.pop(folder, None)) is not None:
        former.close()
    try:
        server = edgeweb_server.serve_in_background(folder, port, ancestors=_ANCESTORS)
    except edgeweb_server.ServeError as error:
        raise OutputError(error.what, error.why, error.hint) from error
    title = getattr(getattr(site, "manifest", None), "title", "") or folder.name
    found = _open[folder] = Preview(server, title, height)
    return found


def _folder(site: Site | str | Path) -> Path:
    given = getattr(site, "path", site)
    if not isinstance(given, (str, Path)):
        what = f"A {type(given).__name__} is no site"
        raise UsageError(what, "preview shows what build has made", "Give what edgeweb.build gave, or a folder")
    return Path(given)


@atexit.register
def _close_all() -> None:
    while _open:
        _open.popitem()[1].close()
