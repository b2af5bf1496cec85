"""What in an exported program of PyTorch would run as Python while torch reads it: found without torch, and refused."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edgeweb_children.runner import Refusal

AGAIN = "Save it again with torch.export.save(torch.export.export(model.eval(), example), 'model.pt2')"
_TRUST = "Save it again from a model of torch's own layers, or add --trust-pickle if you trust whoever made it"
# torch takes an operator for a path of attributes, so that any function of Python could be named; these only calculate.
_OPERATOR = re.compile(
    r"torch\.ops\.(aten|prims?|higher_order|quantized|quantized_decomposed|torchvision|torchaudio)"
    r"\.(?!from_file)[a-zA-Z]\w*(\.[a-zA-Z]\w*)?|math\.[a-z]\w*|torch\.(_sym_|sym_)\w+|"
    r"_operator\.(getitem|add|sub|mul|truediv|floordiv|mod|pow|neg|pos|abs|lt|le|eq|ne|gt|ge|and_|or_|xor|not_|"
    r"lshift|rshift)"
)
# sympy evaluates what it reads: names of sizes, numbers, and functions of these.
_EXPRESSION = re.compile(r"(?:[\w\s+\-*/(),.<>=&|~%]|'[\w.\-+]*')*")
_NAMES = re.compile(r"\.?[A-Za-z_]\w*")
_SYMBOL = re.compile(r"[a-z]{1,4}\d+")
_FUNCTIONS = frozenset((
    "Symbol", "Integer", "Rational", "Float", "Add", "Mul", "Pow", "Max", "Min", "And", "Or", "Not", "Equality",
    "Unequality", "StrictLessThan", "LessThan", "StrictGreaterThan", "GreaterThan", "Piecewise", "Eq", "Ne", "Lt", "Le",
    "Gt", "Ge", "Mod", "floor", "ceiling", "positive", "integer", "nonnegative", "real", "finite", "precision", "true",
    "false", "True", "False", "oo", "int_oo", "e", "FloorDiv", "ModularIndexing", "Where", "PythonMod", "CleanDiv",
    "CeilDiv", "CeilToInt", "FloorToInt", "LShift", "RShift", "PowByNatural", "FloatPow", "FloatTrueDiv", "IntTrueDiv",
    "IsNonOverlappingAndDenseIndicator", "TruncToFloat", "TruncToInt", "RoundToInt", "RoundDecimal", "ToFloat",
    "Identity",
))  # fmt: skip
# Other words stand as they are in Python that torch writes and runs, as names of arguments do.
_WORD = re.compile(r"[\w .:/<>+\-]*")
# Kept as texts, or replaced before anything is run (`torch_program`).
_TEXTS = frozenset(("metadata", "as_string", "as_strings", "guards_code", "torch_version"))
_PICKLES = re.compile(r"(^|/)data/(weights|constants)/(custom_obj|opaque)")
_COMPILED = re.compile(r"(^|/)data/aotinductor/")
# torch takes whatever lies in models/ for a graph.
_GRAPH = re.compile(r"(^|/)models/.|\.json$")
_MOST_BYTES = 1 << 28


def check(source: Path) -> None:
    """Refuse a damaged archive, and one that holds code."""
    try:
        with zipfile.ZipFile(source) as archive:
            for info in archive.infolist():
                _check_name(source, info.filename)
                if _GRAPH.search(info.filename):
                    if info.file_size > _MOST_BYTES:
                        raise Refusal(f"{source} is too large", f"its graph has {info.file_size:,} bytes", AGAIN)
                    for key, value in _pairs("", json.loads(archive.read(info))):
                        _check(source, key, value)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, RecursionError, OSError, EOFError) as error:
        raise Refusal(f"{source} is damaged", f"it is no whole archive ({error})", AGAIN) from error


def pickled(source: Path, what: str) -> Refusal:
    """That reading it would run something."""
    return Refusal(f"{source} holds code", f"it has {what}, which would run as soon as it is read", _TRUST)


def _check_name(source: Path, name: str) -> None:
    if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/"):
        raise Refusal(f"{source} is unsafe", f"it holds a file that would lie outside it ({name[:80]})", AGAIN)
    if _PICKLES.search(name):
        raise pickled(source, f"a Python object ({name[:80]})")
    if _COMPILED.search(name):
        raise pickled(source, f"compiled code ({name[:80]})")


def _check(source: Path, key: str, value: Any) -> None:
    if key == "use_pickle" and value:
        raise pickled(source, "weights of a class of their own")
    if not isinstance(value, str):
        return
    if key in ("target", "as_operator"):
        if not _OPERATOR.fullmatch(value):
            raise pickled(source, f"a call of {value[:80]!r}, which is no operator of torch's own")
    elif key == "expr_str":
        if not _calculates(value):
            raise pickled(source, f"a size that is code ({value[:80]!r})")
    elif not _WORD.fullmatch(value):
        raise pickled(source, f"a name that is code ({value[:80]!r})")


def _calculates(text: str) -> bool:
    """Whether an expression only has sizes, numbers, and functions of these."""
    names = _NAMES.findall(re.sub(r"'[^']*'", "", text))
    return bool(_EXPRESSION.fullmatch(text)) and all(_SYMBOL.fullmatch(name) or name in _FUNCTIONS for name in names)


def _pairs(key: str, found: Any) -> Iterator[tuple[str, Any]]:
    """Every value with the key that it stands under, also those in JSON that is written as a text."""
    waiting = [(key, found)]
    while waiting:
        key, value = waiting.pop()
        if key in _TEXTS:
            continue
        if isinstance(value, str) and key in ("in_spec", "out_spec", "context") and value[:1] in '[{"':
            waiting.append(("", json.loads(value)))
        elif isinstance(value, dict):
            waiting += [("", each) for each in value] + list(value.items())
        elif isinstance(value, list):
            waiting += [(key, each) for each in value]
        else:
            yield key, value
