"""Writes builder/edgeweb/profiles.json: what known models enter of the runtime, by kinds of models.

Run it after another ONNX Runtime Web was pinned (`make profiles`): it builds each model that it is given, as it is and
with weights of 8 bits, and measures each site in the browser of this machine.
"""

from __future__ import annotations

import argparse
import base64
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from edgeweb.errors import EdgewebError
from edgeweb.files import webdist
from edgeweb.machine import browsers
from edgeweb.recipe import build
from edgeweb.runtime import profiling, specialise, tiers
from edgeweb.runtime.tiers import Needs, Profiles, Tier
from edgeweb.runtime.wasm import Module
from edgeweb.site import runtimes

MODELS = Path(__file__).resolve().parents[2] / "shared" / "models"
# So many of the smallest show what threads do to each other.
SMALL = 12
OUT = Path(tiers.__file__).with_name("profiles.json")


@dataclass(frozen=True)
class Measured:
    """One site: what its graphs have, and a bit for each function of the runtime."""

    name: str
    needs: Needs
    entered: bytes


def measure(model: Path, precision: str) -> Iterator[Measured]:
    """The model's site, measured; nothing is written, and no profile of before is taken into account."""
    seen: list[Needs] = []
    found: list[bytes] = []
    needs, unsuited, made, known = runtimes.needs, runtimes.unsuited, specialise._plain, tiers.profiles

    def noted(graphs: object) -> Needs:
        seen.append(needs(graphs))  # type: ignore[arg-type]
        return seen[-1]

    def stopped(web: object, whole: object, entered: bytes, by: str) -> specialise.Cutout:
        if by.startswith("what the site entered"):
            found.append(entered)
        raise specialise.Refused("measured")

    runtimes.needs, runtimes.unsuited = noted, lambda *_: "it is measured"  # type: ignore[assignment]
    specialise._plain, tiers.profiles = stopped, lambda _: None
    try:
        with tempfile.TemporaryDirectory() as scratch:
            build(model, Path(scratch) / "site", precision=precision)
        yield from (Measured(f"{model.parent.name} {precision}", seen[-1], each) for each in found)
    except EdgewebError as error:
        print(f"{model.parent.name} {precision}: {error}", flush=True)
    finally:
        runtimes.needs, runtimes.unsuited, specialise._plain, tiers.profiles = needs, unsuited, made, known


def kind(needs: Needs) -> str:
    """The family that a model's operators speak for."""
    # ONNX Runtime's own, such as FusedConv, have its domain in front.
    names = {name.rsplit(".", 1)[-1].removeprefix("Fused") for name in needs.operators}
    if any(name.startswith("ai.onnx.ml") for name in needs.operators):
        return "tables"
    if names & {"LSTM", "GRU", "RNN", "STFT", "DFT"}:
        return "sequences"
    if names & {"LayerNormalization", "Erf", "SkipLayerNormalization", "Attention", "RotaryEmbedding"}:
        return "transformers"
    if names & {"Conv", "ConvTranspose", "ConvInteger", "QLinearConv"}:
        return "convolutions"
    return "dense layers"


def by_chance(models: list[Path]) -> bytes:
    """What threads do to each other, of which one visit shows a part: what many enter and one thread never does."""
    web, browser = webdist.find(), browsers.find()
    runtime = Module.parse(b"".join(web.path(name).read_bytes() for name in web.runtimes["wasm"].wasm))
    found = 0
    for model in models:
        with tempfile.TemporaryDirectory() as scratch:
            site = build(model, Path(scratch) / "site", precision="fp32", specialise=False)
            contents = {path: (site.path / path).read_bytes() for path in site.manifest.files}
        one, many = (
            int.from_bytes(
                base64.b64decode(profiling.profile(browser, contents, site.manifest, runtime, threads=each).entered),
                "little",
            )
            for each in ((1,), (2, 2, *[4] * 8, 8, 8))
        )
        found |= many & ~one
        print(f"{model.parent.name}: {found.bit_count():,} functions of threads", flush=True)
    return found.to_bytes((len(runtime.bodies) + 7) // 8, "little")


def either(profiles: Iterator[bytes] | list[bytes]) -> bytes:
    return specialise._joined(profiles)


def tier(name: str, sites: list[Measured]) -> Tier:
    """What any of the sites has or enters."""
    operators = {each for site in sites for each in site.needs.operators}
    types = {each for site in sites for each in site.needs.types}
    entered = either([site.entered for site in sites])
    return Tier(name, sorted(operators), sorted(types), base64.b64encode(entered).decode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", type=Path, nargs="?", default=MODELS)
    folder = parser.parse_args().models
    found: list[Measured] = []
    for model in sorted({*folder.glob("*/model.onnx"), *folder.glob("_onnx-node-tests/*/model.onnx")}):
        for precision in ("fp32", "int8"):
            for site in measure(model, precision):
                found.append(site)
                print(
                    f"{site.name}: {kind(site.needs)}, {sum(b.bit_count() for b in site.entered):,} functions",
                    flush=True,
                )
    kinds = sorted({kind(site.needs) for site in found})
    made = [tier(name, [site for site in found if kind(site.needs) == name]) for name in kinds]
    counts = Counter(place for each in made for place in places(base64.b64decode(each.entered)))
    # What models of every kind enter is what any model may need.
    common = {place for place, count in counts.items() if count == len(made)}
    small = sorted(folder.glob("*/model.onnx"), key=lambda path: path.stat().st_size)[:SMALL]
    base = either([sum(1 << place for place in common).to_bytes(len(found[0].entered), "little"), by_chance(small)])
    made.sort(key=lambda each: sum(byte.bit_count() for byte in base64.b64decode(each.entered)))
    made.append(tier("any model", found))
    runtime = specialise._whole(webdist.find()).sha256
    OUT.write_bytes(
        msgspec.json.format(msgspec.json.encode(Profiles(runtime, base64.b64encode(base).decode(), made)), indent=1)
        + b"\n"
    )
    print(f"{OUT}: {len(found)} sites, {len(common):,} functions in common")


def places(entered: bytes) -> Iterator[int]:
    """The numbers of the bits that are set."""
    return (8 * at + bit for at, byte in enumerate(entered) for bit in range(8) if byte >> bit & 1)


if __name__ == "__main__":
    main()
