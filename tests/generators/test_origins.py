from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from generators.music.errors import BadModel
from generators.music.notes import Note
from generators.music.time import Ticks
from generators.origins import Origins, Piece
from generators.patterns import patterns, steps
from tests import tunes
from tests.music import line

TUNE = line("C4 E4 D4 G4:2 E4:1/2 F4:1/2 D4 B3 C4:2 -:2 G4 A4 B4 C5:2")
OTHER = line("E4 E4 F4 G4 G4 F4 E4 D4 C4 C4 D4 E4 E4:3/2 D4:1/2 D4:2")


def moved(notes: tuple[Note, ...], by: int, times: int = 1) -> tuple[Note, ...]:
    return tuple(
        replace(n, pitch=n.pitch + by, onset=Ticks(n.onset * times), length=Ticks(n.length * times))
        for n in notes
    )


@cache
def learnt() -> Origins:
    named = [
        (Piece(f"No. {n}", "Ryan"), each.notes) for n, each in enumerate(tunes.phrases(12, 16))
    ]
    return Origins.of([*named, (Piece("Ode", "hand"), OTHER.notes)])


def test_steps_are_the_same_in_every_key_and_at_every_speed() -> None:
    assert len(steps(TUNE.notes)) == len(TUNE.notes) - 1
    assert np.array_equal(steps(TUNE.notes), steps(moved(TUNE.notes, 3)))
    assert np.array_equal(steps(TUNE.notes), steps(moved(TUNE.notes, -5, times=2)))


def test_another_pitch_or_length_is_another_step() -> None:
    plain = steps(line("C4 D4 E4 F4").notes)
    assert (plain != steps(line("C4 D4 F4 F4").notes)).tolist() == [False, True, True]
    assert (plain != steps(line("C4 D4:2 E4 F4").notes)).tolist() == [True, True, False]


def test_a_pattern_of_notes_is_found_wherever_it_is() -> None:
    whole, part = steps(TUNE.notes), steps(TUNE.notes[2:8])
    assert len(patterns(whole, 6)) == len(TUNE.notes) - 5
    assert patterns(part, 6)[0] == patterns(whole, 6)[2]
    assert len(patterns(part, 7)) == len(patterns(steps([]), 6)) == 0


def test_a_tune_is_nearest_to_itself_in_another_key() -> None:
    found = learnt().nearest(moved(OTHER.notes, 4))
    assert found[0].piece == Piece("Ode", "hand")
    assert found[0].share == pytest.approx(1)
    assert str(found[0].piece) == "Ode (hand)"


def test_an_excerpt_is_nearest_to_its_tune_and_shares_come_in_order() -> None:
    excerpt = tunes.phrases(12, 16)[5].notes[8:24]
    found = learnt().nearest(excerpt, count=5)
    assert found[0].piece == Piece("No. 5", "Ryan")
    assert found[0].share > 0.8
    assert [each.share for each in found] == sorted((e.share for e in found), reverse=True)


def test_a_piece_that_was_learnt_twice_is_named_once() -> None:
    twice = Origins.of([(Piece("Ode", "hand"), OTHER.notes)] * 2)
    assert [each.piece for each in twice.nearest(OTHER.notes)] == [Piece("Ode", "hand")]


def test_what_is_new_has_no_origin() -> None:
    assert learnt().nearest(line("C4 F#4 A3 D#5 E4 Bb4 C#4 A4 D4").notes) == []
    assert learnt().nearest([]) == []


def test_an_index_is_kept_in_a_file_and_is_the_same_each_time(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    learnt().save(one)
    Origins.load(one).save(other)
    assert one.read_bytes() == other.read_bytes()
    assert Origins.load(one).nearest(OTHER.notes) == learnt().nearest(OTHER.notes)


def test_a_smaller_index_keeps_a_sample_and_still_finds() -> None:
    named = [
        (Piece(f"No. {n}", "Ryan"), each.notes) for n, each in enumerate(tunes.phrases(12, 16))
    ]
    small = Origins.of(named, most=500)
    assert 400 < len(small.hashes) <= 500
    nearest = small.nearest(named[3][1])[0]
    assert (nearest.piece, round(nearest.share, 9)) == (named[3][0], 1)


@pytest.mark.parametrize("harm", ["missing", "cut off", "another file", "too short inside"])
def test_a_broken_index_is_refused_in_one_sentence(harm: str, tmp_path: Path) -> None:
    path = tmp_path / "origins"
    learnt().save(path)
    match harm:
        case "missing":
            path.unlink()
        case "cut off":
            path.write_bytes(path.read_bytes()[:-40])
        case "another file":
            path.write_text("MThd", encoding="utf-8")
        case _:
            broken = replace(learnt(), owners=learnt().owners[:-1])
            broken.save(path)
    with pytest.raises(BadModel, match="install the model again"):
        Origins.load(path)
