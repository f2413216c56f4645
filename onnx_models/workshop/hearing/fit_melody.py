"""Fits the weights by which a melody is heard among what two hands play."""

from collections.abc import Sequence

import numpy as np

from generators.hearing.melody import top_line
from generators.hearing.voices import CUES, cues
from onnx_models.workshop.hearing.fitting import Floats, downhill, written
from onnx_models.workshop.hearing.pieces import Piece, without_doubled

RIDGE = 1e-5
CHORALE = 4.0
"""What a note of a chorale is worth, as there are fewer."""


def fit(pieces: Sequence[Piece]) -> Floats:
    """Return the weights: a logistic regression of whether a note is melody."""
    bare = [without_doubled(piece) for piece in pieces]
    heard = np.vstack([cues(p.phrase.notes, top_line(p.phrase.notes)) for p in bare])
    true = np.concatenate([_is_melody(piece) for piece in bare])
    worth = np.concatenate(
        [np.full(len(p.phrase.notes), 1 if p.source == "pop909" else CHORALE) for p in bare]
    )
    worth /= worth.sum()

    def slope(weights: Floats) -> tuple[float, Floats]:
        chances = 1 / (1 + np.exp(-heard @ weights))
        cost = -float((worth * np.log(np.where(true, chances, 1 - chances) + 1e-12)).sum())
        return cost, heard.T @ (worth * (chances - true)) + RIDGE * weights

    return downhill(slope, CUES, steps=300, rate=0.1)


def _is_melody(piece: Piece) -> Floats:
    melody = {(note.onset, note.pitch) for note in piece.melody}
    return np.array([(n.onset, n.pitch) in melody for n in piece.phrase.notes], dtype=float)


def module(weights: Floats) -> str:
    """Return the text of `generators/hearing/melody_weights.py`."""
    inside = written(weights, 0)
    return "\n".join(
        [
            '"""What a melody is heard by: weights on the cues of `voices.cues`, in its order.',
            "",
            "Fitted by `antiphon-workshop hearing --fit` on songs of POP909 and on chorales.",
            '"""',
            "",
            "# fmt: off",
            f"WEIGHTS: tuple[float, ...] = {inside[0]}",
            *inside[1:-1],
            ")",
            "# fmt: on",
            "",
        ]
    )
