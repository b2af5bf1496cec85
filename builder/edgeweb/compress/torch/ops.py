"""The operators that compute, said in PyTorch as ONNX means them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch.nn import functional

from edgeweb.compress.torch.base import Given, Inputs, Operator, Tensor, UnknownError, of, setting


def _each(inputs: Inputs, combine: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    total = inputs[0]
    for other in inputs[1:]:
        total = combine(total, other)
    return total


def _divide(given: Given, inputs: Inputs) -> Tensor:
    whole = not inputs[0].is_floating_point()
    return torch.div(inputs[0], inputs[1], rounding_mode="trunc" if whole else None)


def _clip(given: Given, inputs: Inputs) -> Tensor:
    low = inputs[1] if len(inputs) > 1 else given.get("min")
    high = inputs[2] if len(inputs) > 2 else given.get("max")
    value = inputs[0] if low is None else torch.maximum(inputs[0], torch.as_tensor(low))
    return value if high is None else torch.minimum(value, torch.as_tensor(high))


def _gemm(given: Given, inputs: Inputs) -> Tensor:
    a = inputs[0].mT if given.get("transA") else inputs[0]
    b = inputs[1].mT if given.get("transB") else inputs[1]
    product = given.get("alpha", 1.0) * (a @ b)
    return product if len(inputs) < 3 or inputs[2] is None else product + given.get("beta", 1.0) * inputs[2]


def _pads(given: Given, size: Sequence[int], kernel: Sequence[int]) -> list[int]:
    """The pads of each axis before and after, as functional.pad takes them: the last axis first."""
    axes = len(kernel)
    strides, dilations = given.get("strides", [1] * axes), given.get("dilations", [1] * axes)
    how = given.get("auto_pad", b"NOTSET")
    how = how.decode() if isinstance(how, bytes) else how
    pads = list(given.get("pads", [0] * 2 * axes))
    if how.startswith("SAME"):
        for axis in range(axes):
            span = (kernel[axis] - 1) * dilations[axis] + 1
            total = max(0, (math.ceil(size[axis] / strides[axis]) - 1) * strides[axis] + span - size[axis])
            small, large = total // 2, total - total // 2
            pads[axis], pads[axes + axis] = (large, small) if how == "SAME_LOWER" else (small, large)
    return [pads[axis + side * axes] for axis in reversed(range(axes)) for side in (0, 1)]


def _conv(given: Given, inputs: Inputs) -> Tensor:
    kernel = list(inputs[1].shape[2:])
    axes = len(kernel)
    pads = _pads(given, list(inputs[0].shape[2:]), kernel)
    run = (functional.conv1d, functional.conv2d, functional.conv3d)[axes - 1]
    even = pads[::2] == pads[1::2]
    value = inputs[0] if even else functional.pad(inputs[0], pads)
    bias = inputs[2] if len(inputs) > 2 else None
    return run(
        value,
        inputs[1],
        bias,
        stride=given.get("strides", [1] * axes),
        padding=pads[::-2] if even else 0,
        dilation=given.get("dilations", [1] * axes),
        groups=given.get("group", 1),
    )


def _activated(given: Given, value: Tensor) -> Tensor:
    """What ONNX Runtime has fused into the node before."""
    kind, numbers = given.get("activation", b"").decode(), list(given.get("activation_params", []))
    if not kind:
        return value
    if kind == "Clip":
        return torch.clamp(value, *numbers)
    names = {"LeakyRelu": ("alpha",), "HardSigmoid": ("alpha", "beta")}.get(kind, ())
    if kind not in ("Relu", "Sigmoid", "Tanh", "LeakyRelu", "HardSigmoid"):
        raise UnknownError(f"a fused {kind}")
    return OPERATORS[kind](dict(zip(names, numbers, strict=False)), [value])


def _fused_conv(given: Given, inputs: Inputs) -> Tensor:
    value = _conv(given, inputs)
    return _activated(given, value + inputs[3] if len(inputs) > 3 else value)


def _fused_matmul(given: Given, inputs: Inputs) -> Tensor:
    if given.get("transBatchA") or given.get("transBatchB"):
        raise UnknownError("FusedMatMul that transposes batches")
    return _gemm({**given, "beta": 0.0}, inputs[:2])


def _skip_layer_norm(given: Given, inputs: Inputs) -> Tensor:
    total = inputs[0] + inputs[1]
    total = total + inputs[4] if len(inputs) > 4 else total
    found = _normalised(total, [-1], given.get("epsilon", 1e-12)) * inputs[2]
    return found + inputs[3] if len(inputs) > 3 and inputs[3] is not None else found


def _max_pool(given: Given, inputs: Inputs) -> Tensor:
    kernel = given["kernel_shape"]
    pads = _pads(given, list(inputs[0].shape[2:]), kernel)
    value = functional.pad(inputs[0], pads, value=-math.inf) if any(pads) else inputs[0]
    run = (functional.max_pool1d, functional.max_pool2d, functional.max_pool3d)[len(kernel) - 1]
    one = [1] * len(kernel)
    rounded = bool(given.get("ceil_mode"))
    strides, dilations = given.get("strides", one), given.get("dilations", one)
    return run(value, kernel, strides, 0, dilations, ceil_mode=rounded)


def _average_pool(given: Given, inputs: Inputs) -> Tensor:
    kernel = given["kernel_shape"]
    pads = _pads(given, list(inputs[0].shape[2:]), kernel)
    if given.get("ceil_mode") or any(size != 1 for size in given.get("dilations", [1])):
        raise UnknownError("AveragePool that rounds up or is dilated")
    run = (functional.avg_pool1d, functional.avg_pool2d, functional.avg_pool3d)[len(kernel) - 1]
    strides = given.get("strides", [1] * len(kernel))
    total = run(functional.pad(inputs[0], pads), kernel, strides)
    if not any(pads) or given.get("count_include_pad"):
        return total
    inside = functional.pad(torch.ones((1, 1, *inputs[0].shape[2:])), pads)
    return total / run(inside, kernel, strides)


def _batch_norm(given: Given, inputs: Inputs) -> Tensor:
    shape = [1, -1] + [1] * (inputs[0].dim() - 2)
    scale, bias, mean, variance = (each.reshape(shape) for each in inputs[1:5])
    return (inputs[0] - mean) / torch.sqrt(variance + given.get("epsilon", 1e-5)) * scale + bias


def _normalised(value: Tensor, axes: Sequence[int], epsilon: float) -> Tensor:
    mean = value.mean(list(axes), keepdim=True)
    variance = ((value - mean) ** 2).mean(list(axes), keepdim=True)
    return (value - mean) / torch.sqrt(variance + epsilon)


def _layer_norm(given: Given, inputs: Inputs) -> Tensor:
    value = inputs[0]
    first = given.get("axis", -1) % value.dim()
    found = _normalised(value, range(first, value.dim()), given.get("epsilon", 1e-5)) * inputs[1]
    return found + inputs[2] if len(inputs) > 2 else found


def _instance_norm(given: Given, inputs: Inputs) -> Tensor:
    value = inputs[0]
    shape = [1, -1] + [1] * (value.dim() - 2)
    found = _normalised(value, range(2, value.dim()), given.get("epsilon", 1e-5))
    return found * inputs[1].reshape(shape) + inputs[2].reshape(shape)


def _softmax(run: Callable[..., Tensor]) -> Operator:
    def softmax(given: Given, inputs: Inputs) -> Tensor:
        value = inputs[0]
        if given["opset"] >= 13:
            return run(value, dim=given.get("axis", -1))
        # Until opset 13 all axes from this one on are one.
        axis = given.get("axis", 1) % value.dim()
        flat = value.reshape(math.prod(value.shape[:axis]), -1)
        return run(flat, dim=1).reshape(value.shape)

    return softmax


def _reduced(run: Callable[[Tensor, list[int], bool], Tensor]) -> Operator:
    def reduce(given: Given, inputs: Inputs) -> Tensor:
        axes = setting(given, inputs, "axes", 1)
        if not axes and given.get("noop_with_empty_axes"):
            return inputs[0]
        return run(inputs[0], axes or list(range(inputs[0].dim())), bool(given.get("keepdims", 1)))

    return reduce


def _gelu(given: Given, inputs: Inputs) -> Tensor:
    return functional.gelu(inputs[0], approximate=given.get("approximate", b"none").decode())


def _of_two(run: Callable[[Tensor, Tensor], Tensor]) -> Operator:
    return lambda given, inputs: _each(inputs, run)


def _spatial(value: Tensor) -> list[int]:
    return list(range(2, value.dim()))


OPERATORS: Mapping[str, Operator] = {
    "Abs": of(torch.abs),
    "Add": _of_two(torch.add),
    "And": _of_two(torch.logical_and),
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Ceil": of(torch.ceil),
    "BiasGelu": lambda given, inputs: functional.gelu(inputs[0] + inputs[1]),
    "Clip": _clip,
    "Conv": _conv,
    "Cos": of(torch.cos),
    "Div": _divide,
    "Dropout": of(lambda x: x),
    "Elu": lambda given, inputs: functional.elu(inputs[0], given.get("alpha", 1.0)),
    "Equal": _of_two(torch.eq),
    "Erf": of(torch.erf),
    "Exp": of(torch.exp),
    "Floor": of(torch.floor),
    "Gelu": _gelu,
    "Gemm": _gemm,
    "FusedConv": _fused_conv,
    "FusedGemm": lambda given, inputs: _activated(given, _gemm(given, inputs)),
    "FusedMatMul": _fused_matmul,
    "GlobalAveragePool": of(lambda x: x.mean(_spatial(x), keepdim=True)),
    "GlobalMaxPool": of(lambda x: torch.amax(x, _spatial(x), keepdim=True)),
    "Greater": _of_two(torch.gt),
    "HardSigmoid": lambda given, inputs: torch.clamp(
        inputs[0] * given.get("alpha", 0.2) + given.get("beta", 0.5), 0, 1
    ),
    "HardSwish": of(functional.hardswish),
    "Identity": of(lambda x: x),
    "InstanceNormalization": _instance_norm,
    "LayerNormalization": _layer_norm,
    "LeakyRelu": lambda given, inputs: functional.leaky_relu(inputs[0], given.get("alpha", 0.01)),
    "Less": _of_two(torch.lt),
    "Log": of(torch.log),
    "LogSoftmax": _softmax(functional.log_softmax),
    "MatMul": _of_two(torch.matmul),
    "Max": _of_two(torch.maximum),
    "MaxPool": _max_pool,
    "Min": _of_two(torch.minimum),
    "Mul": _of_two(torch.mul),
    "Neg": of(torch.neg),
    "Not": of(torch.logical_not),
    "Or": _of_two(torch.logical_or),
    "PRelu": lambda given, inputs: torch.where(inputs[0] < 0, inputs[0] * inputs[1], inputs[0]),
    "Pow": lambda given, inputs: torch.pow(inputs[0], inputs[1]).to(inputs[0].dtype),
    "Reciprocal": of(torch.reciprocal),
    "ReduceL2": _reduced(lambda x, axes, keep: torch.sqrt((x * x).sum(axes, keepdim=keep))),
    "ReduceMax": _reduced(lambda x, axes, keep: torch.amax(x, axes, keepdim=keep)),
    "ReduceMean": _reduced(lambda x, axes, keep: x.mean(axes, keepdim=keep)),
    "ReduceMin": _reduced(lambda x, axes, keep: torch.amin(x, axes, keepdim=keep)),
    "ReduceSum": _reduced(lambda x, axes, keep: x.sum(axes, keepdim=keep)),
    "Relu": of(torch.relu),
    "Selu": lambda given, inputs: (
        given.get("gamma", 1.0507009873554805) * functional.elu(inputs[0], given.get("alpha", 1.6732632423543772))
    ),
    "Sigmoid": of(torch.sigmoid),
    "Sin": of(torch.sin),
    "SkipLayerNormalization": _skip_layer_norm,
    "Softmax": _softmax(functional.softmax),
    "Softplus": of(functional.softplus),
    "Softsign": of(functional.softsign),
    "Sqrt": of(torch.sqrt),
    "Sub": _of_two(torch.sub),
    "Sum": _of_two(torch.add),
    "Tanh": of(torch.tanh),
    "Where": lambda given, inputs: torch.where(inputs[0].bool(), inputs[1], inputs[2]),
}
