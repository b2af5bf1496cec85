"""`make bench-delta`: what a visitor downloads who has the model before, when it was trained again.

Each model is built, its weights are moved (the head's alone, all by 1 %, all by 10 % of a tensor's deviation), and it is
built again with `--base`. `whole`: the new file, which a first visit takes; `delta`: what a return takes in its place;
`usual`: the same model built without a base. `eight bits`: the same of weights with a step a row and eight bits, which is
what findings elsewhere are about. The last columns time what the service worker does, in Node.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import edgeweb
import numpy as np
import onnx
from edgeweb.coding import delta, parts
from edgeweb.coding.grid import Grid
from edgeweb.compress import layers, stored
from edgeweb.files.table import SHARD_BYTES
from onnx import numpy_helper

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "models"
MODELS = ("yolox-nano-coco", "magika-filetype", "ppocr-v4-det", "minilm-l6-int8")
CHANGES = {"head by 1 %": (0.01, True), "all by 1 %": (0.01, False), "all by 10 %": (0.1, False)}
_LARGE = 256


def moved(proto: onnx.ModelProto, share: float, head: bool) -> onnx.ModelProto:
    """A copy that was trained again, as far as bytes can tell."""
    # Exporters write weights as constants, too.
    made, rng = layers.hoisted(proto), np.random.default_rng(1)
    tensors = [each for each in made.graph.initializer if each.data_type == 1 and np.prod(each.dims) >= _LARGE]
    for tensor in tensors[-1:] if head else tensors:
        values = numpy_helper.to_array(tensor)
        noise = rng.normal(0, share * float(values.std()), values.shape)
        tensor.CopyFrom(numpy_helper.from_array((values + noise).astype(np.float32), tensor.name))
    return made


def eight_bits(proto: onnx.ModelProto) -> Iterator[tuple[str, dict[str, int]]]:
    """Weights of eight bits on steps that stay."""
    found = layers.find(layers.hoisted(proto))
    steps = {layer.name: stored.fixed(layer, 8) for layer in found}
    old = _packed({layer.name: stored.nearest(layer, steps[layer.name]) for layer in found})
    for change, (share, head) in CHANGES.items():
        again = layers.find(moved(proto, share, head))
        new = _packed({layer.name: stored.nearest(layer, steps[layer.name]) for layer in again})
        made = [delta.make(old, part) for part in new]
        yield change, {"whole": sum(map(len, new)), "delta": sum(len(each[0]) for each in made if each)}


def _packed(grids: dict[str, Grid]) -> list[bytes]:
    """Nothing but the grids, one after the other."""
    data, places = bytearray(), {}
    for each in grids.values():
        places[len(data)] = each
        data += each.values().tobytes()
    return parts.pack(bytes(data), places, SHARD_BYTES)


def as_built(folder: Path, room: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    proto, source = onnx.load(folder / "model.onnx"), room / folder.name
    shutil.copytree(folder, source, ignore=shutil.ignore_patterns("*.npz", "samples"))
    build = {"specialise": False, "force": True}
    old = edgeweb.build(source, room / "old", **build)
    for change, (share, head) in CHANGES.items():
        onnx.save(moved(proto, share, head), source / "model.onnx")
        new = edgeweb.build(source, room / "new", base=old.path, **build)
        usual = edgeweb.build(source, room / "usual", **build)
        back = new.report["returning"]
        row = {
            "whole": new.manifest.variants[0].wire_bytes,
            "usual": usual.manifest.variants[0].wire_bytes,
            "delta": sum(new.manifest.files[each.file].bytes for (each,) in new.manifest.deltas.values()) or None,
            "agreement": new.manifest.variants[0].agreement,
            "returning": back["wireBytes"],
            "first": back["wholeBytes"],
            "apply": _applied(old, new),
        }
        yield change, row


def _applied(old: edgeweb.Site, new: edgeweb.Site) -> dict[str, float] | None:
    for path, (each,) in new.manifest.deltas.items():
        names = {entry.sha256: name for name, entry in old.manifest.files.items()}
        files = [new.path / each.file, new.path / path, *(old.path / names[known.sha256] for known in each.of)]
        done = subprocess.run(
            ["node", ROOT / "bench" / "delta_apply.mjs", *files], capture_output=True, text=True, check=True
        )
        found: dict[str, float] = json.loads(done.stdout)
        return found
    return None


def line(name: str, change: str, row: dict[str, Any]) -> str:
    cells = [f"{name:<18}", f"{change:<12}", f"{row['whole']:>10,}", f"{row.get('usual') or 0:>10,}"]
    cells += [f"{row['delta']:>9,}" if row["delta"] else f"{'none':>9}"]
    cells += [f"{100 * (row['delta'] or row['whole']) / row['whole']:>5.0f} %"]
    if "first" in row:
        cells += [f"{row['returning']:>10,} of {row['first']:>10,}"]
        if row["apply"]:
            cells += [f"{row['apply']['ms']:>6.0f} ms {row['apply']['peakBytes'] / 1e6:>5.0f} MB"]
    return " ".join(cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "delta.json")
    given = parser.parse_args()
    # What ships must not depend on a browser's times.
    os.environ["EDGEWEB_BROWSER"] = "none"
    results: dict[str, Any] = {}
    print(f"{'model':<18} {'change':<12} {'whole':>10} {'usual':>10} {'delta':>9}         returning visitor")
    for name in given.models:
        results[name] = {"eight bits": {}, "as built": {}}
        for change, sizes in eight_bits(onnx.load(SHARED / name / "model.onnx")):
            results[name]["eight bits"][change] = sizes
            print(line(f"{name}*", change, sizes), flush=True)
        with tempfile.TemporaryDirectory() as room:
            for change, row in as_built(SHARED / name, Path(room)):
                results[name]["as built"][change] = row
                print(line(name, change, row), flush=True)
    about = {"python": platform.python_version(), "machine": platform.machine(), "cpus": os.cpu_count()}
    given.out.write_text(json.dumps({**about, "models": results}, indent=1) + "\n", "utf-8")
    print("* eight bits a weight, a step a row, coded alone")


if __name__ == "__main__":
    main()
