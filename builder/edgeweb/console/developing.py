"""What `edgeweb dev` shows on a terminal: where the page is, the build that goes on, a line for each that has ended."""

from __future__ import annotations

import ipaddress
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from edgeweb.console import terminal
from edgeweb.errors import printable

if TYPE_CHECKING:
    from rich.status import Status

_STEP_WIDTH = 100
# Of a network that nobody reaches from here; to connect a datagram socket sends nothing, it only chooses the way out.
_OUTSIDE = ("10.254.254.254", 1)


def announce(name: str, version: str, url: str, host: str) -> None:
    """Where the page is, for this machine and for others, as vite says it."""
    arrow = "➜" if terminal.shows(sys.stdout, "➜") else ">"
    what, why = (f"\n  edgeweb {version}", "bold cyan"), (", built again whenever you save\n", "dim")
    terminal.write(sys.stdout, what, (f"  {printable(name)}", "bold"), why)
    terminal.write(sys.stdout, (f"  {arrow}  ", "green"), ("Local:    ", "bold"), (url, "cyan"))
    others = _for_others(url, host)
    if others == url:
        return
    shown = (others, "cyan") if others else ("--host lets other devices see it", "dim")
    terminal.write(sys.stdout, (f"  {arrow}  ", "green"), ("Network:  ", "bold"), shown)


def _for_others(url: str, host: str) -> str:
    """The address that other devices use; nothing where they cannot."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return "" if host == "localhost" or host.endswith(".localhost") else url
    if address.is_loopback:
        return ""
    if not address.is_unspecified:
        return url
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.connect(_OUTSIDE)
        return f"http://{asked.getsockname()[0]}:{urlsplit(url).port}/"
    return ""


class Builds:
    """Lines on standard error; on a terminal the step that goes on stands below them and leaves nothing behind."""

    def __init__(self, quiet: bool = False) -> None:
        self.moves = terminal.moves(sys.stderr) and not quiet
        self.status: Status | None = None

    def goes_on(self, step: str) -> None:
        """A build has begun, or its next step has."""
        if not self.moves:
            return
        text = printable(step, _STEP_WIDTH) or "building"
        if self.status is not None:
            self.status.update(text)
            return
        shown = terminal.console(sys.stderr).status(text, spinner="dots" if terminal.shows(sys.stderr, "⠋") else "line")
        self.status = shown
        shown.start()

    def over(self) -> None:
        """Nothing is built any more: what comes is printed where the step stood."""
        if self.status is not None:
            self.status.stop()
            self.status = None

    def good(self, at: str, seconds: float, changed: tuple[str, ...]) -> None:
        """A build has ended well."""
        sign = "✓" if terminal.shows(sys.stderr, "✓") else "+"
        after = printable(f", after {', '.join(changed)}" if changed else "")
        terminal.write(
            sys.stderr, (f"  {at}  ", "dim"), (f"{sign} ", "green"), (f"built in {seconds:.1f} s", ""), (after, "dim")
        )
