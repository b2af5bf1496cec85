"""What in a graph of TensorFlow would touch this machine while it is read or run, and what cannot be done with it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from edgeweb_children.runner import Refusal, said_by

# Of TensorFlow's own; saving and restoring variables is in every SavedModel, which reads only its own folder.
_TOUCHES = frozenset((
    "ReadFile", "WriteFile", "MatchingFiles", "WholeFileReader", "WholeFileReaderV2", "TextLineReader",
    "TextLineReaderV2", "TFRecordReader", "TFRecordReaderV2", "FixedLengthRecordReader", "FixedLengthRecordReaderV2",
    "PyFunc", "PyFuncStateless", "EagerPyFunc", "TextLineDataset", "TFRecordDataset", "TFRecordDatasetV2",
    "FixedLengthRecordDataset", "FixedLengthRecordDatasetV2", "SqlDataset", "WriteScalarSummary", "LoadDataset",
    "CreateSummaryFileWriter", "CreateSummaryDbWriter", "SaveDataset", "SaveDatasetV2", "SnapshotDataset",
    "SnapshotDatasetV2", "DebugIdentity", "DebugIdentityV2", "DebugIdentityV3", "FileSystemSetConfiguration",
    "ImmutableConst",
))  # fmt: skip


def check(source: Path, operators: Iterable[str]) -> None:
    """Refuse what reads or writes files, or calls Python."""
    found = sorted({name.removeprefix("Flex") for name in operators} & _TOUCHES)
    if found:
        why = f"its operator {found[0]} reads or writes files of this machine, or calls Python"
        raise Refusal(f"{source} is unsafe", why, "Save the model again without that operator")


def not_read(source: Path, called: str, error: BaseException, again: str) -> Refusal:
    """That TensorFlow does not read it."""
    import tensorflow as tf

    return Refusal(f"{source} cannot be read as {called}", said_by(f"TensorFlow {tf.__version__}", error), again)


def not_converted(source: Path, error: BaseException) -> Refusal:
    """That tf2onnx does not convert it, in its own words."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return Refusal(
        f"{source} cannot be converted by tf2onnx", lines[0][:300], "Take other operators, or a newer tf2onnx"
    )
