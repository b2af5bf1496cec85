"""Work that is spread, here or on a cluster, comes back in order."""

from __future__ import annotations

import subprocess
import sys

import pytest
from edgeweb.machine.parallel import Workers


def double(number: int) -> int:
    return 2 * number


def test_results_come_in_order() -> None:
    assert list(Workers().each(double, range(50))) == [2 * i for i in range(50)]


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://x"])
def test_an_address_without_a_scheduler_ends_the_command_with_2(address: str) -> None:
    pytest.importorskip("distributed", reason="the extra is missing: pip install 'edgeweb[dask]'")
    command = [sys.executable, "-m", "edgeweb.cli", "build", "--dask", address, "absent.onnx"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "No Dask scheduler answers" in done.stderr
