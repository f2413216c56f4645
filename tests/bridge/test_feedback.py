"""What a DAW tells its control surfaces, as a transport."""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from bridge.config import Settings
from bridge.events import Stated
from bridge.feedback import ADDRESSES, Feedback
from bridge.protocol import Message
from bridge.transport import Transport
from bridge.wires.osc import open_osc
from bridge.wires.surface import ASKED, Surface
from generators.music.time import QUARTER, Meter, Seconds
from tests.fakes import Scripted
from tests.jam import Jam

EVERY = 0.1  # seconds between two positions


def ardour(bpm: float, seconds: float, first: float = 0.0) -> Iterator[tuple[float, str, float]]:
    """Give what Ardour tells of four-four time: bar, beat and 1920ths."""
    for nth in range(round(seconds / EVERY)):
        beats = first + nth * EVERY * bpm / 60
        bar, beat = divmod(int(beats), 4)
        yield nth * EVERY, f"{bar + 1:03}|{beat + 1:02}|{int(beats % 1 * 1920):04}", beats


def reaper(beats: float) -> str:
    bar, beat = divmod(int(beats), 4)
    return f"{bar + 1}.{beat + 1}.{int(beats % 1 * 100):02}"


def listening(tempo: float = 120.0) -> Feedback:
    return Feedback(lambda: Transport(tempo=tempo, meter=Meter(4, 4)))


@pytest.mark.parametrize("bpm", [72.0, 120.0, 187.5])
def test_a_place_every_tenth_of_a_second_gives_tempo_and_beat(bpm: float) -> None:
    heard, random = listening(), Random(round(bpm))
    assert heard.heard("/transport_play", (1.0,), Seconds(0.0)) is None  # nobody knows where yet
    said = list[tuple[Stated, float]]()
    for at, place, _ in ardour(bpm, 8.0):
        late = at + random.expovariate(1 / 0.004)
        if random.random() < 0.1:
            continue  # lost
        word = heard.heard("/position/bbt", (place,), Seconds(late))
        assert word is not None
        assert word.beat is not None
        said.append((word, late * bpm / 60))
    for word, true in said[20:]:
        assert word.tempo == pytest.approx(bpm, rel=0.02)
        assert word.beat == pytest.approx(true, abs=0.04)


def test_a_seek_is_followed_at_once_and_a_new_tempo_within_a_second() -> None:
    heard = listening()
    heard.heard("/transport_play", (1.0,), Seconds(0.0))
    for at, place, _ in ardour(120.0, 4.0):
        heard.heard("/position/bbt", (place,), Seconds(at))
    word = heard.heard("/position/bbt", ("017|01|0000",), Seconds(4.0))
    assert word is not None
    assert word.beat == 64.0
    assert word.tempo == pytest.approx(120.0, abs=0.1)
    for at, place, _ in ardour(150.0, 1.2, first=64.0):
        word = heard.heard("/position/bbt", (place,), Seconds(4.0 + at))
    assert word is not None
    assert word.tempo == pytest.approx(150.0, rel=0.02)


def test_stop_keeps_the_place_and_a_locate_while_it_stands_moves_it() -> None:
    heard = listening()
    heard.heard("/position/bbt", ("001|01|0000",), Seconds(0.0))
    word = heard.heard("/transport_play", (1.0,), Seconds(1.0))
    assert word == Stated("daw", True, Seconds(1.0), beat=0.0)
    for at, place, _ in ardour(120.0, 2.0):
        heard.heard("/position/bbt", (place,), Seconds(1.0 + at))
    word = heard.heard("/transport_stop", (1.0,), Seconds(3.0))
    assert word is not None
    assert not word.playing
    assert word.beat == pytest.approx(4.0, abs=0.05)
    assert heard.heard("/transport_stop", (1.0,), Seconds(3.1)) is None
    word = heard.heard("/position/bbt", ("009|01|0000",), Seconds(4.0))
    assert word is not None
    assert (word.playing, word.beat) == (False, 32.0)


def test_places_that_move_on_show_that_it_plays_though_nobody_said_so() -> None:
    heard, random = listening(), Random(7)
    heard.heard("/transport_stop", (1.0,), Seconds(0.0))
    said = list[Stated | None]()
    for at, place, _ in ardour(110.0, 2.0, first=16.0):
        late = Seconds(at + random.expovariate(1 / 0.004))
        said.append(heard.heard("/position/bbt", (place,), late))
    assert [word.playing for word in said if word] == [False] * 5 + [True] * 15
    last = said[-1]
    assert last is not None
    assert last.tempo == pytest.approx(110.0, rel=0.03)
    word = heard.heard("/transport_stop", (1.0,), Seconds(2.0))
    assert word is not None
    assert not word.playing


@pytest.mark.parametrize("bpm", [0.0, -120.0, 20.0, 480.0])
def test_winding_and_standing_are_no_playing(bpm: float) -> None:
    heard = listening()
    heard.heard("/transport_stop", (1.0,), Seconds(0.0))
    for at, place, _ in ardour(bpm, 3.0, first=64.0):
        word = heard.heard("/position/bbt", (place,), Seconds(at))
        assert word is not None
        assert not word.playing


def test_a_playhead_that_is_dragged_about_does_not_play() -> None:
    heard, random = listening(), Random(5)
    heard.heard("/transport_stop", (1.0,), Seconds(0.0))
    beats = 8.0
    for nth in range(300):
        beats = max(0.0, beats + random.uniform(-0.3, 0.7))  # forward at 120 BPM on the whole
        bar, beat = divmod(int(beats), 4)
        place = f"{bar + 1:03}|{beat + 1:02}|{int(beats % 1 * 1920):04}"
        word = heard.heard("/position/bbt", (place,), Seconds(nth * EVERY))
        assert word is not None
        assert not word.playing


def test_reaper_tells_its_tempo_and_plays_by_one_address() -> None:
    heard = listening()
    assert heard.heard("/tempo/raw", (93.0,), Seconds(0.0)) is None
    heard.heard("/beat/str", (reaper(0.0),), Seconds(0.0))
    word = heard.heard("/play", (1.0,), Seconds(0.1))
    assert word is not None
    assert (word.playing, word.tempo) == (True, 93.0)
    for nth in range(40):
        at = 0.1 + nth * 0.05
        word = heard.heard("/beat/str", (reaper((at - 0.1) * 93 / 60),), Seconds(at))
    assert word is not None
    assert word.beat == pytest.approx((at - 0.1) * 93 / 60, abs=0.03)
    word = heard.heard("/play", (0.0,), Seconds(3.0))
    assert word is not None
    assert not word.playing


def test_a_bar_of_five_is_known_by_its_fifth_beat() -> None:
    heard = listening()
    heard.heard("/position/bbt", ("001|05|0000",), Seconds(0.0))
    word = heard.heard("/position/bbt", ("003|01|0000",), Seconds(0.5))
    assert word is not None
    assert word.beat == 10.0


def test_a_longer_bar_is_forgotten_where_we_have_another_meter() -> None:
    meter = Meter(3, 4)
    heard = Feedback(lambda: Transport(tempo=120.0, meter=meter))
    heard.heard("/position/bbt", ("001|04|0000",), Seconds(0.0))
    meter = Meter(2, 4)
    word = heard.heard("/position/bbt", ("003|01|0000",), Seconds(0.5))
    assert word is not None
    assert word.beat == 4.0


@pytest.mark.parametrize(
    ("path", "args"),
    [
        ("/position/bbt", ()), ("/position/bbt", (3,)), ("/position/bbt", ("here",)),
        ("/position/bbt", ("1|2",)), ("/beat/str", ("9" * 400 + ".1.00",)),
        ("/beat/str", ("1.200.00",)), ("/tempo/raw", ("fast",)), ("/tempo/raw", (1e9,)),
        ("/transport_play", ()), ("/play", ("yes",)), ("/heartbeat", (1.0,)),
    ],
)  # fmt: skip
def test_what_makes_no_sense_says_nothing(path: str, args: tuple[object, ...]) -> None:
    assert listening().heard(path, args, Seconds(0.0)) is None


def test_a_session_goes_along_with_a_daw_without_a_jump() -> None:
    jam = Jam(Scripted(), Settings(tempo=120.0, role="off"))
    heard, random = listening(), Random(1)
    for at, place, _ in ardour(96.0, 10.0):
        for path, args in (("/transport_play", (1.0,)), ("/position/bbt", (place,))):
            late = 1.0 + at + random.expovariate(1 / 0.003)
            word = heard.heard(path, args, Seconds(late))
            if word is not None:
                jam.event(late, word)
    jam.run(6.0)
    assert jam.session.source == "daw"
    places = [jam.run(6.0 + n * 0.02).session.transport.position(Seconds(6.0 + n * 0.02))
              for n in range(150)]  # fmt: skip
    steps = [b - a for a, b in pairwise(places)]
    assert min(steps) >= 0
    assert max(steps) < 0.1 * QUARTER
    assert places[-1] / QUARTER == pytest.approx((8.98 - 1.0) * 1.6, abs=0.06)
    jam.run(13.0)
    assert not jam.session.transport.playing  # it fell silent


# Over the wire


def datagram(path: str, *args: float | str) -> bytes:
    builder = OscMessageBuilder(path)
    for arg in args:
        builder.add_arg(arg)
    return bytes(builder.build().dgram)


def bundle(path: str, *args: float | str) -> bytes:
    builder, message = OscBundleBuilder(IMMEDIATELY), OscMessageBuilder(path)
    for arg in args:
        message.add_arg(arg)
    builder.add_content(message.build())
    return bytes(builder.build().dgram)


def test_a_daw_is_listened_to_and_not_answered() -> None:
    async def scene() -> tuple[list[tuple[str, tuple[object, ...]]], list[Message], int]:
        hosts, ours, done = list[tuple[str, tuple[object, ...]]](), list[Message](), asyncio.Event()

        def take(message: Message, reply: object) -> None:
            ours.append(message)
            done.set()

        wire = await open_osc(0, take, (), lambda path, args: hosts.append((path, args)))
        with socket.socket(type=socket.SOCK_DGRAM) as daw:
            daw.bind(("127.0.0.1", 0))
            daw.setblocking(False)
            for data in (
                datagram("/heartbeat", 1.0), bundle("/position/bbt", "002|01|0000"),
                datagram("/strip/gain", 1, 0.5), b"#reply\0\0", datagram("/session_name", "x"),
                datagram("/antiphon/tap"),
            ):  # fmt: skip
                daw.sendto(data, ("127.0.0.1", wire.port))
            await done.wait()
            wire.tell("/antiphon/setting", ("role", "off"))
            await asyncio.sleep(0.1)
            answers = 0
            while True:
                try:
                    daw.recv(4096)
                except BlockingIOError:
                    break
                answers += 1
        wire.close()
        return hosts, ours, answers

    hosts, ours, answers = asyncio.run(asyncio.wait_for(scene(), 20))
    assert hosts == [("/heartbeat", (1.0,)), ("/position/bbt", ("002|01|0000",))]
    assert [message.path for message in ours] == ["/antiphon/tap"]
    assert answers == 0


def test_ardour_is_asked_until_its_heart_beats() -> None:
    async def scene() -> tuple[int, int]:
        asked, twice = list[str](), asyncio.Event()

        def say(path: str, args: object) -> None:
            asked.append(path)
            if len(asked) == 2:
                twice.set()

        surface = Surface(say)
        await twice.wait()
        surface.heard("/heartbeat")
        assert surface.answers
        count = len(asked)
        await asyncio.sleep(1.5)
        surface.close()
        return count, len([path for path in asked if path == ASKED])

    before, after = asyncio.run(asyncio.wait_for(scene(), 20))
    assert after == before


def test_every_address_is_listened_to() -> None:
    said = [listening().heard(path, ("1.1.00",), Seconds(0.0)) for path in ADDRESSES]
    assert [word for word in said if word] == [replace(word, beat=0.0) for word in said if word]
