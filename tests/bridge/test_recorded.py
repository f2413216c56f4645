"""Logs of sessions: how they are written, and what is read of damaged ones."""

import json
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.config import Settings
from bridge.errors import BadSetting
from bridge.events import Heard, Passed, Stated, Tuned
from bridge.record import Left, Recorder, Taken
from bridge.recorded import read
from bridge.replay import replay, replay_file
from generators.music.errors import BadSong
from generators.music.time import Meter, Seconds
from generators.recall import Recall
from tests.bridge.test_cli import process
from tests.jam import Jam
from tests.music import line

SETTINGS = Settings(tempo=120.0, call="2")


def unheard(what: str, remedy: str) -> None:
    """Take no note of trouble."""


def played() -> Jam:
    """Return a jam in which every kind of event comes."""
    jam = Jam(Recall(), SETTINGS)
    jam.event(0.5, Tuned(0.08, Seconds(0.5)))
    jam.play(line("C4 E4 G4 C5 A4 F4 D4:2"), at=1.0)
    jam.tell(3.0, "/antiphon/ask", "continue", 2)
    word = Stated("jack", True, Seconds(10.0), 32.0, tempo=120.0, meter=Meter(3, 4))
    jam.event(10.0, word)
    jam.event(10.5, replace(word, at=Seconds(10.5), beat=33.0))
    jam.event(10.6, Stated("link", False, Seconds(10.6), seconds=4.0))
    jam.run(14).end()
    return jam


def written(path: Path, jam: Jam) -> None:
    """Write a jam down as the daemon does."""
    recorder = Recorder(path, jam.settings, unheard)
    for entry in jam.log:
        assert isinstance(entry, Taken)
        recorder.took(entry.event, entry.sent)
    for message, _, tick in jam.port.messages:
        recorder.left(message, tick)
    recorder.close()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("logs") / "session.log"
    written(path, played())
    return path


@pytest.fixture(scope="module")
def spoilt(log: Path) -> Path:
    """Return the place of a log that each test spoils in its own way."""
    return log.with_name("spoilt.log")


def test_what_was_written_is_read_again(log: Path) -> None:
    jam = played()
    left = [Left(tick, message) for message, _, tick in jam.port.messages]
    kinds = {type(entry.event).__name__ for entry in jam.log if isinstance(entry, Taken)}
    assert kinds == {"Heard", "Told", "Planned", "Passed", "Tuned", "Stated"}
    assert len(left) > 20
    assert read(log) == (SETTINGS, [*jam.log, *left])
    assert replay_file(log, Recall()).same


Change = Callable[[dict[str, Any]], object]
CHANGES: dict[str, tuple[str, Change]] = {
    "no moment": ("passed", lambda each: each.pop("at")),
    "text for a moment": ("passed", lambda each: each.update(at="soon")),
    "no time at all": ("passed", lambda each: each.update(at=float("nan"))),
    "the end of time": ("passed", lambda each: each.update(at=float("inf"))),
    "a huge moment": ("passed", lambda each: each.update(at=10**400)),
    "a moment long ago": ("passed", lambda each: each.update(at=-100)),
    "no count": ("passed", lambda each: each.pop("sent")),
    "an unknown event": ("passed", lambda each: each.update(paused=each.pop("passed"))),
    "two events": ("passed", lambda each: each.update(tuned=0.1)),
    "a number for a message": ("heard", lambda each: each.update(heard=904050)),
    "half a message": ("heard", lambda each: each.update(heard="9040")),
    "no hexadecimal": ("heard", lambda each: each.update(heard="90 4x 50")),
    "a number for a port": ("heard", lambda each: each.update(port=7)),
    "an unknown address": ("told", lambda each: each.update(told="/antiphon/aks")),
    "arguments that do not fit": ("told", lambda each: each.update(args=["continue", "two"])),
    "arguments that are none": ("told", lambda each: each.update(args=2)),
    "a question that is no number": ("planned", lambda each: each.update(planned="1")),
    "no answer": ("planned", lambda each: each.pop("suggestion")),
    "text for an answer": ("planned", lambda each: each.update(suggestion="C4")),
    "flat notes": ("planned", lambda each: each["suggestion"].update(notes=[0, 60, 960, 80])),
    "half a pitch": ("planned", lambda each: each["suggestion"].update(notes=[[0, 60.5, 9, 80]])),
    "no pitch": ("planned", lambda each: each["suggestion"].update(notes=[[0, 600, 960, 80]])),
    "no chord": ("planned", lambda each: each["suggestion"].update(chords=[[0, 960, "H#"]])),
    "an unknown source": ("stated", lambda each: each.update(stated="moon")),
    "no meter": ("stated", lambda each: each.update(meter="4/3")),
    "a number for yes": ("stated", lambda each: each.update(playing=1)),
    "an odd message that left": ("out", lambda each: each.update(out=None)),
    "no tick": ("out", lambda each: each.pop("tick")),
}


def changed(data: bytes, kind: str, change: Change) -> tuple[bytes, int]:
    """Change the last line of a kind; return the log, and the number of that line."""
    lines = data.splitlines(keepends=True)
    named = f'"{kind}":'.encode()
    at = max(nth for nth, each in enumerate(lines) if named in each and b'null,"at' not in each)
    told = json.loads(lines[at])
    change(told)
    lines[at] = json.dumps(told).encode() + b"\n"
    return b"".join(lines), at + 1


@pytest.mark.parametrize("name", CHANGES)
def test_a_damaged_line_is_named_with_its_number(name: str, log: Path, spoilt: Path) -> None:
    data, number = changed(log.read_bytes(), *CHANGES[name])
    spoilt.write_bytes(data)
    with pytest.raises(BadSong, match=rf"^line {number} of .*spoilt.log is damaged \(") as refused:
        read(spoilt)
    assert refused.value.remedy


WRONG = {
    "empty": b"",
    "no line": b'{"antiphon":1,"settings":{}}',
    "rubbish": bytes(range(256)) * 40,
    "a list": b"[1]\n",
    "depth": b"[" * 100_000 + b"\n",
    "no settings": b'{"antiphon":1}\n',
    "text for settings": b'{"antiphon":1,"settings":"none"}\n',
    "another version": b'{"antiphon":2,"settings":{"mood":1}}\n',
    "no version": b'{"antiphon":"one","settings":{}}\n',
    "an unknown setting": b'{"antiphon":1,"settings":{"mood":1}}\n',
    "a setting refused": b'{"antiphon":1,"settings":{"tempo":"fast"}}\n',
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_log_is_refused_with_a_remedy(name: str, spoilt: Path) -> None:
    spoilt.write_bytes(WRONG[name])
    with pytest.raises(BadSong, match=r"spoilt\.log") as refused:
        read(spoilt)
    assert refused.value.remedy


def test_a_damaged_log_is_one_sentence_and_no_success(log: Path, spoilt: Path) -> None:
    spoilt.write_bytes(changed(log.read_bytes(), *CHANGES["half a message"])[0])
    told = process("replay", str(spoilt))
    assert (told.returncode, told.stdout) == (1, b"")
    assert told.stderr.count(b"\n") == 1
    assert b"antiphon record LOG" in told.stderr


def test_a_last_line_that_was_cut_is_left_out(log: Path, spoilt: Path) -> None:
    spoilt.write_bytes(log.read_bytes()[:-3])
    assert read(spoilt)[1] == read(log)[1][:-1]


SPOILING = st.one_of(
    st.tuples(st.just("bytes"), st.binary(max_size=6)),
    st.tuples(st.just("value"), st.sampled_from(["null", "-1", "1e999", "NaN", '"x"', "[]", "{}",
                                                 "true", "0.5", "9" * 30, "-1e300", "60"])),
    st.tuples(st.just("cut"), st.integers(1, 400)),
    st.tuples(st.just("swap"), st.integers(0, 2000)),
    st.tuples(st.just("again"), st.integers(0, 2000)),
)  # fmt: skip


def damaged(data: bytes, how: str, what: Any, where: int) -> Any:
    """Spoil a log at a place: bytes, a value, a stretch, or the order of its lines."""
    lines = data.splitlines(keepends=True)
    if how in ("swap", "again"):
        one, other = where % len(lines), what % len(lines)
        first = lines[one]
        lines[one] = lines[other]
        lines[other] = first if how == "swap" else lines[other]
        return b"".join(lines)
    at = where % len(data)
    if how == "cut":
        return data[:at] + data[at + what :]
    if how == "value":  # the one that begins after the next colon or comma
        at = min(data.find(mark, at) % len(data) for mark in (b":", b","))
        end = min(data.find(mark, at + 1) % len(data) for mark in (b",", b"}", b"]"))
        return data[: at + 1] + what.encode() + data[end:]
    return data[:at] + what + data[at + max(1, len(what)) :]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(SPOILING, st.integers(0, 1 << 20)), min_size=1, max_size=3))
def test_a_damaged_log_replays_or_is_refused(
    log: Path, spoilt: Path, caplog: pytest.LogCaptureFixture, spoils: list[Any]
) -> None:
    data = log.read_bytes()
    for (how, what), where in spoils:
        data = damaged(data, how, what, where)
    spoilt.write_bytes(data)
    caplog.clear()
    with suppress(BadSong):
        replay_file(spoilt, Recall())
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]


def test_a_question_that_is_not_asked_again_differs() -> None:
    jam = played()
    unasked = [e for e in jam.log if isinstance(e, Taken) and not isinstance(e.event, Heard)]
    assert replay(jam.settings, unasked, Recall()).differing


# How logs are written


def test_a_log_that_is_there_stays_and_the_next_takes_another_name(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "jam.log"
    for _ in range(3):
        Recorder(path, SETTINGS, unheard).close()
    path.write_text("dear to me")
    again = Recorder(path, SETTINGS, unheard)
    again.close()
    assert path.read_text() == "dear to me"
    assert again.path.name == "jam-4.log"
    assert read(again.path) == (SETTINGS, [])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full here")
def test_a_full_disk_is_said_before_anything_is_played() -> None:
    with pytest.raises(BadSetting, match=r"/dev/full cannot be written .*; record elsewhere"):
        Recorder(Path("/dev/full"), SETTINGS, unheard)


@pytest.mark.skipif(os.name != "posix", reason="no limit on the size of files here")
def test_a_disk_that_fills_up_ends_the_log_at_a_whole_line(tmp_path: Path) -> None:
    import resource
    import signal

    troubles: list[str] = []
    recorder = Recorder(tmp_path / "jam.log", SETTINGS, lambda what, _: troubles.append(what))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (recorder.path.stat().st_size + 100, before[1]))
    try:
        for nth in range(9):
            recorder.took(Passed(Seconds(nth)), 0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    recorder.close()
    assert len(troubles) == 1
    assert "recorded no further" in troubles[0]
    assert read(recorder.path)[1] == [Taken(Passed(Seconds(nth)), 0) for nth in range(3)]
    assert recorder.path.read_bytes().endswith(b"\n")
