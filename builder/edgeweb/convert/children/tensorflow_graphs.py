"""What in a graph of TensorFlow would touch this machine while it is read or run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from edgeweb_children.runner import Refusal

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
