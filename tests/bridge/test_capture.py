from bridge.capture import Capture
from generators.music.notes import Note
from generators.music.time import Ticks


def note(onset: int, pitch: int, length: int) -> Note:
    return Note(Ticks(onset), pitch, Ticks(length), 90)


def heard(*deeds: tuple[int, str, int], until: int = 10_000) -> list[Note]:
    """Play `(tick, '+', pitch)`, `(tick, '-', pitch)` or `(tick, 'pedal', 0 or 1)`."""
    capture = Capture()
    for tick, deed, value in deeds:
        match deed:
            case "+":
                capture.press(value, 90, 0, Ticks(tick))
            case "-":
                capture.release(value, 0, Ticks(tick))
            case _:
                capture.pedal(bool(value), 0, Ticks(tick))
    return capture.notes(Ticks(0), Ticks(until))


def test_a_key_down_and_up_is_a_note() -> None:
    assert heard((0, "+", 60), (480, "-", 60)) == [note(0, 60, 480)]


def test_a_key_that_is_down_sounds_until_now() -> None:
    assert heard((0, "+", 60), until=960) == [note(0, 60, 960)]


def test_the_same_pitch_twice_ends_the_older_first() -> None:
    deeds = (0, "+", 60), (100, "+", 60), (200, "-", 60), (500, "-", 60)
    assert heard(*deeds) == [note(0, 60, 200), note(100, 60, 400)]


def test_the_pedal_holds_what_the_fingers_let_go() -> None:
    deeds = (0, "pedal", 1), (10, "+", 60), (20, "-", 60), (900, "pedal", 0)
    assert heard(*deeds) == [note(10, 60, 890)]


def test_a_pitch_struck_again_under_the_pedal_is_two_notes() -> None:
    deeds = (
        (0, "pedal", 1),
        (0, "+", 60),
        (50, "-", 60),
        (480, "+", 60),
        (500, "-", 60),
        (960, "pedal", 0),
    )
    assert heard(*deeds) == [note(0, 60, 480), note(480, 60, 480)]


def test_the_pedal_of_another_channel_holds_nothing() -> None:
    capture = Capture()
    capture.pedal(True, 3, Ticks(0))
    capture.press(60, 90, 0, Ticks(0))
    capture.release(60, 0, Ticks(100))
    assert capture.notes(Ticks(0), Ticks(999)) == [note(0, 60, 100)]


def test_a_release_without_a_press_is_nothing() -> None:
    assert heard((100, "-", 60)) == []


def test_a_key_pressed_and_let_go_at_once_still_sounds() -> None:
    assert heard((100, "+", 60), (100, "-", 60)) == [note(100, 60, 1)]


def test_keys_that_are_down_are_known_until_they_are_let_go() -> None:
    capture = Capture()
    capture.press(64, 90, 0, Ticks(0))
    capture.press(60, 90, 0, Ticks(5))
    assert capture.down == (60, 64)
    capture.let_go(Ticks(10))
    assert not capture.down
    assert len(capture.notes(Ticks(0), Ticks(99))) == 2
