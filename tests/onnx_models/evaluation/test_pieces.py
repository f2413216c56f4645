from dataclasses import replace

from onnx_models.workshop.evaluation.pieces import Pieces
from tests.onnx_models.evaluation.books import FIDDLE, book, pieces, tune
from tests.onnx_models.test_corpus import SONG


def titles(found: Pieces, split: str, most: int | None = None) -> list[str]:
    return [each.title for each in found.test(split, most)]


def test_only_test_pieces_are_measured() -> None:
    assert titles(pieces(), "nottingham") == ["asked", "asked too"]
    assert titles(pieces(), "oneills1850") == ["a fiddle tune"]


def test_splits_of_which_there_is_nothing_are_left_out() -> None:
    assert pieces().splits == ("nottingham", "oneills1850")
    assert Pieces([tune("learnt", "train")]).splits == ()
    assert Pieces([tune("of another book", "test", source="airdsAirs")]).splits == ()
    silent = replace(SONG, notes=())
    assert Pieces([tune("chords alone", "test", silent)]).splits == ()


def test_pieces_are_as_they_are_played() -> None:
    twice = SONG.plus(SONG, SONG.meter.next_bar_line(SONG.end))
    again = replace(tune("again", "test"), played=twice, played_closes=frozenset({15}))
    learnt = replace(again, split="train")
    found = Pieces([again, learnt])
    assert [each.phrase for each in found.test("nottingham")] == [twice]
    assert [each.phrase for each in found.learnt] == [twice]
    assert found.test("nottingham")[0].closes == {15}


def test_a_limit_spreads_over_the_split() -> None:
    many = Pieces([tune(str(number), "test") for number in range(100)])
    assert titles(many, "nottingham", 4) == ["0", "25", "50", "75"]
    assert len(titles(many, "nottingham", 1000)) == 100
    both = Pieces(many.tunes, most=2)
    assert titles(both, "nottingham", 4) == ["0", "50"]
    assert titles(both, "nottingham") == ["0", "50"]


def test_melodies_alone_are_not_asked_for_chords() -> None:
    assert pieces().chorded("oneills1850") == []
    assert len(pieces().chorded("nottingham")) == 2


def test_as_many_chorded_pieces_are_found_as_are_wanted_whatever_else_there_is() -> None:
    bare = replace(SONG, chords=())
    many = Pieces([tune(str(n), "test", SONG if n % 2 else bare) for n in range(40)])
    assert [each.title for each in many.chorded("nottingham", 4)] == ["1", "11", "21", "31"]


def test_baselines_learn_from_the_train_split_and_are_fitted_on_the_valid_one() -> None:
    found = pieces()
    assert {each.title for each in found.learnt} == {
        *(f"learnt {by}" for by in range(6)),
        "a fiddle tune, learnt",
    }
    assert [each.title for each in found.held] == ["held"]
    other = [tune("held elsewhere", "valid", FIDDLE, "airdsAirs")]
    assert [each.title for each in Pieces([*book(), *other]).held] == ["held"]
