"""Runs pip as the browser's Python would: what packages depend on there is decided by Emscripten's markers."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from edgeweb.machine.child import follow
from edgeweb.python.packages.requirements import PYTHON

# pip can be told another platform's tags, but evaluates `; sys_platform == ...` for the interpreter that runs it.
_ENVIRONMENT = {
    "implementation_name": "cpython",
    "implementation_version": PYTHON,
    "os_name": "posix",
    "platform_machine": "wasm32",
    "platform_python_implementation": "CPython",
    "platform_release": "5.0.3",
    "platform_system": "Emscripten",
    "platform_version": "",
    "python_full_version": PYTHON,
    "python_version": PYTHON.rpartition(".")[0],
    "sys_platform": "emscripten",
}
_PROBE = 'x; sys_platform == "emscripten"'


def main() -> int:
    """pip with the arguments of this process; its exit code."""
    follow()
    markers: Any = importlib.import_module("pip._vendor.packaging.markers")
    markers.default_environment = _ENVIRONMENT.copy
    probe = importlib.import_module("pip._vendor.packaging.requirements").Requirement(_PROBE)
    if not probe.marker.evaluate():
        raise SystemExit("ERROR: this release of pip evaluates markers in another way")
    code: int = importlib.import_module("pip._internal.cli.main").main(sys.argv[1:])
    return code


if __name__ == "__main__":
    raise SystemExit(main())
