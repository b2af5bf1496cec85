"""A folder as the Hugging Face Hub and its exporters give it: which graphs lie in it, and in which precisions.

optimum-cli writes graphs beside `config.json`, the Hub keeps them in a folder `onnx`, onnxruntime-genai's builder adds
`genai_config.json`. A graph's role is its file's name without the precision, as `encoder_model` of
`encoder_model_q4.onnx`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TypeVar

from edgeweb.errors import EdgewebError, ModelError
from edgeweb.read import architectures, external, genai, intake, layouts, neighbours, tensors, visit

File = TypeVar("File", bound=PurePath)

# The most exact first: it is what smaller forms are compared with. O1 to O4 are levels of ONNX Runtime's optimizer, of
# which the last one halves the weights; browsers have no bf16.
PRECISIONS = (
    "", "fp32", "O1", "O2", "O3", "fp16", "O4", "int8", "uint8", "qint8", "quint8", "quantized", "q8", "int4",
    "uint4", "q4", "q4f16", "bnb4", "q2", "q2f16", "q1", "q1f16",
    "bf16",
)  # fmt: skip
# Some name the processor as well that a form was made for, such as qint8_avx512_vnni.
_PRECISION = re.compile(rf"^(.+?)_({'|'.join(PRECISIONS[1:])})(?:_(?:avx2|avx512|avx512_vnni|arm64|ppc64le))?$")
# What takes the visitor's input, in the order in which it is looked for.
LEADS = (
    "model", "encoder_model", "encoder", "vision_encoder", "vision_model", "audio_encoder", "audio_model",
    "text_encoder", "text_model", "decoder_model_merged", "decoder_with_past_model", "decoder_model",
)  # fmt: skip
# The two that one file holds together where there is one.
_MERGED, _SPLIT = "decoder_model_merged", ("decoder_model", "decoder_with_past_model")
_MOST_GRAPHS = 200
# Of a larger file the graph is not read only to see where its weights are: they are in it.
_GRAPH_BYTES = 64 << 20


@dataclass(frozen=True)
class Folder:
    """`home`: with `config.json` and the others. `graphs`: the most exact file of each role, the one that takes the
    visitor's input first. `others`: further precisions of them, by role. `passed`: why one that is more exact was not
    taken.
    """

    home: Path
    graphs: Mapping[str, Path]
    others: Mapping[str, Sequence[Path]]
    passed: Mapping[Path, str] = field(default_factory=dict)

    @property
    def lead(self) -> Path:
        """The file that takes the visitor's input."""
        return next(iter(self.graphs.values()))


def home(model: Path) -> Path:
    """The folder of the files that speak of a model: its own, or that above a folder `onnx`."""
    # The file itself may be a link, as in the Hub's cache, whose neighbours are those of the link.
    folder = model.parent.resolve()
    return folder.parent if folder.name == "onnx" else folder


def opened(path: Path) -> Folder:
    """The graphs of a folder.

    Raises:
        ModelError: it holds none, says what to type then; or several that are not of one model.
    """
    try:
        here = [file for place in (path, path / "onnx") if place.is_dir() for file in sorted(place.iterdir())]
        files = [file for file in here if not file.is_dir()]
        if not any(map(is_graph, files)):
            folder = next((file for file in here if is_graph(file)), None)
            raise _no_file(folder) if folder else layouts.empty(path, layouts.listed(path))
    except OSError as error:
        raise ModelError(f"{path} cannot be read", error.strerror or str(error), "Check the folder") from error
    graphs = [file for file in files if is_graph(file)]
    if len(graphs) > _MOST_GRAPHS:
        why = f"it has {len(graphs):,} .onnx files, and a model has at most {_MOST_GRAPHS}"
        raise ModelError(f"{path} holds too many models", why, "Give one of the files, or a folder with one model")
    ordered = arranged(graphs)
    ordered = {name: ordered[name] for name in ordered if name not in _strays(path, ordered)}
    first = _lead(path, list(ordered))
    names = [first, *(name for name in ordered if name != first)]
    passed: dict[Path, str] = {}
    taken = {name: usable(ordered[name], _unusable, passed) for name in names}
    others = {name: [file for file in ordered[name] if file != taken[name]] for name in names}
    return Folder(path, taken, {name: found for name, found in others.items() if found}, passed)


def lead(path: Path) -> Path:
    """The file of a folder that takes the visitor's input; a file is its own.

    Raises:
        ModelError: as `opened`, or the graphs are not all that the model consists of.
        ConfigError: a file beside them is damaged, or of another model.
    """
    if not path.is_dir():
        return path
    found = opened(path)
    neighbours.check(path, found.graphs)
    return found.lead


def is_graph(file: PurePath) -> bool:
    """Whether it is an ONNX file, by its name."""
    return file.suffix.lower() == ".onnx"


def role(file: PurePath) -> tuple[str, str]:
    """A graph's role and precision, by the name of its file."""
    found = _PRECISION.match(file.stem)
    return (found[1], found[2]) if found else (file.stem, "")


def arranged(graphs: Iterable[File]) -> dict[str, list[File]]:
    """Graphs by their roles, of each role the most exact first."""
    roles: dict[str, list[File]] = {}
    for file in graphs:
        roles.setdefault(role(file)[0], []).append(file)
    ordered = {name: sorted(found, key=_exactness) for name, found in roles.items()}
    split = [ordered[name][0] for name in _SPLIT if name in ordered]
    if _MERGED in ordered and split:
        merged = _exactness(ordered[_MERGED][0]) <= min(map(_exactness, split))
        ordered = {name: found for name, found in ordered.items() if name not in (_SPLIT if merged else (_MERGED,))}
    return ordered


def _exactness(file: PurePath) -> int:
    return PRECISIONS.index(role(file)[1])


def notes(file: Path) -> tuple[str, ...]:
    """Which of several precisions of a graph is the model, and why the others are not."""
    try:
        files = [each for each in sorted(file.parent.iterdir()) if is_graph(each) and each.is_file()]
    except OSError:
        return ()
    ordered = arranged(each for each in files if role(each)[0] == role(file)[0]).get(role(file)[0], [file])
    passed: dict[Path, str] = {}
    said = told(file, usable(ordered, _unusable, passed), ordered, passed)
    try:
        strays = _strays(home(file), arranged(files))
    except EdgewebError:
        return said
    left = [f"{name}.onnx" for name in strays if name != role(file)[0]]
    return (*said, *([f"not taken: {visit.listing(left, 8)}, as config.json says another class"] if left else []))


def told(file: File, best: File, ordered: Sequence[File], passed: Mapping[File, str]) -> tuple[str, ...]:
    """Why `file` is the model and the others in `ordered` are not. `passed`: why those before `best` could not be."""
    others = [each.name for each in ordered if each.name != file.name]
    if not others:
        return ()
    why = "the most exact that a browser can hold" if passed else "the most exact"
    why = why if best.name == file.name else "as it was given"
    said = [f"{file.name} is the model, {why}; other forms of it lie beside it"]
    said += [f"{each.name} was not taken: {reason}" for each, reason in passed.items() if each.name != file.name]
    left = [name for name in others if name not in {each.name for each in passed}]
    if left:
        said.append(
            f"not taken, neither for wasm nor for WebGPU: {visit.listing(left, 8)}, as the smaller forms that ship are "
            f"made of {file.name} and compared with it"
        )
    return tuple(said)


def usable(ordered: Sequence[File], reason: Callable[[File], str], passed: dict[File, str]) -> File:
    """The most exact file that can be taken; `passed` gets why those before it cannot. A single one always is: what is
    wrong with it is said when it is read.
    """
    reasons: dict[File, str] = {}
    for file in ordered:
        why = reason(file) if len(ordered) > 1 else ""
        if not why:
            passed |= reasons
            return file
        reasons[file] = why
    return ordered[0]


def _unusable(file: Path) -> str:
    """Why a graph cannot be the model, as far as that is known without its weights."""
    try:
        size = file.stat().st_size
        if intake.is_pointer(file):
            return "it is a Git LFS pointer, not the model it stands for"
        stored = external.files(file) if size < _GRAPH_BYTES else {}
    except OSError:
        return ""
    missing = next((name for name, found in stored.items() if found is None), None)
    if missing is not None:
        return f"its external data {missing} is not there"
    whole = size + sum(filter(None, stored.values()))
    most = tensors.MAX_BYTES if whole == size else tensors.MOST_BYTES
    return f"its {whole:,} bytes are more than the {most:,} that a browser can hold" if whole > most else ""


def _lead(path: Path, roles: Sequence[str]) -> str:
    named = genai.parts(path)
    if "decoder" in named and len(named) == 1 and (only := role(Path(named["decoder"].file))[0]) in roles:
        return only
    found = next((name for name in LEADS if name in roles), roles[0] if len(roles) == 1 else None)
    if found is None:
        what = visit.listing(sorted(f"{name}.onnx" for name in roles))
        raise ModelError(
            f"{path} holds several models", f"nothing says how {what} work together", "Give one of the files"
        )
    return found


def _no_file(folder: Path) -> ModelError:
    return ModelError(f"{folder} is a folder", "it is called as a model's file is", "Give the .onnx file itself")


def _strays(home: Path, roles: Iterable[str]) -> list[str]:
    """Of a graph called model, beside those of an encoder and a decoder, or these, what is not the class in
    config.json; ModelError where nothing says it.
    """
    known = list(roles)
    halves = [name for name in known if "coder" in name]
    decodes = [name for name in halves if "decoder" in name]
    if "model" not in known or not decodes or decodes == halves:
        return []
    path = home / "config.json"
    task = architectures.task_of(intake.json_object(path, "Download or save it again") if path.exists() else {})
    if task is None:
        why = "nothing says whether model.onnx is it, or the encoder and the decoder beside it"
        raise ModelError(f"{home} holds several models", why, "Give model.onnx, or take it out of the folder")
    return ["model"] if task in architectures.WRITTEN else halves
