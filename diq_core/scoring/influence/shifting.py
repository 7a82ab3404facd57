"""A model a step along a direction, without a second copy of its weights.

A module computes with weights that are shifted when it is called and forgotten when it returns, so
beside weights and direction there is never more than what one module holds. The model's own weights
are read and never written: whatever ends a pass, they are bit for bit what they were.

As in `accelerate`, which moves weights to a device in the same way, this needs modules that are
called where their weights are used. Weights that are used without a call of their module are found
beforehand and are shifted for a whole pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn

SLICE = 1 << 22
"""Numbers of the output layer's weight that are shifted at once."""


@dataclass(frozen=True, eq=False, slots=True)
class _Weight:
    """A parameter, its own numbers, and where it is to be shifted to."""

    parameter: nn.Parameter
    own: Tensor
    towards: Tensor

    def at(self, distance: float, rows: Any = slice(None)) -> Tensor:
        """Return the shifted numbers, or some rows of them."""
        return self.own[rows].add(self.towards[rows], alpha=distance)


class Shift:
    """Shifts a model along one direction by any distance, as often as asked.

    Args:
        model: frozen.
        towards: parameter name → the direction, as long as it is; held, not copied, where it lies
            on the parameter's device.
        probe: computes something small with the model; which modules it calls is watched.
    """

    def __init__(
        self, model: Any, towards: Mapping[str, Tensor], probe: Callable[[], object]
    ) -> None:
        named = dict(model.named_parameters())
        weights = {
            id(named[name]): _Weight(named[name], named[name].data, value.to(named[name].device))
            for name, value in towards.items()
        }
        self._weights = list(weights.values())
        self._owners = {
            module: [weights[id(one)] for one in module.parameters(False) if id(one) in weights]
            for module in model.modules()
        }
        self._embedding = model.get_input_embeddings()
        self._head = model.get_output_embeddings()
        called = _called(self._owners, probe)
        self._held = [
            weight for module, owned in self._owners.items() if module not in called
            for weight in owned
        ]  # fmt: skip
        self._owners = {module: owned for module, owned in self._owners.items()
                        if owned and module in called}  # fmt: skip

    @contextmanager
    def by(self, distance: float) -> Iterator[None]:
        """Let the model compute with weights + distance · direction inside the block."""
        with ExitStack() as open:
            open.callback(self._restore)
            for weight in self._held:
                weight.parameter.data = weight.at(distance)
            for module, owned in self._owners.items():
                self._watch(module, owned, distance, open)
            yield

    def _watch(self, module: Any, owned: list[_Weight], distance: float, open: ExitStack) -> None:
        if module is self._head and _is_linear(module):
            open.enter_context(_in_slices(module, owned, distance))
            return
        rows_only = module is self._embedding and len(owned) == 1

        def before(_module: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
            if rows_only and inputs:
                read, places = inputs[0].unique(return_inverse=True)
                owned[0].parameter.data = owned[0].at(distance, read)
                return (places, *inputs[1:])
            for weight in owned:
                weight.parameter.data = weight.at(distance)
            return inputs

        def after(*_: Any) -> None:
            for weight in owned:
                weight.parameter.data = weight.own

        open.callback(module.register_forward_pre_hook(before).remove)
        open.callback(module.register_forward_hook(after).remove)

    def _restore(self) -> None:
        for weight in self._weights:
            weight.parameter.data = weight.own


def _called(owners: Mapping[Any, list[_Weight]], probe: Callable[[], object]) -> set[Any]:
    """Return the modules that `probe` calls."""
    called: set[Any] = set()
    with ExitStack() as open:
        for module in owners:
            hook = module.register_forward_pre_hook(lambda module, _: called.add(module))
            open.callback(hook.remove)
        probe()
    return called


def _is_linear(module: Any) -> bool:
    import torch

    return type(module) is torch.nn.Linear


@contextmanager
def _in_slices(layer: Any, owned: list[_Weight], distance: float) -> Iterator[None]:
    """Let a linear layer compute some of its outputs after the others: with a vocabulary of 150,000
    words it is the largest module by far."""
    compute = layer.forward
    outputs, inputs = layer.weight.shape
    step = max(1, SLICE // inputs)
    was_set = "forward" in vars(layer)

    def forward(states: Tensor) -> Tensor:
        result = states.new_empty(*states.shape[:-1], outputs)
        for start in range(0, outputs, step):
            rows = slice(start, start + step)
            for weight in owned:
                weight.parameter.data = weight.at(distance, rows)
            result[..., rows] = compute(states)
        for weight in owned:
            weight.parameter.data = weight.own
        return result

    layer.forward = forward
    try:
        yield
    finally:
        if was_set:
            layer.forward = compute
        else:
            del layer.forward
