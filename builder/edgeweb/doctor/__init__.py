"""Whether a site is whole, and whether its host serves it right: `edgeweb.doctor(where)`."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgeweb.doctor.common import Diagnosis


class _Callable(ModuleType):
    """The room has the name of the call; whoever imports from the one must not lose the other."""

    def __call__(self, where: Any, **options: Any) -> Diagnosis:
        """What `diagnose.doctor` takes and gives."""
        from edgeweb.doctor.diagnose import doctor

        return doctor(where, **options)


sys.modules[__name__].__class__ = _Callable
