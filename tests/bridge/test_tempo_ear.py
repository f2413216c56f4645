"""The tempo of what is played, on real tunes with human timing."""

from random import Random

import pytest

from bridge.tempo_ear import SURE, HeardTempo, Taps, TempoEar
from generators.music.notes import Phrase
from generators.music.time import QUARTER, Seconds
from tests.tunes import phrases

HUMAN = 0.015  # seconds: the standard deviation of a player's onsets


def heard(onsets: list[float]) -> list[HeardTempo]:
    ear = TempoEar()
    return [found for at in onsets if (found := ear.pressed(Seconds(at))) is not None]


def played(
    nth: int, tune: Phrase, slowest: float, fastest: float
) -> tuple[float, list[HeardTempo]]:
    """Play a tune as people do, at a tempo of its own; return that, and what was heard."""
    random = Random(nth)
    bpm = random.uniform(slowest, fastest)
    beats = sorted({note.onset / QUARTER for note in tune.notes})
    return bpm, heard([beat * 60 / bpm + random.gauss(0, HUMAN) for beat in beats])


def test_a_tempo_that_is_sure_is_right_and_most_tunes_become_sure() -> None:
    became = 0
    for nth, tune in enumerate(phrases(8, 8)):
        bpm, said = played(nth, tune, 80, 160)
        sure = [found for found in said if found.sure >= SURE]
        assert all(found.bpm == pytest.approx(bpm, rel=0.03) for found in sure)
        became += bool(sure)
    assert became >= 4


def test_notes_without_a_beat_are_never_sure() -> None:
    for seed in range(20):
        random, at, onsets = Random(seed), 0.0, []
        for _ in range(60):
            at += random.uniform(0.1, 0.9)
            onsets.append(at)
        assert all(found.sure < SURE for found in heard(onsets))


def test_the_beat_is_where_the_player_puts_it() -> None:
    onsets = [1.0 + nth * 0.3 for nth in range(24) if nth % 4 != 3]
    found = heard(onsets)[-1]
    period = 60 / found.bpm
    assert min((found.beat - 1.0) % 0.3, 0.3 - (found.beat - 1.0) % 0.3) < 0.02
    assert onsets[-1] - period < found.beat <= onsets[-1] + 0.02


def test_what_may_be_twice_as_fast_as_it_was_meant_is_not_sure() -> None:
    found = heard([1.0 + nth * 60 / 160 for nth in range(40)])
    assert found[-1].bpm < 140 or found[-1].sure < SURE


def test_a_beat_that_is_sure_is_no_offbeat() -> None:
    placed = 0
    for nth, tune in enumerate(phrases(8, 8)):
        bpm, said = played(nth, tune, 70, 140)
        sure = [found.beat * bpm / 60 for found in said if found.sure_of_beat >= SURE]
        assert all(abs(beat - round(beat)) < 0.25 for beat in sure)
        placed += bool(sure)
    assert placed >= 2


def test_a_pause_begins_the_taps_anew() -> None:
    taps = Taps()
    assert taps.tapped(Seconds(0.0)) is None
    assert taps.tapped(Seconds(0.5)) == pytest.approx(120)
    assert taps.tapped(Seconds(2.6)) is None
    assert taps.tapped(Seconds(3.2)) == pytest.approx(100)


@pytest.mark.parametrize("wrong", [[3], [5], [3, 6]])
@pytest.mark.parametrize("bounced", [False, True])
def test_a_tap_that_was_missed_or_bounced_does_not_mislead(wrong: list[int], bounced: bool) -> None:
    taps, random = Taps(), Random(len(wrong))
    moments = [0.6 * nth + random.gauss(0, HUMAN) for nth in range(10)]
    for nth in reversed(wrong):
        if bounced:
            moments.insert(nth, moments[nth] - 0.08)
        else:
            del moments[nth]
    said = [taps.tapped(Seconds(at)) for at in moments]
    assert said[-1] == pytest.approx(100, abs=3)
    assert all(bpm == pytest.approx(100, rel=0.08) for bpm in said[4:])
