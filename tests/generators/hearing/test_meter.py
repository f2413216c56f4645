from functools import cache
from random import Random

import pytest
from music21 import corpus, meter, stream

from generators.hearing.meter import METERS, barred, barring_of, chances_of
from generators.music.harmony import Chord
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.time import Meter, Ticks, ticks
from generators.voicing.comping import voice
from generators.voicing.voicing import PATTERNS, Voicing
from tests.music import line
from tests.tunes import phrases

TUNES = {
    "3/4": "C4:2 E4 G4:2 E4 F4 E4 D4 C4:3 " * 2 + "D4:2 F4 A4:2 F4 E4 D4 B3 C4:3",
    "4/4": "C4:1 C4:1/2 D4:1/2 E4 G4 F4:1 E4:1/2 D4:1/2 E4:2 " * 4,
    "6/8": "G4:1/2 A4:1/2 B4:1/2 B4 G4:1/2 A4:1/2 B4:1/2 A4:1/2 G4:3/2 " * 4,
    "9/8": "G4 B4:1/2 D5:1/2 B4:1/2 G4:1/2 A4 E4:1/2 " * 6 + "G4:9/2",
}


@pytest.mark.parametrize("name", TUNES)
def test_a_plain_tune_is_heard_in_its_meter(name: str) -> None:
    found = barring_of(line(TUNES[name], name).notes)
    assert found is not None
    assert (found.meter, found.start) == (Meter.named(name), 0)


def test_a_pick_up_begins_before_the_first_bar_line() -> None:
    tune = line("- - - G4 " + TUNES["4/4"])
    found = barring_of(tune.notes)
    assert found is not None
    assert (found.meter, found.start) == (Meter(4, 4), 0)


def test_an_accompaniment_tells_a_waltz() -> None:
    left = line("C3 E3+G3 E3+G3 G2 D3+F3 D3+F3 " * 4)
    found = barring_of(left.plus(line("C5:3 B4:3 " * 4), Ticks(0)).notes)
    assert found is not None
    assert (found.meter, found.start) == (Meter(3, 4), 0)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_left_hand_tells_the_bars_of_a_tune(pattern: str) -> None:
    right = []
    for tune in phrases(12, 16):
        left = voice(under(tune), Voicing(pattern=pattern), tune.meter)
        found = barring_of(sorted((*tune.notes, *left)))
        assert found is not None
        right.append(found.meter.bar == tune.meter.bar and found.start % tune.meter.bar == 0)
    assert sum(right) >= 8


def under(tune: Phrase) -> tuple[ChordSpan, ...]:
    """Return for each bar the triad that has most of it, as a beginner would."""
    bar, spans = tune.meter.bar, list[ChordSpan]()
    for at in range(0, tune.end, bar):
        inside = tune.between(Ticks(at), Ticks(at + bar)).notes
        triads = (Chord(root, kind) for root in range(12) for kind in ("", "m"))
        fits = {c: sum(n.length for n in inside if n.pitch % 12 in c.pitch_classes) for c in triads}
        spans.append(ChordSpan(Ticks(at), bar, max(fits, key=lambda chord: fits[chord])))
    return tuple(spans)


def test_notes_that_are_barred_begin_in_the_bar_that_was_heard() -> None:
    waltz = [note.moved(7 * 960) for note in line(TUNES["3/4"]).notes]
    phrase = barred(waltz)
    assert phrase.meter == Meter(3, 4)
    assert phrase.notes[0].onset == 0


def test_two_notes_tell_no_meter() -> None:
    assert barring_of(line("C4 D4").notes) is None
    assert barred(line("C4 D4").notes) == line("C4 D4")


def test_chances_add_up() -> None:
    chances = chances_of(line(TUNES["6/8"]).notes)
    assert sum(float(each.sum()) for each in chances) == pytest.approx(1)
    assert [len(each) for each in chances] == [m.bar // 240 for m in METERS]


def test_even_notes_leave_more_doubt_than_a_tune() -> None:
    even = barring_of(line("C4 " * 24).notes)
    tune = barring_of(line(TUNES["6/8"]).notes)
    assert even is not None
    assert tune is not None
    assert even.sure_of_bars < tune.sure_of_bars


@cache
def jigs_and_reels() -> tuple[stream.Score, ...]:
    """Return tunes of Ryan's Mammoth Collection, which ships with music21."""
    paths = sorted(corpus.getComposer("ryansMammoth"))[7::60]
    return tuple(corpus.parse(path, forceSource=True) for path in paths)


def notes_of(tune: stream.Score) -> tuple[Note, ...]:
    found = (note for note in tune.stripTies().flatten().notes if note.quarterLength > 0)
    return Phrase.of(
        Note(ticks(float(n.offset)), p.midi, ticks(float(n.quarterLength)))
        for n in found
        for p in n.pitches
    ).notes


def threefold(found: Meter) -> bool:
    return found.pulse % 3 == 0 and found.unit == 8


def test_dances_in_threes_are_told_from_those_in_twos() -> None:
    right = []
    for tune in jigs_and_reels():
        written = tune[meter.TimeSignature].first()
        heard = barring_of(notes_of(tune))
        assert heard is not None
        right.append(threefold(heard.meter) == (written.denominator == 8))
    assert sum(right) >= 0.9 * len(right)


def test_a_played_tune_is_barred_like_a_written_one() -> None:
    rng = Random(3)
    tune = line(TUNES["6/8"], "6/8").notes
    played = sorted(note.moved(rng.randint(0, 60)) for note in tune)
    found = barring_of(played)
    assert found is not None
    assert (found.meter, found.start) == (Meter(6, 8), 0)
