import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.portnames import Doubt, missing, stable, the_one

ALSA = ("Midi Through:Midi Through Port-0 14:0", "Keystation:Keystation MIDI 1 20:0")


def test_the_part_of_a_name_that_changes_is_left_out() -> None:
    assert stable("Keystation:Keystation MIDI 1 20:0") == "Keystation:Keystation MIDI 1"
    assert stable("loopMIDI Port 2") == "loopMIDI Port"
    assert stable("IAC Driver Bus") == "IAC Driver Bus"


def test_a_port_is_found_by_part_of_its_name_in_any_case() -> None:
    assert the_one("keyST", ALSA, "ALSA", "in") == ALSA[1]
    assert the_one("nothing like it", ALSA, "ALSA", "in") is None
    assert the_one("  ", ALSA, "ALSA", "in") is None


def test_a_part_of_two_names_is_refused_and_both_are_named() -> None:
    with pytest.raises(Doubt) as caught:
        the_one("MIDI", ALSA, "ALSA", "out")
    assert all(repr(name) in str(caught.value) for name in ALSA)
    assert "midi_out 'MIDI'" in str(caught.value)


def test_a_whole_name_wins_over_a_part_of_another() -> None:
    names = ("Synth", "Synth 2", "My Synth")
    assert the_one("synth", names[::2], "CoreMIDI", "out") == "Synth"
    assert the_one("Synth", names, "CoreMIDI", "out") == "Synth"
    assert the_one("Keys", ("Keys2:out", "Keys:out"), "JACK", "in") == "Keys:out"


def test_an_alias_is_a_name_as_well() -> None:
    ports = {"system:midi_capture_1": ("nanoKEY",), "system:midi_capture_2": ()}
    assert the_one("nanokey", ports, "JACK", "in") == "system:midi_capture_1"


def test_what_is_missing_is_said_with_what_is_there() -> None:
    assert str(missing("keysttion", ALSA, "in")) == (
        "no port to listen to matches 'keysttion'; there is Keystation:Keystation MIDI 1, "
        "Midi Through:Midi Through Port-0; type --midi-in 'Keystation:Keystation MIDI 1'"
    )
    assert "there is none" in str(missing("x", (), "out"))


@given(st.text(), st.lists(st.text(min_size=1), unique=True))
def test_what_is_found_is_one_of_the_ports_and_has_the_part(part: str, names: list[str]) -> None:
    try:
        found = the_one(part, names, "ALSA", "in")
    except Doubt:
        return
    if found is not None:
        assert found in names
        assert part.strip().casefold() in found.casefold()
