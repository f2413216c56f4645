"""The whole thing over real JACK ports: a host plays tunes with MIDI clock, Antiphon answers.

As a command it plays as many phrases as are wanted and prints how far from their bars the
answers began: `python -m tests.bridge.test_jack_jam 100`.
"""

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import pytest

from generators.music.notes import Phrase
from generators.music.time import QUARTER
from tests.daemon import Running, running
from tests.jack_server import JackServer, jack_server, until
from tests.tunes import phrases

BARS, BAR = 2, 4 * QUARTER
TEMPO = 200.0
LATE_OFF = 0.02  # of a quarter: fingers let go before the next note


@dataclass(frozen=True)
class Heard:
    """What came back: for each phrase the error of its answer's first note, in seconds."""

    errors: list[float]
    unanswered: list[int]
    hanging: dict[str, int]
    period: float
    xruns: int

    @property
    def worst(self) -> float:
        return max((abs(error) for error in self.errors), default=0.0)


def plan(tunes: list[Phrase], rate: int, tempo: float) -> dict[str, Any]:
    """Return the host's messages: clock all the time, and the calls in every other two bars."""
    frames = 60 / tempo / QUARTER * rate
    turns = 2 * BARS * BAR
    length = (len(tunes) + 1) * turns
    events: list[tuple[float, int, bytes]] = [(0.0, 0, b"\xfa")]
    events += [(tick * frames, 1, b"\xf8") for tick in range(0, length, QUARTER // 24)]
    for nth, tune in enumerate(tunes):
        for note in tune.notes:
            start = nth * turns + note.onset
            end = start + note.length - LATE_OFF * QUARTER
            events.append((start * frames, 3, bytes((0x90, note.pitch, 90))))
            events.append((end * frames, 2, bytes((0x80, note.pitch, 0))))
    events.append((length * frames, 4, b"\xfc"))
    ordered = [(round(frame), message.hex()) for frame, _, message in sorted(events)]
    return {"frames": round(length * frames) + rate, "events": ordered}


def hanging(messages: list[tuple[int, str]]) -> dict[str, int]:
    """Return the notes that were begun more often than they were ended."""
    counts: Counter[str] = Counter()
    for _, text in messages:
        status, pitch, velocity = bytes.fromhex(text)
        on = status >> 4 == 9 and velocity > 0
        counts[f"{status & 15}:{pitch}"] += 1 if on else -1
    return {name: count for name, count in counts.items() if count}


def judged(record: dict[str, Any], count: int, tempo: float) -> Heard:
    """Compare what came back with the bars on which it belongs."""
    frames = 60 / tempo / QUARTER * record["rate"]
    starts = [frame for frame, text in record["events"] if text[0] == "9"]
    errors, unanswered = [], []
    for nth in range(count):
        due = (2 * nth + 1) * BARS * BAR * frames
        near = [frame - due for frame in starts if abs(frame - due) < BAR * frames / 2]
        if near:
            errors.append(min(near, key=abs) / record["rate"])
        else:
            unanswered.append(nth)
    period = record["period"] / record["rate"]
    return Heard(errors, unanswered, hanging(record["events"]), period, record["xruns"])


class Host:
    """The host's process: playing, and what it recorded in the end."""

    def __init__(self, server: JackServer, score: dict[str, Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.jack_host", server.name, "Antiphon"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=server.environment,
        )  # fmt: skip
        assert self._process.stdin is not None
        json.dump(score, self._process.stdin)
        self._process.stdin.close()
        self._process.stdin = None

    def wait_until_rolling(self) -> None:
        assert self._process.stderr is not None
        line = self._process.stderr.readline()
        assert "rolling" in line, line + self._process.stderr.read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End it, if it still plays: what it recorded is of no interest."""
        with self._process:
            if self._process.poll() is None:
                self._process.kill()

    def record(self) -> dict[str, Any]:
        out, err = self._process.communicate()
        assert self._process.returncode == 0, err
        made: dict[str, Any] = json.loads(out)
        return made


@contextmanager
def jam(server: JackServer, *flags: str) -> Iterator[Running]:
    """Run the daemon on a JACK server."""
    words = ("--backend=jack", f"--call={BARS}", *flags)
    with running(*words, environment=server.environment) as daemon:
        until(lambda: {"Antiphon:in", "Antiphon:out"} <= server.ports(), 20, "for the ports")
        until(lambda: daemon.status()["model"]["name"], 30, "for the model")
        yield daemon


def played(server: JackServer, count: int, tempo: float = TEMPO) -> tuple[Heard, dict[str, Any]]:
    """Let a host play so many phrases; return what it heard, and the daemon's own account."""
    with jam(server) as daemon:
        with Host(server, plan(phrases(count, BARS), server.rate, tempo)) as host:
            host.wait_until_rolling()
            record = host.record()
        return judged(record, count, tempo), daemon.status()


@pytest.mark.parametrize("period", [256])
def test_every_phrase_is_answered_on_its_bar(period: int) -> None:
    with jack_server(period) as server:
        heard, status = played(server, 12)
    assert heard.unanswered == []
    assert heard.hanging == {}
    # Two programs that are connected both ways: JACK delays one direction by a period.
    assert heard.xruns or heard.worst < 2 * heard.period, heard.errors
    assert sum(status["rungs"].values()) == 12
    assert status["rungs"]["rest"] == 0


def answers(daemon: Running) -> bool:
    """Return whether a note of an answer has left at the port, and others are still due."""
    status = daemon.status()
    return bool(status["sounding"]) and any(wire["sent"] for wire in status["wires"].values())


@pytest.mark.parametrize("by", ["SIGINT", "SIGTERM"])
def test_no_note_hangs_when_the_daemon_is_stopped_in_the_middle(by: str) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no such signals")
    with (
        jack_server(256) as server,
        jam(server) as daemon,
        Host(server, plan(phrases(3, BARS), server.rate, TEMPO)) as host,
    ):
        host.wait_until_rolling()
        until(lambda: answers(daemon), 30, "for an answer")
        assert daemon.stop(getattr(signal, by)) == 0
        record = host.record()
    assert any(text[0] == "9" for _, text in record["events"])
    assert hanging(record["events"]) == {}


def test_when_jack_dies_the_notes_are_ended_on_the_next_server() -> None:
    with jack_server(256) as server, jam(server) as daemon:
        with Host(server, plan(phrases(3, BARS), server.rate, TEMPO)) as host:
            host.wait_until_rolling()
            until(lambda: answers(daemon), 30, "for an answer")
            server.kill()
        until(lambda: not daemon.status()["ports"][0]["works"], 20, "for the loss to be seen")
        until(lambda: not daemon.status()["sounding"], 20, "for silence")
        server.start()
        until(lambda: {"Antiphon:in", "Antiphon:out"} <= server.ports(), 30, "for the ports")
        with Host(server, plan(phrases(2, BARS), server.rate, TEMPO)) as again:
            again.wait_until_rolling()
            heard = judged(again.record(), 2, TEMPO)
    assert heard.unanswered == []
    hung = [name for name, count in heard.hanging.items() if count > 0]  # ends may be owed
    assert heard.xruns or not hung, heard  # at an xrun JACK itself may lose a message


def test_jacks_transport_is_followed() -> None:
    import jack

    with (
        jack_server(256) as server,
        jam(server) as daemon,
        jack.Client("Roller", no_start_server=True, servername=server.name) as roller,
    ):
        roller.transport_start()
        until(lambda: daemon.status()["transport"]["source"] == "jack", 10, "for the source")
        until(lambda: daemon.status()["transport"]["playing"], 10, "for the song")
        roller.transport_stop()
        until(lambda: not daemon.status()["transport"]["playing"], 10, "for the end")


def main(count: int, period: int) -> None:
    """Play so many phrases and print how the answers came."""
    with jack_server(period) as server:
        heard, status = played(server, count)
    errors = sorted(abs(error) * 1000 for error in heard.errors)
    print(f"phrases {count}, answered {len(errors)}, unanswered {heard.unanswered}")
    print(f"JACK period {heard.period * 1000:.2f} ms, xruns seen by the host {heard.xruns}")
    for share in (0.5, 0.95, 0.99, 1.0):
        print(
            f"error at the port, p{share * 100:g}: {errors[int(share * (len(errors) - 1))]:.3f} ms"
        )
    print(f"hanging notes {heard.hanging}, rungs {status['rungs']}, late {status['late']}")
    print(f"model {status['model']}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 256)
