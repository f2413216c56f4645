from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.wire import Ledger, ending, is_off, is_on, is_whole, settled, voice_of

NOTES = st.lists(
    st.builds(
        lambda kind, pitch: bytes((kind, pitch, 64)),
        st.sampled_from((0x80, 0x90)),
        st.integers(60, 62),
    )
)


def on(pitch: int) -> bytes:
    return bytes((0x90, pitch, 64))


def off(pitch: int) -> bytes:
    return bytes((0x80, pitch, 0))


def down(messages: list[bytes]) -> Counter[tuple[int, int]]:
    """Return what sounds at a synth that counts, after these messages."""
    sounding: Counter[tuple[int, int]] = Counter()
    for message in messages:
        if is_on(message):
            sounding[voice_of(message)] += 1
        elif sounding[voice_of(message)]:
            sounding[voice_of(message)] -= 1
    return +sounding


@pytest.mark.parametrize(
    "text", ["903c40", "903c00", "c005", "d040", "e00040", "f8", "f24000", "f300", "f07e7ff7", "fe"]
)
def test_whole_messages_are_heard(text: str) -> None:
    assert is_whole(bytes.fromhex(text))


@pytest.mark.parametrize(
    "text",
    ["", "90", "903c", "b0", "b040", "3c40", "90ffff", "903cff", "e000", "903c40803c00", "f240"],
)
def test_pieces_of_messages_are_not(text: str) -> None:
    assert not is_whole(bytes.fromhex(text))


def test_a_note_on_without_velocity_ends_a_note() -> None:
    assert is_off(bytes((0x90, 60, 0)))
    assert not is_on(bytes((0x90, 60, 0)))
    assert not is_off(bytes((0xB0, 64, 0)))
    assert not is_on(bytes((0xF8,)))


def test_a_note_that_has_not_begun_is_dropped_with_its_end() -> None:
    sounding = {(0, 60): 1}
    assert settled([off(60), on(60), off(60), on(64), off(64)], sounding) == [off(60)]


def test_pedals_still_leave_when_the_music_stops() -> None:
    pedal = bytes((0xB0, 64, 0))
    assert settled([on(60), pedal], {}) == [pedal]


@given(NOTES, NOTES)
def test_when_the_music_stops_nothing_sounds(before: list[bytes], waiting: list[bytes]) -> None:
    kept = settled(waiting, down(before))
    assert not [message for message in kept if is_on(message)]
    assert not down(before + kept)


def test_what_was_missed_is_owed_and_only_once() -> None:
    ledger = Ledger()
    ledger.left(on(60))
    ledger.left(on(64))
    ledger.missed(off(60))
    assert ledger.owes
    assert ledger.owed() == (off(60),)
    assert ledger.owed() == ()
    assert ledger.sounding == {(0, 60): 1, (0, 64): 1}


def test_a_note_that_was_missed_as_a_whole_is_not_owed() -> None:
    ledger = Ledger()
    ledger.left(on(60))
    for message in (on(60), off(60)):
        ledger.missed(message)
    assert not ledger.owes


def test_a_wire_that_is_back_begins_anew() -> None:
    ledger = Ledger()
    ledger.missed(on(60))
    ledger.back()
    ledger.left(on(60))
    ledger.missed(off(60))
    assert ledger.owed() == (off(60),)


@given(NOTES, NOTES)
def test_after_the_ends_that_were_missed_only_what_should_sound_does(
    before: list[bytes], missed: list[bytes]
) -> None:
    """At the far end, after the gap, nothing sounds that was asked to end in the gap."""
    ledger = Ledger()
    for message in before:
        ledger.left(message)
    for message in missed:
        ledger.missed(message)
    after = down(before + list(ledger.owed()))
    assert after <= down(before + missed)


def test_notes_of_an_earlier_life_are_ended() -> None:
    ledger = Ledger()
    ledger.owe([(1, 60), (1, 60)])
    assert ledger.owed() == (ending((1, 60)), ending((1, 60)))
