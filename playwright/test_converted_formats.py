"""A file of each format, from its own library to the answer in Chromium: `-rP` shows how far apart they are.

Libraries that are not there skip; EDGEWEB_TRANSFORMERS names a Python that has transformers and optimum-onnx.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness import ROOT, edgeweb
from hosts import Host
from playwright.sync_api import Browser

sys.path.insert(0, str(ROOT / "tests" / "builder" / "convert"))
import made_apart

pytest_plugins = ("site_fixtures",)

# What this Python has to have, and of which the site says the numbers of `says`.
NEEDS = {
    "xgboost": "xgboost", "lightgbm": "lightgbm", "catboost": "catboost", "skops": "skops", "pickled": "joblib",
    "torch_program": "onnxscript", "keras": "keras", "keras_h5": "keras", "tflite": "tf2onnx", "saved_model": "tf2onnx",
}  # fmt: skip
# Others are seconds each, and are built as files elsewhere.
SOON = ("lightgbm", "catboost", "skops")
RUN = """async (rows) => {
  const { load } = await import('./edgeweb.js')
  const model = await load()
  const told = []
  for (const row of rows) {
    const feed = {}
    for (const [name, { whole, data }] of Object.entries(row)) feed[name] = whole
      ? { type: 'int64', dims: [1, data.length], data: BigInt64Array.from(data, BigInt) }
      : { type: 'float32', dims: [1, data.length], data: Float32Array.from(data) }
    const outputs = Object.values(await model.run(feed)).filter(({ type }) => type === 'float32')
    told.push([...outputs[0].data])
  }
  return told
}"""


def asked(site: Path, rows: Any, chromium: Browser, host: Host) -> Any:
    """What the page says of each row."""
    names = [each["name"] for each in json.loads((site / "edgeweb.json").read_text("utf-8"))["inputs"]]
    whole = rows.dtype.kind == "i"
    given = [
        {name: {"whole": whole, "data": array.tolist()} for name, array in made_apart.feed(names, row).items()}
        for row in rows
    ]
    context = chromium.new_context(service_workers="block")
    try:
        page = context.new_page()
        page.goto(host(site).url)
        return np.array(page.evaluate(RUN, given))
    finally:
        context.close()


@pytest.mark.parametrize(
    "key", [each if each in SOON else pytest.param(each, marks=pytest.mark.thorough) for each in made_apart.KEYS]
)
def test_a_file_says_in_chromium_what_its_library_says(key: str, chromium: Browser, host: Host, tmp_path: Path) -> None:
    python = os.environ.get("EDGEWEB_TRANSFORMERS", "") if key == "transformers_folder" else sys.executable
    if not python or importlib.util.find_spec(NEEDS.get(key, "numpy")) is None:
        pytest.skip(f"the libraries of {key} are not there")
    path, rows, says = made_apart.made(key, python, tmp_path)
    (tmp_path / "edgeweb.toml").write_text("title = 'Made apart'\n")
    done = edgeweb(
        "build", path, "-o", tmp_path / "site", "--precision", "fp32", "--python", python, "--trust-pickle", "--json"
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["report"]["original"]
    assert told["sentence"].startswith("same answers as ") and told["same"] == told["rows"] > 0
    apart = float(np.abs(asked(tmp_path / "site", rows, chromium, host) - says).max())
    print(f"{path.suffix or key}: {told['framework']}; {told['rows']} rows, worst {told['worst']:.0e};", end=" ")
    print(f"{len(rows)} rows in Chromium, worst {apart:.0e}")
    assert apart < 1e-5
