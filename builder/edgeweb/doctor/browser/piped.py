"""Becomes a browser that is driven through its files 3 and 4: `python -m edgeweb.doctor.browser.piped R W PROGRAM`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """The two numbers may be in each other's way, so they go through others."""
    read, write = (os.dup(int(number)) for number in sys.argv[1:3])
    # Numbers that are free for sure: neither is 3 or 4.
    high = [os.dup2(number, 64 + at) for at, number in enumerate((read, write))]
    for at, number in enumerate(high):
        os.dup2(number, 3 + at)
    for number in high:
        os.close(number)
    os.execv(sys.argv[3], sys.argv[3:])  # noqa: S606


if __name__ == "__main__":
    main()
