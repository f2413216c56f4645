"""Fits weights so that what people wrote down becomes likeliest among all that could be."""

from collections.abc import Callable
from textwrap import wrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Slope = Callable[[Floats], tuple[float, Floats]]
"""What weights cost, and in which direction that grows."""

FIRST, SECOND, TINY = 0.9, 0.99, 1e-8
"""The constants of Adam (D. Kingma and J. Ba, 2015)."""


def downhill(slope: Slope, size: int, steps: int = 400, rate: float = 0.05) -> Floats:
    """Return the weights that cost least, found by Adam with a falling rate, from nought."""
    weights, mean, square = np.zeros(size), np.zeros(size), np.zeros(size)
    for step in range(1, steps + 1):
        _, gradient = slope(weights)
        mean = FIRST * mean + (1 - FIRST) * gradient
        square = SECOND * square + (1 - SECOND) * gradient**2
        ahead = mean / (1 - FIRST**step)
        spread = np.sqrt(square / (1 - SECOND**step)) + TINY
        weights -= rate * min(1.0, 2 * (1 - step / steps) + 0.02) * ahead / spread
    return weights


def choice(logits: Floats, chosen: Floats, worth: Floats) -> tuple[float, Floats]:
    """Return what choices cost (rows: cases, columns: candidates), and the slope of the logits.

    Cases weigh what they are worth, which should add up to 1.
    """
    logits = logits - logits.max(axis=1, keepdims=True)
    chances = np.exp(logits)
    chances /= chances.sum(axis=1, keepdims=True)
    rows = np.arange(len(chosen))
    cost = -float((worth * np.log(chances[rows, chosen] + 1e-12)).sum())
    chances[rows, chosen] -= 1
    return cost, chances * worth[:, None]


def worths(groups: list[str]) -> Floats:
    """Return what each case is worth, so that a large group outweighs a small one by the root."""
    _, inverse, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    each = 1 / np.sqrt(sizes[inverse])
    return np.asarray(each / each.sum())


def written(values: Floats, indent: int) -> list[str]:
    """Return the lines of a tuple of weights."""
    space = " " * indent
    inside = wrap(", ".join(f"{value:.2f}" for value in values), 92 - indent)
    return [f"{space}(", *(f"{space}    {line}" for line in inside), f"{space}),"]
