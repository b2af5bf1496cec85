"""What a file of PyTorch's holds, from its first bytes: a program, weights, or a whole module; nothing of it is run."""

from __future__ import annotations

import re

_LOAD = "In Python: model = YourModule(); model.load_state_dict(torch.load('model.pt'){}); then {}"
_BUILD = "edgeweb.build(model, data=example)"
SCRIPT = (
    "a TorchScript program",
    "In Python: torch.onnx.export(torch.jit.load('model.pt'), (example,), 'model.onnx', dynamo=False); or, better, of "
    f"the module that it was made of: {_BUILD}",
)
# How a pickle begins that torch has written: with a dict, or with what it makes first.
_FIRST = re.compile(rb"\x80\x02(?:(\})|c([A-Za-z_][\w.]*)\n([A-Za-z_]\w*)\n)")
# Of programs that wrap a module in what is theirs.
_OWNERS = (
    (b"ultralytics", "a checkpoint of ultralytics", "Run: yolo export model=model.pt format=onnx"),
    (b"pytorch-lightning_version", "a checkpoint of Lightning",
     f"In Python: model = YourModule.load_from_checkpoint('model.ckpt'); then {_BUILD}"),
    (b"cfastai.", "a learner of fastai",
     "In Python: model = fastai.vision.all.load_learner('model.pkl').model.eval(); then " + _BUILD),
)  # fmt: skip


def is_script(archive: bytes) -> bool:
    """Whether an archive holds a program of TorchScript, by the names in it."""
    return b"constants.pkl" in archive and b"/code/" in archive


def identify(data: bytes) -> tuple[str, str] | None:
    """What is in a pickle that torch wrote, and what to do about it; None where its beginning does not say it."""
    for mark, what, hint in _OWNERS:
        if mark in data:
            return what, hint
    # Before 1.6 torch wrote what it is itself first, in pickles of their own.
    found = _FIRST.search(data, max(0, data.find(b".\x80\x02", max(0, data.find(b"type_sizes")))))
    if found is None:
        return None
    if found[1]:
        what = "a checkpoint of training in PyTorch: weights among other things, without the module that uses them"
        return what, _LOAD.format("['state_dict']", _BUILD)
    module, name = found[2].decode(), found[3].decode()
    if name == "OrderedDict" or module == "torch._utils":
        return "weights of PyTorch (a state_dict), without the module that uses them", _LOAD.format("", _BUILD)
    hint = f"Where its class is, and if you trust it: model = torch.load('model.pt', weights_only=False); then {_BUILD}"
    return f"a pickled module of PyTorch, {module}.{name}, whose class is in no file", hint
