import logging
from dataclasses import replace
from pathlib import Path

import pytest

from generators.music.errors import BadSong
from onnx_models.workshop import corpus
from onnx_models.workshop.evaluation import baselines
from onnx_models.workshop.evaluation.baselines import Baselines, fitted, kept, melodies
from onnx_models.workshop.evaluation.pieces import Pieces
from tests.onnx_models.evaluation.books import book, pieces


@pytest.fixture(scope="module")
def fresh() -> Baselines:
    return fitted(pieces())


@pytest.fixture
def tunes(tmp_path: Path) -> Path:
    corpus.save(book(), tmp_path / "tunes.gz")
    return tmp_path / "tunes.gz"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, fresh: Baselines) -> list[Pieces]:
    """Return the pieces that baselines are fitted for, one call after another."""
    asked = list[Pieces]()

    def counted(them: Pieces) -> Baselines:
        asked.append(them)
        return fresh

    monkeypatch.setattr(baselines, "fitted", counted)
    return asked


def bits(found: Baselines) -> float:
    return found.melody.bits(melodies(pieces().test("nottingham"))).total


def test_three_chains_of_chords_and_one_of_melody_are_what_a_model_has_to_beat(
    fresh: Baselines,
) -> None:
    assert [each.name for each in fresh.chords] == ["repeat last", "majority template", "Markov"]
    assert 0 < bits(fresh) < 20


def test_baselines_are_fitted_once(tunes: Path, fresh: Baselines, calls: list[Pieces]) -> None:
    assert bits(kept(pieces(), tunes)) == bits(kept(pieces(), tunes)) == bits(fresh)
    assert len(calls) == 1
    assert sorted(path.name for path in tunes.parent.iterdir()) == ["tunes.baselines", "tunes.gz"]


def test_baselines_of_other_tunes_or_of_other_code_are_fitted_again(
    tunes: Path, calls: list[Pieces], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(pieces(), tunes)
    corpus.save(book()[1:], tunes)
    kept(pieces(), tunes)
    assert len(calls) == 2
    monkeypatch.setattr(baselines, "MADE_BY", baselines.MADE_BY[:1])
    kept(pieces(), tunes)
    assert len(calls) == 3


def test_fiddle_tunes_alone_have_a_melody_to_beat_and_no_chords() -> None:
    bare = [replace(each, phrase=replace(each.phrase, chords=())) for each in book()]
    found = fitted(Pieces(bare))
    assert found.chords == ()
    assert bits(found) > 0


@pytest.mark.parametrize("split", ["train", "valid"])
def test_without_tunes_to_learn_from_it_is_told(split: str) -> None:
    with pytest.raises(BadSong, match="no tunes to learn from"):
        fitted(Pieces([each for each in book() if each.split != split]))


@pytest.mark.parametrize("broken", [b"", b"nothing", None])
def test_what_is_kept_and_cannot_be_read_is_fitted_again(
    tunes: Path, fresh: Baselines, calls: list[Pieces], broken: bytes | None
) -> None:
    kept(pieces(), tunes)
    path = tunes.with_suffix(".baselines")
    path.write_bytes(path.read_bytes()[:500] if broken is None else broken)
    assert bits(kept(pieces(), tunes)) == bits(fresh)
    assert len(calls) == 2
    assert len(path.read_bytes()) > 500


def test_where_nothing_can_be_kept_they_are_fitted_all_the_same(
    tunes: Path, fresh: Baselines, calls: list[Pieces], caplog: pytest.LogCaptureFixture
) -> None:
    (tunes.parent / "tunes.baselines.part").mkdir()
    with caplog.at_level(logging.WARNING):
        assert bits(kept(pieces(), tunes)) == bits(fresh)
    assert len(calls) == 1
    assert "cannot be kept" in caplog.text
