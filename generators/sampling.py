"""From logits to a token: masks are hard, everything else leans. Numbers only, no music."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt

Logits = npt.NDArray[np.float32]
"""What the next word may be: one number for each word of the vocabulary."""
Allowed = npt.NDArray[np.int64]
"""The tokens that may be drawn."""


@dataclass(frozen=True, slots=True)
class Taste:
    """How boldly to draw."""

    temperature: float = 1.0
    top_p: float = 1.0


@dataclass(frozen=True, slots=True)
class Leaning:
    """Where to lean: the token with the largest share becomes `1 + weight` times as likely.

    It multiplies, so that what the model finds wrong stays unlikely. Below 0, it leans away.
    """

    shares: Mapping[int, float]
    weight: float


def draw(
    logits: Logits,
    allowed: Allowed,
    taste: Taste,
    rng: np.random.Generator,
    leaning: Leaning | None = None,
) -> tuple[int, float]:
    """Draw one of the allowed tokens.

    Returns it with the logarithm of its probability among those allowed, at temperature 1.
    """
    if len(allowed) == 1:
        return int(allowed[0]), 0.0
    scores = logits[allowed].astype(np.float64)
    scores -= scores.max()
    plain = np.exp(scores)
    chances = plain if taste.temperature == 1 else np.exp(scores / taste.temperature)
    if taste.top_p < 1:
        chances = _nucleus(chances, taste.top_p)
    if leaning is not None:
        chances = _leaned(chances, allowed, leaning)
    rising = chances.cumsum()
    at = int(rising.searchsorted(rng.random() * rising[-1], side="right"))
    at = min(at, len(allowed) - 1)
    while chances[at] == 0:  # a draw on the very edge
        at -= 1
    return int(allowed[at]), float(scores[at]) - log(plain.sum())


def likeliest(logits: Logits, allowed: Allowed) -> int:
    """Return the allowed token that is likeliest; the first of equals."""
    return int(allowed[int(np.argmax(logits[allowed]))])


def log_chances(logits: Logits) -> npt.NDArray[np.float64]:
    """Return the logarithms of the probabilities of all tokens, row by row."""
    scores = logits.astype(np.float64)
    scores -= scores.max(axis=-1, keepdims=True)
    whole: npt.NDArray[np.float64] = np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    return scores - whole


def _nucleus(chances: npt.NDArray[np.float64], top_p: float) -> npt.NDArray[np.float64]:
    """Keep the likeliest tokens that together make up `top_p` (A. Holtzman et al., 2020)."""
    order = (-chances).argsort(kind="stable")
    rising = chances[order].cumsum()
    kept = int(rising.searchsorted(top_p * rising[-1])) + 1
    found = np.zeros_like(chances)
    found[order[:kept]] = chances[order[:kept]]
    return found


def _leaned(
    chances: npt.NDArray[np.float64], allowed: Allowed, leaning: Leaning
) -> npt.NDArray[np.float64]:
    most = max((leaning.shares.get(token, 0.0) for token in allowed.tolist()), default=0.0)
    if most == 0:
        return chances
    wanted = np.array([leaning.shares.get(token, 0.0) for token in allowed.tolist()])
    leaned: npt.NDArray[np.float64] = chances * (1 + leaning.weight * wanted / most)
    return leaned
