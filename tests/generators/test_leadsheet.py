from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generators.leadsheet import LeadSheet
from generators.music.errors import PlayerError
from generators.music.harmony import Chord, Key
from generators.music.notes import ChordSpan, Note, Phrase
from generators.music.time import QUARTER, Meter, Ticks
from generators.prompt import Controls, Kind, Prompt, Suggestion
from onnx_models.workshop.violations import broken
from tests.generators.shipped import shipped_card
from tests.generators.wishes import prompts as asked_anything
from tests.music import chords, line

BAR = Meter().bar
CALL = line("G4 A4 B4 D5 B4 A4 G4:2 E4 G4 A4 B4 A4:3 -", under="G | C | Am | D7")
UNCHORDED = replace(CALL, chords=())
slow = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def player() -> LeadSheet:
    return LeadSheet(shipped_card())


def asking(heard: Phrase, bars: float = 4, kind: Kind = Kind.CONTINUE, **more: object) -> Prompt:
    start = heard.meter.next_bar_line(heard.end) if kind is Kind.CONTINUE else Ticks(0)
    length = Ticks(round(heard.meter.bar * bars))
    return replace(Prompt(heard, start, length, kind), **more)  # type: ignore[arg-type]


def fits(answer: Suggestion, length: Ticks) -> bool:
    """Whether nothing is outside the answer, and no two notes sound at once."""
    ends = [0, *(note.end for note in answer.notes)]
    apart = all(end <= note.onset for end, note in zip(ends, answer.notes, strict=False))
    inside = all(item.onset >= 0 and item.end <= length for item in answer.notes + answer.chords)
    return apart and inside


# What each kind of answer is


def test_a_call_is_answered_with_melody_and_chords(player: LeadSheet) -> None:
    answer = player.suggest(asking(CALL))
    assert len(answer.notes) >= 4
    assert fits(answer, Ticks(4 * BAR))
    assert sum(span.length for span in answer.chords) == 4 * BAR
    assert answer.score < 0
    assert answer.why.startswith("goes on in G major with chords of its own, ")


def test_an_answer_plays_in_each_of_its_first_bars(player: LeadSheet) -> None:
    for seed in range(8):
        answer = player.suggest(asking(CALL, seed=seed))
        assert any(note.onset < BAR for note in answer.notes)


def test_a_chord_is_not_said_twice_in_a_bar(player: LeadSheet) -> None:
    for seed in range(12):
        told = player.suggest(asking(CALL, bars=8, seed=seed)).chords
        assert all(
            a.chord != b.chord for a, b in pairwise(told) if a.onset // BAR == b.onset // BAR
        )


def test_an_answer_comes_to_rest_in_its_last_bar(player: LeadSheet) -> None:
    for seed in range(8):
        last = player.suggest(asking(CALL, seed=seed)).notes[-1]
        assert last.onset <= 4 * BAR - 2 * QUARTER


def test_answers_are_mostly_in_the_key_that_is_heard(player: LeadSheet) -> None:
    answers = [player.suggest(asking(CALL, bars=8, seed=seed)) for seed in range(6)]
    pitches = [note.pitch % 12 for answer in answers for note in answer.notes]
    inside = sum(pitch in Key.named("G").scale for pitch in pitches)
    assert inside > 0.9 * len(pitches)


def test_a_melody_is_harmonized_where_it_is(player: LeadSheet) -> None:
    answer = player.suggest(asking(UNCHORDED, kind=Kind.HARMONIZE))
    assert not answer.notes
    assert answer.chords[0].onset == 0
    assert fits(answer, Ticks(4 * BAR))
    assert all(a.end <= b.onset for a, b in pairwise(answer.chords))


def test_chords_fit_the_melody_under_which_they_stand(player: LeadSheet) -> None:
    tune = line("C4 E4 G4 C5 F4 A4 C5 A4 G4 B4 D5 B4 C5 G4 E4 C4", key="C")
    fitting = 0
    for seed in range(6):
        answer = player.suggest(asking(tune, kind=Kind.HARMONIZE, seed=seed))
        under = {span.onset // BAR: span.chord for span in answer.chords if span.onset % BAR == 0}
        fitting += sum(under[bar].root == root for bar, root in enumerate((0, 5, 7, 0)))
    assert fitting >= 20  # of 24: a minor seventh on the sixth step has the same three tones


def test_chords_ahead_of_a_player_need_no_melody(player: LeadSheet) -> None:
    prompt = Prompt(CALL, Ticks(4 * BAR), Ticks(2 * BAR), Kind.HARMONIZE)
    answer = player.suggest(prompt)
    assert not answer.notes
    assert sum(span.length for span in answer.chords) == 2 * BAR


def test_a_melody_is_improvised_over_the_chords_that_hold(player: LeadSheet) -> None:
    given_chords = chords("Dm7 | G7 | C^7 | C6")
    prompt = asking(Phrase(), kind=Kind.IMPROVISE, controls=Controls(chords=given_chords))
    answer = player.suggest(prompt)
    assert len(answer.notes) >= 4
    assert not answer.chords
    inside = sum(note.pitch % 12 in Key.named("C").scale for note in answer.notes)
    assert inside >= 0.75 * len(answer.notes)


def test_a_gap_is_filled_and_nothing_else(player: LeadSheet) -> None:
    tune = line("C4 E4 G4 E4 F4 A4 C5 A4 - - - - - - - - C5 G4 E4 G4 C4:4", key="C")
    prompt = Prompt(tune, Ticks(2 * BAR), Ticks(2 * BAR), Kind.INFILL)
    answer = player.suggest(prompt)
    assert answer.notes
    assert fits(answer, Ticks(2 * BAR))
    assert answer.why.startswith("fills the gap in C major")


# Hard wishes


@st.composite
def wishes(draw: st.DrawFn) -> Controls:
    low = draw(st.integers(0, 110))
    classes = draw(st.none() | st.frozensets(st.integers(0, 11), min_size=3))
    return Controls(
        key=Key(draw(st.integers(0, 11)), draw(st.sampled_from(("major", "minor", "dorian")))),
        pitch_classes=classes,
        low=low,
        high=min(127, low + draw(st.integers(12, 40))),
        density=draw(st.none() | st.floats(0.2, 4)),
        grid=draw(st.none() | st.sampled_from((Ticks(240), Ticks(480), Ticks(320), QUARTER))),
        temperature=draw(st.sampled_from((0.3, 1.0, 3.0))),
        top_p=draw(st.sampled_from((0.5, 1.0))),
        closeness=draw(st.floats(0, 1)),
    )


METER_NAMES = ("4/4", "3/4", "6/8", "7/8", "12/8", "5/4", "13/4", "3/16")
METERS = st.sampled_from([Meter.named(name) for name in METER_NAMES])


@slow
@given(wishes(), METERS, st.integers(0, 2**40), st.integers(1, 2 * BAR), st.integers(0, 960))
def test_no_hard_wish_is_ever_broken(
    player: LeadSheet, wish: Controls, meter: Meter, seed: int, length: int, late: int
) -> None:
    heard = Phrase.of(CALL.notes, CALL.chords, meter)
    start = Ticks(meter.next_bar_line(heard.end) + late)
    answer = player.suggest(Prompt(heard, start, Ticks(length), seed=seed, controls=wish))
    assert fits(answer, Ticks(length))
    assert {note.pitch for note in answer.notes} <= wish.allowed_pitches
    onsets = [start + note.onset for note in answer.notes]
    if wish.grid is not None:
        assert all((onset % meter.bar) % wish.grid == 0 for onset in onsets)
    if wish.density is not None:
        most = max(Counter(onset // meter.bar for onset in onsets).values(), default=0)
        assert most <= wish.density * meter.beats


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked_anything())
def test_no_wish_is_broken_whatever_is_asked(player: LeadSheet, prompt: Prompt) -> None:
    assert broken(prompt, player(prompt)) == []


def test_chords_ahead_need_no_pitch_that_the_model_can_imagine(player: LeadSheet) -> None:
    wish = Controls(low=120, high=127)
    prompt = Prompt(CALL, Ticks(4 * BAR), Ticks(3 * BAR), Kind.HARMONIZE, controls=wish)
    assert sum(span.length for span in player.suggest(prompt).chords) == 3 * BAR


@slow
@given(st.integers(0, 11), st.integers(0, 100))
def test_a_locked_key_holds_even_where_none_was_named(
    player: LeadSheet, moved: int, seed: int
) -> None:
    notes = [replace(note, pitch=note.pitch + moved) for note in CALL.notes]
    heard = Phrase.of(notes, (), CALL.meter, Key(moved))
    answer = player.suggest(asking(heard, seed=seed, controls=Controls(in_key=True, temperature=3)))
    assert {note.pitch % 12 for note in answer.notes} <= Key(moved).scale


def test_locked_chords_are_played_as_they_were_given(player: LeadSheet) -> None:
    locked = chords("Am9 | F^7#11 | Dm6/9 | E7#9")
    answer = player.suggest(asking(UNCHORDED, controls=Controls(chords=locked)))
    assert answer.chords == locked


@pytest.mark.parametrize("kind", [Kind.CONTINUE, Kind.HARMONIZE, Kind.INFILL])
def test_after_locked_chords_are_over_there_are_chords_all_the_same(
    player: LeadSheet, kind: Kind
) -> None:
    locked = chords("Am")
    answer = player.suggest(asking(CALL, kind=kind, bars=4, controls=Controls(chords=locked)))
    assert answer.chords[:1] == locked
    assert sum(span.length for span in answer.chords) == 4 * CALL.meter.bar


def test_locked_chords_are_cut_at_the_end_of_the_answer(player: LeadSheet) -> None:
    locked = chords("Am | F | Dm | E7")
    answer = player.suggest(asking(CALL, bars=1.5, controls=Controls(chords=locked)))
    assert [str(span.chord) for span in answer.chords] == ["Am", "F"]
    assert answer.chords[-1].end == 1.5 * BAR


# The same prompt, the same answer


def prompts() -> Iterator[Prompt]:
    for seed in range(8):
        yield asking(CALL, bars=2, seed=seed)
        yield asking(UNCHORDED, bars=3, seed=seed)
        yield asking(UNCHORDED, kind=Kind.HARMONIZE, seed=seed)
        yield Prompt(CALL, Ticks(BAR), Ticks(BAR), Kind.INFILL, seed=seed)


def test_the_same_prompt_gives_the_same_answer_whatever_was_asked_before(
    player: LeadSheet,
) -> None:
    first = [player.suggest(prompt) for prompt in prompts()]
    again = [player.suggest(prompt) for prompt in reversed(list(prompts()))]
    assert first == again[::-1]


def test_another_seed_is_another_answer(player: LeadSheet) -> None:
    answers = {player.suggest(asking(CALL, seed=seed)).notes for seed in range(5)}
    assert len(answers) == 5


def test_listening_may_stop_at_any_item(player: LeadSheet) -> None:
    whole = list(player(asking(CALL)))
    for count in (1, 3, 7):
        assert list(islice(player(asking(CALL)), count)) == whole[:count]
    assert list(player(asking(CALL))) == whole


def test_two_answers_may_be_written_in_turns(player: LeadSheet) -> None:
    one, two = asking(CALL, seed=1), asking(UNCHORDED, seed=2)
    wanted = list(player(one)), list(player(two))
    turns = zip(player(one), player(two), strict=False)
    got = list(zip(*turns, strict=True))
    assert list(got[0]) == wanted[0][: len(got[0])]
    assert list(got[1]) == wanted[1][: len(got[1])]


def test_items_come_in_order(player: LeadSheet) -> None:
    latest = 0
    for item in player(asking(CALL, bars=6)):
        assert item.onset >= latest
        latest = item.onset


# Leaning


def test_closeness_leans_on_what_the_player_did(player: LeadSheet) -> None:
    motif = line("C4:1/2 E4:1/2 G4 C4:1/2 E4:1/2 G4 " * 4, key="C")

    def alike(closeness: float) -> int:
        count = 0
        for seed in range(8):
            wish = Controls(closeness=closeness)
            notes = player.suggest(asking(motif, seed=seed, controls=wish)).notes
            steps = [b.pitch - a.pitch for a, b in pairwise(notes)]
            count += sum(pair in ((4, 3), (3, -7)) for pair in pairwise(steps))
        return count

    assert alike(1.0) > alike(0.0)


def test_a_colder_answer_is_likelier(player: LeadSheet) -> None:
    def score(temperature: float) -> float:
        wish = Controls(temperature=temperature, closeness=0)
        return sum(player.suggest(asking(CALL, seed=s, controls=wish)).score for s in range(4))

    assert score(0.3) > score(1.5)


# Prompts to survive


def strange() -> dict[str, Phrase]:
    repeated = [Note(Ticks(i * 240), 60 + i % 5, Ticks(240)) for i in range(10_000)]
    cluster = [Note(Ticks(0), pitch, QUARTER) for pitch in range(40, 100)]
    edges = [Note(Ticks(i * QUARTER), pitch, QUARTER) for i, pitch in enumerate((0, 127, 1, 126))]
    return {
        "nothing": Phrase(),
        "one pitch": line("C4 " * 16),
        "one note": line("C4"),
        "a very long note": Phrase.of([Note(Ticks(0), 60, Ticks(100 * BAR))]),
        "ten thousand notes": Phrase.of(repeated),
        "all keys at once": Phrase.of(cluster),
        "the ends of the keyboard": Phrase.of(edges),
        "only chords": Phrase((), chords("Am | F | C | G")),
        "no chord": Phrase(CALL.notes, (ChordSpan(Ticks(0), BAR, Chord.named("N.C.")),)),
        "eleven eighths": Phrase.of(CALL.notes, (), Meter(11, 8)),
        "very short bars": Phrase.of(CALL.notes, (), Meter(1, 64)),
        "very long bars": Phrase.of(CALL.notes, (), Meter(17, 2)),
        "only rests": Phrase.of((), (), Meter(), Key(0)),
        "an octave above the keyboard": Phrase.of([Note(Ticks(0), 127, QUARTER)] * 2),
        "an octave below the keyboard": Phrase.of([Note(Ticks(0), 0, QUARTER)] * 2),
        "hurried": Phrase.of([Note(Ticks(i * 7), 60 + i % 12, Ticks(5)) for i in range(300)]),
    }


@pytest.mark.parametrize("name", strange())
@pytest.mark.parametrize("kind", Kind)
def test_strange_prompts_are_answered(player: LeadSheet, name: str, kind: Kind) -> None:
    heard = strange()[name]
    start = Ticks(0) if kind is Kind.HARMONIZE else heard.meter.next_bar_line(heard.end)
    length = Ticks(2 * max(QUARTER, heard.meter.bar))
    prompt = Prompt(heard, start, length, kind, seed=1)
    answer = player.suggest(prompt)
    assert fits(answer, length)
    assert {note.pitch for note in answer.notes} <= prompt.controls.allowed_pitches
    assert answer.chords or answer.notes


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Note(Ticks(0), 128, QUARTER),
        lambda: Note(Ticks(0), -1, QUARTER),
        lambda: Meter(4, 3),
        lambda: Controls(low=70, high=60),
        lambda: Controls(pitch_classes=frozenset({1}), low=60, high=60),
        lambda: Controls(pitch_classes=frozenset()),
        lambda: Prompt(CALL, Ticks(-1), Ticks(BAR)),
        lambda: Prompt(CALL, Ticks(0), Ticks(0)),
        lambda: Controls(closeness=1.5),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(wrong: Callable[[], object]) -> None:
    with pytest.raises(PlayerError) as refused:
        wrong()
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) > 10


def test_a_long_answer_goes_on_past_the_context(player: LeadSheet) -> None:
    answer = player.suggest(asking(CALL, bars=64))
    assert fits(answer, Ticks(64 * BAR))
    assert answer.notes[-1].onset > 60 * BAR


def test_a_long_song_is_harmonized_to_its_end(player: LeadSheet) -> None:
    long = line("G4 A4 B4 D5 B4 A4 G4:2 " * 24, key="G")
    answer = player.suggest(asking(long, bars=48, kind=Kind.HARMONIZE))
    assert answer.chords[-1].end == 48 * BAR


def test_an_answer_may_begin_inside_a_bar(player: LeadSheet) -> None:
    heard = line("G4 A4 B4 D5 B4 A4", key="G", under="G | C")
    answer = player.suggest(Prompt(heard, Ticks(6 * QUARTER), Ticks(6 * QUARTER)))
    assert answer.chords[0].onset == 0
    assert fits(answer, Ticks(6 * QUARTER))


def test_loudness_follows_the_player(player: LeadSheet) -> None:
    soft = Phrase.of([replace(note, velocity=33) for note in CALL.notes])
    assert {note.velocity for note in player.suggest(asking(soft)).notes} == {33}
