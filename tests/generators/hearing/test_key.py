from functools import cache

import pytest
from music21 import corpus, key, stream

from generators.hearing.key import confidence, key_of
from generators.music.harmony import Key
from generators.music.notes import Note, Phrase
from generators.music.time import QUARTER, Ticks, ticks
from tests.music import chords, line


@pytest.mark.parametrize(
    ("notes", "name"),
    [
        ("C4 D4 E4 F4 G4 A4 B4 C5", "C major"),
        ("A4 B4 C5 D5 E5 C5 A4 G#4 A4:2", "A minor"),
        ("D4 E4 F#4 A4 F#4 E4 D4:2", "D major"),
        ("G4 Bb4 D5 G5 F#5 A5 G5:2", "G minor"),
        ("Eb4+G4+Bb4:2 Ab3+C4+Eb4:2 Bb3+D4+F4:2 Eb4+G4+Bb4:2", "Eb major"),
    ],
)
def test_a_plain_tune_is_in_its_key(notes: str, name: str) -> None:
    assert key_of(line(notes)) == Key.named(name)


def test_the_key_that_a_phrase_carries_is_believed() -> None:
    told = line("C4 D4 E4 F4", key="F# dorian")
    assert (key_of(told), confidence(told)) == (Key.named("F# dorian"), 1.0)


def test_silence_is_in_c_major_and_a_guess() -> None:
    assert (key_of(Phrase()), confidence(Phrase())) == (Key(0), 0.0)


def test_every_pitch_alike_is_in_c_major_and_a_guess() -> None:
    chromatic = Phrase.of(Note(Ticks(0), pitch, QUARTER) for pitch in range(60, 72))
    assert (key_of(chromatic), confidence(chromatic)) == (Key(0), 0.0)


def test_chords_alone_tell_the_key() -> None:
    assert key_of(Phrase.of((), chords("Bb | Eb | F7 | Bb"))) == Key.named("Bb")


def test_long_notes_weigh_more_than_passing_ones() -> None:
    assert key_of(line("D4:4 C4:1/4 F#4:4 C#4:1/4 A4:4 F4:1/4 D4:4")) == Key.named("D")


def test_one_pitch_is_its_own_tonic() -> None:
    assert key_of(line("F4 F4 F4 F4")) == Key.named("F")


@pytest.mark.parametrize("up", range(12))
def test_a_tune_moved_up_is_in_its_key_moved_up(up: int) -> None:
    tune = line("G4 A4 B4 C5 D5:2 B4 G4 E4 F#4 G4:2")
    moved = Phrase.of(Note(n.onset, n.pitch + up, n.length) for n in tune.notes)
    assert key_of(moved) == Key((key_of(tune).tonic + up) % 12, key_of(tune).mode)


def test_a_real_key_is_surer_than_a_chromatic_run() -> None:
    run = line("C4 C#4 D4 D#4 E4 F4 F#4")
    assert confidence(line("C4 D4 E4 F4 G4 A4 B4 C5")) > confidence(run)


@cache
def fiddle_tunes() -> tuple[stream.Score, ...]:
    """Return tunes of Ryan's Mammoth Collection, which ships with music21."""
    paths = sorted(corpus.getComposer("ryansMammoth"))[::30]
    tunes = (corpus.parse(path, forceSource=True) for path in paths)
    return tuple(tune for tune in tunes if len({k.sharps for k in tune[key.KeySignature]}) == 1)


def heard(tune: stream.Score) -> Phrase:
    notes = (note for note in tune.stripTies().flatten().notes if note.quarterLength > 0)
    return Phrase.of(
        Note(ticks(note.offset), pitch.midi, ticks(note.quarterLength))
        for note in notes
        for pitch in note.pitches
    )


def signature(tune: stream.Score) -> int:
    return int(tune[key.KeySignature].first().sharps)


def test_most_fiddle_tunes_are_heard_in_their_signature() -> None:
    right = [(key_of(heard(t)).fifths - signature(t)) % 12 == 0 for t in fiddle_tunes()]
    assert sum(right) >= 0.85 * len(right)


def test_four_bars_are_enough_for_most_of_them() -> None:
    starts = [(heard(t).between(Ticks(0), ticks(16)), signature(t)) for t in fiddle_tunes()]
    right = [(key_of(start).fifths - sharps) % 12 == 0 for start, sharps in starts]
    assert sum(right) >= 0.85 * len(right)
