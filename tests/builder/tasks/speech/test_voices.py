"""Voices that lie beside a model which speaks in any."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from edgeweb.errors import ConfigError
from edgeweb.tasks.speech import voices

PEOPLE = np.arange(1, 9, dtype=np.float32).reshape(2, 4)


def test_of_several_speakers_the_first_is_the_voice(tmp_path: Path) -> None:
    PEOPLE.tofile(tmp_path / "speaker_embeddings.bin")
    assert voices.find(tmp_path, 4).numbers.tolist() == [[1, 2, 3, 4]]
    np.save(tmp_path / "speaker_embeddings.npy", PEOPLE[1].astype(np.float64))
    found = voices.find(tmp_path, 4)
    assert (found.file, found.numbers.dtype, found.numbers.tolist()) == (
        "speaker_embeddings.npy", np.float32, [[5, 6, 7, 8]],
    )  # fmt: skip


def test_a_voice_is_not_made_up(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"has no speaker_embeddings\.npy.*one as 4 numbers"):
        voices.find(tmp_path, 4)


@pytest.mark.parametrize(
    "found", [np.zeros((1, 4)), np.ones(6), np.full(4, np.nan), np.array([1, 2, 3, 4]), np.ones(0)]
)
def test_what_is_no_voice_is_told(found: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "speaker_embeddings.npy", found)
    with pytest.raises(ConfigError, match=r"speaker_embeddings\.npy cannot be used"):
        voices.find(tmp_path, 4)


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "speaker_embeddings.npy").write_bytes(b"\x93NUMPY, perhaps")
    with pytest.raises(ConfigError, match="no array of float32"):
        voices.find(tmp_path, 4)
