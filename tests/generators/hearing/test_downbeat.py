from random import Random

import pytest

from generators.hearing.downbeat import Downbeat, downbeat_of
from generators.music.notes import Note, Phrase
from generators.music.time import QUARTER, Meter, Ticks
from tests.music import line
from tests.tunes import phrases

LIKELY = 0.6
MELODIES = {
    "3/4": "C5:2 E5 G5:2 E5 F5 E5 D5 C5:3 " * 2 + "D5:2 F5 A5:2 F5 E5 D5 B4 C5:3 ",
    "4/4": "C5 C5:1/2 D5:1/2 E5 G5 F5 E5:1/2 D5:1/2 E5:2 A5 G5:1/2 F5:1/2 E5 D5 C5:4 " * 3,
    "6/8": "G5:1/2 A5:1/2 B5:1/2 B5 G5:1/2 A5:1/2 B5:1/2 A5:1/2 G5:3/2 " * 6,
}
LEFT = {
    "3/4": "C3+E3+G3:3 E3+G3:3 F3+A3:3 C3+E3+G3:3 " * 2 + "D3+F3:3 F3+A3:3 G2+D3:3 C3+E3:3 ",
    "4/4": "C3+E3+G3:4 F3+A3+C4:4 F3+A3+C4:4 C3+E3+G3:4 " * 3,
    "6/8": "G2+B3+D4:3 D3+F3+A3:3 " * 6,
}


def shifted(notes: tuple[Note, ...], beats: int, seed: int = 1) -> list[Note]:
    """Return notes some beats later, as uneven as hands are."""
    random = Random(seed)
    by = beats * QUARTER + QUARTER
    return sorted(note.moved(by + round(random.gauss(0, 20))) for note in notes)


def off(found: Downbeat, meter: Meter, beats: int) -> int:
    """Return by how many ticks a bar line is beside the true ones."""
    return (found.tick - (beats + 1) * QUARTER) % meter.bar


def heard(notes: list[Note]) -> Downbeat:
    found = downbeat_of(notes)
    assert found is not None
    assert 0 <= found.sure_of_meter <= found.sure <= 1
    assert found.tick <= notes[-1].onset + QUARTER / 8
    return found


@pytest.mark.parametrize("name", MELODIES)
@pytest.mark.parametrize("beats", range(4))
def test_two_hands_tell_the_bars_wherever_they_begin(name: str, beats: int) -> None:
    meter = Meter.named(name)
    both = line(MELODIES[name], name).plus(line(LEFT[name], name), Ticks(0))
    found = heard(shifted(both.notes, beats))
    assert off(found, meter, beats) == 0
    assert found.meter == meter
    assert found.sure > LIKELY


@pytest.mark.parametrize(("name", "beats"), [("3/4", 2), ("4/4", 1), ("4/4", 3)])
def test_a_pick_up_is_before_the_bar_line(name: str, beats: int) -> None:
    meter = Meter.named(name)
    up = [Note(Ticks(nth * QUARTER), 67 + nth, Ticks(QUARTER - 90)) for nth in range(beats)]
    both = line(MELODIES[name], name).plus(line(LEFT[name], name), Ticks(0))
    tune = [*up, *(note.moved(beats * QUARTER) for note in both.notes)]
    assert off(heard(shifted(tuple(tune), 0)), meter, beats) == 0


def test_most_reels_are_barred_rightly_and_none_wrongly_for_sure() -> None:
    """Of eight bars of a reel alone, in eighths that are all alike, one in four by chance."""
    right = 0
    for nth, tune in enumerate(phrases(8, 8)):
        beats = nth % 4
        found = heard(shifted(tune.notes, beats, nth))
        on_line = off(found, tune.meter, beats) == 0
        assert on_line or found.sure < 0.9
        right += on_line
    assert right >= 5


def test_even_notes_of_one_pitch_tell_no_bars() -> None:
    even = [Note(Ticks(nth * QUARTER // 2), 60, Ticks(400)) for nth in range(64)]
    assert heard(even).sure < LIKELY


def test_a_bar_line_is_on_a_beat_though_the_notes_are_beside_it() -> None:
    late = Phrase.of(note.moved(QUARTER // 4) for note in line(MELODIES["4/4"]).notes)
    assert heard(list(late.notes)).tick % QUARTER == 0


def test_few_notes_tell_nothing() -> None:
    assert downbeat_of(line("C4 D4 E4").notes) is None
