"""The page and the daemon as a player has them: nothing stands in for anything."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, WebSocket

from tests.bridge.page.browser import LISTEN, LOOK, Chromium

TEMPO, BEAT = 150, 60_000 / 150  # milliseconds
TUNE = ("a", "d", "g", "d", "f", "h", "g", "d")  # two bars of quarters


@dataclass
class Running:
    """A daemon of its own settings and token, and where its page is."""

    process: subprocess.Popen[str]
    url: str


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Running]:
    places = {name: str(tmp_path) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    command = [sys.executable, "-m", "bridge", "play", "--http-port=0", "--osc-port=0"]
    wishes = ["--backend=none", f"--tempo={TEMPO}", "--call=2"]
    process = subprocess.Popen(
        [*command, *wishes], env=os.environ | places, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=1,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        said = iter(process.stdout.readline, "")
        found = next(filter(None, (re.search(r"http://127\.0\.0\.1:\d+", line) for line in said)))
        yield Running(process, found.group())
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        process.communicate(timeout=20)


@dataclass
class Watched:
    """The page of a running daemon, and all that the daemon has said to it."""

    page: Page
    said: list[list[Any]]

    def heard(self, path: str) -> list[list[Any]]:
        return [args for name, *args in list(self.said) if name == path]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():  # noqa: ASYNC110  the condition has no event of its own
                await asyncio.sleep(0.02)

    async def play(self) -> None:
        """Play the tune, in time, on the computer's keys."""
        for key in TUNE:
            await self.page.keyboard.down(key)
            await self.page.wait_for_timeout(BEAT * 0.8)
            await self.page.keyboard.up(key)
            await self.page.wait_for_timeout(BEAT * 0.2)

    @property
    def hanging(self) -> Counter[tuple[int, int]]:
        """The (pitch, channel) that began more often than they ended."""
        count: Counter[tuple[int, int]] = Counter()
        for pitch, velocity, channel, _ in self.heard("/antiphon/played/note"):
            count[pitch, channel] += 1 if velocity else -1
        return Counter({note: often for note, often in count.items() if often})


def watch(browser: Chromium, url: str, act: Callable[[Watched], Awaitable[None]]) -> None:
    """Open the page of a daemon that has its model, and do something there."""

    async def run() -> None:
        context = await browser.browser.new_context(viewport={"width": 1280, "height": 800})
        await context.add_init_script(LISTEN + LOOK)
        watched = Watched(await context.new_page(), [])

        def listen(socket: WebSocket) -> None:
            socket.on("framereceived", lambda text: watched.said.append(json.loads(text)))

        watched.page.on("websocket", listen)
        try:
            await watched.page.goto(url)
            await watched.page.wait_for_selector("#link[data-state=here]")
            loaded = "() => !/loading|…/.test(document.getElementById('model').textContent)"
            await watched.page.wait_for_function(loaded, timeout=60_000)
            await act(watched)
        finally:
            await context.close()

    browser.runner.run(run())


def test_keys_pressed_on_the_page_are_answered_on_the_next_bar(
    browser: Chromium, daemon: Running
) -> None:
    async def act(visit: Watched) -> None:
        await visit.play()
        await visit.until(lambda: bool(visit.heard("/antiphon/played/note")))
        await visit.page.wait_for_selector(".key[data-lit=answer], .key[data-lit=chord]")
        await visit.page.wait_for_function("() => loudness() > 0.003")
        await visit.page.wait_for_function("() => dots(0x1f, 0x6f, 0xd6) > 50")
        await visit.page.wait_for_function("() => dots(0xc2, 0x54, 0x06) > 50")
        # the second bar's last note may have come a moment after the bar line
        assert min(note[3] for note in visit.heard("/antiphon/played/note")) in (8.0, 12.0)
        assert visit.heard("/antiphon/played/chord")
        playing = "/antiphon/transport"
        await visit.until(lambda: visit.heard(playing)[-1][0] == 0)  # nobody goes on: it stops
        assert visit.hanging == Counter()
        assert visit.heard("/antiphon/error") == []

    watch(browser, daemon.url, act)


def test_suggestions_can_be_asked_for_heard_and_kept(browser: Chromium, daemon: Running) -> None:
    async def act(visit: Watched) -> None:
        await visit.page.click("text=Suggest >> visible=true")
        await visit.play()
        await visit.page.wait_for_selector("#offers li:nth-child(3)", timeout=30_000)
        assert visit.heard("/antiphon/played/note") == []
        await visit.page.click("#offers li:first-child [data-do=audition]")
        await visit.until(lambda: bool(visit.heard("/antiphon/played/note")))
        await visit.page.click("#offers li:first-child [data-do=accept]")
        await visit.page.wait_for_selector("#offers li:first-child[data-state=accepted]")
        await visit.page.click("#undo")
        await visit.page.wait_for_selector("#offers li:first-child[data-state=offered]")
        await visit.page.click("#panic")
        await visit.until(lambda: not visit.hanging)
        assert visit.heard("/antiphon/error") == []

    watch(browser, daemon.url, act)


def test_a_daemon_that_is_ended_in_an_answer_leaves_no_note_behind(
    browser: Chromium, daemon: Running
) -> None:
    async def act(visit: Watched) -> None:
        await visit.play()
        await visit.until(lambda: bool(visit.hanging))
        daemon.process.send_signal(signal.SIGTERM)
        await visit.page.wait_for_selector("#link[data-state=gone]")
        await visit.page.wait_for_function("() => !document.querySelector('.key[data-lit=answer]')")
        await visit.page.wait_for_function("() => loudness() < 0.001")
        code = await asyncio.to_thread(daemon.process.wait, 20)
        assert code == 0 or sys.platform == "win32"  # Windows has no signal to end politely

    watch(browser, daemon.url, act)
