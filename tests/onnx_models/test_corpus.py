from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from generators.music.errors import BadSong, BadValue
from generators.music.harmony import Key
from generators.music.notes import Phrase
from generators.tokens import leadsheet as words
from onnx_models.workshop import corpus
from onnx_models.workshop.corpus import Count, distinct, read_all, read_job
from onnx_models.workshop.job import Job
from onnx_models.workshop.lessons import batches, lesson_of, padded, written
from onnx_models.workshop.pop909 import chord_of
from onnx_models.workshop.recipe import Recipe, read_recipe
from onnx_models.workshop.surprise import by_section
from onnx_models.workshop.titles import plain_title, song_key, split_of
from onnx_models.workshop.tune import Tune, fingerprint, resting_bars
from tests.music import line

RECIPES = Path(corpus.__file__).parent / "recipes"
SONG = line(
    "C4 E4 G4 E4 F4 A4 C5 A4 G4 B4 D5 B4 C5:4 D4 F4 A4 F4 G4:4 E4 D4 C4 B3 C4:4",
    key="C",
    under="C | F | G | C | Dm | G7 | C | C",
)


def tune(phrase: Phrase = SONG, split: str = "train", title: str = "a") -> Tune:
    return Tune(title, "nottingham", split, phrase, frozenset({3, 7}))


def moved(phrase: Phrase, by: int) -> Phrase:
    return replace(
        phrase,
        notes=tuple(replace(n, pitch=n.pitch + by) for n in phrase.notes),
        chords=tuple(replace(s, chord=s.chord.transposed(by)) for s in phrase.chords),
        key=Key(by % 12),
    )


def test_a_tune_in_another_key_is_the_same_tune() -> None:
    assert fingerprint(SONG) == fingerprint(moved(SONG, 5))
    counts: dict[str, Count] = defaultdict(Count)
    kept = distinct([tune(), tune(moved(SONG, 5), title="b")], counts)
    assert [each.title for each in kept] == ["a"]
    assert counts["nottingham"].refused == Counter({"a double": 1})


def test_a_test_tune_is_never_trained_on() -> None:
    counts: dict[str, Count] = defaultdict(Count)
    kept = distinct([tune(), tune(moved(SONG, 2), "test", "b")], counts)
    assert [each.split for each in kept] == ["test"]


def test_settings_of_one_title_stay_together() -> None:
    assert split_of("The Irish Washerwoman") == split_of("irish washerwoman")
    assert plain_title("L'Été indien") == plain_title("été indien")
    assert plain_title("Achonry Lasses* (reel), the") == "achonry lasses"
    assert plain_title("(Untitled)") == "(untitled)"
    shares = Counter(split_of(f"tune {n}") for n in range(1000))
    assert 750 < shares["train"] < 850


def test_a_song_is_told_by_its_title_and_its_artist() -> None:
    assert song_key("I Can't Explain", "The Who") == song_key("i cant explain", "Who")
    assert song_key("Soul & Fire", "The Rites") == song_key("Soul and Fire", "Rites")
    assert song_key("One", "U2") != song_key("One", "Metallica")


def test_what_is_refused_is_counted_with_its_reason() -> None:
    job = Job("nottingham", "train", "X:1\nM:4/4\nL:1/4\nK:G\nG9|A4|")
    assert read_job(job) == ([], ["a bar that is too long"])
    missing = Job("openewld", "train", "nothing.mxl")
    assert read_job(missing) == ([], ["cannot be read (FileNotFoundError)"])


def test_a_corpus_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSong, match="nottingham is missing"):
        read_all(tmp_path, ["nottingham"])


def test_chords_played_together_have_a_name() -> None:
    assert str(chord_of([48, 52, 55])) == "C"
    assert str(chord_of([52, 55, 60])) == "C/E"
    assert str(chord_of([57, 60, 64, 67])) == "Am7"
    assert chord_of([60, 61, 62]) is None


def test_the_melody_comes_to_rest_in_the_bars_of_long_notes() -> None:
    assert resting_bars(SONG) == {3, 7}
    assert resting_bars(replace(SONG, notes=())) == frozenset()


def test_a_lesson_is_the_same_in_every_key() -> None:
    assert written(lesson_of(tune()), True) == written(lesson_of(tune(moved(SONG, 4))), True)


def test_a_lesson_marks_the_ends_of_sections() -> None:
    tokens = written(lesson_of(tune()), chords_first=True)
    marks = [token for token in tokens if token in words.BAR_TOKENS]
    near, close = words.NEAR_TOKEN, words.CLOSE_TOKEN
    assert [m for m in marks if m != words.BAR_TOKEN] == [near, close, near, close]
    assert marks[3] == close
    assert tokens[-1] == words.END_TOKEN


def test_both_orders_hold_the_same_music() -> None:
    first, second = (written(lesson_of(tune()), order) for order in (True, False))
    assert Counter(first[1:]) == Counter(second[1:])
    assert first != second


def test_surprise_is_shared_out_between_notes_and_chords() -> None:
    tokens = written(lesson_of(tune()), chords_first=True)
    melody, chords = by_section(tokens, [1.0] * len(tokens), chords_first=True)
    assert melody[1] == len(SONG.notes)
    assert chords[1] == 8
    assert melody[0] + chords[0] == len(tokens) - 3


def test_batches_fill_their_rows_and_learn_nothing_from_the_filling() -> None:
    recipe = replace(Recipe(), batch_tokens=1024)
    batch = next(batches([lesson_of(tune())], recipe, np.random.default_rng(1)))
    inputs, targets = padded(batch, recipe.batch_tokens)
    assert inputs.shape[0] * inputs.shape[1] <= 1024
    assert (targets != -100).sum() == sum(len(tokens) - 1 for tokens in batch)
    row = batch[0]
    assert inputs[0, : len(row) - 1].tolist() == row[:-1]
    assert targets[0, : len(row) - 1].tolist() == row[1:]


def test_every_recipe_can_be_read() -> None:
    for path in RECIPES.glob("*.toml"):
        recipe = read_recipe(path)
        assert recipe.width % recipe.heads == 0
        assert set(recipe.sources) <= set(corpus.SOURCES)


def test_a_recipe_with_an_unknown_setting_is_told(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text("depth = 3", encoding="utf-8")
    with pytest.raises(BadValue, match="no setting of a recipe is called 'depth'"):
        read_recipe(path)
    with pytest.raises(BadValue, match="cannot be read"):
        read_recipe(tmp_path / "nothing.toml")
