"""A folder as the Hugging Face Hub and its exporters give it: which graphs lie in it, and in which precisions.

optimum-cli writes graphs beside `config.json`, the Hub keeps them in a folder `onnx`, onnxruntime-genai's builder adds
`genai_config.json`. A graph's role is its file's name without the precision, as `encoder_model` of
`encoder_model_q4.onnx`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeweb.errors import ModelError
from edgeweb.read import architectures, intake, visit
from edgeweb.read.formats import foreign

# The most exact first: it is what smaller forms are compared with.
PRECISIONS = ("", "fp32", "fp16", "int8", "uint8", "quantized", "q8", "q4", "q4f16", "bnb4", "q2", "q1")
_PRECISION = re.compile(rf"^(.+?)_({'|'.join(PRECISIONS[1:])})$")
# What takes the visitor's input, in the order in which it is looked for.
LEADS = (
    "model", "encoder_model", "encoder", "vision_encoder", "vision_model", "audio_encoder", "audio_model",
    "text_encoder", "text_model", "decoder_model_merged", "decoder_with_past_model", "decoder_model",
)  # fmt: skip
_WEIGHTS = re.compile(r"\.(safetensors|bin|pt|pth|ckpt|h5|msgpack)$")
_MOST_GRAPHS = 200


@dataclass(frozen=True)
class Folder:
    """`home`: with `config.json` and the others. `graphs`: the most exact file of each role, the one that takes the
    visitor's input first. `others`: further precisions of them, by role.
    """

    home: Path
    graphs: Mapping[str, Path]
    others: Mapping[str, Sequence[Path]]

    @property
    def lead(self) -> Path:
        """The file that takes the visitor's input."""
        return next(iter(self.graphs.values()))


def home(model: Path) -> Path:
    """The folder of the files that speak of a model: its own, or that above a folder `onnx`."""
    folder = model.resolve().parent
    return folder.parent if folder.name == "onnx" else folder


def opened(path: Path) -> Folder:
    """The graphs of a folder.

    Raises:
        ModelError: it holds none, says what to type then; or several that are not of one model.
    """
    places = [path, path / "onnx"]
    try:
        files = [file for place in places if place.is_dir() for file in sorted(place.iterdir())]
    except OSError as error:
        raise ModelError(f"{path} cannot be read", error.strerror or str(error), "Check the folder") from error
    graphs = [file for file in files if file.suffix.lower() == ".onnx" and not file.is_dir()][:_MOST_GRAPHS]
    if not graphs:
        raise _empty(path, [file.name for file in files])
    roles: dict[str, list[Path]] = {}
    for file in graphs:
        roles.setdefault(role(file)[0], []).append(file)
    ordered = {name: sorted(found, key=lambda file: PRECISIONS.index(role(file)[1])) for name, found in roles.items()}
    first = _lead(path, list(ordered))
    names = [first, *(name for name in ordered if name != first)]
    return Folder(
        path, {name: ordered[name][0] for name in names}, {n: ordered[n][1:] for n in names if ordered[n][1:]}
    )


def lead(path: Path) -> Path:
    """The file of a folder that takes the visitor's input; a file is its own. ModelError as `opened`."""
    return opened(path).lead if path.is_dir() else path


def role(file: Path) -> tuple[str, str]:
    """A graph's role and precision, by the name of its file."""
    found = _PRECISION.match(file.stem)
    return (found[1], found[2]) if found else (file.stem, "")


def _lead(path: Path, roles: Sequence[str]) -> str:
    found = next((name for name in LEADS if name in roles), roles[0] if len(roles) == 1 else None)
    if found is None:
        what = visit.listing(sorted(f"{name}.onnx" for name in roles))
        raise ModelError(
            f"{path} holds several models", f"nothing says how {what} work together", "Give one of the files"
        )
    return found


def _empty(path: Path, names: Sequence[str]) -> ModelError:
    """That there is no ONNX file, and how to make one."""
    if "saved_model.pb" in names:
        return foreign.wrong_format(path, foreign.SAVED_MODEL)
    weights = [name for name in names if _WEIGHTS.search(name)]
    if "config.json" in names:
        config: dict[str, Any] = intake.json_hint([path], "config.json")
        task = architectures.task_of(config)
        holds = f"it holds weights ({weights[0]})" if weights else "it holds a config.json"
        command = f"optimum-cli export onnx --model {path}{f' --task {task}' if task else ''} {path.name}-onnx"
        return ModelError(
            f"{path} has no .onnx file", f"{holds}, but no graph", f"Run: pip install optimum-onnx, then: {command}"
        )
    hint = "Give the path of an .onnx file, or of a folder that holds one"
    return ModelError(f"{path} is a folder", "it holds no .onnx file", hint)
