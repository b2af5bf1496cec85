"""An exported program of PyTorch, from the command line to the answer in Chromium, beside what PyTorch says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from harness import edgeweb
from hosts import Host
from playwright.sync_api import Browser

pytest.importorskip("torch")
pytest.importorskip("onnxscript", reason="torch.onnx needs onnxscript, which is not installed")
pytest_plugins = ("site_fixtures",)

RUN = """async ([dims, values]) => {
  const { load } = await import('./edgeweb.js')
  const model = await load()
  const pictures = { type: 'float32', dims, data: new Float32Array(values) }
  const { kind } = await model.run({ pictures })
  return [[...kind.dims], [...kind.data]]
}"""


def test_a_network_of_pictures(chromium: Browser, host: Host, tmp_path: Path) -> None:
    import torch

    class Seen(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = torch.nn.Sequential(
                torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(144, 3)
            )

        def forward(self, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"kind": torch.softmax(self.layers(pictures), 1)}

    torch.manual_seed(0)
    shapes = {"pictures": {0: torch.export.Dim("batch")}}
    program = torch.export.export(Seen().eval(), (torch.rand(2, 1, 8, 8),), dynamic_shapes=shapes)
    torch.export.save(program, tmp_path / "seen.pt2")
    (tmp_path / "labels.txt").write_text("cat\ndog\nowl\n")
    done = edgeweb("build", tmp_path / "seen.pt2", "-o", tmp_path / "site", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)["report"]
    assert report["original"]["sentence"].startswith("same answers as PyTorch 2.")
    assert report["original"]["same"] == report["original"]["rows"] > 0
    manifest = json.loads((tmp_path / "site" / "edgeweb.json").read_text("utf-8"))
    assert manifest["task"] == "image-classification"
    given = np.random.default_rng(0).random((3, 1, 8, 8), np.float32)
    context = chromium.new_context(service_workers="block")
    try:
        page = context.new_page()
        page.goto(host(tmp_path / "site").url)
        dims, values = page.evaluate(RUN, [list(given.shape), given.ravel().tolist()])
    finally:
        context.close()
    says = program.module()(torch.from_numpy(given))["kind"].detach().numpy()
    assert dims == [3, 3] and np.allclose(np.reshape(values, (3, 3)), says, atol=1e-3)
