"""PyTorch's exported programs: .pt2, as torch.export.save writes them."""

from __future__ import annotations

import re

from edgeweb.convert import libraries
from edgeweb.convert.common import Format, Glimpse

# In the directory of the archive, at its end; those of torch 2.5 to 2.7 have the second.
_PARTS = re.compile(rb"/models/[\w.\-]+\.json|serialized_exported_program\.json")


def _recognises(seen: Glimpse) -> bool:
    if not seen.head.startswith(b"PK\x03\x04"):
        return False
    # One that was cut off has lost its directory.
    return seen.suffix == ".pt2" or bool(_PARTS.search(seen.tail) or _PARTS.search(seen.head))


FORMAT = Format("torch_program", "an exported PyTorch program", (libraries.TORCH, libraries.ONNXSCRIPT), _recognises)
