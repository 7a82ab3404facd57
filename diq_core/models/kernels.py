"""The matrix product behind every linear layer, on the fastest exact path of this machine.

PyTorch sends float32 products on an x86 CPU to a library that does not use the full width of
recent AMD processors; oneDNN, which PyTorch also carries, does. Both compute in float32 and
differ by rounding only. On one Zen 5 core oneDNN is twice as fast; see `benchmarks/influence.py`.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

X86 = ("x86_64", "AMD64")


def use_threads(threads: int) -> None:
    """Let PyTorch use this many threads from now on, in this process."""
    import torch

    torch.set_num_threads(threads)


def has_onednn() -> bool:
    """Tell whether oneDNN's linear operator exists here and is the better choice.

    The answer depends on the machine and the PyTorch version only, never on a timing, so the
    same command takes the same path twice.
    """
    import torch

    return (
        platform.machine() in X86
        and torch.backends.mkldnn.is_available()
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    )


@contextmanager
def fast_linears(model: nn.Module) -> Iterator[str]:
    """Route `model`'s float32 CPU linear layers through oneDNN inside the ``with`` block.

    Forward and backward both work; weights stay where they are, so they may be exchanged in
    between. Layers of other types, devices or precisions are left alone.

    Yields:
        "onednn", or "torch" where nothing was changed.
    """
    layers = [layer for layer in model.modules() if _can_speed_up(layer)] if has_onednn() else []
    linear = _linear() if layers else None
    for layer in layers:
        layer.forward = _forward_of(layer, linear)
    try:
        yield "onednn" if layers else "torch"
    finally:
        for layer in layers:
            del layer.forward


def _can_speed_up(layer: nn.Module) -> bool:
    import torch

    return (
        type(layer) is torch.nn.Linear
        and layer.weight.dtype == torch.float32
        and layer.weight.device.type == "cpu"
        and "forward" not in vars(layer)
    )


def _forward_of(layer: Any, linear: Any) -> Callable[[Tensor], Tensor]:
    def forward(inputs: Tensor) -> Tensor:
        result: Tensor = linear(inputs, layer.weight, layer.bias)
        return result

    return forward


@cache
def _linear() -> Callable[[Tensor, Tensor, Tensor | None], Tensor]:
    """Return a differentiable linear map that computes every product by oneDNN."""
    import torch
    from torch.autograd.function import once_differentiable

    def product(left: Tensor, right: Tensor, bias: Tensor | None = None) -> Tensor:
        result: Tensor = torch.ops.mkldnn._linear_pointwise(left, right, bias, "none", [], "")
        return result

    class OneDnnLinear(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
            ctx.save_for_backward(inputs, weight)
            return product(inputs, weight, bias)

        @staticmethod
        @once_differentiable
        def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
            inputs, weight = ctx.saved_tensors
            wants_inputs, wants_weight, wants_bias = ctx.needs_input_grad
            rows = grad.reshape(-1, grad.shape[-1])
            return (
                product(grad.contiguous(), weight.t()) if wants_inputs else None,
                product(rows.t(), inputs.reshape(-1, inputs.shape[-1]).t())
                if wants_weight
                else None,
                rows.sum(0) if wants_bias else None,
            )

    def linear(inputs: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if not torch.is_grad_enabled():
            return product(inputs, weight, bias)
        result: Tensor = OneDnnLinear.apply(inputs, weight, bias)
        return result

    return linear


@contextmanager
def full_precision() -> Iterator[None]:
    """Keep float32 products in float32 (no TF32 or bfloat16 shortcut) inside the block."""
    import torch

    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def pick_device(device: str) -> tuple[torch.device, str]:
    """Return the device to compute on and, in words, why.

    Args:
        device: "auto", "cpu", "cuda" or "cuda:<number>".

    Raises:
        BadSetting: the device does not exist here.
    """
    import torch

    from diq_core.errors import BadSetting

    gpu = torch.cuda.is_available()
    if device == "auto":
        return (
            (torch.device("cuda"), "a CUDA device was found")
            if gpu
            else (torch.device("cpu"), "no CUDA device was found")
        )
    if device != "cpu" and not (device.split(":")[0] == "cuda" and gpu):
        raise BadSetting(
            f"There is no device {device!r} on this machine",
            which="device",
            todo="use 'auto' or 'cpu'",
        )
    return torch.device(device), "as asked"
