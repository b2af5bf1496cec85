"""Runs a command of the setup and says so: what it is for, that it still runs, and how long it took."""

import subprocess
import sys
import threading
import time

# As long as a terminal may stand still before one wonders.
BEAT_SECONDS = 8.0


def run(what: str, command: list[str], beat: float = BEAT_SECONDS) -> int:
    """The command's exit status. Of what it writes itself the errors pass through."""
    start = time.monotonic()
    ended = threading.Event()

    def beats() -> None:
        while not ended.wait(beat):
            say(f"{what}: {time.monotonic() - start:.0f} s ...")

    say(f"{what} ...")
    watch = threading.Thread(target=beats, daemon=True)
    watch.start()
    try:
        code = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
    except FileNotFoundError:
        say(f"{what}: {command[0]} is missing")
        return 127
    finally:
        ended.set()
        watch.join()
    seconds = time.monotonic() - start
    say(f"{what}: done in {seconds:.0f} s" if code == 0 else f"{what}: failed after {seconds:.0f} s, see above")
    # A shell says of a command that a signal ended 128 and the signal's number.
    return code if code >= 0 else 128 - code


def say(line: str) -> None:
    """At once: two of these run side by side, and their lines must not wait for one another."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit("usage: step.py WHAT COMMAND...")
    try:
        raise SystemExit(run(sys.argv[1], sys.argv[2:]))
    except KeyboardInterrupt:
        raise SystemExit(130) from None
