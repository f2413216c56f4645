"""Two peers of Ableton Link on this machine."""

import asyncio

import pytest

from bridge.events import Stated
from bridge.wires.link import LinkWire

aalink = pytest.importorskip("aalink", reason="aalink is not installed: `pip install aalink`")


async def _met(wire: LinkWire) -> None:
    for _ in range(200):
        if wire.peers:
            return
        await asyncio.sleep(0.05)
    pytest.skip("this network does not carry Link's multicast between two peers")


async def _session() -> list[Stated]:
    words: list[Stated] = []
    wire = LinkWire(100.0, words.append, lambda: 4.0)
    other = aalink.Link(133.0)
    other.start_stop_sync_enabled = other.enabled = True
    try:
        await _met(wire)
        other.playing = True
        other.tempo = 133.0
        for _ in range(200):
            if len(words) > 10 and words[-1].tempo == pytest.approx(133.0):
                break
            await asyncio.sleep(0.05)
        other.playing = False
        for _ in range(200):
            if not words[-1].playing:
                break
            await asyncio.sleep(0.05)
    finally:
        other.enabled = False
        wire.close()
    return words


def test_a_peer_that_plays_is_followed_and_stops() -> None:
    words = asyncio.run(_session())
    playing = [word for word in words if word.playing and word.tempo == pytest.approx(133.0)]
    assert len(playing) > 3
    first, last = playing[0], playing[-1]
    assert first.beat is not None
    assert last.beat is not None
    assert (last.beat - first.beat) * 60 / 133 == pytest.approx(last.at - first.at, abs=0.02)
    assert not words[-1].playing


async def _apart(quarters: float) -> float:
    """Return how many beats our bar is beside that of a peer which was there before."""
    said: asyncio.Queue[Stated] = asyncio.Queue()
    other = aalink.Link(100.0)
    other.quantum = quarters
    other.start_stop_sync_enabled = other.enabled = True
    await asyncio.sleep(1.3)
    wire = LinkWire(100.0, said.put_nowait, lambda: quarters)
    try:
        await _met(wire)
        other.playing = True
        for _ in range(3):
            word = await said.get()
        assert word.beat is not None
        return float(word.beat - other.beat + quarters / 2) % quarters - quarters / 2
    finally:
        other.enabled = False
        wire.close()


@pytest.mark.parametrize("quarters", [3.0, 3.5, 4.0])
def test_bars_of_any_meter_are_those_of_the_session(quarters: float) -> None:
    assert abs(asyncio.run(_apart(quarters))) < 0.2
