from statistics import mean

import pytest

from generators.music.harmony import NO_CHORD, Chord, Key
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.time import Meter, Ticks
from generators.prompt import Controls, Kind, Prompt, Suggestion, gather
from generators.rules import Rules, chord_tones
from tests.music import chords, line

TUNE = "G4:1/2 A4:1/2 B4 D5 B4 A4:1/2 G4:1/2 A4 E4:2 G4:1/2 A4:1/2 B4 D5 E5 D5:1/2 B4:1/2 A4 G4:2"
METERS = ("4/4", "3/4", "6/8", "12/8", "5/4", "7/8")


def after(heard: Phrase, bars: int = 4, seed: int = 0, **wishes: object) -> Suggestion:
    return gather(Rules(), asked(heard, Kind.CONTINUE, bars, seed, Controls(**wishes)))  # type: ignore[arg-type]


def asked(heard: Phrase, kind: Kind, bars: int, seed: int, wishes: Controls) -> Prompt:
    start = Ticks(0) if kind is Kind.HARMONIZE else heard.meter.next_bar_line(heard.end)
    return Prompt(heard, start, Ticks(bars * heard.meter.bar), kind, seed, wishes)


def share_on_chord(answer: Suggestion, notes: list[Note]) -> float:
    spans = answer.chords
    fits = [
        note.pitch % 12
        in next(s.chord for s in spans if s.onset <= note.onset < s.end).pitch_classes
        for note in notes
    ]
    return sum(fits) / len(fits)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("meter", METERS)
def test_an_answer_ends_with_a_cadence_on_the_tonic(meter: str, seed: int) -> None:
    answer = after(Phrase(meter=Meter.named(meter), key=Key.named("D minor")), seed=seed)
    dominant, tonic = (span.chord for span in answer.chords[-2:])
    assert dominant.root in {9, 1}
    assert tonic == Chord(2, "m")
    assert answer.notes[-1].pitch % 12 == 2


@pytest.mark.parametrize("meter", METERS)
def test_the_last_note_is_held_to_the_end(meter: str) -> None:
    heard = Phrase(meter=Meter.named(meter))
    last = after(heard).notes[-1]
    assert last.end == 4 * heard.meter.bar
    assert last.length >= heard.meter.bar / 3


@pytest.mark.parametrize("meter", METERS)
def test_bar_lines_are_on_chord_tones(meter: str) -> None:
    answers = [after(Phrase(meter=Meter.named(meter)), 8, seed) for seed in range(5)]
    bar = Meter.named(meter).bar
    for answer in answers:
        assert share_on_chord(answer, [n for n in answer.notes if n.onset % bar == 0]) > 0.9


def test_the_rhythm_that_was_played_is_kept() -> None:
    heard = line(TUNE)
    bars = {n.onset // 3840: [] for n in heard.notes}  # type: dict[int, list[int]]
    for note in heard.notes:
        bars[note.onset // 3840].append(note.onset % 3840)
    answer = after(heard)
    for bar in range(3):
        begun = [n.onset % 3840 for n in answer.notes if n.onset // 3840 == bar]
        assert begun == bars[bar]


def test_an_answer_stays_where_the_player_sang() -> None:
    heard = line(TUNE)
    sung = [note.pitch for note in heard.notes]
    for seed in range(10):
        pitches = [note.pitch for note in after(heard, 8, seed).notes]
        assert min(sung) - 12 <= min(pitches) <= max(pitches) <= max(sung) + 12
        assert abs(mean(pitches) - mean(sung)) <= 5


def test_seeds_differ() -> None:
    assert len({after(line(TUNE), seed=seed).notes for seed in range(10)}) > 5
    assert len({after(line(TUNE), seed=seed).chords for seed in range(10)}) > 2


def test_given_chords_are_played_to_the_end() -> None:
    given = chords("Eb | Ab | Bb7 | Eb")
    answer = after(line(TUNE), chords=given)
    assert answer.chords == given
    assert answer.notes[-1].pitch % 12 in given[-1].chord.pitch_classes


def test_gaps_between_given_chords_are_filled() -> None:
    given = (chords("F")[0].moved(3840),)
    answer = after(line(TUNE), chords=given)
    assert answer.chords[1] == given[0]
    assert sum(span.length for span in answer.chords) == 4 * 3840


def test_the_rhythm_of_the_players_chords_goes_on() -> None:
    heard = line(TUNE, under="G D | Em | C D | G")
    onsets = [span.onset for span in after(heard, 8).chords]
    assert all(onset % 3840 in {0, 1920} for onset in onsets)
    assert any(onset % 3840 == 1920 for onset in onsets)


def test_the_players_own_chords_are_taken_up() -> None:
    heard = line(TUNE, under="Gmaj7 | Cmaj7 | Am7 | D9")
    played = {
        span.chord for seed in range(5) for span in after(heard, 8, seed, closeness=1.0).chords
    }
    assert len(played & {span.chord for span in heard.chords}) >= 3


def harmonized(heard: Phrase, seed: int = 0) -> tuple[ChordSpan, ...]:
    return gather(Rules(), asked(heard, Kind.HARMONIZE, heard.bars, seed, Controls())).chords


def test_a_plain_tune_gets_its_three_chords() -> None:
    heard = line("C4 E4 G4 E4 F4 A4 C5 A4 G4 B4 D5 B4 C5:4", key="C")
    assert [str(span.chord) for span in harmonized(heard)] == ["C", "F", "G", "C"]


@pytest.mark.parametrize("seed", range(5))
def test_chords_under_a_melody_hold_most_of_its_notes(seed: int) -> None:
    heard = line(TUNE)
    spans = harmonized(heard, seed)
    assert share_on_chord(Suggestion("", chords=spans), list(heard.notes)) > 0.6
    assert NO_CHORD not in {span.chord for span in spans}


def test_chords_ahead_of_a_player_who_plays_on_need_no_close() -> None:
    heard = line(TUNE, under="G | D7 | G | D7")
    prompt = Prompt(heard, Ticks(4 * 3840), Ticks(3840), Kind.HARMONIZE, 0)
    assert [span.length for span in gather(Rules(), prompt).chords] == [3840]


def test_an_improvisation_is_melody_alone_on_the_chords_that_are_held() -> None:
    given = chords("Dm7 | G7 | Cmaj7 | A7")
    prompt = asked(Phrase(), Kind.IMPROVISE, 4, 0, Controls(chords=given))
    answer = gather(Rules(), prompt)
    assert answer.chords == ()
    strong = [note for note in answer.notes if note.onset % 1920 == 0]
    assert share_on_chord(Suggestion("", chords=given), strong) > 0.9


def test_bars_that_are_filled_in_lead_on_to_what_comes() -> None:
    before, later = line("C4 D4 E4 F4 G4:4"), line("C6:4")
    heard = before.plus(later, Ticks(4 * 3840))
    prompt = Prompt(heard, Ticks(2 * 3840), Ticks(2 * 3840), Kind.INFILL, 0)
    assert abs(gather(Rules(), prompt).notes[-1].pitch - 84) <= 5


def test_chord_tones_are_tones_of_the_chords() -> None:
    given = chords("Dm7 | G7 | Cmaj7 | A7")
    tones = chord_tones(asked(line(TUNE), Kind.CONTINUE, 4, 0, Controls(chords=given)))
    assert share_on_chord(Suggestion("", chords=given), list(tones)) == 1
    assert {note.onset % 3840 for note in tones} == {0, 1920}


def test_chord_tones_are_no_answer_where_chords_are_asked_for() -> None:
    assert chord_tones(asked(line(TUNE), Kind.HARMONIZE, 4, 0, Controls())) == ()
