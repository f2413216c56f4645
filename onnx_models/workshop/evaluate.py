"""Measures what is on the shelf: how well it foretells music, and how well it answers.

Everything is played by ONNX Runtime, as the player will hear it, on tunes that were not learnt.
"""

import logging
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import numpy as np

from generators.card import Score, read_card
from generators.leadsheet import LeadSheet
from generators.model import Decoder
from generators.music.harmony import NO_CHORD, Chord
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.time import QUARTER, Ticks
from generators.prompt import Kind, Prompt
from generators.sampling import log_chances
from onnx_models.workshop.cards import write_card
from onnx_models.workshop.lessons import lesson_of, written
from onnx_models.workshop.surprise import Sum, by_section
from onnx_models.workshop.tune import Tune

log = logging.getLogger(__name__)

COMMAND = "antiphon-workshop evaluate --work WORK"
HARMONIZED = 40
"""How many tunes are harmonized."""
CONTINUED = 40
HEARD, ANSWERED = 4, 8
"""Bars that are heard, and bars that are answered."""


def evaluate(tunes: list[Tune], folder: Path, split: str = "valid") -> tuple[Score, ...]:
    """Measure the model in a folder on the Nottingham tunes of a split; write it on its card."""
    card = read_card(folder)
    player = LeadSheet(card)
    chorded = [t for t in tunes if t.split == split and t.source == "nottingham"]
    chorded = [tune for tune in chorded if tune.phrase.chords]
    found = {
        **bits(player.decoder, chorded),
        **chord_accuracy(player, chorded[:HARMONIZED]),
        **answers(player, chorded[:CONTINUED]),
    }
    scores = tuple(
        Score(f"{what}, Nottingham {split}", value, COMMAND) for what, value in found.items()
    )
    write_card(replace(card, scores=scores), folder)
    for score in scores:
        log.info("%s: %s", score.what, score.value)
    return scores


def bits(decoder: Decoder, tunes: Iterable[Tune]) -> dict[str, float]:
    """Return bits per note, chords known, and bits per chord, melody known."""
    notes, chords = (0.0, 0), (0.0, 0)
    for tune in tunes:
        lesson = lesson_of(tune)
        for chords_first in (True, False):
            tokens = written(lesson, chords_first)[: decoder.card.context]
            melody, harmony = by_section(tokens, costs(decoder, tokens), chords_first)
            if chords_first:
                notes = _plus(notes, melody)
            else:
                chords = _plus(chords, harmony)
    return {
        "bits per note": round(notes[0] / math.log(2) / notes[1], 3),
        "bits per chord": round(chords[0] / math.log(2) / chords[1], 3),
    }


def _plus(one: Sum, other: Sum) -> Sum:
    return one[0] + other[0], one[1] + other[1]


def costs(decoder: Decoder, tokens: list[int]) -> list[float]:
    """Return how many nats each token costs, given those before it; the first is free."""
    decoder.rewind(0)
    rows = log_chances(decoder.feed(tokens[:-1]))
    return [0.0, *(-rows[np.arange(len(tokens) - 1), tokens[1:]]).tolist()]


def chord_accuracy(player: LeadSheet, tunes: Iterable[Tune]) -> dict[str, float]:
    """Return the share of beats under which a melody got the root, or the chord, of the book."""
    roots, whole, home = list[bool](), list[bool](), list[bool]()
    changes, truly = list[float](), list[float]()
    for tune in tunes:
        phrase = tune.phrase
        length = phrase.meter.next_bar_line(phrase.end)
        asked = Prompt(replace(phrase, chords=()), Ticks(0), length, Kind.HARMONIZE)
        made = player.suggest(asked).chords
        for beat in range(0, length, phrase.meter.pulse):
            true, mine = sounding(phrase.chords, beat), sounding(made, beat)
            if true is not None and true != NO_CHORD:
                roots.append(mine is not None and mine.root == true.root)
                whole.append(mine is not None and like(mine, true))
                home.append(phrase.key is not None and true.root == phrase.key.tonic)
        changes.append(_changes(made, phrase))
        truly.append(_changes(phrase.chords, phrase))
    return {
        "chord roots as in the book": round(fmean(roots), 3),
        "chord roots as in the book, if the tonic stood everywhere": round(fmean(home), 3),
        "chords as in the book": round(fmean(whole), 3),
        "chord changes in a bar": round(fmean(changes), 2),
        "chord changes in a bar of the book": round(fmean(truly), 2),
    }


def sounding(chords: Iterable[ChordSpan], tick: int) -> Chord | None:
    """Return the chord that sounds at a tick."""
    return next((span.chord for span in chords if span.onset <= tick < span.end), None)


def like(one: Chord, other: Chord) -> bool:
    """Whether two chords have the same root and the same third."""
    return one.root == other.root and (3 in one.tones) == (3 in other.tones)


def _changes(chords: Iterable[ChordSpan], phrase: Phrase) -> float:
    names = [span.chord for span in chords]
    return sum(a != b for a, b in pairwise(names)) / max(1, phrase.bars)


def answers(player: LeadSheet, tunes: Iterable[Tune]) -> dict[str, float]:
    """Return what eight bars after the first four of each tune are like."""
    scale, tones, rest, seen = list[float](), list[float](), list[bool](), list[float]()
    for number, tune in enumerate(tunes):
        bar = tune.phrase.meter.bar
        first = tune.phrase.notes[0].onset // bar * bar
        heard = tune.phrase.between(Ticks(first), Ticks(first + HEARD * bar))
        made = player.suggest(Prompt(heard, Ticks(HEARD * bar), Ticks(ANSWERED * bar), seed=number))
        key = heard.key
        if key is None or not made.notes:
            continue
        scale.append(fmean(note.pitch % 12 in key.scale for note in made.notes))
        tones.append(_on_chord(made.notes, made.chords))
        rest.append(
            made.notes[-1].length >= QUARTER and made.notes[-1].pitch % 12 in _triad(key.tonic)
        )
        seen.append(_repeated(made.notes))
    return {
        "answers: notes in the scale": round(fmean(scale), 3),
        "answers: beats on a chord tone": round(fmean(tones), 3),
        "answers: that come to rest on a tone of the tonic chord": round(fmean(rest), 3),
        "answers: runs of four intervals that came before": round(fmean(seen), 3),
    }


def _triad(tonic: int) -> set[int]:
    return {tonic, (tonic + 3) % 12, (tonic + 4) % 12, (tonic + 7) % 12}


def _on_chord(notes: Sequence[Note], chords: Sequence[ChordSpan]) -> float:
    """Return the share of notes on the beat that belong to the chord that sounds."""
    beats = [note for note in notes if note.onset % QUARTER == 0]
    under = [(note, sounding(chords, note.onset)) for note in beats]
    inside = [note.pitch % 12 in chord.pitch_classes for note, chord in under if chord is not None]
    return fmean(inside) if inside else 0.0


def _repeated(notes: Sequence[Note]) -> float:
    """Return the share of runs of four intervals that were there before."""
    steps = [b.pitch - a.pitch for a, b in pairwise(notes)]
    runs = [tuple(steps[at : at + 4]) for at in range(len(steps) - 3)]
    return sum(run in runs[:at] for at, run in enumerate(runs)) / max(1, len(runs))
