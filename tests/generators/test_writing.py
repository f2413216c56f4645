from dataclasses import replace

import numpy as np
import pytest

from generators.answering import write_on
from generators.asked import Asked
from generators.harmonizing import sheet_of
from generators.model import Decoder
from generators.music.notes import Phrase
from generators.music.time import Meter, Ticks
from generators.progression import KINDS, NAMES, Progression, Recalled
from generators.prompt import Controls, Kind, Prompt
from generators.sampling import log_chances
from generators.tokens import leadsheet as words
from generators.tokens.grid import bars_of
from generators.writing import MOST_ALIKE, Line, Writer
from tests.generators.shipped import shipped_card
from tests.music import line

BAR = Meter().bar
ROOTS = np.arange(words.FIRST_ROOT, words.NO_CHORD_TOKEN)
TYPES = np.arange(words.FIRST_KIND, words.FIRST_BASS)
ONE, TWO = "G4 A4 B4 D5", "E4 G4 A4 B4"


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    return Decoder(shipped_card())


def writer(decoder: Decoder, heard: Phrase, controls: Controls | None = None) -> Writer:
    asked = Asked(Prompt(heard, heard.end, Ticks(4 * BAR), controls=controls or Controls()))
    bars = bars_of(heard)
    rng = np.random.default_rng(4)
    written = Writer(decoder, asked.limits, sheet_of(bars, asked, True), rng)
    for bar in bars:
        written.remember(bar)
    return written


def bar_words(text: str, written: Writer) -> list[int]:
    bar = bars_of(line(text), 1)[0]
    return words.melody_tokens(bar.melody, written.frame)


def test_a_bar_that_came_twice_should_not_come_again(decoder: Decoder) -> None:
    assert MOST_ALIKE == 2
    twice = writer(decoder, line(f"{TWO} {ONE} {ONE}", key="G"))
    assert twice._same_again() == bar_words(ONE, twice)
    assert writer(decoder, line(f"{ONE} {TWO}", key="G"))._same_again() == []
    assert writer(decoder, line(f"{ONE} {TWO} {ONE}", key="G"))._same_again() == []


def test_who_plays_a_bar_four_times_may_hear_it_four_times(decoder: Decoder) -> None:
    stubborn = line(f"{ONE} {ONE} {ONE} {ONE} {TWO} {ONE} {ONE} {ONE}", key="G")
    assert writer(decoder, stubborn)._same_again() == []
    more = line(f"{ONE} {ONE} {ONE} {ONE}", key="G")
    written = writer(decoder, more)
    assert written._same_again() == bar_words(ONE, written)


def test_bars_are_compared_by_their_music_not_by_their_words(decoder: Decoder) -> None:
    """Notes that come twice within a bar are no repetition."""
    inside = writer(decoder, line(f"{TWO} G4 G4 G4 G4", key="G"))
    assert inside._same_again() == []


def test_a_melody_leans_away_from_one_bar_more_of_the_same(decoder: Decoder) -> None:
    """Of the same draws, fewer repeat the bar where it came too often."""

    def repeats(heard: Phrase) -> int:
        count = 0
        for seed in range(12):
            written = writer(decoder, heard)
            written.rng = np.random.default_rng(seed)
            first = heard.bars
            written.open_bar()
            written.push(words.UNKNOWN_TOKEN)
            written.turn()
            list(written.draw_melody(first, Line(80), silent=False))
            count += written.memory.melody.last_bars(1)[0][:4] == bar_words(ONE, written)[:4]
        return count

    same = line(f"{ONE} {ONE} {ONE} {ONE}", key="G")
    leaning = repeats(same)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Writer, "_same_again", lambda _: [])
        assert leaning <= repeats(same)


def test_a_mark_brings_back_sheet_and_memory(decoder: Decoder) -> None:
    written = writer(decoder, line(f"{ONE} {TWO}", key="G"))
    written.open_bar()
    mark, known = written.mark(), list(written.memory.melody.told)
    logits = written.stream.logits()
    written.push_chords(
        words.chords_tokens(((0, line("", under="G").chords[0].chord),), written.frame)
    )
    written.turn()
    written.push_melody(bar_words(ONE, written))
    written.back(mark)
    assert written.memory.melody.told == known
    assert written.last_bar == words.PLAIN.words
    assert np.array_equal(written.stream.logits(), logits)


def test_a_bar_that_is_wished_to_close_is_read_as_such(decoder: Decoder) -> None:
    def chances(left: int | None) -> np.ndarray:
        written = writer(decoder, line(f"{ONE} {TWO}", key="G"))
        written.open_bar(replace(words.PLAIN, left=left))
        return written.stream.logits()

    assert not np.array_equal(chances(None), chances(1))
    assert not np.array_equal(chances(1), chances(3))


def test_where_no_pitch_may_be_used_nothing_is_sung(decoder: Decoder) -> None:
    written = writer(decoder, line(ONE, key="G"))
    written._pitches = written._pitches[:0]
    written.open_bar()
    written.push(words.UNKNOWN_TOKEN)
    written.turn()
    assert list(written.draw_melody(1, Line(80), silent=False)) == []


def test_the_last_bar_of_an_answer_goes_home(decoder: Decoder) -> None:
    def homes(bar: int) -> int:
        count = 0
        for seed in range(24):
            written = writer(decoder, line(f"{ONE} {TWO}", key="G", under="G | C"))
            written.rng = np.random.default_rng(seed)
            written.open_bar()
            chords = written.draw_chords(bar, ())
            count += chords[-1][1].root == 7
        return count

    first, last = 2, 5
    assert homes(last) > homes(first)


def test_a_bar_is_gone_on_with_by_what_was_played_in_it(decoder: Decoder) -> None:
    """A chord that what is heard belies gives way in the middle of its bar."""

    def stays(begun: str) -> int:
        heard = line(f"{ONE} {TWO} {begun}", key="G", under="G | C | G")
        asked = Asked(Prompt(heard, Ticks(2 * BAR + BAR // 2), Ticks(BAR // 2), Kind.HARMONIZE))
        count = 0
        for seed in range(20):
            rng = np.random.default_rng(seed)
            sheet = sheet_of(asked.whole_bars, asked, chords_first=False)
            written = Writer(decoder, asked.limits, sheet, rng)
            for bar in asked.whole_bars:
                written.remember(bar)
            count += next(iter(write_on(written, asked))).chord.root == 7
        return count

    assert stays("G4 B4") > stays("F#4:1/2 A4:1/2 F#4:1/2 A4:1/2")


ODD = "C | Eb | Ab7 | D"
"""Chords that nobody would expect after one another, unless they came before."""


def at_a_chord(decoder: Decoder, under: str, controls: Controls | None = None) -> Writer:
    """Return a writer that is where a bar's chord is to be named."""
    heard = line(" ".join(["G4:4"] * (under.count("|") + 1)), key="C", under=under)
    written = writer(decoder, heard, controls)
    written.open_bar()
    written.push_chords([words.FIRST_PLACE])
    return written


def joint(written: Writer) -> np.ndarray:
    """Return what the model alone makes of each root and kind, asked one by one."""
    roots = np.exp(log_chances(written._named_next()[ROOTS]))
    kinds = [np.exp(log_chances(written._named_next(root)[TYPES])) for root in ROOTS.tolist()]
    return np.append((roots[:, None] * np.stack(kinds)).ravel(), 0.0)


def number(chord: list[int]) -> int:
    return (chord[0] - words.FIRST_ROOT) * KINDS + chord[1] - words.FIRST_KIND


def test_what_a_chord_costs_is_its_chance_in_the_mixture(decoder: Decoder) -> None:
    returning = list[bool]()
    for seed in range(12):
        written = at_a_chord(decoder, f"{ODD} | {ODD} | C | Eb")
        recalled = written._progression.recalled()
        assert recalled is not None
        chances = recalled.mixed(joint(written))
        assert chances.sum() == pytest.approx(1)
        written.rng = np.random.default_rng(seed)
        drawn = written.draw_chord_name()
        assert sum(written.costs[:2]) == pytest.approx(np.log(chances[number(drawn)]), abs=1e-3)
        returning.append(number(drawn) == int(recalled.shares.argmax()))
    assert any(returning)


def test_a_progression_that_returns_makes_the_next_chord_likelier(decoder: Decoder) -> None:
    written = at_a_chord(decoder, f"{ODD} | C | Eb")
    recalled, alone = written._progression.recalled(), joint(written)
    assert recalled is not None
    ab7 = number(written.frame.chord_tokens(line("C4:4", under="Ab7").chords[0].chord))
    found = recalled.mixed(alone)
    assert found[ab7] > alone[ab7]
    assert found[ab7] > recalled.shares[ab7] * (1 - alone[recalled.holds])


def test_without_closeness_a_piece_does_not_tell_its_chords(decoder: Decoder) -> None:
    """To the last bit what is drawn is what the model alone would draw; otherwise it is not."""

    def drawn(closeness: float) -> list[tuple[list[int], list[float]]]:
        found = []
        for seed in range(6):
            written = at_a_chord(decoder, f"{ODD} | C | Eb", Controls(closeness=closeness))
            written.rng = np.random.default_rng(seed)
            found.append((written.draw_chord_name(), written.costs))
        return found

    with pytest.MonkeyPatch.context() as alone:
        alone.setattr(Progression, "recalled", lambda *_: None)
        deaf, half, whole = (drawn(closeness) for closeness in (0, 0.3, 1))
    assert drawn(0) == deaf
    assert drawn(0.3) != half
    assert drawn(1) != whole


def test_what_is_gone_back_on_is_not_recalled(decoder: Decoder) -> None:
    written = at_a_chord(decoder, f"{ODD} | C")
    written.push_chords(written.frame.chord_tokens(line("C4:4", under="Eb").chords[0].chord))
    written.memory.harmony.learn(words.BAR_TOKEN)
    written.turn()
    written.open_bar()
    mark = written.mark()

    def recalled() -> Recalled:
        written.push_chords([words.FIRST_PLACE])
        found = written._progression.recalled()
        assert found is not None
        return found

    before = recalled()
    for other in ("Eb", "D", "F#m"):
        written.push_chords(written.frame.chord_tokens(line("C4:4", under=other).chords[0].chord))
        written.memory.harmony.learn(words.BAR_TOKEN)
        recalled()
    written.back(mark)
    after = recalled()
    assert np.array_equal(after.shares, before.shares)
    assert after.holds == before.holds


def test_no_pause_is_drawn_whatever_the_piece_has_done(decoder: Decoder) -> None:
    controls = Controls(closeness=1, temperature=1.5)
    for seed in range(12):
        written = at_a_chord(decoder, "C | N.C. | C | N.C. | C | N.C. | C", controls)
        recalled = written._progression.recalled()
        assert recalled is not None
        assert recalled.shares.argmax() == NAMES - 1
        written.rng = np.random.default_rng(seed)
        root, kind, bass = written.draw_chord_name()
        assert root in ROOTS
        assert kind in TYPES
        assert bass >= words.FIRST_BASS


def test_what_fills_a_gap_does_not_go_on_with_what_follows_it(decoder: Decoder) -> None:
    written = writer(decoder, line("G4:4 G4:4 G4:4 G4:4", key="C", under="C | F | G | C"))
    written.begin_bar([words.GAP_TOKEN, words.FIRST_LEFT + 1, words.FILL_TOKEN])
    written.open_bar()
    written.push_chords([words.FIRST_PLACE])
    recalled = written._progression.recalled()
    assert recalled is not None
    assert recalled.holds is None
