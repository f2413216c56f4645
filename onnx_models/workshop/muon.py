"""Muon: steps of momentum whose directions all count alike, for the matrices of a network.

Each step is replaced by the nearest half-orthogonal matrix, found by five Newton-Schulz steps
(K. Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024; the numbers
are theirs). It is done in 32 bits and for all matrices of a shape at once, since the processors
that we train on have no faster narrow numbers.
"""

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor

A, B, C = 3.4445, -4.7750, 2.0315
ROUNDS = 5


class Muon(torch.optim.Optimizer):  # type: ignore[misc]
    """Learns matrices; everything else needs another optimiser."""

    def __init__(
        self, parameters: Iterable[Tensor], lr: float, momentum: float, weight_decay: float
    ) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def step(self) -> None:
        """Make one step."""
        for group in self.param_groups:
            alike: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for each in group["params"]:
                if each.grad is not None:
                    alike[each.shape].append(each)
            for shape, matrices in alike.items():
                ways = orthogonal(
                    torch.stack([self._way(each, group["momentum"]) for each in matrices])
                )
                size = group["lr"] * max(1.0, shape[0] / shape[1]) ** 0.5
                for each, way in zip(matrices, ways, strict=True):
                    each.mul_(1 - group["lr"] * group["weight_decay"]).add_(way, alpha=-size)

    def _way(self, matrix: Tensor, momentum: float) -> Tensor:
        """Return the gradient with its (Nesterov) momentum."""
        state = self.state[matrix]
        if "kept" not in state:
            state["kept"] = torch.zeros_like(matrix)
        kept: Tensor = state["kept"]
        kept.lerp_(matrix.grad, 1 - momentum)
        return torch.lerp(matrix.grad, kept, momentum)


def orthogonal(matrices: Tensor) -> Tensor:
    """Return about the nearest half-orthogonal matrices: shape (count, rows, columns)."""
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(ROUNDS):
        square = x @ x.mT
        x = A * x + (B * square + C * square @ square) @ x
    return x.mT if tall else x
