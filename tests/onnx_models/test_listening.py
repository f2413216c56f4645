from dataclasses import replace
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from generators.music import files
from generators.music.errors import BadSong
from generators.music.harmony import Key
from generators.music.notes import Phrase
from generators.music.time import QUARTER, Meter, Ticks
from generators.rules import Rules
from onnx_models.workshop.evaluation.baselines import Baselines
from onnx_models.workshop.listening.answers import Chains, Maker
from onnx_models.workshop.listening.drawing import PROMPTS, SHOWN, Call, call_of, draw
from onnx_models.workshop.listening.engraving import engraver, lean
from onnx_models.workshop.listening.page import Page, bars_heard, plain, write
from onnx_models.workshop.listening.roll import CALL, roll
from onnx_models.workshop.listening.score import score
from onnx_models.workshop.listening.sound import tempo_of
from onnx_models.workshop.measure.changes import Changes
from onnx_models.workshop.measure.chord_baselines import ChordMarkov, RepeatLast
from onnx_models.workshop.measure.markov import Melody, MelodyMarkov
from onnx_models.workshop.tune import Tune
from tests.music import line

FOUR = "G4 A4 B4 G4 A4 B4 C5 A4 B4 C5 D5 B4 G4:2 D4:2"
SONG = line(f"{FOUR} {FOUR} {FOUR}", key="G", under="G | D7 | G | G D7 | " * 2 + "G | D7 | G | G")
PICKUP = line(f"-:3 D4 {FOUR} {FOUR} {FOUR}", key="G")


def tune(
    title: str, source: str = "nottingham", phrase: Phrase = SONG, split: str = "test"
) -> Tune:
    return Tune(title, source, split, phrase, frozenset({3, 7, 11}), "reel")


def book() -> list[Tune]:
    sources = [*SHOWN, "pop909", "rs200"]
    kept = [tune(f"{source} {n}", source) for source in sources for n in range(6)]
    return [*kept, tune("learnt", split="train"), tune("short", phrase=line(FOUR, key="G"))]


def called(phrase: Phrase, title: str = "a") -> Call:
    call = call_of(tune(title, phrase=phrase))
    assert call is not None
    return call


@cache
def chains() -> Chains:
    melody = MelodyMarkov([Melody.of(SONG), Melody.of(PICKUP)], (2, 2))
    return Chains(melody, ChordMarkov([Changes.of(tune("a"))], 2))


def made(calls: list[Call]) -> Page:
    return Page.of(calls, Rules(), chains(), 5)


def test_the_same_seed_draws_the_same_prompts_in_whatever_order_tunes_were_read() -> None:
    assert draw(book(), 3) == draw(book()[::-1], 3)
    titles = [{call.tune.title for call in draw(book(), seed)} for seed in range(8)]
    assert any(each != titles[0] for each in titles)


def test_prompts_come_from_every_source_that_may_be_shown_and_from_no_other() -> None:
    for seed in range(20):
        drawn = draw(book(), seed)
        assert len(drawn) == PROMPTS
        assert {call.tune.source for call in drawn} == set(SHOWN)
        assert {call.tune.split for call in drawn} == {"test"}
        assert len({call.tune.title for call in drawn}) == PROMPTS


def test_a_source_that_is_owned_is_not_shown() -> None:
    assert not {"pop909", "rs200", "mcgill_billboard"} & set(SHOWN)
    with pytest.raises(BadSong, match="hold 0 of 10"):
        draw([tune(f"{n}", "pop909") for n in range(20)], 1)


def test_nothing_of_an_owned_song_is_written(tmp_path: Path) -> None:
    song = replace(called(SONG), tune=tune("Owned", "rs200"))
    with pytest.raises(BadSong, match="rs200 may not be shown"):
        write(made([called(SONG), song]), tmp_path / "listening", None)
    assert [*tmp_path.iterdir()] == []


def test_a_prompt_is_four_bars_and_the_tune_goes_on() -> None:
    call = called(SONG)
    assert (bars_heard(call), call.start, call.length) == (4, 4 * 3840, 8 * 3840)
    assert call.followed(call.human).notes == SONG.notes


def test_a_pick_up_is_heard_before_four_whole_bars() -> None:
    call = called(PICKUP)
    assert (call.pickup, bars_heard(call), call.start) == (QUARTER, 4, 5 * 3840)


def test_a_long_tune_is_heard_for_eight_bars() -> None:
    assert bars_heard(called(line(" ".join([FOUR] * 8), key="G"))) == 8


def test_without_verovio_the_page_says_that_notation_is_missing(tmp_path: Path) -> None:
    path = write(made([called(SONG, "The *Star*"), called(PICKUP)]), tmp_path / "listening", None)
    text = path.read_text(encoding="utf-8")
    assert path == tmp_path / "listening.md"
    assert "The notation is missing" in text
    assert "score.svg" not in text
    assert "1. [The \\*Star\\*](#prompt-1), nottingham" in text
    assert "## Prompt 1\n" in text
    assert "4/4, G major. Heard: a pick-up and 4 bars, without chords." in text
    assert "`antiphon-workshop listen --work WORK --model rules --seed 5`" in text
    assert "pop909" not in text.lower().replace("those of pop909", "")


def test_every_link_of_the_page_leads_to_a_file(tmp_path: Path) -> None:
    page = made([called(SONG)])
    path = write(page, tmp_path / "listening", lambda score: f"<svg>{len(score)}</svg>")
    text = path.read_text(encoding="utf-8")
    links = {part.split(")")[0] for part in text.split("](listening/")[1:]}
    assert links == {file.name for file in (tmp_path / "listening").iterdir()}
    assert len(links) == 9
    assert "missing" not in text


def test_a_midi_file_sounds_the_call_and_the_answer(tmp_path: Path) -> None:
    write(made([called(PICKUP)]), tmp_path / "listening", None)
    song = files.read((tmp_path / "listening" / "01-human.mid").read_bytes())
    assert (song.pickup, song.bars, song.key(Ticks(0))) == (QUARTER, 12, Key(7))
    assert [note.pitch for note in song.parts[-1].notes] == [note.pitch for note in PICKUP.notes]


def test_every_answer_has_eight_bars_and_answers_are_the_same_again() -> None:
    call = called(SONG)
    (heard,), (again,) = made([call]).prompts, made([call]).prompts
    assert heard.answers == again.answers
    for maker in Maker:
        assert heard.answers[maker].notes
        assert 0 < heard.answers[maker].end <= call.length
    assert heard.answers[Maker.MARKOV].chords


def test_the_chains_are_those_that_the_models_are_measured_beside() -> None:
    mine = chains()
    assert Chains.of(Baselines(mine.melody, (RepeatLast(), mine.chords))) == mine
    assert len(mine.answer(called(SONG)).notes) > 0


def test_the_chain_plays_no_chords_where_none_were_heard() -> None:
    assert chains().answer(called(PICKUP)).chords == ()


def test_a_score_has_the_accidentals_that_the_key_does_not_tell() -> None:
    phrase = line("F#4 F4 F4 F#4 F5 C4:3", key="G")
    notes = ElementTree.fromstring(score(phrase, 2)).findall(".//note[pitch]")  # noqa: S314  (our own text)
    assert [note.findtext("accidental") for note in notes[:6]] == [
        None, "natural", None, "sharp", "natural", None,
    ]  # fmt: skip


def test_a_score_parts_the_answer_from_the_call_and_breaks_lines_after_four_bars() -> None:
    call = called(PICKUP)
    tree = ElementTree.fromstring(score(call.followed(call.human), 12, 4))  # noqa: S314  (our own text)
    measures = tree.findall(".//measure")
    lines = [each.get("number") for each in measures if each.find("print") is not None]
    doubles = {
        each.get("number"): each.findtext("barline/bar-style")
        for each in measures
        if each.find("barline") is not None
    }
    assert lines == ["5", "9"]
    assert doubles == {"4": "light-light", "12": "light-heavy"}
    assert measures[0].get("implicit") == "yes"


def test_a_wide_melody_stands_on_one_staff() -> None:
    assert b"<staves>" not in score(line("C3 C4 C5 C6", key="C"), 1)


def test_a_roll_shows_the_call_in_grey_and_names_the_chords() -> None:
    call = called(SONG)
    drawn = roll(SONG, call.start, Ticks(12 * 3840), "#123456")
    assert drawn.count(CALL) == len(call.heard.notes)
    assert drawn.count("#123456") == len(call.human.notes)
    assert ">D7</text>" in drawn
    ElementTree.fromstring(drawn)  # noqa: S314  (our own text)


def test_a_picture_has_white_paper_and_no_names_made_anew() -> None:
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 4" id="x1"><desc>d</desc><style>s'
        '</style><defs><g id="E050-x1"><path d="M0 0" /></g></defs>\n<svg><g id="n2" class="a">'
        '<g id="p3" class="pb placeholder"><ellipse /></g><use href="#E050-x1" /></g></svg></svg>'
    )
    small = lean(picture)
    assert small == lean(picture.replace("x1", "y7").replace("n2", "m5"))
    assert 'href="#E050"' in small
    assert "ellipse />" not in small
    assert '<rect width="8" height="4" fill="#fff"' in small


def test_a_score_is_engraved_where_verovio_is() -> None:
    pytest.importorskip("verovio")
    engrave = engraver()
    assert engrave is not None
    assert ">D7<" in engrave(score(SONG, 12, 4))


def test_dances_are_played_in_their_tempo() -> None:
    jig = replace(tune("a", phrase=line(FOUR, "6/8", "G")), style="jig")
    assert tempo_of(jig) == pytest.approx(3 * 60 / 1.1, abs=0.1)
    assert tempo_of(replace(tune("b"), tempo=90.0)) == 90
    assert Meter.named("6/8").pulse == 1440


def test_a_title_cannot_spoil_the_page() -> None:
    assert plain("A [b](c) *d*\n") == r"A \[b\](c) \*d\*"
