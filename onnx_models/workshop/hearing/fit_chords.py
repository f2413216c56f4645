"""Fits the weights by which chords are heard in what two hands, or four voices, play."""

from collections.abc import Iterable, Iterator
from random import Random

import numpy as np

from generators.hearing.frames import KINDS, ROWS, frames_of, turned
from generators.music.harmony import NO_CHORD, Chord
from onnx_models.workshop.hearing.fitting import Floats, choice, downhill, worths, written
from onnx_models.workshop.hearing.pieces import Piece

SIZE = 12 * ROWS
RIDGE = 3e-5
MOST = 160
"""Frames that are drawn from one piece."""

Case = tuple[str, Floats, int]
"""A source, what is counted in a frame, and which candidate is its chord."""


def kind_of(chord: Chord) -> str | None:
    """Return which of our kinds a chord is, its ninths and the like left out."""
    if chord == NO_CHORD:
        return None
    if chord.quality in KINDS:
        return chord.quality
    tones = {tone % 12 for tone in chord.tones}
    third = next((each for each in (4, 3) if each in tones), None)
    if third is None:
        return "sus4" if 5 in tones else "sus2" if 2 in tones else None
    if 7 not in tones and (6 in tones or 8 in tones):
        return None
    seventh = next((each for each in (10, 11) if each in tones), None)
    return {(4, None): "", (3, None): "m", (4, 10): "7", (3, 10): "m7", (4, 11): "maj7"}.get(
        (third, seventh)
    )


def cases(pieces: Iterable[Piece], seed: int = 1) -> Iterator[Case]:
    """Yield frames that lie within one chord."""
    rng = Random(seed)
    for piece in pieces:
        frames = frames_of(piece.phrase.notes, piece.phrase.meter)
        found: list[Case] = []
        for span in piece.chords:
            kind = kind_of(span.chord)
            if kind is None:
                continue
            chosen = KINDS.index(kind) * 12 + span.chord.root
            first, last = -(-span.onset // frames.step), span.end // frames.step
            found += [
                (piece.source, frames.counted[at], chosen)
                for at in range(first, min(last, len(frames.counted)))
                if frames.sounding[at]
            ]
        yield from rng.sample(found, min(MOST, len(found)))


def fit(learnt: list[Case]) -> Floats:
    """Return a row for each kind: the weights, and last what the kind is worth by itself."""
    heard = turned(np.stack([case[1] for case in learnt])).astype(np.float32)
    flat = heard.reshape(-1, SIZE)
    chosen = np.array([case[2] for case in learnt])
    worth = worths([case[0] for case in learnt]).astype(np.float32)
    shape = (len(KINDS), SIZE + 1)

    def slope(weights: Floats) -> tuple[float, Floats]:
        table = weights.reshape(shape).astype(np.float32)
        logits = flat @ table[:, :-1].T + table[:, -1]
        by_kind = logits.reshape(len(learnt), 12, -1).swapaxes(1, 2).reshape(len(learnt), -1)
        cost, back = choice(by_kind, chosen, worth)
        back = back.reshape(len(learnt), -1, 12).swapaxes(1, 2).reshape(-1, len(KINDS))
        each = np.hstack([(flat.T @ back).T, back.sum(axis=0)[:, None]])
        return cost, each.ravel().astype(np.float64) + RIDGE * weights

    return downhill(slope, shape[0] * shape[1], steps=250).reshape(shape)


def module(table: Floats) -> str:
    """Return the text of `generators/hearing/chord_weights.py`."""
    lines = [
        '"""What a chord is heard by: weights on what is counted from its root upwards.',
        "",
        "Fitted by `antiphon-workshop hearing --fit` on training songs of POP909 and on chorales.",
        "One block for each of `frames.KINDS`, its rows those that `frames` counts.",
        '"""',
        "",
        "# fmt: off",
        "WEIGHTS: tuple[tuple[tuple[float, ...], ...], ...] = (",
    ]
    for kind, row in zip(KINDS, table, strict=True):
        lines.append(f"    (  # {kind or 'major'}")
        lines += [
            f"        ({', '.join(f'{w:.2f}' for w in r)})," for r in row[:-1].reshape(-1, 12)
        ]
        lines.append("    ),")
    bias = written(table[:, -1], 0)
    lines += [")", f"KIND_BIAS: tuple[float, ...] = {bias[0]}", *bias[1:-1], ")", "# fmt: on", ""]
    return "\n".join(lines)
