"""A gallery that inputs are matched against: its entries' vectors as one file, its thumbnails as another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgeweb.files.table import FileTable
from edgeweb.inputs.golden import Array
from edgeweb.schema.site import Gallery

# Every visitor fetches all of it.
MOST = 20_000


def entry(table: FileTable, ids: Sequence[str], vectors: Array, thumbnails: Sequence[bytes] = ()) -> Gallery:
    """Put a gallery into the site.

    Args:
        ids: what each entry is called; the same id may stand for several.
        vectors: [N, D], of any length but 0.
        thumbnails: a picture file for each, or none.
    """
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    rows = (vectors / np.maximum(lengths, 1e-12)).astype("<f4")
    small = table.add_hashed("thumbnails", ".bin", b"".join(thumbnails), "example") if thumbnails else None
    return Gallery(
        ids=list(ids), width=rows.shape[1], vectors=table.add_hashed("gallery", ".bin", rows.tobytes(), "model"),
        thumbnails=small, sizes=[len(each) for each in thumbnails],
    )  # fmt: skip
