"""The child of hooks_trial.py: runs values through the hooks and the models, and reports in lines of JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from edgeweb.errors import EdgewebError
from edgeweb.hooks_api.ndarray import Maker, maker
from edgeweb.hooks_api.runner import Audio, Hooks
from edgeweb.inputs import picture, sound
from edgeweb.inputs.golden import make_input, uniform
from edgeweb.machine.child import begin, limit_memory, say
from edgeweb.python import hooked_models
from edgeweb.schema.model import GoldenInput

_MADE_UP_SIDE = (48, 64)
_MADE_UP_RATE = 16_000


def value_of(kind: str, path: Path | None, over: Maker) -> Any:
    """What a page would hand to preprocess for a file, or for nothing: something made up of that kind."""
    if kind == "image":
        if path is None:
            height, width = _MADE_UP_SIDE
            pixels = (uniform(1, height * width * 3) * 256).astype("uint8").tobytes()
            return over(bytearray(pixels), "uint8", (height, width, 3))
        image = picture.decode(path)
        return over(bytearray(image.tobytes()), "uint8", (image.height, image.width, 3))
    if kind == "audio":
        rate = _MADE_UP_RATE
        samples = uniform(1, rate).astype("float32") - 0.5
        if path is not None:
            samples, rate = sound.decode(path)
        return Audio(over(bytearray(samples.astype("float32").tobytes()), "float32", samples.shape), rate)
    data = path.read_bytes() if path else b"edgeweb"
    return data.decode("utf-8-sig") if kind == "text" else json.loads(data) if kind == "row" else data


def run(job: Path) -> None:
    """Every value in turn; the first that fails ends it."""
    about = json.loads((job / "job.json").read_text("utf-8"))
    say(stage="load")
    if "models" not in about:
        path = Path(about["hooks"])
        said = Hooks(path.read_text("utf-8-sig"), str(path), path.name).declared()
        (job / "declared.json").write_text(json.dumps(said), "utf-8")
        say(stage="done")
        return
    try:
        site = hooked_models.HookedModels(
            about["hooks"],
            *about["models"].values(),
            labels=about["labels"],
            names=[*about["models"]],
            metadata=about["metadata"],
            numpy=about["numpy"],
        )
    except EdgewebError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever ONNX Runtime throws
        say(kind="models", error=[str(error)])
        return
    over = maker(numpy=about["numpy"])
    case = msgspec.convert(about["case"], list[GoldenInput])
    for path in about["values"]:
        say(stage="run", value=path)
        place = None if path is None else Path(path)
        by_hand = about["input"] is None
        value = (
            site.feeds_of({s.name: make_input(s) for s in case}) if by_hand else value_of(about["input"], place, over)
        )
        found = site.predict(value)
        say(result=json.dumps(found)[:200])
        site.reset()
    say(stage="done")


def main() -> None:
    """Arguments: the job's folder, the memory limit in bytes."""
    begin()
    limit_memory(int(sys.argv[2]))
    try:
        run(Path(sys.argv[1]))
    except EdgewebError as error:
        kind = type(error).__name__
        say(kind=kind, error=[error.what, error.why, error.hint], text=getattr(error, "text", ""))
    except MemoryError:
        say(kind="memory", error=[])
    except Exception as error:  # noqa: BLE001 - the parent turns it into a sentence
        say(kind="other", error=[f"{type(error).__name__}: {error}"])


if __name__ == "__main__":
    main()
