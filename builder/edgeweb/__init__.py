"""edgeweb: a trained model in, a private web app out."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from edgeweb.errors import EdgewebError

if TYPE_CHECKING:
    from edgeweb.doctor.diagnose import doctor
    from edgeweb.hooks_api.array import Array, zeros
    from edgeweb.hooks_api.runner import Audio
    from edgeweb.initial import init
    from edgeweb.manifest import Manifest
    from edgeweb.notebook import Preview, preview
    from edgeweb.python.local import Local
    from edgeweb.read.probe import ModelInfo
    from edgeweb.recipe import Site, build, inspect
    from edgeweb.release.verified import verify
    from edgeweb.targets.deploy import deploy
    from edgeweb.trust.site import sign

# Before anything can import them, here and, as it is inherited, in every child: ONNX Runtime 1.30 reports each model's
# names and metadata to its maker, and keeps a device id, unless it is told not to before it is loaded.
os.environ.update(ORT_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_UPDATE_CHECK="1")
if "onnxruntime" in sys.modules:
    # Somebody was faster; at least nothing is told of our models.
    sys.modules["onnxruntime"].disable_telemetry_events()

__version__ = "0.1.0"
__all__ = [
    "Array", "Audio", "EdgewebError", "Local", "Manifest", "ModelInfo", "Preview", "Site", "__version__",
    "build", "deploy", "doctor", "init", "inspect", "preview", "sign", "verify", "zeros",
]  # fmt: skip

_HOMES = {
    "build": "recipe", "init": "initial", "inspect": "recipe", "Site": "recipe", "ModelInfo": "read.probe",
    "Manifest": "manifest", "Array": "hooks_api.array", "zeros": "hooks_api.array", "Audio": "hooks_api.runner",
    "Local": "python.local", "Preview": "notebook", "preview": "notebook",
    "deploy": "targets.deploy", "sign": "trust.site", "verify": "release.verified",
}  # fmt: skip

# Modules as they are; `doctor` can be called besides.
_ROOMS = {"ops": "edgeweb.ops", "doctor": "edgeweb.doctor", "releases": "edgeweb.release.folder"}


def __getattr__(name: str) -> Any:
    # On demand, because the ONNX libraries take longer to import than `edgeweb --help` may take to answer; and because
    # in the browser, where hooks import this same file, only what is theirs is there.
    if name in _ROOMS:
        from importlib import import_module

        return import_module(_ROOMS[name])
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"edgeweb.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'edgeweb' has no attribute {name!r}")
