"""Completion of what is typed, by argcomplete: the shell asks edgeweb itself, so it knows every option there is."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from edgeweb.errors import UsageError

SHELLS = ("bash", "zsh", "fish", "powershell")
HOW = """  bash        echo 'eval "$(edgeweb completion bash)"' >> ~/.bashrc
  zsh         echo 'eval "$(edgeweb completion zsh)"' >> ~/.zshrc
  fish        edgeweb completion fish > ~/.config/fish/completions/edgeweb.fish
  powershell  edgeweb completion powershell >> $PROFILE"""


def asked() -> bool:
    """Whether it is a shell that runs this, for what could be typed next."""
    return "_ARGCOMPLETE" in os.environ


def answer(whole: argparse.ArgumentParser) -> None:
    """Tells the shell, and ends."""
    import argcomplete

    argcomplete.autocomplete(whole)


def script(shell: str | None) -> str:
    """What the shell has to run; UsageError where no shell is given and none is known."""
    from argcomplete.shell_integration import shellcode

    name = shell or Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS:
        why = f"your shell, {name}, is none that can be completed" if name else "none is given, and SHELL is not set"
        raise UsageError("Which shell is to complete is not known", why, f"Give one of {', '.join(SHELLS)}")
    # zsh runs what bash does.
    return shellcode(["edgeweb"], shell="bash" if name == "zsh" else name)
