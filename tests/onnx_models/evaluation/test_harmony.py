from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product

import numpy as np
import pytest

from generators.habits import OVER, Habits, Memory
from generators.leadsheet import LeadSheet
from generators.model import Stream
from generators.music.harmony import Chord
from generators.music.notes import ChordSpan, Phrase
from generators.music.time import Ticks
from generators.progression import Progression
from generators.sampling import log_chances
from generators.tokens import leadsheet as words
from generators.tokens.grid import UNIT
from onnx_models.workshop.evaluation.baselines import Baselines
from onnx_models.workshop.evaluation.harmony import (
    ROOTS,
    _by_baselines,
    _chances,
    _changes,
    _ranks,
    _recalling,
    accompanied,
    accompaniments,
    harmonized,
    held_on,
    suiting,
    top,
)
from onnx_models.workshop.lessons import Sheet, Way, lesson_of, sheet_of, written
from onnx_models.workshop.measure.changes import Changes
from onnx_models.workshop.measure.chord_baselines import RepeatLast
from onnx_models.workshop.measure.markov import Melody, MelodyMarkov
from onnx_models.workshop.tune import Tune
from tests.generators.shipped import shipped_card
from tests.music import line
from tests.onnx_models.test_corpus import SONG, tune

SHORT = line(
    "C4 E4 G4 E4 F4 A4 C5 A4 G4 B4 D5 B4 C5:4 C4 E4 G4:2",
    key="C",
    under="C | F Dm | G7 | C | C Am",
)
LONGER = SHORT.plus(SHORT, Ticks(5 * SHORT.meter.bar))
KINDS = np.arange(words.FIRST_KIND, words.FIRST_BASS)


@pytest.fixture(scope="module")
def player() -> LeadSheet:
    return LeadSheet(shipped_card())


def sheet(phrase: Phrase) -> Sheet:
    return sheet_of(written(lesson_of(tune(phrase)), Way(False)))


@dataclass(frozen=True)
class Change:
    """The chances of all chords where a chord comes, which holds and which it is."""

    every: dict[tuple[int, ...], float]
    """What the model alone gives them."""
    mixed: dict[tuple[int, ...], float]
    """Those with what the piece has done so far."""
    current: tuple[int, ...]
    true: tuple[int, ...]

    @property
    def rank(self) -> int:
        """How many other chords than the one that holds are likelier."""
        true = self.mixed[self.true]
        rest = (self.mixed[each] for each in self.mixed if each not in (self.current, self.true))
        return sum(chance >= true for chance in rest)


def asked_for_every_chord(player: LeadSheet, phrase: Phrase) -> list[Change]:
    """Ask for each root and each kind at each change, as it is written."""
    found, current, memory = list[Change](), tuple[int, ...](), Memory.blank()
    events, habits = sheet(phrase).whole, memory.harmony
    for at, event in enumerate(events):
        if len(event) > 1 and words.FIRST_ROOT <= event[1] < words.NO_CHORD_TOKEN:
            if event[1:3] != current:
                stream = Stream(player.decoder, [word for each in events[:at] for word in each])
                every = every_chord(stream, event[0], habits)
                mixed = with_its_own(every, event[0], habits)
                found.append(Change(every, mixed, current, event[1:3]))
            current = event[1:3]
            habits.learn(*event)
        elif event[0] == words.BAR_TOKEN and at > 2:
            habits.learn(OVER)
        elif event[0] == words.TURN_TOKEN:
            memory.melody.learn(OVER)
        elif event[0] in words.PLACE_TOKEN.values():
            memory.melody.learn(*event)
    return found


def with_its_own(
    every: dict[tuple[int, ...], float], place: int, habits: Habits
) -> dict[tuple[int, ...], float]:
    """Mix in what is recalled by a memory that has read all chords anew."""
    recalled = Progression(habits, SHORT.meter.bar // UNIT).recalled_at(place)
    if recalled is None:
        return every
    names = [*product(ROOTS[:-1].tolist(), KINDS.tolist()), (words.NO_CHORD_TOKEN,)]
    chances = recalled.mixed(np.array([every[name] for name in names]))
    return dict(zip(names, chances.tolist(), strict=True))


def every_chord(stream: Stream, place: int, habits: Habits) -> dict[tuple[int, ...], float]:
    stream.push(place)
    roots = np.exp(log_chances(stream.logits(habits.hint_after(place))))
    found: dict[tuple[int, ...], float] = {(words.NO_CHORD_TOKEN,): float(roots[ROOTS[-1]])}
    for root in ROOTS[:-1].tolist():
        mark = stream.place()
        stream.push(root)
        kinds = np.exp(log_chances(stream.logits(habits.hint_after(place, root)))[KINDS])
        found |= {
            (root, kind): float(roots[root] * chance)
            for kind, chance in zip(KINDS.tolist(), kinds.tolist(), strict=True)
        }
        stream.back(mark)
    return found


@pytest.mark.parametrize("phrase", [SHORT, SONG, LONGER])
def test_the_rank_of_a_chord_is_found_by_asking_for_every_chord(
    player: LeadSheet, phrase: Phrase
) -> None:
    changes, mine = asked_for_every_chord(player, phrase), sheet(phrase)
    chances = _chances(player.decoder, mine, _changes(mine)[0])
    for row, change in zip(chances, changes, strict=True):
        wanted = [change.every[each] for each in product(ROOTS[:-1].tolist(), KINDS.tolist())]
        wanted.append(change.every[words.NO_CHORD_TOKEN,])
        assert np.allclose(row, wanted, rtol=1e-3, atol=1e-7)
    found = _ranks(player.decoder, tune(phrase)).tolist()
    assert found == [change.rank for change in changes]
    assert len(found) == len(Changes.of(tune(phrase)).line.values)


def test_the_chord_that_a_progression_comes_back_to_is_likelier(player: LeadSheet) -> None:
    """What is measured is what is drawn from: the model with what the piece itself has done."""
    mine = sheet(LONGER)
    places, truth = _changes(mine)
    alone = _chances(player.decoder, mine, places)
    found = _recalling(alone, mine, places, LONGER.meter.bar // UNIT)
    assert found.sum(axis=1) == pytest.approx(alone.sum(axis=1))
    assert np.array_equal(found[:2], alone[:2])
    rows, again = np.arange(len(truth)), len(SHORT.chords) + 1
    likelier = np.log(found[rows, truth] / alone[rows, truth])[again:]
    assert likelier.max() > likelier.mean() > 0


def test_the_chances_of_a_change_are_those_of_all_chords(player: LeadSheet) -> None:
    mine = sheet(SHORT)
    places, truth = _changes(mine)
    chances = _chances(player.decoder, mine, places)
    assert chances.shape == (len(truth), 12 * len(KINDS) + 1)
    assert (chances > 0).all()
    assert (chances.sum(axis=1) <= 1 + 1e-6).all()
    assert (chances.sum(axis=1) > 0.9).all()


@pytest.mark.parametrize("other", ["E7", "F#m", "N.C."])
def test_the_true_chord_is_not_told_before_it_is_asked_for(player: LeadSheet, other: str) -> None:
    """Whatever comes at a change and later, what was foretold up to it is the same."""
    spans = list(LONGER.chords)
    false, late = line("C4:4", under=other).chords[0].chord, len(SHORT.chords) + 1
    spans[late] = replace(spans[late], chord=false)
    one, two = sheet(LONGER), sheet(replace(LONGER, chords=tuple(spans)))
    places = _changes(one)[0]
    assert places == _changes(two)[0]
    mine = _chances(player.decoder, one, places)
    theirs = _chances(player.decoder, two, places)
    assert np.allclose(mine[:8], theirs[:8], rtol=1e-3, atol=1e-7)
    assert not np.allclose(mine[8:], theirs[8:], rtol=1e-3, atol=1e-6)


def test_model_and_baselines_are_asked_about_the_same_changes(player: LeadSheet) -> None:
    melody = MelodyMarkov([Melody.of(SONG)], (1, 1))
    found = top(player.decoder, [tune(), tune(SHORT)], Baselines(melody, (RepeatLast(),)))
    changes = sum(len(Changes.of(tune(each)).line.values) for each in (SONG, SHORT))
    for name in ("chord_top1", "chord_top3"):
        row = found[name]
        assert isinstance(row, dict)
        assert row["changes"] == changes
        assert row["best_baseline"] == row["repeat last"]
        assert 0 <= row["model"] <= 1


def covered(chords: Sequence[ChordSpan], phrase: Phrase) -> bool:
    start, end = (
        phrase.meter.bar_line(phrase.notes[0].onset),
        phrase.meter.next_bar_line(phrase.end),
    )
    joined = all(one.end == other.onset for one, other in pairwise(chords))
    return joined and chords[0].onset == start and chords[-1].end == end


def chord_at(phrase: Phrase, at: int) -> Chord | None:
    return next((span.chord for span in phrase.chords if span.onset <= at < span.end), None)


def ending_otherwise(at: int) -> Tune:
    """The song, with another melody, of the same length, from a place on."""
    late = [
        replace(note, pitch=note.pitch - 11 + 2 * (number % 5))
        for number, note in enumerate(SONG.notes)
        if note.onset >= at
    ]
    notes = [note for note in SONG.notes if note.onset < at] + late
    return tune(replace(SONG, notes=tuple(notes)))


@pytest.mark.parametrize("bars", [2.25, 4])
def test_chords_do_not_know_what_will_be_played(player: LeadSheet, bars: float) -> None:
    at = int(bars * SONG.meter.bar)
    mine, theirs = accompanied(player, tune()), accompanied(player, ending_otherwise(at))
    assert mine.notes[:-1] != theirs.notes[:-1]
    pulses = range(0, at + 1, SONG.meter.pulse)
    assert [chord_at(mine, p) for p in pulses] == [chord_at(theirs, p) for p in pulses]


def test_chords_do_not_know_the_chords_of_the_book(player: LeadSheet) -> None:
    bare = tune(replace(SONG, chords=()))
    assert accompanied(player, bare).chords == accompanied(player, tune()).chords


@pytest.mark.parametrize(
    "phrase", [SHORT, line("-:3 G4 C5:2 B4 G4 A4:3 E4:3/2 -:2 G4:1/2 C4:4", "3/4", "C")]
)
def test_chords_cover_the_melody(player: LeadSheet, phrase: Phrase) -> None:
    bare = tune(replace(phrase, chords=()))
    assert covered(accompanied(player, bare).chords, phrase)
    found = harmonized(player, bare)
    assert found.notes == phrase.notes
    first, last = found.chords[0], found.chords[-1]
    assert first.onset <= phrase.notes[0].onset
    assert last.end >= phrase.end
    assert all(one.end == other.onset for one, other in pairwise(found.chords))


def test_a_melody_is_harmonized_alike_each_time_whatever_the_book_says(player: LeadSheet) -> None:
    once = harmonized(player, tune(SHORT))
    assert once == harmonized(player, tune(replace(SHORT, chords=())))


def test_each_piece_and_each_draw_has_draws_of_its_own(player: LeadSheet) -> None:
    """As many of the same tune are accompanied in as many ways: with one seed they were one."""
    draws = accompaniments(player, [tune()] * 3)
    ways = [phrase.chords for draw in draws for phrase in draw]
    assert len(set(ways)) > len(draws)
    assert draws == accompaniments(player, [tune()] * 3)


def test_made_chords_count_with_the_mean_of_their_draws() -> None:
    other = line("C4:40", key="C", under="Am | Dm | E7 | Am | Bb | A7 | Dm | E7 | Am | Am")
    pieces = [LONGER, other]
    off = line("C4:40", key="C", under=" | ".join(["F#"] * 10)).chords
    found = suiting([pieces, [replace(each, chords=off) for each in pieces]], pieces, {})
    shares, kinds = found["note_in_chord"], found["chord_diversity"]
    assert isinstance(shares, dict)
    assert isinstance(kinds, dict)
    assert shares["model"] == pytest.approx(shares["human"] / 2, abs=0.001)
    assert kinds["model_least"] == 1
    assert kinds["model_most"] == kinds["human"]
    assert kinds["model"] == pytest.approx((1 + kinds["human"]) / 2, abs=0.01)


def test_one_piece_alone_is_measured_without_chords_of_another() -> None:
    alone = replace(tune(SONG), phrase=LONGER)
    chains = Baselines(MelodyMarkov([Melody.of(LONGER)], (1, 1)), (RepeatLast(),))
    assert list(_by_baselines([alone], chains)) == ["repeat last"]
    assert "mismatched" in _by_baselines([alone, replace(alone, title="B")], chains)


def test_a_chord_goes_on_where_the_same_one_or_none_is_given() -> None:
    beat, c, f = Ticks(960), Chord(0, ""), Chord(5, "")
    chords = held_on([], None, Ticks(0), beat)
    assert not chords
    for at, given in enumerate((c, c, None, f, None)):
        chords = held_on(chords, given, Ticks(at * beat), beat)
    assert chords == [
        ChordSpan(Ticks(0), Ticks(3 * beat), c),
        ChordSpan(Ticks(3 * beat), Ticks(2 * beat), f),
    ]
