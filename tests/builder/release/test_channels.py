"""channels.json in Python: read strictly, and visitors drawn as the browser draws them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from edgeweb.errors import SiteError
from edgeweb.release import channels

A, B, C = "a" * 16, "b" * 16, "c" * 16
PLAIN: dict[str, Any] = {"format": 1, "number": 3, "expires": "2027-01-31", "stable": A, "revoked": []}
CANARY = {**PLAIN, "canary": {"release": B, "percent": 5, "salt": "s"}}
ARMS = [{"name": "B", "release": B, "percent": 20}, {"name": "C", "release": C, "percent": 20}]
EXPERIMENT = {**PLAIN, "experiment": {"name": "x", "salt": "s", "arms": ARMS, "control": "A"}}


def read(found: dict[str, Any]) -> channels.Channels:
    return channels.decode(json.dumps(found).encode())


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2}, {"number": 0}, {"expires": "31.1.2027"}, {"expires": "2027-13-01"}, {"stable": "x"},
        {"revoked": [A]}, {"more": 1}, {"canary": {"release": B, "percent": 0, "salt": "s"}},
        {"experiment": {"name": "x", "salt": "s", "arms": []}},
        {"experiment": {"name": "x", "salt": "s", "arms": [{**ARMS[0], "percent": 60}, ARMS[1]]}},
    ],
)  # fmt: skip
def test_what_is_malformed_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SiteError, match="malformed"):
        read({**PLAIN, **change})


@pytest.mark.parametrize("found", [PLAIN, CANARY, EXPERIMENT], ids=["stable", "canary", "experiment"])
def test_python_and_the_browser_draw_alike(found: dict[str, Any], tmp_path: Path) -> None:
    visitors = [f"visitor {number}" for number in range(300)]
    ours = [
        {"release": s.release, "channel": s.channel, "arm": s.arm}
        for s in (channels.seat(read(found), v) for v in visitors)
    ]
    web = Path(__file__).parents[3] / "web"
    script = tmp_path / "seats.mjs"
    esbuild = web / "node_modules" / ".bin" / "esbuild"
    if not esbuild.exists():
        pytest.fail("web/node_modules is missing: run make setup")
    source = web / "src" / "shared" / "channels.ts"
    subprocess.run(
        [esbuild, source, "--bundle", "--format=esm", f"--outfile={script}"], check=True, capture_output=True
    )
    program = f"""
import {{ seat }} from '{script}'
const found = {json.dumps(found)}
const seats = await Promise.all({json.dumps(visitors)}.map((each) => seat(found, each)))
console.log(JSON.stringify(seats.map(({{ release, channel, arm }}) => ({{ release, channel, arm: arm ?? null }}))))
"""
    run = tmp_path / "run.mjs"
    run.write_text(program)
    done = subprocess.run(["node", run], check=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == ours
