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
from onnx_models.workshop.lessons import School, Way, learnt, lesson_of, padded, sheet_of, written
from onnx_models.workshop.pop909 import chord_of
from onnx_models.workshop.recipe import Recipe, read_recipe
from onnx_models.workshop.surprise import by_section
from onnx_models.workshop.titles import plain_title, song_key, split_of
from onnx_models.workshop.tune import Tune, fingerprint, resting_bars
from tests.music import line

FIRST = Way(chords_first=True)
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
    here, there = lesson_of(tune()), lesson_of(tune(moved(SONG, 4)))
    assert written(here, FIRST) == written(there, FIRST)


def test_without_keys_that_are_relative_a_lesson_stands_where_it_is_moved() -> None:
    turned = written(lesson_of(tune()), replace(FIRST, turned=2))
    assert turned != written(lesson_of(tune()), FIRST)
    assert len(turned) == len(written(lesson_of(tune()), FIRST))


def test_a_lesson_counts_down_to_the_ends_of_sections() -> None:
    tokens = written(lesson_of(tune()), replace(FIRST, marked=True))
    lines = [event for event in words.events(tokens) if event[0] == words.BAR_TOKEN]
    left = [event[1] - words.FIRST_LEFT for event in lines]
    assert left == [4, 3, 2, 1, 4, 3, 2, 1]
    assert tokens[-1] == words.END_TOKEN


def test_a_lesson_tells_only_what_it_is_let_tell() -> None:
    plain = written(lesson_of(tune()), FIRST)
    lines = [event for event in words.events(plain) if event[0] == words.BAR_TOKEN]
    assert {event[1:] for event in lines} == {
        (words.FIRST_LEFT, words.ANY_SECTION, words.ANY_DENSITY)
    }
    told = written(lesson_of(tune()), replace(FIRST, counted=frozenset({1})))
    lines = [event for event in words.events(told) if event[0] == words.BAR_TOKEN]
    assert [event[3] != words.ANY_DENSITY for event in lines[:3]] == [False, True, False]


def test_both_orders_hold_the_same_music() -> None:
    first, second = (written(lesson_of(tune()), Way(order)) for order in (True, False))
    assert Counter(first[1:]) == Counter(second[1:])
    assert first != second


def test_a_gap_is_filled_at_the_end_and_loses_nothing() -> None:
    whole = written(lesson_of(tune()), FIRST)
    filled = written(lesson_of(tune()), replace(FIRST, gap=(2, 4)))
    assert Counter(filled) - Counter(whole) == Counter(
        (words.GAP_TOKEN, words.FIRST_LEFT + 2, words.FILL_TOKEN)
    )
    assert filled.index(words.GAP_TOKEN) < filled.index(words.FILL_TOKEN)


def test_chords_alone_are_a_lesson_whose_melody_nobody_knows() -> None:
    tokens = written(lesson_of(tune(replace(SONG, notes=()))), FIRST)
    assert tokens.count(words.UNKNOWN_TOKEN) == 8
    assert not any(words.FIRST_PITCH <= token <= words.REST_TOKEN for token in tokens)


def test_the_memory_tells_nothing_where_no_lesson_has_hints() -> None:
    for share, told in ((1.0, False), (0.0, True)):
        school = School([tune()], replace(Recipe(), hintless_share=share), np.random.default_rng(1))
        assert bool(school.lesson().hints.any()) == told


def test_no_bar_tells_its_notes_where_none_is_counted() -> None:
    for share, told in ((0.0, False), (1.0, True)):
        school = School([tune()], replace(Recipe(), counted_share=share), np.random.default_rng(1))
        rows = np.concatenate([school.lesson().events for _ in range(20)])
        bars = rows[rows[:, 0] == words.BAR_TOKEN]
        assert bool((bars[:, 3] != words.ANY_DENSITY).any()) == told


def test_surprise_is_shared_out_between_notes_and_chords() -> None:
    sheet = sheet_of(written(lesson_of(tune()), FIRST))
    each = (sheet.events > 0).astype(float)
    melody, chords = by_section(sheet.events, each, chords_first=True)
    assert melody[1] == len(SONG.notes)
    assert chords[1] == 8
    told = 3 * (sheet.events[:, 0] == words.BAR_TOKEN).sum()
    assert melody[0] + chords[0] == each[2:].sum() - told


def test_batches_fill_their_rows_and_learn_nothing_from_the_filling() -> None:
    recipe = replace(Recipe(), batch_events=1024)
    batch = next(School([tune()], recipe, np.random.default_rng(1)).batches())
    whole = padded(batch)
    assert whole.events.shape[0] * (whole.events.shape[1] - 1) <= 1024
    assert whole.events[0, : len(batch[0])].tolist() == batch[0].events.tolist()
    mask = learnt(whole.events)
    assert not mask[whole.events == 0].any()
    assert not mask[:, :2].any()


def test_bar_lines_are_learnt_but_not_what_is_wished_of_the_bar() -> None:
    sheet = sheet_of(written(lesson_of(tune()), replace(FIRST, marked=True)))
    lines = sheet.events[:, 0] == words.BAR_TOKEN
    assert learnt(sheet.events)[lines].tolist() == [[True, False, False, False]] * 8


def test_every_recipe_can_be_read() -> None:
    for path in RECIPES.rglob("*.toml"):
        recipe = read_recipe(path)
        assert recipe.width % recipe.heads == 0
        assert set(recipe.sources) <= set(corpus.SOURCES)


def test_styles_that_a_recipe_leaves_out_are_not_taught(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text('left_out = ["waltz", "hymn"]', encoding="utf-8")
    styles = ["reel", "waltz", "", "hymn"]
    taught = read_recipe(path).taught([replace(tune(), style=style) for style in styles])
    assert [each.style for each in taught] == ["reel", ""]
    path.write_text('left_out = ["walz"]', encoding="utf-8")
    with pytest.raises(BadValue, match="left_out cannot name 'walz'; there are reel,"):
        read_recipe(path)


def test_a_recipe_with_an_unknown_setting_is_told(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text("zzz = 3", encoding="utf-8")
    with pytest.raises(BadValue, match=r"recipe\.toml does not do: zzz is not known; the keys are"):
        read_recipe(path)
    with pytest.raises(BadValue, match="cannot be read"):
        read_recipe(tmp_path / "nothing.toml")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BadValue, match="cannot be read"):
        read_recipe(path)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('layers = "x"', "layers cannot be 'x'; it is a whole number"),
        ("layers = -3", "layers cannot be -3; it is 1 to 256"),
        ("layers = 2.0", "layers cannot be 2.0; it is a whole number"),
        ("layers = true", "layers cannot be True; it is a whole number"),
        ("layer = 3", "layer is not known; did you mean layers?"),
        ("rate = nan", "rate cannot be nan; it is 1e-09 to 1"),
        ("minutes = inf", "minutes cannot be inf"),
        ("warm_up = 0", "warm_up cannot be 0; it is 1 to"),
        ("gap_share = 1.5", "gap_share cannot be 1.5; it is 0 to 1"),
        ("relative = 1", "relative cannot be 1; it is true or false"),
        ("heads = 7", "heads cannot be 7; width"),
        ("key_heads = 3", "key_heads cannot be 3; heads"),
        ('optimiser = "sgd"', "optimiser cannot be 'sgd'; it is muon or adamw"),
        ('name = ""', "name cannot be ''"),
        ('name = "../x"', "name cannot be '../x'"),
        ("sources = []", "sources is empty"),
        ('sources = ["nowhere"]', "sources cannot name 'nowhere'; there are"),
        ('sources = "nottingham"', "sources cannot be 'nottingham'; it is a list of texts"),
        ("sources = [1]", r"sources\.1 cannot be 1; it is text"),
        ("weights = { nottingham = -1 }", r"weights\.nottingham cannot be -1"),
        ("weights = { pop909 = 2 }", "weights cannot name 'pop909'; there are nottingham"),
    ],
)
def test_a_value_that_no_training_can_have_is_told_with_what_is_allowed(
    tmp_path: Path, line: str, told: str
) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(BadValue, match=rf"the recipe .*recipe\.toml does not do: {told}"):
        read_recipe(path)


def test_whole_numbers_do_where_any_number_does(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text("minutes = 3\nweights = { nottingham = 2 }", encoding="utf-8")
    recipe = read_recipe(path)
    assert (recipe.minutes, recipe.weights) == (3.0, {"nottingham": 2.0})
