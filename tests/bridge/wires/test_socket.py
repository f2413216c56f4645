import asyncio
import logging
import time

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bridge.protocol import Message
from bridge.wires.door import PROTOCOL
from bridge.wires.http import LISTENERS
from tests.bridge.wires.web import SECRET, Scene, emptied, play, told, until


def test_the_token_may_come_three_ways_to_the_socket() -> None:
    async def act(scene: Scene) -> None:
        url = f"ws://127.0.0.1:{scene.wire.port}/ws"
        bearer = {"Authorization": f"Bearer {SECRET}"}
        async with scene.socket() as page:
            assert page.subprotocol == PROTOCOL
        async with connect(url, additional_headers=bearer, proxy=None) as program:
            assert (await told(program))[0] == "/antiphon/setting"
        async with connect(f"{url}?token={SECRET}", proxy=None) as program:
            assert (await told(program))[0] == "/antiphon/setting"

    play(act)


def test_the_socket_greets_and_speaks_the_protocol_both_ways() -> None:
    async def act(scene: Scene) -> None:
        async with scene.socket() as page:
            assert await told(page) == ["/antiphon/setting", "role", "answer"]
            await page.send('["/antiphon/key", "A minor"]')
            assert await scene.partner.hears() == Message("/antiphon/key", ("A minor",))
            await page.send('["/antiphon/status"]')
            assert await told(page) == ["/antiphon/status", '{"version": 1}']
            scene.wire.tell("/antiphon/played/note", (64, 70, 1, 4.5))
            assert await told(page) == ["/antiphon/played/note", 64, 70, 1, 4.5]

    play(act)


@pytest.mark.parametrize(
    "bad",
    [
        "", "{", "[]", "7", "null", '{"a": 1}', "[7]", '["/antiphon/nota", 1, 2]', b"\x00\x01",
        '["/antiphon/note", "c4", 80]', '["/antiphon/note", [60], 80]', '["/antiphon/tempo", NaN]',
        '["/antiphon/tempo", 1e999]', '["/antiphon/tempo", 1' + "0" * 4000 + "]",
        "[" * 20_000, '["/antiphon/key", "H minor"]', '["/antiphon/note", 60, null]',
    ],
)  # fmt: skip
def test_a_bad_message_is_answered_with_a_remedy_and_the_socket_stays_open(bad: str) -> None:
    async def act(scene: Scene) -> None:
        async with scene.socket() as page:
            await told(page)
            await page.send(bad)
            path, what, remedy = await told(page)
            assert path == "/antiphon/error"
            assert what
            assert remedy
            await page.send('["/antiphon/status"]')
            assert (await told(page))[0] == "/antiphon/status"

    play(act)


def test_a_bug_behind_one_message_does_not_close_the_socket(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def act(scene: Scene) -> None:
        async with scene.socket() as page:
            await told(page)
            await page.send('["/antiphon/role", "off"]')
            await page.send('["/antiphon/status"]')
            assert (await told(page))[0] == "/antiphon/status"

    play(act)
    assert "could not be carried out" in caplog.text


def test_a_page_that_goes_lets_its_keys_up() -> None:
    async def act(scene: Scene) -> None:
        async with scene.socket() as page:
            for text in ("60, 80", "64, 80, 2", "67, 80", "67, 0"):
                await page.send(f'["/antiphon/note", {text}]')
                await scene.partner.hears()
            await page.send('["/antiphon/pedal", 127]')
            await scene.partner.hears()
        ends = [await scene.partner.hears() for _ in range(3)]
        assert ends == [
            Message("/antiphon/note", (60, 0)),
            Message("/antiphon/note", (64, 0, 2)),
            Message("/antiphon/pedal", (0,)),
        ]

    play(act)


def test_a_page_that_does_not_read_is_given_up_and_the_others_play_on() -> None:
    async def act(scene: Scene) -> None:
        async with scene.socket(max_queue=1) as asleep, scene.socket() as awake:
            await told(awake)
            for _ in range(400):
                for pitch in range(100):
                    scene.wire.tell("/antiphon/suggestion/end", ("x" * 100, 0.0, f"{pitch}"))
                for _ in range(100):
                    await told(awake)
                if scene.wire.counts.given_up:
                    break
            assert scene.wire.counts.given_up == 1
            assert scene.wire.listeners == 1
            with pytest.raises(ConnectionClosed):
                await emptied(asleep)

    play(act)


def test_only_so_many_may_listen() -> None:
    async def act(scene: Scene) -> None:
        pages = [await scene.socket().__aenter__() for _ in range(LISTENERS)]
        with pytest.raises(InvalidStatus) as refused:
            await scene.socket().__aenter__()
        assert refused.value.response.status_code == 503
        for page in pages:
            await page.close()

    play(act)


def test_closing_takes_a_second_even_with_a_sleeping_page_and_a_slow_answer() -> None:
    async def act(scene: Scene) -> None:
        scene.partner.thinking = asyncio.Event()
        post = asyncio.create_task(scene.post("/v1/continue"))
        async with scene.socket() as page:
            await until(lambda: len(scene.partner.asked) == 1)
            began = time.monotonic()
            await scene.wire.close()
            assert time.monotonic() - began < 2
            with pytest.raises(ConnectionClosed):
                await emptied(page)
        with pytest.raises(httpx.HTTPError):
            await post
        with pytest.raises(httpx.ConnectError):
            await scene.web.get("/")

    play(act)


def test_nothing_that_is_played_and_no_token_reaches_a_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def act(scene: Scene) -> None:
        url = f"ws://127.0.0.1:{scene.wire.port}/ws?token={SECRET}"
        async with connect(url, proxy=None, logger=logging.getLogger("quiet")) as page:
            await page.send('["/antiphon/chords", "Am7b5"]')
            await scene.partner.hears()
            await page.send('["/antiphon/note", 60, "Am7b5"]')
            await told(page)

    caplog.set_level(logging.INFO)
    play(act)
    assert SECRET not in caplog.text
    assert "Am7b5" not in caplog.text
