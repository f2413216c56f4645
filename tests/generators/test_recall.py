from collections import Counter
from itertools import pairwise
from random import Random
from statistics import mean

import pytest

from generators.ground import Ladder
from generators.memory import Memory, Step, pick
from generators.music.harmony import Key
from generators.music.notes import Note, Phrase
from generators.music.time import Ticks
from generators.prompt import Controls, Kind, Prompt, Suggestion, gather
from generators.recall import Recall
from tests.music import chords, line

TUNE = "G4:1/2 A4:1/2 B4 D5 B4 A4:1/2 G4:1/2 A4 E4:2 G4:1/2 A4:1/2 B4 D5 E5 D5:1/2 B4:1/2 A4 G4:2"
C_MAJOR = Ladder(Key(0))


def after(heard: Phrase, seed: int = 0, bars: int = 4, kind: Kind = Kind.CONTINUE) -> Suggestion:
    start = Ticks(0) if kind is Kind.HARMONIZE else heard.meter.next_bar_line(heard.end)
    return gather(Recall(), Prompt(heard, start, Ticks(bars * heard.meter.bar), kind, seed))


def certain(step: Step) -> float:
    return 1.0


@pytest.mark.parametrize("key", [Key(0), Key(2, "minor"), Key(5, "mixolydian"), Key(11, "locrian")])
def test_every_note_of_a_scale_has_a_rung_of_its_own(key: Key) -> None:
    ladder = Ladder(key)
    pitches = [pitch for pitch in range(128) if pitch % 12 in key.scale]
    rungs = [ladder.rung(pitch) for pitch in pitches]
    assert all(other - one == 2 for one, other in pairwise(rungs))
    assert [ladder.pitch(rung) for rung in rungs] == pitches


@pytest.mark.parametrize("pitch", range(128))
def test_a_rung_leads_back_to_its_pitch(pitch: int) -> None:
    assert C_MAJOR.pitch(C_MAJOR.rung(pitch)) == pitch


def test_a_habit_of_one_step_is_the_only_thing_expected() -> None:
    memory = Memory(line("C4 E4 D4 F4 E4 G4 F4 A4").notes, C_MAJOR)
    up, down = Step(4, Ticks(960), Ticks(960)), Step(-2, Ticks(960), Ticks(960))
    chances = memory.chances([up], certain, closeness=1.0)
    assert chances[down] > 0.8 * sum(chances.values())


def test_longer_habits_outweigh_shorter_ones() -> None:
    memory = Memory(line("C4 D4 E4 G4 C4 D4 E4 G4 A4 E4 C4 A4 E4 C4").notes, C_MAJOR)
    step = Step(2, Ticks(960), Ticks(960))
    assert max(memory.chances([step, step], certain, 1.0).items(), key=lambda i: i[1])[0].rungs == 4


def test_what_is_forbidden_is_never_drawn() -> None:
    memory = Memory(line(TUNE).notes, C_MAJOR)
    chances = memory.chances([], lambda step: float(step.rungs > 0), 0.5)
    assert chances
    assert all(step.rungs > 0 for step in chances)


def test_a_cold_draw_is_the_likeliest() -> None:
    chances = {Step(n, Ticks(1), Ticks(1)): 0.3 + 0.1 * n for n in range(4)}
    rng = Random(0)
    assert {pick(chances, rng, 0.05, 0.3) for _ in range(50)} == {Step(3, Ticks(1), Ticks(1))}


def test_an_even_draw_is_even() -> None:
    chances = {Step(n, Ticks(1), Ticks(1)): 1.0 for n in range(4)}
    rng = Random(0)
    drawn = Counter(pick(chances, rng, 1.0, 1.0) for _ in range(4000))
    assert all(850 < count < 1150 for count in drawn.values())
    assert len(drawn) == 4


def test_the_answer_is_made_of_the_players_steps_and_lengths() -> None:
    heard = line(TUNE)
    steps = {b.pitch - a.pitch for a, b in pairwise(heard.notes)}
    gaps = {b.onset - a.onset for a, b in pairwise(heard.notes)}
    notes = [after(heard, seed).notes for seed in range(10)]
    own = [b.pitch - a.pitch in steps for line_ in notes for a, b in pairwise(line_)]
    times = [b.onset - a.onset in gaps for line_ in notes for a, b in pairwise(line_)]
    assert mean(own) > 0.7
    assert mean(times) > 0.7


@pytest.mark.parametrize("seed", range(10))
def test_an_answer_begins_on_the_bar_and_rests_on_the_tonic(seed: int) -> None:
    notes = after(line(TUNE), seed).notes
    assert notes[0].onset == 0
    assert notes[-1].pitch % 12 == 7
    assert notes[-1].end == 4 * 3840
    assert notes[-1].length >= 1920


def test_the_answer_is_in_the_players_key() -> None:
    answers = [
        after(line("Eb4 F4 G4 Ab4 Bb4:2 G4:2 F4 Eb4 D4 F4 Eb4:4"), seed) for seed in range(5)
    ]
    scale = Key.named("Eb").scale
    assert all(note.pitch % 12 in scale for answer in answers for note in answer.notes)


def test_unsteady_fingers_give_a_steady_answer() -> None:
    rng = Random(3)
    shaky = Phrase.of(
        Note(Ticks(max(0, n.onset + rng.randint(-25, 25))), n.pitch, n.length)
        for n in line(TUNE).notes
    )
    assert all(note.onset % 480 == 0 for note in after(shaky).notes)


def test_the_players_chords_go_on_in_their_rhythm() -> None:
    heard = line(TUNE, under="G | C | D7 | G")
    answer = after(heard)
    assert all(span.onset % 3840 == 0 for span in answer.chords)
    assert sum(span.length for span in answer.chords) == 4 * 3840


def test_a_melody_without_chords_is_answered_with_chords_that_fit() -> None:
    answer = after(line(TUNE))
    fits = [
        note.pitch % 12 in span.chord.pitch_classes
        for note in answer.notes
        for span in answer.chords
        if span.onset <= note.onset < span.end
    ]
    assert mean(fits) > 0.6


def test_to_harmonize_is_to_give_chords_alone() -> None:
    answer = after(line(TUNE), kind=Kind.HARMONIZE)
    assert answer.notes == ()
    assert sum(span.length for span in answer.chords) == 4 * 3840


def test_to_improvise_is_to_give_a_melody_alone() -> None:
    heard = line(TUNE)
    wishes = Controls(chords=chords("Em | C | Am | D"))
    prompt = Prompt(heard, Ticks(4 * 3840), Ticks(4 * 3840), Kind.IMPROVISE, 0, wishes)
    answer = gather(Recall(), prompt)
    assert answer.notes
    assert answer.chords == ()


def test_silence_with_locked_chords_is_still_harmony() -> None:
    given = chords("Em | C")
    prompt = Prompt(Phrase(), Ticks(0), Ticks(7680), controls=Controls(chords=given))
    assert gather(Recall(), prompt).chords == given


def test_seeds_differ() -> None:
    assert len({after(line(TUNE), seed).notes for seed in range(10)}) > 7
