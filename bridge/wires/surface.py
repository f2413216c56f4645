"""Asks Ardour for what it tells a control surface, again and again until it does.

Ardour may start later, or anew: as long as it runs it sends a heartbeat each second.
"""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Final

from bridge.protocol import Args

LOOK: Final = 1.0  # seconds between two looks
DEAD: Final = 3.5  # seconds without a heartbeat after which it is asked again
FEEDBACK: Final = 8 + 16 + 32  # heartbeat, transport, bar and beat (Ardour's manual, OSC feedback)
ASKED: Final = "/set_surface"
BEATS: Final = "/heartbeat"
# Bank size, kinds of strips, feedback, fader mode, pages of sends and plugins, port: 0 answers us.
WISH: Final = (0, 0, FEEDBACK, 0, 0, 0, 0)


class Surface:
    """One of Ardour's control surfaces, which only listens."""

    def __init__(self, say: Callable[[str, Args], None]) -> None:
        """Begin from within a running event loop; `say` sends a message to Ardour."""
        self._say = say
        self._heard = float("-inf")
        self._task = asyncio.get_running_loop().create_task(self._watch())

    @property
    def answers(self) -> bool:
        """Whether Ardour is there."""
        return monotonic() - self._heard < DEAD

    def heard(self, path: str) -> None:
        """Take note that Ardour said something."""
        if path == BEATS:
            self._heard = monotonic()

    async def _watch(self) -> None:
        while True:
            if not self.answers:
                self._say(ASKED, WISH)
            await asyncio.sleep(LOOK)

    def close(self) -> None:
        """Ask no more."""
        self._task.cancel()
