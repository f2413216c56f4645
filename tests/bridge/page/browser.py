"""A real Chromium, without a window, and what the page tests want to know of it."""

import asyncio
import os
import shutil
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from tests.bridge.page.echo_partner import EchoPartner

FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
# What reaches the loudspeaker also reaches an analyser that a test can read.
LISTEN = """
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...more) {
  if (to instanceof AudioDestinationNode) {
    window.ear = new AnalyserNode(this.context, { fftSize: 2048 });
    connect.call(this, window.ear);
  }
  return connect.call(this, to, ...more);
};
window.loudness = () => {
  if (!window.ear) return 0;
  const wave = new Float32Array(2048);
  window.ear.getFloatTimeDomainData(wave);
  return Math.max(...wave.map(Math.abs));
};
"""
# How many dots of the roll have about this colour.
LOOK = """
window.dots = (...colour) => {
  const roll = document.getElementById("roll");
  const all = roll.getContext("2d").getImageData(0, 0, roll.width, roll.height).data;
  let count = 0;
  for (let at = 0; at < all.length; at += 4)
    count += colour.every((part, n) => Math.abs(all[at + n] - part) < 60);
  return count;
};
"""
# A MIDI keyboard that can be plugged in, played and pulled out. It counts who asks for it.
MIDI_KEYBOARD = """
window.midi = {
  asked: 0,
  access: Object.assign(new EventTarget(), { inputs: new Map() }),
  plug(id) {
    this.access.inputs.set(id, { id, name: `Keyboard ${id}`, state: "connected" });
    this.access.dispatchEvent(new Event("statechange"));
  },
  pull(id) {
    this.access.inputs.delete(id);
    this.access.dispatchEvent(new Event("statechange"));
  },
  play(id, ...bytes) {
    this.access.inputs.get(id).onmidimessage?.({ data: new Uint8Array(bytes) });
  },
};
navigator.requestMIDIAccess = async () => (window.midi.asked++, window.midi.access);
"""


def installed() -> str | None:
    """Return where a Chromium is on this machine, or None."""
    found = (shutil.which(name) for name in NAMES)
    there = (place for place in PLACES if Path(place).exists())
    return next((place for place in (*found, *there) if place), None)


@dataclass
class Visit:
    """A page that is open, the partner behind it, and what the browser complained about."""

    page: Page
    partner: EchoPartner
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to be so on the partner's side."""
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110  the condition has no event of its own
                await asyncio.sleep(0.01)

    async def notes(self, *wanted: tuple[int, int]) -> None:
        """Wait for exactly these (pitch, velocity) to have come from the page."""
        await self.until(lambda: len(self.notes_so_far) >= len(wanted))
        assert self.notes_so_far == list(wanted)

    @property
    def notes_so_far(self) -> list[tuple[int, int]]:
        """The (pitch, velocity) that the page has sent."""
        return [(int(args[0]), int(args[1])) for args in self.partner.said("/antiphon/note")]

    async def press(self, key: str) -> None:
        """Press and release a key of the computer."""
        await self.page.keyboard.press(key)

    async def sees(self, condition: str) -> None:
        """Wait until a condition in the page's own language holds."""
        await self.page.wait_for_function(f"() => {condition}", timeout=10_000)

    async def shows(self, selector: str) -> None:
        """Wait until something is on the page."""
        await self.page.wait_for_selector(selector, timeout=10_000)


@dataclass
class Chromium:
    """A browser that stays open for many visits, on a loop of its own."""

    runner: asyncio.Runner
    browser: Browser

    def visit(self, act: Callable[[Visit], Coroutine[Any, Any, None]], **wishes: Any) -> None:
        """Open the page of an echo partner, do something, and see that nobody complained."""
        self.runner.run(self._visit(act, wishes))

    async def _visit(
        self, act: Callable[[Visit], Coroutine[Any, Any, None]], wishes: dict[str, Any]
    ) -> None:
        async with EchoPartner(bpm=wishes.pop("bpm", 240.0)) as partner:
            wishes.setdefault("viewport", {"width": 1280, "height": 800})
            context = await self.browser.new_context(**wishes)
            await context.add_init_script(LISTEN + LOOK + MIDI_KEYBOARD)
            try:
                visit = Visit(await context.new_page(), partner)
                watch(visit)
                await visit.page.goto(partner.wire.url)
                await visit.shows("#link[data-state=here]")
                await act(visit)
                assert visit.complaints == []
                assert partner.wire.counts.refused == 0
            finally:
                await context.close()


def watch(visit: Visit) -> None:
    """Write down what the browser complains about, and whom it asks."""
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    visit.page.on(
        "console",
        lambda line: visit.complaints.append(line.text) if line.type == "error" else None,
    )
    visit.page.on("request", lambda request: visit.requests.append(request.url))


@contextmanager
def chromium(place: str) -> Iterator[Chromium]:
    """Start the browser, and end it."""
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with asyncio.Runner() as runner:
        driver = runner.run(async_playwright().start())
        try:
            browser = runner.run(
                driver.chromium.launch(executable_path=place, args=[*FLAGS, *as_root])
            )
            yield Chromium(runner, browser)
            runner.run(browser.close())
        finally:
            runner.run(driver.stop())
