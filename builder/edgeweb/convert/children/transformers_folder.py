"""Folders of transformers to ONNX by optimum, and what transformers itself answers."""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import onnx
from edgeweb_children.runner import Job, Refusal

# optimum does without it, and then compares nothing.
_VALIDATES = importlib.util.find_spec("onnxruntime") is not None
# What belongs to a model besides its weights; these are made anew.
_MOST_BYTES = 64 << 20
_LEFT = (".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack", ".onnx", ".py", ".pkl", ".md", ".toml")


def convert(job: Job) -> dict[str, Any]:
    """A folder of graphs, with all that lay beside the weights."""
    os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = "1"
    from optimum.exporters.onnx import main_export

    out = job.out / job.told.get("place", job.source.name or "model")
    out.parent.mkdir(parents=True, exist_ok=True)
    job.say(step="optimum exports it")
    heard = _Heard()
    logging.getLogger("optimum.exporters.onnx").addHandler(heard)
    try:
        main_export(
            str(job.source), str(out), task=job.told["task"], library_name=job.told["library"], local_files_only=True,
            trust_remote_code=False, do_validation=_VALIDATES,
        )  # fmt: skip
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        what = f"{job.source} cannot be exported by optimum"
        why = f"it says: {(lines or [type(error).__name__])[0]}"[:300]
        raise Refusal(what, why, "Check the folder, or export it in the Python where it was made") from error
    _accompany(job, out)
    graphs = sorted(path.name for path in out.glob("*.onnx"))
    return {
        "framework": "transformers", "module": "transformers", "place": str(out.relative_to(job.out)), "graphs": graphs,
        **_ends(job, out, graphs, heard.told),
    }  # fmt: skip


def predict(job: Job, rows: dict[str, Any]) -> dict[str, Any]:
    """What the class in config.json answers."""
    import torch

    model = _model(job)
    with torch.inference_mode():
        answers = model(**{name: torch.from_numpy(array.copy()) for name, array in rows.items()}, return_dict=True)
    return {name: answers[name].numpy() for name in job.said["outputs"]}


@cache
def _model(job: Job) -> Any:
    os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = "1"
    import transformers

    config = transformers.AutoConfig.from_pretrained(str(job.source), local_files_only=True)
    kind = getattr(transformers, (config.architectures or [""])[0], transformers.AutoModel)
    return kind.from_pretrained(str(job.source), local_files_only=True).eval()


def _ends(job: Job, out: Any, graphs: list[str], told: list[str]) -> dict[str, Any]:
    """Inputs and outputs of a single graph, whose answers can be compared; of several optimum has compared each."""
    if graphs == ["model.onnx"] and not told:
        made = onnx.load(str(out / graphs[0]), load_external_data=False)
        names = [each.name for each in made.graph.output]
        if all(name in _KNOWN for name in names):
            return {"inputs": {each.name: [] for each in made.graph.input}, "outputs": names}
    if not _VALIDATES:
        return {}
    if told:
        return {"compared": f"not the same answers as {{framework}}: {told[0]}"}
    return {"compared": f"same answers as {{framework}}, as optimum found of {', '.join(graphs)}"}


# As transformers calls what its models answer.
_KNOWN = frozenset((
    "logits", "last_hidden_state", "pooler_output", "start_logits", "end_logits", "pred_boxes", "predicted_depth",
    "reconstruction",
))  # fmt: skip


def _accompany(job: Job, out: Any) -> None:
    """Tokenizers, labels and the like, where optimum has not written them itself."""
    # In the Hub's cache every file is a link to one beside.
    files = Path(job.told.get("files", job.source)).resolve()
    for path in sorted(job.source.rglob("*")):
        to = out / path.relative_to(job.source)
        if path.is_symlink() and not path.resolve().is_relative_to(files):
            continue
        if path.is_file() and not to.exists() and not path.name.endswith(_LEFT) and path.stat().st_size < _MOST_BYTES:
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to)


class _Heard(logging.Handler):
    """What optimum says of graphs that answer otherwise than transformers."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what is of differences."""
        text = record.getMessage()
        if "succeeded with the warning" in text:
            self.told.append(" ".join(text.partition("warning:")[2].split())[:300])
