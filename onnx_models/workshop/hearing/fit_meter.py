"""Fits the weights by which a meter is heard: on whole tunes, and on so many notes of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

import numpy as np

from generators.hearing.meter import CUES, HEARD, METERS, STEP, Roll, cues
from generators.music.notes import Note
from generators.music.time import Meter
from onnx_models.workshop.hearing.fitting import Floats, choice, downhill, worths, written
from onnx_models.workshop.hearing.pieces import Piece

AS_GOOD = {Meter(2, 2): Meter(4, 4), Meter(4, 2): Meter(4, 4), Meter(3, 8): None}
"""Meters that sound like another."""
FEWEST, MOST = 16, 120
"""Notes in an example that is cut out."""
RIDGE, OWN_RIDGE = 1e-3, 1e-2
"""Weights of one meter alone are held back more than those that all meters share."""


@dataclass(frozen=True, slots=True)
class Example:
    """Notes, and how they are barred."""

    source: str
    notes: tuple[Note, ...]
    meter: Meter
    phase: int
    """Steps from the first note to the first bar line at or after it."""


def heard_as(meter: Meter) -> Meter | None:
    """Return the meter that is to be heard, or None where it is none of ours."""
    meant = AS_GOOD.get(meter, meter)
    return meant if meant in METERS else None


def example(source: str, notes: tuple[Note, ...], meter: Meter) -> Example:
    """Make an example of notes that are counted from a bar line."""
    first = round(notes[0].onset / STEP)
    return Example(source, notes, meter, -first % (meter.bar // STEP))


def examples(pieces: Iterable[Piece], seed: int = 1) -> Iterator[Example]:
    """Yield whole tunes, so many first notes of them, and so many from anywhere."""
    rng = Random(seed)
    for piece in pieces:
        meter, notes = heard_as(piece.phrase.meter), piece.phrase.notes
        if meter is None or len(notes) < FEWEST:
            continue
        if not piece.accompanied:
            yield example(piece.source, notes, meter)
        yield example(piece.source, notes[: rng.randint(FEWEST, MOST)], meter)
        at = rng.randrange(len(notes) - FEWEST + 1)
        while 0 < at < len(notes) - 1 and notes[at].onset == notes[at - 1].onset:
            at += 1  # not in the middle of a chord
        if len(notes) - at >= FEWEST:
            yield example(piece.source, notes[at : at + rng.randint(FEWEST, MOST)], meter)


def fit(learnt: list[Example]) -> Floats:
    """Return the weights: what all meters share in the first row, then what each has of its own."""
    heard = [
        np.stack(rows).astype(np.float32)
        for rows in zip(*(cues(Roll.of(e.notes[:HEARD])) for e in learnt), strict=True)
    ]
    sizes = [rows.shape[1] for rows in heard]
    starts = np.cumsum([0, *sizes])
    chosen = np.array([starts[METERS.index(e.meter)] + e.phase for e in learnt])
    worth = worths([f"{e.source} {e.meter}" for e in learnt])
    ridge = np.full((len(METERS) + 1, CUES), OWN_RIDGE)
    ridge[0] = RIDGE

    def slope(weights: Floats) -> tuple[float, Floats]:
        table = weights.reshape(len(METERS) + 1, CUES)
        both = (table[0] + table[1:]).astype(np.float32)
        logits = np.hstack([rows @ both[place] for place, rows in enumerate(heard)])
        cost, back = choice(logits.astype(np.float64), chosen, worth)
        own = [
            np.tensordot(back[:, starts[place] : starts[place + 1]], rows, 2)
            for place, rows in enumerate(heard)
        ]
        return cost, (np.vstack([np.sum(own, axis=0), *own]) + ridge * table).ravel()

    return downhill(slope, ridge.size).reshape(ridge.shape)


def module(alone: Floats, hands: Floats) -> str:
    """Return the text of `generators/hearing/meter_weights.py`."""
    return "\n".join(
        [
            '"""What a meter is heard by: weights on the cues of `meter.cues`, in its order.',
            "",
            "Fitted by `antiphon-workshop hearing --fit` on training pieces: `ALONE` on the tunes",
            "of the Nottingham, OpenEWLD, O'Neill, Ryan and Aird books, on POP909 and on a few of",
            "Bach's chorales; `HANDS` on those of the tunes that have chords, played in patterns",
            "of the left hand, on POP909 and on more chorales. What all meters share comes first,",
            "then what each of `meter.METERS` has of its own.",
            '"""',
            "",
            "Weights = tuple[tuple[float, ...], tuple[tuple[float, ...], ...]]",
            "",
            "# fmt: off",
            *_table("ALONE", alone),
            *_table("HANDS", hands),
            "# fmt: on",
            "",
        ]
    )


def _table(name: str, table: Floats) -> list[str]:
    own = [line for row in table[1:] for line in written(row, 8)]
    return [f"{name}: Weights = (", *written(table[0], 4), "    (", *own, "    ),", ")"]
