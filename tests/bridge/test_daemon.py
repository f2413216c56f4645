"""The daemon as a process, without any MIDI: OSC, HTTP, files, and how it ends."""

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest
from mido import Message as MidiMessage
from mido import MidiFile, MidiTrack

from bridge.protocol import Args
from bridge.wires.osc import unwrapped, written
from generators.music.time import QUARTER
from tests.daemon import Running, running
from tests.jack_server import until
from tests.music import line

TEMPO = 300.0
CALL = line("C4 D4 E4 F4 G4 A4 G4 F4 E4 F4 G4 E4 D4 D4 C4:2")
QUARTER_SECONDS = 60 / TEMPO


class Player:
    """Someone who plays by OSC and keeps what comes back."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._to = ("127.0.0.1", port)
        self.got: list[tuple[str, Args]] = []
        self.send("/antiphon/subscribe", self._socket.getsockname()[1])

    def send(self, path: str, *args: int | float | str) -> None:
        self._socket.sendto(written(path, args), self._to)

    def listen(self, seconds: float) -> None:
        """Keep what comes for so long."""
        self._listen_until(time.monotonic() + seconds)

    def _listen_until(self, end: float) -> None:
        while (left := end - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                datagram = self._socket.recv(1 << 16)
            except TimeoutError:
                return
            for each in unwrapped(datagram):
                self.got.append((each.path, each.args))  # type: ignore[arg-type]

    def play(self) -> None:
        """Play four bars, listening all the time."""
        start = time.monotonic()
        for note in CALL.notes:
            self._listen_until(start + note.onset / QUARTER * QUARTER_SECONDS)
            self.send("/antiphon/note", note.pitch, 90)
            self._listen_until(start + (note.end / QUARTER - 0.1) * QUARTER_SECONDS)
            self.send("/antiphon/note", note.pitch, 0)

    def at(self, path: str) -> list[Args]:
        return [args for each, args in self.got if each == path]

    def close(self) -> None:
        self._socket.close()


def as_midi(path: Path) -> None:
    """Write the call to a file."""
    track = MidiTrack()
    for note in CALL.notes:
        track.append(MidiMessage("note_on", note=note.pitch, velocity=90))
        track.append(MidiMessage("note_off", note=note.pitch, time=note.length))
    MidiFile(ticks_per_beat=960, tracks=[track]).save(path)


def osc_port(daemon: Running) -> int:
    until(lambda: daemon.status()["model"]["name"], 30, "for the model")
    port = daemon.status()["osc_port"]
    assert isinstance(port, int)
    return port


def test_four_bars_by_osc_are_answered_on_the_next_bar() -> None:
    with running("--backend=none", f"--tempo={TEMPO}") as daemon:
        until(lambda: daemon.status()["model"]["name"], 60, "for the model")
        player = Player(osc_port(daemon))
        player.play()
        player.listen(18 * QUARTER_SECONDS)
        player.close()
        status = daemon.status()
    starts = [args for args in player.at("/antiphon/played/note") if args[1]]
    ends = [args for args in player.at("/antiphon/played/note") if not args[1]]
    assert starts[0][3] == 16.0
    assert {args[2] for args in starts} == {1, 2}
    assert len(starts) == len(ends)
    assert status["rungs"]["plan"] + status["rungs"]["overlap"] == 1


@pytest.mark.parametrize("by", ["SIGINT", "SIGTERM"])
def test_every_note_is_ended_when_it_is_stopped_in_an_answer(by: str) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no such signals")
    with running("--backend=none", f"--tempo={TEMPO}") as daemon:
        player = Player(osc_port(daemon))
        player.play()
        player.listen(6 * QUARTER_SECONDS)
        assert daemon.stop(getattr(signal, by)) == 0
        player.listen(0.5)
        player.close()
    sounding: dict[Args, int] = {}
    for pitch, velocity, channel, _ in player.at("/antiphon/played/note"):
        key = (pitch, channel)
        sounding[key] = sounding.get(key, 0) + (1 if velocity else -1)
    assert sounding
    assert set(sounding.values()) == {0}


@pytest.mark.parametrize("command", [("play", "--record"), ("record",)], ids=" ".join)
def test_a_session_that_was_recorded_replays_to_the_same_bytes(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    log = tmp_path / "session.log"
    said = (*command, str(log))
    with running("--backend=none", f"--tempo={TEMPO}", command=said) as daemon:
        player = Player(osc_port(daemon))
        player.play()
        player.listen(10 * QUARTER_SECONDS)
        player.close()
        daemon.stop()
    words = [sys.executable, "-m", "bridge", "replay", str(log)]
    told = subprocess.run(words, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told
    assert "the same bytes" in told.stdout + told.stderr


@pytest.mark.parametrize("said", ["flag", "settings file"])
def test_a_model_that_is_not_there_is_said_at_once(said: str, tmp_path: Path) -> None:
    kept = tmp_path / "mine.toml"
    kept.write_text('model = "nosuch"\n', encoding="utf-8")
    flag = "--model=nosuch" if said == "flag" else f"--settings={kept}"
    with running("--backend=none", flag) as daemon:
        until(lambda: "nosuch" in daemon.said, 30, "for the sentence")
        trouble = daemon.status()["model"]["trouble"]
        told = [line for line in daemon.said.splitlines() if "nosuch" in line]
    assert told == [f"antiphon: {trouble}"]
    assert "there are base, small, rules, recall; rules plays instead" in trouble


def test_everyone_is_told_when_the_process_of_the_model_dies() -> None:
    with running("--backend=none") as daemon:
        until(lambda: daemon.status()["model"]["name"], 60, "for the model")
        player = Player(osc_port(daemon))
        thinkers(daemon)[0].kill()
        until(lambda: daemon.status()["model"]["restarts"] == 1, 30, "for the death to be seen")
        until(lambda: not daemon.status()["model"]["trouble"], 60, "for the next process")
        player.listen(0.5)
        player.close()
    what, remedy = player.at("/antiphon/error")[0]
    assert "the model's process ended" in str(what)
    assert "started again" in str(remedy)
    assert len(player.at("/antiphon/status")) >= 1


def thinkers(daemon: Running) -> list[psutil.Process]:
    """Return the processes in which the daemon's model thinks."""
    children = psutil.Process(daemon.process.pid).children()
    return [each for each in children if "bridge.thinker" in each.cmdline()]


def test_a_file_is_answered_over_http(tmp_path: Path) -> None:
    path = tmp_path / "call.mid"
    as_midi(path)
    with running("--backend=none") as daemon:
        address = f"{daemon.url}/v1/continue?bars=2"
        secret = daemon.token
        body = path.read_bytes()
        with pytest.raises(urllib.error.HTTPError, match="40"):
            urllib.request.urlopen(urllib.request.Request(address, body))  # noqa: S310
        asked = urllib.request.Request(address, body, {"Authorization": f"Bearer {secret}"})  # noqa: S310
        with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
            made = answer.read()
    (tmp_path / "answer.mid").write_bytes(made)
    assert len(MidiFile(tmp_path / "answer.mid").tracks) > len(MidiFile(path).tracks)


def test_a_port_in_use_is_one_sentence_with_the_remedy() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        words = [sys.executable, "-m", "bridge", "play", f"--http-port={port}", "--backend=none"]
        told = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert told.returncode == 1
    assert told.stderr.count("\n") == 1
    assert "in use" in told.stderr


def test_it_is_small_and_does_nothing_when_nobody_plays() -> None:
    with running("--backend=none") as daemon:
        until(lambda: daemon.status()["model"]["name"], 30, "for the model")
        main = psutil.Process(daemon.process.pid)
        family = [main, *main.children(recursive=True)]
        before = sum(sum(each.cpu_times()[:2]) for each in family)
        time.sleep(5)  # what is measured is doing nothing for a while
        after = sum(sum(each.cpu_times()[:2]) for each in family)
        memory = sum(each.memory_info().rss for each in family)
    assert after - before < 0.05 * 5
    assert memory < 300 << 20
