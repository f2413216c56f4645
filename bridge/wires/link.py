"""Ableton Link: the tempo and the beat that programs on a network share.

Link counts beats from anywhere: they agree about the bar, not about the place in a song. Where its
bars begin depends on how long they are, so it is asked with the bar of our meter. It is followed
while somebody in the session has pressed play (start/stop sync).
"""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any, Final

from bridge.errors import PortTrouble
from bridge.events import Stated
from generators.music.time import Seconds

LOOK: Final = 0.05  # seconds between two looks
SOURCE: Final = "link"


class LinkWire:
    """A peer in the Link session, which listens and changes nothing."""

    def __init__(
        self, tempo: float, stated: Callable[[Stated], None], bar: Callable[[], float]
    ) -> None:
        """Join the session from within a running event loop; `bar` gives the quarters of a bar.

        Raises:
            PortTrouble: aalink is not installed.

        """
        try:
            import aalink
        except ImportError:
            raise PortTrouble(
                "Ableton Link needs aalink", "type `pip install aalink`, or set link to false"
            ) from None
        self._link: Any = aalink.Link(tempo)
        self._bar = bar
        self._link.start_stop_sync_enabled = True
        self._link.enabled = True
        self._stated = stated
        self._played = False
        self._task = asyncio.get_running_loop().create_task(self._watch())

    @property
    def peers(self) -> int:
        """How many others are in the session."""
        return int(self._link.num_peers)

    async def _watch(self) -> None:
        while True:
            self._look()
            await asyncio.sleep(LOOK)

    def _look(self) -> None:
        plays = bool(self._link.playing) and self.peers > 0
        self._link.quantum = self._bar()
        beat, at = float(self._link.beat), Seconds(monotonic())
        if plays or self._played:
            tempo = float(self._link.tempo)
            self._stated(Stated(SOURCE, plays, at, beat=beat, tempo=tempo))
        self._played = plays

    def close(self) -> None:
        """Leave the session."""
        self._task.cancel()
        self._link.enabled = False
