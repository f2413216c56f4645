"""What becomes of a sounding answer when the daemon is killed: the process with the ports ends it.

As a command it kills as many daemons as are wanted, and prints how long their notes went on and
what the process with the ports cost: `python -m tests.bridge.test_guard 20`.
"""

import sys
from collections import Counter
from dataclasses import dataclass
from time import monotonic, sleep

import psutil

from bridge.wire import Voice, is_off, is_on, voice_of
from tests.daemon import Running, running
from tests.jack_peer import JackPeer
from tests.jack_server import JackServer, jack_server, until

SOON = 0.2  # seconds after which nothing may sound
FLAGS = ("--backend=jack", "--model=rules", "--role=accompany", "--chords=Am | F", "--pattern=pad")
LOOK = 5.0  # seconds in which the idle process is looked at


@dataclass(frozen=True)
class Guard:
    """The process with the ports: megabytes of its own, and its share of a core."""

    own: float
    resident: float
    idle: float
    busy: float


def sounding(messages: list[bytes]) -> Counter[Voice]:
    """Return what has begun more often than it has ended."""
    counts: Counter[Voice] = Counter()
    for message in messages:
        counts[voice_of(message)] += is_on(message) - is_off(message)
    return +counts


def just_begun(host: JackPeer) -> bool:
    """Say whether something sounds that has begun within a quarter of a second."""
    heard = host.frames()
    begun = max((frame for frame, message in heard if is_on(message)), default=0)
    now, rate = host.now()
    return bool(sounding([message for _, message in heard])) and now - begun < rate / 4


def guard_of(daemon: Running) -> psutil.Process:
    """Return the process that holds the ports of a daemon."""
    children = psutil.Process(daemon.process.pid).children()
    return next(each for each in children if "bridge.port_process" in each.cmdline())


def share(process: psutil.Process) -> float:
    """Return which share of a core a process takes."""
    before, began = sum(process.cpu_times()[:2]), monotonic()
    sleep(LOOK)
    return float(sum(process.cpu_times()[:2]) - before) / (monotonic() - began)


def killed(server: JackServer, *, measured: bool = False) -> tuple[float, Guard | None]:
    """Kill a daemon whose chord sounds; return the seconds until silence, by JACK's frames.

    Also what the process with the ports cost, if it is to be measured.
    """
    with JackPeer(server) as host, running(*FLAGS, environment=server.environment) as daemon:
        until(lambda: {"Antiphon:in", "Antiphon:out"} <= server.ports(), 20, "for the ports")
        until(lambda: daemon.status()["model"]["name"], 30, "for the model")
        host.join()
        guard = guard_of(daemon)
        memory = guard.memory_full_info()
        idle = share(guard) if measured else 0.0
        start = monotonic() + 0.2
        host.play([(start + 0.4 * n, bytes((0x90, 60 + n % 12, 80))) for n in range(20)])
        busy = share(guard) if measured else 0.0
        until(lambda: just_begun(host), 20, "for a chord")
        before, rate = host.now()
        daemon.process.kill()
        daemon.process.wait()
        until(lambda: not sounding(host.messages()), 20, "for silence")
        until(lambda: not guard.is_running(), 20, "for the end of the ports")
        assert not sounding(host.messages())
        silence = max(frame for frame, message in host.frames() if is_off(message))
        cost = Guard(memory.uss / 2**20, memory.rss / 2**20, idle, busy)
        return (silence - before) / rate, cost if measured else None


def test_what_sounds_ends_in_time_when_the_daemon_is_killed() -> None:
    with jack_server(256) as server:
        seconds, _ = killed(server)
    assert 0 < seconds < SOON


def main(count: int) -> None:
    """Kill so many daemons, and print what was measured."""
    times = []
    with jack_server(256) as server:
        for nth in range(count):
            seconds, cost = killed(server, measured=nth == 0)
            times.append(seconds)
            if cost is not None:
                print(
                    f"the process with the ports: {cost.own:.1f} MB of its own"
                    f" ({cost.resident:.1f} MB resident), {cost.idle:.2%} of a core idle,"
                    f" {cost.busy:.2%} while it plays"
                )
            print(f"silent {seconds * 1000:.1f} ms after the daemon was killed")
    print(f"worst of {count}: {max(times) * 1000:.1f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]))
