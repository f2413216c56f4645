from hypothesis import given
from hypothesis import strategies as st

from generators.music.notes import Note, Phrase
from generators.music.time import QUARTER, Meter, Ticks
from generators.tokens.grid import (
    PLACES,
    REST,
    UNIT,
    bars_of,
    grid_bar,
    melody_events,
    snapped,
    top_line,
)
from tests.music import chords, line

METERS = st.builds(Meter, st.integers(1, 64), st.sampled_from((1, 2, 4, 8, 16, 32, 64)))


@given(METERS)
def test_every_meter_has_a_bar_that_the_grid_can_hold(meter: Meter) -> None:
    bar = grid_bar(meter)
    assert QUARTER <= bar <= 8 * QUARTER
    assert bar % UNIT == 0
    assert bar % meter.bar == 0 or meter.bar % bar == 0


def test_a_meter_that_the_table_lacks_keeps_its_own_bar() -> None:
    assert grid_bar(Meter(11, 8)) == Meter(11, 8).bar


def test_written_notes_lie_on_the_grid_as_they_are() -> None:
    heard = line("C4:1/2 D4:1/4 E4:1/4 F4:1/3 G4:1/3 A4:1/3 B4:1/8 C5:7/8")
    assert [place for place, _ in melody_events(heard.notes)] == [0, 12, 18, 24, 32, 40, 48, 51, 72]


def test_played_notes_snap_to_the_plainest_division() -> None:
    late = [Ticks(round(at * QUARTER) + 25) for at in (0, 0.5, 1, 1.25, 2, 2.333, 2.667)]
    assert snapped(late) == [0, 12, 24, 30, 48, 56, 64]


def test_a_note_just_before_the_beat_belongs_to_it() -> None:
    assert snapped([Ticks(QUARTER - 20)]) == [24]


def test_the_top_of_what_sounds_is_the_melody() -> None:
    heard = line("C4+E4+G4:2 A3+C5:2")
    assert [note.pitch for note in top_line(heard.notes)] == [67, 72]


def test_a_low_note_under_a_held_one_is_not_the_melody() -> None:
    held = Note(Ticks(0), 72, Ticks(4 * QUARTER))
    low = Note(Ticks(QUARTER), 48, QUARTER)
    assert top_line([held, low]) == [held]


def test_staccato_is_touch_and_not_rhythm() -> None:
    short = [Note(Ticks(at * 480), 60 + at, Ticks(100)) for at in range(4)]
    assert [pitch for _, pitch in melody_events(short)] == [60, 61, 62, 63, REST]


def test_a_long_gap_is_a_rest() -> None:
    events = melody_events(line("C4 - E4").notes)
    assert events == [(0, 60), (24, REST), (48, 64), (72, REST)]


def test_each_bar_says_again_which_chord_holds() -> None:
    heard = Phrase((), chords("Am | F"), Meter(4, 4))
    longer = bars_of(heard, 3)
    assert [[str(c) for _, c in bar.chords or ()] for bar in longer] == [["Am"], ["F"], ["F"]]


def test_a_bar_before_the_first_chord_knows_none() -> None:
    later = tuple(span.moved(Meter().bar) for span in chords("G"))
    assert bars_of(Phrase((), later, Meter()))[0].chords is None


@given(st.lists(st.tuples(st.integers(0, 40 * QUARTER), st.integers(0, 127)), max_size=60), METERS)
def test_whatever_is_played_lands_inside_its_bars(
    played: list[tuple[int, int]], meter: Meter
) -> None:
    notes = [Note(Ticks(onset), pitch, Ticks(200)) for onset, pitch in played]
    size = grid_bar(meter) // UNIT
    for bar in bars_of(Phrase.of(notes, (), meter)):
        places = [place for place, _ in bar.melody]
        assert places == sorted(set(places))
        assert all(0 <= place < size for place in places)


def test_the_places_reach_through_the_longest_bar() -> None:
    assert PLACES[-1] == 8 * 24 - 3
