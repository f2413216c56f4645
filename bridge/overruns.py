"""What a JACK overrun may have done to messages, and how it is put right.

In its asynchronous mode JACK starts a cycle whether or not the last one is done. A reader that is
late then finds the buffer overwritten, or finds the same buffer twice. Measured with the dummy
driver on two busy cores: every lost message was near an overrun, and near a cycle whose frame
did not follow on the last; in the synchronous mode (`jackd -S`) frames always follow on, and
nothing is lost.
"""

from collections import deque

from bridge.wire import Tally, is_off, is_on, voice_of

SHORTEST = 0.1  # seconds that a repeated input may lie back, and at least eight cycles
CYCLES = 8
REACH = 2.0  # seconds that an overrun reaches back: a busy machine tells of it late
CALM = 8  # cycles without trouble before something is sent again, twice as many at each try
TRIES = 6  # times that one note-off is sent again at most: that copy may be lost as well
Came = list[tuple[int, bytes]]


class Overruns:
    """Watches the cycles; knows which note-offs may be lost and which input is a repetition.

    A note-off that may be lost is sent once more: a second end harms nobody, a lost one is a
    note that never ends. Note-ons are not: a late or a double one is worse than none.
    """

    def __init__(self) -> None:
        self._next_frame: int | None = None
        self._xruns = 0
        self._trouble_at = -1e9
        self._skips = False
        self._calm = 0
        self._recent: deque[tuple[float, bytes, int]] = deque()
        self._suspect: dict[bytes, int] = {}
        self._came: tuple[int, Came] = (0, [])
        self._number = 0
        self.repeated = 0

    def cycle(self, now: float, span: float, frame: int, frames: int, xruns: int) -> None:
        """Take note of a cycle: when it began, its first frame, and all overruns so far."""
        followed = self._next_frame in (None, frame)
        self._next_frame = (frame + frames) & 0xFFFFFFFF
        self._calm += 1
        self._number += 1
        if xruns != self._xruns or not followed:
            self._xruns, self._trouble_at, self._calm = xruns, now, 0
            self._skips = self._skips or not followed  # once seen, the server is asynchronous
            if self._skips:
                self._doubt()
        while self._recent and self._recent[0][0] < now - REACH:
            self._recent.popleft()

    def rested(self, cycles: int, frames: int) -> None:
        """Take note of cycles before the one that begins, in which nothing came or left."""
        if self._next_frame is not None:
            self._next_frame = (self._next_frame + cycles * frames) & 0xFFFFFFFF
        self._calm += cycles
        self._number += cycles

    @property
    def watches(self) -> bool:
        """Whether each cycle must be told: a note-off has left that an overrun may still reach."""
        return bool(self._recent or self._suspect)

    @property
    def doubts(self) -> bool:
        """Whether there is anything that may have to be sent again."""
        return bool(self._suspect)

    def _doubt(self) -> None:
        for _, off, tries in self._recent:
            if tries < TRIES:
                self._suspect[off] = tries
        self._recent.clear()

    def lossy(self, now: float, reach: float) -> bool:
        """Say whether messages of the last moments may be lost or doubled."""
        return self._skips and self._trouble_at > now - reach

    def left(self, message: bytes, now: float) -> None:
        """Take note of a message that was put on the port."""
        if is_off(message):
            self._recent.append((now, message, 0))

    def again(self, tally: Tally, now: float) -> list[bytes]:
        """Return, once it is calm, the note-offs to send again: of voices that are silent.

        One that was sent again in vain waits for a longer calm, so that the last copies go out
        when the trouble is over.
        """
        due = {off: tries for off, tries in self._suspect.items() if self._calm >= CALM << tries}
        for off in due:
            del self._suspect[off]
        silent = [off for off in due if not tally.sounding[voice_of(off)]]
        self._recent.extend((now, off, due[off] + 1) for off in silent)
        return silent

    def repetition(self, came: Came, now: float, span: float) -> bool:
        """Say whether what came is only what came in the last cycle, read a second time."""
        before, self._came = self._came, (self._number, came)
        notes = any(is_on(message) or is_off(message) for _, message in came)
        again = notes and before == (self._number - 1, came)
        same = again and self.lossy(now, max(SHORTEST, CYCLES * span))
        self.repeated += same
        return same
