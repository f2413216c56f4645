"""Fits the weights by which a key is heard: on whole pieces and on a few bars of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from generators.hearing.key import MODES, OCCURS, counts, turned
from generators.music.harmony import Key
from generators.music.notes import Phrase
from generators.music.time import Ticks
from onnx_models.workshop.hearing.fitting import Floats, choice, downhill, worths
from onnx_models.workshop.hearing.pieces import Piece

STARTS, PARTS = (2, 4, 8, 16), (2, 4, 8)
"""How many bars from the start, and from anywhere, are heard beside the whole."""
FEWEST = 4
"""Notes in an example."""
RIDGE = 3e-5
SIZE = 12 * (OCCURS + 1)


@dataclass(frozen=True, slots=True)
class Example:
    """Something to hear a key in."""

    source: str
    phrase: Phrase
    key: Key


def examples(pieces: Iterable[Piece], seed: int = 1) -> Iterator[Example]:
    """Yield whole pieces, their starts, and stretches of them in which the key stays."""
    rng = Random(seed)
    for piece in pieces:
        if not piece.keys or len(piece.phrase.notes) < FEWEST:
            continue
        for start, end in _cuts(piece, rng):
            heard = piece.phrase.between(Ticks(start), Ticks(end))
            inside = [key for at, key in piece.keys if start < at < end]
            if len(heard.notes) >= FEWEST and (end >= piece.phrase.end or not inside):
                yield Example(piece.source, heard, _key_at(piece, start))
        if piece.chords and not piece.accompanied:
            yield Example(
                piece.source, replace(piece.phrase, chords=piece.chords), piece.keys[0][1]
            )


def _cuts(piece: Piece, rng: Random) -> Iterator[tuple[int, int]]:
    bar, bars = piece.phrase.meter.bar, piece.phrase.bars
    first = piece.phrase.notes[0].onset // bar * bar
    yield first, piece.phrase.end
    yield from ((first, first + count * bar) for count in STARTS if count < bars)
    for count in PARTS:
        if count + 1 < bars:
            at = rng.randrange(bars - count) * bar
            yield at, at + count * bar


def _key_at(piece: Piece, tick: int) -> Key:
    return next((key for at, key in reversed(piece.keys) if at <= tick), piece.keys[0][1])


def plain(key: Key) -> Key:
    """Return a key as major or minor, by its third."""
    return Key(key.tonic, "minor" if key.minor else "major")


def fit(learnt: list[Example]) -> Floats:
    """Return a row for each mode: the weights, and last what the mode is worth by itself."""
    heard = np.stack([turned(counts(each.phrase)) for each in learnt]).astype(np.float32)
    flat = heard.reshape(-1, SIZE)
    keys = [plain(each.key) for each in learnt]
    chosen = np.array([key.tonic * 2 + MODES.index(key.mode) for key in keys])
    worth = worths([each.source for each in learnt]).astype(np.float32)

    def slope(weights: Floats) -> tuple[float, Floats]:
        table = weights.reshape(2, SIZE + 1).astype(np.float32)
        logits = flat @ table[:, :-1].T + table[:, -1]
        cost, back = choice(logits.reshape(len(learnt), 24), chosen, worth)
        back = back.reshape(-1, 2)
        each = np.hstack([(flat.T @ back).T, back.sum(axis=0)[:, None]])
        return cost, each.ravel().astype(np.float64) + RIDGE * weights

    return downhill(slope, 2 * (SIZE + 1)).reshape(2, SIZE + 1)


def module(table: Floats) -> str:
    """Return the text of `generators/hearing/key_weights.py`."""
    lines = [
        '"""What a key is heard by: weights on what is counted from its tonic upwards.',
        "",
        "Fitted by `antiphon-workshop hearing --fit` on training pieces of Nottingham, O'Neill's,",
        "Ryan's and Aird's tunes, POP909 and Bach's chorales. Rows are those of `key.counts`.",
        '"""',
        "",
        "# fmt: off",
        "WEIGHTS: dict[str, tuple[tuple[float, ...], ...]] = {",
    ]
    for mode, row in zip(MODES, table, strict=True):
        lines.append(f'    "{mode}": (')
        lines += [
            f"        ({', '.join(f'{w:.2f}' for w in r)})," for r in row[:-1].reshape(-1, 12)
        ]
        lines.append("    ),")
    bias = ", ".join(f"{value:.2f}" for value in table[:, -1])
    return "\n".join([*lines, "}", f"MODE_BIAS: tuple[float, float] = ({bias})", "# fmt: on", ""])
