"""What a folder without ONNX files holds instead, and what to type for some."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from edgeweb.errors import ModelError
from edgeweb.read import architectures, intake, visit
from edgeweb.read.formats import foreign

_WEIGHTS = re.compile(r"\.(safetensors|bin|pt|pth|ckpt|h5|msgpack)$")
_INSTALL = "Run: pip install optimum-onnx, then"
_KERAS = "Export it with model.export('model.onnx', format='onnx') in Keras"
_ITSELF = "Give that file itself"
_SOURCE = "Export the model that it was made of"
_NONE = "Look for a copy of the model in ONNX format"
# By the name of a file that stands for the layout: what it is, and what to do.
_LAYOUTS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"model_index\.json"), "a pipeline of diffusers, which no task of edgeweb runs",
     "Give a folder with one model"),
    (re.compile(r"config\.cfg"), "a pipeline of spaCy, which nothing exports to ONNX",
     "Take a model of transformers for the same task, or train a TfidfVectorizer with a classifier of scikit-learn"),
    (re.compile(r"(shared_)?vocabulary\.(txt|json)"), "a CTranslate2 model", _SOURCE),
    (re.compile(r"consolidated\..*|.*\.llamafile"), "weights in the form of their authors",
     "Take the copy in the form of transformers, whose name mostly ends in -hf"),
    (re.compile(r".*\.(pkl|joblib|skops)"), "a pickled model, as scikit-learn's are",
     "Give that file itself; a pickle needs --trust-pickle, as docs/formats.md says"),
    (re.compile(r".*\.gguf"), "a GGUF language model of llama.cpp", _NONE),
    (re.compile(r".*\.tflite"), "a TensorFlow Lite model", _ITSELF),
    (re.compile(r".*\.keras"), "a Keras model", _ITSELF),
    (re.compile(r".*\.pt2"), "an exported program of PyTorch", _ITSELF),
    (re.compile(r"model\.weights\.h5|keras_metadata\.pb"), "a Keras model", _KERAS),
    (re.compile(r"group1-shard.*\.bin"), "a TensorFlow.js model", _NONE),
    (re.compile(r".*openvino.*\.xml"), "an OpenVINO model", _SOURCE),
    (re.compile(r".*\.mlmodel"), "a Core ML model", _SOURCE),
    (re.compile(r".*\.pte"), "an ExecuTorch program", _SOURCE),
    (re.compile(r".*\.ort"), "a model in ONNX Runtime's own .ort format", "Give the .onnx file that it was made of"),
    (re.compile(r".*\.nemo"), "a NeMo model", "Export it in Python: model.export('model.onnx')"),
)  # fmt: skip
# Beside a config.json these are only more of the same.
_EXPORTED = (r"consolidated\..*|.*\.llamafile", r".*\.(pkl|joblib|skops)")
_OTHERS = (".h5", ".msgpack")
# As peft calls what an adapter is for.
_ADAPTED = {
    "CAUSAL_LM": "text-generation-with-past", "SEQ_2_SEQ_LM": "text2text-generation-with-past",
    "SEQ_CLS": "text-classification", "TOKEN_CLS": "token-classification", "QUESTION_ANS": "question-answering",
    "FEATURE_EXTRACTION": "feature-extraction",
}  # fmt: skip
_AGAIN = "Download or save the folder again"
_MOST_FILES = 5000


def listed(path: Path) -> list[str]:
    """The files of a folder and those below it, as far as it is not huge, by their paths from there. OSError."""
    found = islice(path.rglob("*"), _MOST_FILES)
    return sorted(file.relative_to(path).as_posix() for file in found if file.is_file())


def empty(path: Path, files: Sequence[str], called: str = "") -> ModelError:
    """Why a folder without ONNX files in it or its `onnx` is no model, and how to make one.

    Args:
        files: of it and of folders in it; they need not be here, but for its JSON.
        called: how to name it, such as org/name, where not by its path.
    """
    names = [file for file in files if "/" not in file]
    what, here = f"{called or path} has no .onnx file", set(names)
    if path.suffix.lower() == ".mlpackage":
        return ModelError(what, "it is a Core ML package", _SOURCE)
    own = [name for name in names if _WEIGHTS.search(name) and not name.startswith("adapter_")]
    if "adapter_config.json" in here and not own:
        return _adapters(path, called)
    if "saved_model.pb" in here:
        return foreign.wrong_format(called or path, foreign.SAVED_MODEL)
    if "modules.json" in here and "config.json" not in here:
        typed = f"{_to(path, called)[0]} --task feature-extraction --library-name sentence_transformers"
        why = "it holds modules.json: a model of sentence-transformers whose parts are in folders"
        return ModelError(what, why, f"{_INSTALL}: optimum-cli export onnx --model {typed} {_to(path, called)[1]}")
    for pattern, layout, hint in _LAYOUTS:
        if "config.json" in here and pattern.pattern in _EXPORTED:
            continue
        if (found := next(filter(pattern.fullmatch, names), None)) is not None:
            return ModelError(what, f"it holds {found}: {layout}", hint)
    package = next((part for file in files for part in file.split("/")[:-1] if part.endswith(".mlpackage")), None)
    if package is not None:
        return ModelError(what, f"it holds {package}: a Core ML model", _SOURCE)
    deeper = sorted({file.rpartition("/")[0] for file in files if file.lower().endswith(".onnx")})
    if deeper:
        return ModelError(f"{what} at its top", f"they are in {visit.listing(deeper)}", "Give one of these folders")
    if "config.json" in here:
        return _export(path, names, any(file.startswith("onnx/") for file in files) or (path / "onnx").is_dir(), called)
    weights = next(filter(_WEIGHTS.search, names), None)
    if weights:
        why = f"it holds weights ({weights}), and no config.json that says of which model"
        yolo = f", as yolo export model={weights} format=onnx does for ultralytics'" if weights.endswith(".pt") else ""
        return ModelError(what, why, f"Export it from the program that made it{yolo}")
    why = "its folder onnx is empty" if (path / "onnx").is_dir() else "it holds no .onnx file"
    hint = "Give the path of an .onnx file, or of a folder that holds one"
    return ModelError(what if called else f"{path} is a folder", why, hint)


def _export(path: Path, names: Sequence[str], onnx: bool, called: str) -> ModelError:
    """It can be exported, unless it is one that transformers does not read. `onnx`: such a folder is there."""
    what, config = f"{called or path} has no .onnx file", intake.json_object(path / "config.json", "Download it again")
    weights = sorted((name for name in names if _WEIGHTS.search(name)), key=lambda name: name.endswith(_OTHERS))
    holds = f"it holds weights ({weights[0]})" if weights else "it holds a config.json"
    holds = f"its folder onnx is empty, and {holds}" if onnx else holds
    gone = _missing(path, names)
    if gone:
        return ModelError(
            f"{called or path} lacks {gone[1]}", f"{gone[0]} names it, and there is no .onnx file", _AGAIN
        )
    if weights and all(name.endswith(_OTHERS) for name in weights):
        why = f"{holds} of TensorFlow or Flax, but no graph"
        return ModelError(what, why, "Load it with from_tf=True or from_flax=True and save it again")
    if isinstance(quantised := config.get("quantization_config", config.get("quantization")), dict):
        kind = str(quantised.get("quant_method") or "MLX")
        why = f"{holds} quantised by {kind}, which nothing exports"
        return ModelError(what, why, "Export the model that it was made of; edgeweb makes it smaller itself")
    if "pretrained_cfg" in config and weights:
        return ModelError(what, f"{holds} of timm, but no graph", _timm(path / weights[0], config))
    if "model_type" not in config:
        return ModelError(what, f"{holds}, but no graph", "Export it from the program that made it")
    lfs = next((name for name in weights if intake.is_pointer(path / name)), None)
    first = f"Run: git lfs pull, as {lfs} is only a pointer; then" if lfs else _INSTALL
    typed = architectures.export(config, *_to(path, called))
    return ModelError(what, f"{holds}, but no graph", f"{first}: {typed}{_more(config)}")


def _to(path: Path, called: str) -> tuple[str, str]:
    """The model and the folder of its export, as they are typed."""
    out = f"{called.rpartition('/')[2] or path.resolve().name}-onnx"
    return called or shlex.quote(str(path)), shlex.quote(out)


def _more(config: Mapping[str, Any]) -> str:
    """What else has to be known of the command."""
    name, said = next(iter(architectures.classes(config)), "it"), []
    if architectures.task_of(config) is None:
        said.append(f"--task and what {name} is for")
    if config.get("auto_map"):
        said.append("--trust-remote-code if you trust the Python of its authors")
    return f", with {' and '.join(said)}" if said else ""


def _missing(path: Path, names: Sequence[str]) -> tuple[str, str] | None:
    """An index of weights, and a part of these that is not there."""
    for name in names:
        if name.endswith(".index.json") and (path / name).is_file():
            parts = intake.json_hint([path], name).get("weight_map")
            gone = sorted(set(map(str, parts.values())) - set(names)) if isinstance(parts, dict) else []
            if gone:
                return name, gone[0]
    return None


def _timm(weights: Path, config: Mapping[str, Any]) -> str:
    """The lines that export it."""
    size = config["pretrained_cfg"].get("input_size") if isinstance(config["pretrained_cfg"], dict) else None
    dims = ", ".join(map(str, [1, *size])) if isinstance(size, list) else "1, 3, 224, 224"
    made = f"timm.create_model({config.get('architecture')!r}, checkpoint_path={str(weights)!r}).eval()"
    return f"In Python: torch.onnx.export({made}, torch.rand({dims}), 'model.onnx')"


def _adapters(path: Path, called: str) -> ModelError:
    """LoRA and the like: some weights to be added to a model's."""
    config = intake.json_object(path / "adapter_config.json", "Download it again")
    base = str(config.get("base_model_name_or_path") or "its model")
    why = f"it holds adapters (adapter_config.json) that change {base}, and not the model"
    peft = f"PeftModel.from_pretrained(model, '{called or path}').merge_and_unload()"
    task = _ADAPTED.get(str(config.get("task_type")), "TASK")
    typed = f"optimum-cli export onnx --model MERGED --task {task} {_to(path, called)[1]}"
    return ModelError(
        f"{called or path} is no model of its own",
        why,
        f"Merge them with peft: {peft}, save it as MERGED and run: {typed}",
    )
