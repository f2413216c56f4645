"""Thru over real JACK ports, through the daemon as players run it."""

from time import monotonic

from tests.daemon import running
from tests.jack_peer import JackPeer
from tests.jack_server import jack_server, until

FINGER = (
    (0xE1, 5, 60), (0xB1, 74, 20), (0x91, 60, 90), (0xD1, 30), (0xE1, 9, 61), (0x81, 60, 64),
)  # fmt: skip


def test_what_is_played_goes_through_in_order_and_ends_when_the_keyboard_goes() -> None:
    with (
        jack_server(256) as server,
        running("--role=off", "--thru", "--backend=jack", environment=server.environment) as (
            daemon
        ),
        JackPeer(server, "synth") as synth,
        JackPeer(server, "keys") as keys,
    ):
        until(lambda: "Antiphon:in" in str(daemon.status()["ports"]), 30, "for the ports")
        server.connect("keys:out", "Antiphon:in")
        server.connect("Antiphon:out", "synth:in")
        until(lambda: "hears keys:out" in str(daemon.status()["ports"]))
        soon = monotonic() + 0.2
        played = [(soon + 0.002 * n, bytes(message)) for n, message in enumerate(FINGER * 20)]
        keys.play([*played, (soon + 1.0, bytes((0x92, 72, 90)))])
        until(lambda: len(synth.messages()) > len(played), 20, "for all messages")
        came = synth.heard()
        assert [message for _, message in came[:-1]] == [message for _, message in played]
        assert daemon.status()["sounding"] == 1
        keys.kill()
        until(lambda: synth.messages()[-1] == bytes((0x82, 72, 0)), 20, "for the end")
