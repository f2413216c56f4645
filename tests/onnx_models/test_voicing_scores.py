import json
from dataclasses import replace

import pytest

from generators.music.errors import BadSong
from generators.music.notes import ChordSpan
from generators.music.time import Ticks
from generators.tokens.leadsheet import STYLES
from generators.voicing.styles import USUAL
from onnx_models.workshop.tune import Tune
from onnx_models.workshop.voicing_scores import BLOCKS, VOICINGS, as_json, as_text, measured
from tests.music import line


def tune(chords: str, source: str = "nottingham", split: str = "test") -> Tune:
    """Return a tune of whole notes over these chords."""
    bars = chords.count("|") + 1
    phrase = line(" ".join(["C5:4"] * bars), key="C major", under=chords)
    return Tune("Tune", source, split, phrase, frozenset())


def test_voices_that_are_led_move_less_than_blocks() -> None:
    scores = measured([tune("C | F | G7 | Am | Dm | G | C")])
    by_name = {score.voicing: score for score in scores}
    assert by_name[BLOCKS].of_blocks == 1
    assert by_name[BLOCKS].changes == 6
    assert by_name["full, free"].of_blocks < 0.5
    assert by_name["parts, parallels avoided"].parallels_per_100 == 0
    assert by_name[BLOCKS].parallels_per_100 > 100
    assert len(scores) == len(VOICINGS) + 1


def test_a_block_that_goes_up_a_tone_moves_two_semitones_in_every_voice() -> None:
    block = next(s for s in measured([tune("C | D")]) if s.voicing == BLOCKS)
    assert (block.semitones_per_voice, block.bass_semitones, block.changes) == (2, 2, 1)
    assert block.parallels_per_100 == 300  # the bass with root and fifth, and these two


def test_neither_repeats_nor_gaps_nor_silence_are_changes() -> None:
    gap = tune("C | C | N.C. | F | G")
    last = gap.phrase.chords[-1]
    late = (*gap.phrase.chords[:-1], ChordSpan(Ticks(last.onset + 960), Ticks(960), last.chord))
    phrase = replace(gap.phrase, chords=late)
    scores = measured([replace(gap, phrase=phrase), tune("C | F")])
    assert {score.changes for score in scores} == {1}


def test_only_test_tunes_are_measured_each_source_by_itself() -> None:
    tunes = [tune("C | F"), tune("C | G", "pop909"), tune("C | D", split="train")]
    told = json.loads(as_json(measured(tunes)))
    assert list(told) == ["nottingham", "pop909"]
    assert told["pop909"][BLOCKS]["changes"] == 1
    assert BLOCKS in as_text(measured(tunes))


def test_without_chords_nothing_can_be_measured() -> None:
    with pytest.raises(BadSong, match="no test tune"):
        measured([tune("C | F", split="train")])


def test_every_style_of_the_tunes_has_its_way_of_comping() -> None:
    assert set(USUAL) == set(STYLES)
