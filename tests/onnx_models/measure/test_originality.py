from dataclasses import replace
from functools import cache

from generators.music.notes import Note, Phrase
from generators.patterns import steps
from onnx_models.workshop.measure.originality import Copied, Learnt, longest_runs, origins
from onnx_models.workshop.tune import Tune
from tests import tunes
from tests.music import line

KNOWN = line("C4 E4 D4 G4:2 E4:1/2 F4:1/2 D4 B3 C4:2 G4 A4 B4 C5:2")
NEW = line("C4 F#4:2 A3 D#5:1/2 E4:3 Bb4 C#4:2 A4:1/2 D4 G#5:2")


@cache
def collection() -> list[tuple[Note, ...]]:
    return [phrase.notes for phrase in tunes.phrases(16, 16)]


def longest(one: Phrase, *others: Phrase) -> int:
    return longest_runs([steps(one.notes)], [steps(each.notes) for each in others])[0]


def test_a_copy_is_shared_from_its_first_note_to_its_last() -> None:
    assert longest(KNOWN, NEW, KNOWN) == len(KNOWN.notes)
    assert Learnt([KNOWN.notes]).copied([KNOWN.notes]) == Copied(13, 13, 1)


def test_the_longest_run_is_counted_in_notes() -> None:
    # the seven notes from E to B are the same, three tones higher, between others
    borrowed = line("A4:3 F#4 E4 A4:2 F#4:1/2 G4:1/2 E4 C#4 Bb3:3")
    assert longest(borrowed, KNOWN) == 7
    assert longest(borrowed, NEW, KNOWN, NEW) == 7
    assert longest(KNOWN, borrowed) == 7


def test_a_run_does_not_go_on_from_one_tune_into_the_next() -> None:
    half, rest = (replace(KNOWN, notes=KNOWN.notes[a:b]) for a, b in ((0, 6), (6, 13)))
    assert longest(KNOWN, half, rest) == 7


def test_what_has_too_few_notes_shares_none() -> None:
    assert longest_runs([steps(line("C4").notes), steps(())], [steps(KNOWN.notes)]) == [0, 0]
    assert longest_runs([steps(KNOWN.notes)], []) == [0]
    assert Learnt([]).copied([]) == Copied(0, 0, 0)


def test_the_same_pitches_in_another_rhythm_are_no_copy() -> None:
    notes = " ".join(f"{name}:{1 + at % 3}" for at, name in enumerate("CDEFGABCDEFG"))
    plain = line(notes.replace(":", "4:"))
    even = line(" ".join(f"{name}4" for name in "CDEFGABCDEFG"))
    assert longest(plain, even) < 4
    assert Learnt([even.notes]).copied([plain.notes]).share == 0


def test_the_share_of_patterns_is_between_new_and_copied() -> None:
    half = tunes.phrases(16, 16)[3].notes[:30]
    other = tunes.phrases(16, 16)[4].notes[:30]
    mixed = (*half, *(note.moved(half[-1].end) for note in other))
    found = Learnt(collection()[:4]).copied([mixed])
    assert found.longest >= 29
    assert 0.35 < found.share < 0.65


def test_tunes_that_were_not_learnt_share_less_than_those_that_were() -> None:
    known = Learnt(collection()[:10])
    new, old = known.copied(collection()[10:]), known.copied(collection()[:10])
    assert old.share == 1
    assert new.share < 0.3
    assert new.mean_longest < new.longest + 1 < old.mean_longest


def test_the_longest_run_is_what_comparing_all_with_all_finds() -> None:
    rows = [steps(notes).tolist() for notes in collection()[:6]]
    known, asked = rows[:4], rows[4:]

    def shared(one: list[int], other: list[int]) -> int:
        best = 0
        for a in range(len(one)):
            for b in range(len(other)):
                length = 0
                while one[a + length : a + length + 1] == other[b + length : b + length + 1] != []:
                    length += 1
                best = max(best, length)
        return best + 1 if best else 0

    wanted = [max(shared(each, other) for other in known) for each in asked]
    notes = collection()[:6]
    found = longest_runs([steps(n) for n in notes[4:]], [steps(n) for n in notes[:4]])
    assert found == wanted


def test_the_index_names_the_tunes_that_were_learnt() -> None:
    learnt = [Tune("Known", "hand", "train", KNOWN, frozenset())]
    silent = Tune("Chords alone", "hand", "train", Phrase(), frozenset())
    found = origins([*learnt, silent]).nearest(KNOWN.notes)
    assert [(str(each.piece), round(each.share, 9)) for each in found] == [("Known (hand)", 1)]
