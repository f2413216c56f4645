import asyncio
import random
import socket
import struct
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage

from bridge.errors import BadMessage, PortTrouble
from bridge.protocol import Args, Message
from bridge.wires.osc import (
    EPOCH,
    ERRORS_A_SECOND,
    HORIZON,
    LISTENERS,
    NOW,
    RECENT,
    WAITING,
    Dated,
    OscWire,
    Reply,
    open_osc,
    unwrapped,
    written,
)
from generators.music.errors import BadValue


@dataclass
class Program:
    """A music program with one UDP socket, and everything it has been told."""

    told: asyncio.Queue[tuple[str, tuple[Any, ...]]] = field(default_factory=asyncio.Queue)
    port: int = 0
    line: asyncio.DatagramTransport | None = None
    friends: list["Program"] = field(default_factory=list)

    async def another(self) -> "Program":
        self.friends.append(await program())
        return self.friends[-1]

    def close(self) -> None:
        assert self.line is not None
        self.line.close()
        for friend in self.friends:
            friend.close()

    def say(self, wire: OscWire, *messages: bytes) -> None:
        assert self.line is not None
        for message in messages:
            self.line.sendto(message, ("127.0.0.1", wire.port))

    async def hears(self) -> tuple[str, tuple[Any, ...]]:
        return await asyncio.wait_for(self.told.get(), 5)


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, program: Program) -> None:
        self.program = program

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = OscMessage(data)
        self.program.told.put_nowait((message.address, tuple(message)))


async def program() -> Program:
    made = Program()
    line, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Ear(made), local_addr=("127.0.0.1", 0)
    )
    made.line, made.port = line, line.get_extra_info("sockname")[1]
    return made


@dataclass
class Partner:
    """What stands where the daemon stands: it keeps what it hears, and echoes notes."""

    heard: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)

    def __call__(self, message: Message, reply: Reply) -> None:
        self.heard.put_nowait(message)
        match message:
            case Message("/antiphon/status"):
                reply("/antiphon/status", ('{"version": 1}',))
            case Message("/antiphon/key", ("H minor",)):
                raise BadValue("H is no key", "write B minor")
            case Message("/antiphon/role", ("off",)):
                raise RuntimeError("a bug in the daemon")

    async def hears(self) -> Message:
        return await asyncio.wait_for(self.heard.get(), 5)


Scene = Callable[[OscWire, Partner, Program], Coroutine[Any, Any, None]]


def play(scene: Scene, always: tuple[int, ...] = ()) -> None:
    async def run() -> None:
        partner = Partner()
        wire, client = await open_osc(0, partner, always), await program()
        try:
            await scene(wire, partner, client)
        finally:
            wire.close()
            client.close()

    asyncio.run(run())


def bundle(*parts: bytes, tag: bytes = NOW) -> bytes:
    return b"#bundle\0" + tag + b"".join(struct.pack(">i", len(part)) + part for part in parts)


def dated(seconds: float) -> bytes:
    return struct.pack(">Q", int((time.time() + EPOCH + seconds) * 2**32))


def note(pitch: int, velocity: int = 80) -> bytes:
    return written("/antiphon/note", (pitch, velocity))


def test_a_note_from_a_program_is_heard() -> None:
    async def scene(wire: OscWire, partner: Partner, client: Program) -> None:
        client.say(wire, note(60))
        assert await partner.hears() == Message("/antiphon/note", (60, 80))

    play(scene)


def test_pure_data_floats_and_supercollider_truth_are_numbers() -> None:
    async def scene(wire: OscWire, partner: Partner, client: Program) -> None:
        floats = b"/antiphon/note\0\0,ff\0" + struct.pack(">ff", 60, 80)
        client.say(wire, floats, b"/antiphon/pedal\0,T\0\0")
        assert await partner.hears() == Message("/antiphon/note", (60, 80))
        assert await partner.hears() == Message("/antiphon/pedal", (1,))

    play(scene)


def test_a_subscriber_is_answered_where_it_asked_and_only_once() -> None:
    async def scene(wire: OscWire, partner: Partner, client: Program) -> None:
        listener = await client.another()
        client.say(wire, *[written("/antiphon/subscribe", (listener.port,))] * 2)
        await partner.hears(), await partner.hears()
        wire.tell("/antiphon/heard/key", ("A minor",))
        wire.tell("/antiphon/heard/tempo", (100,))
        assert await listener.hears() == ("/antiphon/heard/key", ("A minor",))
        assert await listener.hears() == ("/antiphon/heard/tempo", (100.0,))
        assert listener.told.empty()
        assert client.told.empty()

    play(scene)


def test_a_subscriber_gets_its_own_answers_at_the_port_it_named() -> None:
    async def scene(wire: OscWire, partner: Partner, client: Program) -> None:
        listener = await client.another()
        client.say(wire, written("/antiphon/subscribe", (listener.port,)))
        client.say(wire, written("/antiphon/status", ()))
        assert await listener.hears() == ("/antiphon/status", ('{"version": 1}',))

    play(scene)


def test_who_has_not_subscribed_is_answered_where_it_sends_from() -> None:
    async def scene(wire: OscWire, partner: Partner, client: Program) -> None:
        client.say(wire, note(60))
        await partner.hears()
        wire.tell("/antiphon/played/note", (64, 70, 1, 4.0))
        assert await client.hears() == ("/antiphon/played/note", (64, 70, 1, 4.0))

    play(scene)


def test_ports_named_in_the_settings_hear_everything_unasked() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as fixed:
        fixed.bind(("127.0.0.1", 0))
        fixed.settimeout(5)

        async def scene(wire: OscWire, partner: Partner, client: Program) -> None:
            wire.tell("/antiphon/heard/chord", ("Am7",))
            assert OscMessage(fixed.recv(2000)).params == ["Am7"]

        play(scene, always=(fixed.getsockname()[1],))


def test_a_new_source_port_for_every_message_does_not_pile_up() -> None:
    async def scene(wire: OscWire, partner: Partner, client: Program) -> None:
        for pitch in range(3 * RECENT):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as once:
                once.sendto(note(pitch), ("127.0.0.1", wire.port))
            assert (await partner.hears()).args == (pitch, 80)
        assert len(wire.listeners) == RECENT
        wire.tell("/antiphon/heard/key", ("C",))  # the ports are all gone by now
        client.say(wire, note(99))
        assert (await partner.hears()).args == (99, 80)

    play(scene)


def test_a_program_that_subscribes_anew_takes_the_place_of_the_oldest() -> None:
    async def scene(wire: OscWire, partner: Partner, client: Program) -> None:
        for port in range(20000, 20000 + LISTENERS + 5):
            client.say(wire, written("/antiphon/subscribe", (port,)))
            await partner.hears()
        assert wire.listeners == tuple(range(20005, 20005 + LISTENERS))

    play(scene)


def test_a_bundle_is_heard_in_its_order() -> None:
    async def scene(wire: OscWire, partner: Partner, client: Program) -> None:
        client.say(wire, bundle(note(60), bundle(note(64), note(67)), note(72)))
        assert [(await partner.hears()).args[0] for _ in range(4)] == [60, 64, 67, 72]

    play(scene)


def test_a_bundle_of_the_future_waits_and_holds_nobody_up() -> None:
    async def scene(wire: OscWire, partner: Partner, client: Program) -> None:
        sent = time.monotonic()
        client.say(wire, bundle(note(60), tag=dated(0.15)), bundle(note(48), tag=dated(-5)))
        client.say(wire, note(72))
        assert [(await partner.hears()).args[0] for _ in range(3)] == [48, 72, 60]
        assert 0.12 < time.monotonic() - sent < 3

    play(scene)


def test_the_far_future_is_refused() -> None:
    async def scene(wire: OscWire, partner: Partner, client: Program) -> None:
        client.say(wire, bundle(note(60), tag=dated(HORIZON + 5)))
        path, (what, remedy) = await client.hears()
        assert path == "/antiphon/error"
        assert "ahead" in what
        assert "60 s" in remedy

    play(scene)


def test_only_so_many_messages_wait_for_their_time() -> None:
    async def scene(wire: OscWire, partner: Partner, client: Program) -> None:
        for _ in range(WAITING // 64):
            client.say(wire, bundle(*[note(60)] * 64, tag=dated(30)))
        client.say(wire, bundle(note(60), tag=dated(30)))
        assert "too many" in (await client.hears())[1][0]
        assert partner.heard.empty()

    play(scene)


BAD = {
    "random bytes": bytes(random.Random(7).randbytes(300)),
    "nothing": b"",
    "cut short": note(60)[:-5],
    "Ardour's list": b"#reply\0\0,s\0\0x\0\0\0",
    "an unknown address": written("/antiphon/nota", (60, 80)),
    "words for numbers": b"/antiphon/note\0\0,ss\0c4\0\0loud\0\0\0\0",
    "a blob": b"/antiphon/note\0\0,b\0\0\0\0\0\4abcd",
    "nothing but a slash": b"/\0\0\0",
    "60 KB": b"/antiphon/key\0\0\0,s\0\0" + b"A" * 60_000 + b"\0\0\0\0",
    "60 KB of bundle": b"#bundle\0" + NOW + b"\0" * 60_000,
    "a negative size": b"#bundle\0" + NOW + struct.pack(">i", -4) * 2,
    "a thousand nested bundles": (b"#bundle\0" + NOW + struct.pack(">i", 20_000)) * 1000,
    "no number": b"/antiphon/tempo\0,f\0\0" + struct.pack(">f", float("nan")),
    "bytes that are no text": b"/antiphon/key\0\0\0,s\0\0\xff\xfe\xfd\0",
    "what the partner refuses": written("/antiphon/key", ("H minor",)),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_bad_packet_is_answered_with_a_remedy_and_the_line_stays_open(bad: bytes) -> None:
    async def scene(wire: OscWire, partner: Partner, client: Program) -> None:
        client.say(wire, bad, note(61))
        if bad:  # asyncio itself keeps an empty datagram from leaving
            path, (what, remedy) = await client.hears()
            assert path == "/antiphon/error"
            assert what
            assert remedy
        while (await partner.hears()).path != "/antiphon/note":
            pass

    play(scene)


def test_an_error_goes_to_its_sender_alone() -> None:
    async def scene(wire: OscWire, partner: Partner, client: Program) -> None:
        other = await client.another()
        other.say(wire, note(60))
        await partner.hears()
        client.say(wire, b"#reply\0\0")
        assert (await client.hears())[0] == "/antiphon/error"
        assert other.told.empty()

    play(scene)


def test_a_flood_of_rubbish_gets_few_errors() -> None:
    async def scene(wire: OscWire, partner: Partner, client: Program) -> None:
        client.say(wire, *[b"rubbish!"] * 200, note(60))
        await partner.hears()
        assert wire.counts.refused == 200
        assert 1 <= wire.counts.sent <= 2 * ERRORS_A_SECOND

    play(scene)


def test_a_bug_behind_one_message_does_not_close_the_line(caplog: pytest.LogCaptureFixture) -> None:
    async def scene(wire: OscWire, partner: Partner, client: Program) -> None:
        client.say(wire, written("/antiphon/role", ("off",)), note(60))
        assert [(await partner.hears()).path for _ in range(2)][1] == "/antiphon/note"

    play(scene)
    assert "could not be carried out" in caplog.text


def test_a_port_in_use_is_one_sentence_with_a_remedy() -> None:
    async def scene(wire: OscWire, partner: Partner, client: Program) -> None:
        with pytest.raises(PortTrouble, match=f"UDP port {wire.port} .* in use; .*--osc-port"):
            await open_osc(wire.port, partner)

    play(scene)


def test_after_closing_nothing_is_sent_and_nothing_waits() -> None:
    async def scene(wire: OscWire, partner: Partner, client: Program) -> None:
        client.say(wire, bundle(note(60), tag=dated(0.05)), note(61))
        await partner.hears()
        wire.close()
        wire.tell("/antiphon/heard/key", ("C",))
        await asyncio.sleep(0.1)  # the time at which the note would have been heard
        assert partner.heard.empty()

    play(scene)


@given(st.binary(max_size=400))
def test_no_bytes_are_worse_than_a_bad_message(data: bytes) -> None:
    for start in (b"", b"/", b"#bundle\0" + NOW, b"/antiphon/note\0\0,"):
        with suppress(BadMessage):
            assert all(isinstance(each, Dated) for each in unwrapped(start + data))


@given(st.integers(0, 127), st.floats(0, 1e6, width=32), st.text(max_size=50))
def test_what_is_written_is_read_again(number: int, beat: float, text: str) -> None:
    args: Args = (number, beat, text.replace("\0", " "))
    (dated,) = unwrapped(written("/somewhere", args))
    assert dated.args == args
