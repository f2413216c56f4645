"""A keyboard that is unplugged while its keys are down."""

from bridge.lines import Lines, Wish
from tests.bridge.test_lines import Owner
from tests.jack_peer import JackPeer
from tests.jack_server import jack_server, until


def test_the_keys_of_a_keyboard_that_has_gone_are_let_go() -> None:
    owner = Owner()
    with jack_server(256) as server, Lines(Wish(backend="jack"), owner.listener):
        with JackPeer(server, "keys") as keys:
            server.connect("keys:out", "Antiphon:in")
            until(lambda: owner.says("hears keys:out"))
            assert owner.heard == []
            keys.kill()
        until(lambda: len(owner.heard) == 16)
    assert [message for message, _ in owner.heard] == [bytes((0xB0 | n, 123, 0)) for n in range(16)]
