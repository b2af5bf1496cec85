"""What somebody gets today: ONNX Runtime's own tools as their documentation calls them, from the model as it came."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
from edgeweb.inputs.golden import Array

# Ranges of more inputs hardly differ; the library's examples take about a hundred.
CALIBRATED_ON = 128


@dataclass(frozen=True)
class Tool:
    """`make(model, target, feeds)` writes `target` and says what else there is to know."""

    name: str
    about: str
    make: Callable[[Path, Path, Sequence[Mapping[str, Array]]], str]


def _dynamic(**options: Any) -> Callable[[Path, Path, Sequence[Mapping[str, Array]]], str]:
    def make(model: Path, target: Path, feeds: Sequence[Mapping[str, Array]]) -> str:
        from onnxruntime.quantization import quantize_dynamic

        quantize_dynamic(model, target, **options)
        return ""

    return make


def _optimum(weights: str) -> Callable[[Path, Path, Sequence[Mapping[str, Array]]], str]:
    """`optimum-cli onnxruntime quantize`: every operator of the integer registry, symmetric weights, per tensor."""

    def make(model: Path, target: Path, feeds: Sequence[Mapping[str, Array]]) -> str:
        from onnxruntime.quantization import QuantType, quantize_dynamic
        from onnxruntime.quantization.registry import IntegerOpsRegistry

        subgraphs = {"If", "Loop", "Scan", "SequenceMap"}
        operators = {node.op_type for node in onnx.load(model, load_external_data=False).graph.node}
        extra = {
            "WeightSymmetric": True,
            "ActivationSymmetric": False,
            "ForceSymmetric": False,
            "EnableSubgraph": bool(subgraphs & operators),
            # quantize_dynamic's own default is True; Optimum builds the quantizer without it.
            "MatMulConstBOnly": False,
        }
        kind = QuantType[weights]
        quantize_dynamic(
            model, target, op_types_to_quantize=list(IntegerOpsRegistry), per_channel=False, reduce_range=False,
            weight_type=kind, extra_options=extra,
        )  # fmt: skip
        return ""

    return make


class _Reader:
    def __init__(self, feeds: Sequence[Mapping[str, Array]]) -> None:
        self.feeds = iter(feeds[:CALIBRATED_ON])

    def get_next(self) -> dict[str, Array] | None:
        feed = next(self.feeds, None)
        return None if feed is None else dict(feed)


def _static(model: Path, target: Path, feeds: Sequence[Mapping[str, Array]]) -> str:
    from onnxruntime.quantization import CalibrationDataReader, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    CalibrationDataReader.register(_Reader)
    with tempfile.TemporaryDirectory() as folder:
        ready, note = Path(folder) / "ready.onnx", ""
        try:
            quant_pre_process(model, ready)
        except Exception as error:  # noqa: BLE001 - the library's; its documentation says to skip what fails
            note = f"pre-processed without symbolic shapes: {first_line(error)}"
            quant_pre_process(model, ready, skip_symbolic_shape=True)
        quantize_static(ready, target, _Reader(feeds), per_channel=True)
    return note


def _float16(model: Path, target: Path, feeds: Sequence[Mapping[str, Array]]) -> str:
    from onnxruntime.transformers.float16 import convert_float_to_float16

    onnx.save(convert_float_to_float16(onnx.load(model), keep_io_types=True), target)
    return ""


def first_line(error: BaseException) -> str:
    """Of a library's error, or of the reason that edgeweb gives for one."""
    lines = str(getattr(error, "why", error)).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200] if lines else ''}"


TOOLS = (
    Tool("dynamic int8", "onnxruntime.quantization.quantize_dynamic, its defaults (QInt8, per tensor)", _dynamic()),
    Tool("dynamic int8, per channel", "quantize_dynamic, per_channel=True", _dynamic(per_channel=True)),
    Tool("static int8 QDQ", f"quant_pre_process, then quantize_static: QDQ, MinMax, per_channel=True, at most {CALIBRATED_ON} of the search's inputs", _static),
    Tool("float16", "onnxruntime.transformers.float16.convert_float_to_float16, keep_io_types=True", _float16),
    Tool("Optimum arm64", "the parameters of optimum-cli onnxruntime quantize --arm64, --avx512 and --avx512_vnni (alike: dynamic, QOperator, QInt8 symmetric, per tensor), given to quantize_dynamic; Optimum itself needs torch", _optimum("QInt8")),
    Tool("Optimum avx2", "as above with --avx2: QUInt8 weights", _optimum("QUInt8")),
)  # fmt: skip
