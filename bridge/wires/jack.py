"""MIDI through JACK: one client, each message at its exact frame.

The process callback moves bytes between the ports and two queues and does nothing else: JACK
waits for it, and so does the sound of every other program on the same server.
"""

import heapq
import logging
from collections import deque
from itertools import count
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Any, Literal

from bridge.cycles import CountedCycle, Cycle, ExactCycle
from bridge.errors import PortTrouble
from bridge.overruns import Overruns
from bridge.patch import Cabling, Patch
from bridge.priority import hurry_thread
from bridge.wire import Ends, Figures, PortReport, Tally, is_whole, settled
from bridge.wires.rest import Rest
from bridge.wires.rolling import RollingWatch
from generators.music.time import Seconds

log = logging.getLogger(__name__)
NAME = "Antiphon"
PATIENCE = 2.0  # seconds that closing may take before the client is left to itself
NO_SERVER = PortTrouble(
    "no JACK server runs",
    "start one (QjackCtl, or `jackd -d alsa`), or under PipeWire type `pw-jack antiphon`",
)
NO_JACK = PortTrouble("JACK is not installed", "install jackd2 or PipeWire's JACK if you want it")
GONE = PortReport(
    "JACK",
    NAME,
    "both",
    "the JACK server is gone",
    "it is taken up again when it runs",
    works=False,
)
Item = tuple[bytes, Seconds, bool]


def library() -> Any:
    """Return the JACK library, told to keep its remarks to itself.

    Raises:
        PortTrouble: JACK is not installed.

    """
    try:
        import jack
    except (OSError, ImportError) as error:
        log.debug("JACK cannot be loaded: %s", error)
        raise NO_JACK from None
    jack.set_error_function(_remark)
    jack.set_info_function(_remark)
    return jack


def _remark(text: str) -> None:
    log.debug("JACK says: %s", text)


def connected(name: str) -> Any:
    """Return a client of the server that runs (JACK_DEFAULT_SERVER names another).

    Raises:
        PortTrouble: JACK is not installed, or no server runs.

    """
    jack = library()
    try:
        return jack.Client(name, no_start_server=True)
    except jack.JackError as error:
        log.debug("no JACK client: %s", error)
        raise NO_SERVER from None


class JackWire:
    """Antiphon on a JACK server: the ports `in` and `out` of one client."""

    name = "JACK"

    def __init__(self, ends: Ends, patch: Patch | None = None, name: str = NAME) -> None:
        """Open the client and its ports, and begin.

        Raises:
            PortTrouble: JACK is not installed, or no server runs.

        """
        self._jack = library()
        self._client = connected(name)
        self._ends = ends
        self._alive = True
        self._closing = False
        self._drained = Event()
        self._closed = Lock()
        self._inbox: deque[tuple[Seconds, int, bytes]] = deque()
        self._order = count()
        self._waiting: list[tuple[Seconds, int, bytes]] = []
        self._happened: SimpleQueue[Item | None] = SimpleQueue()
        self._sent = self._heard = self._late = self._lost = self._again = 0
        self._xruns = self._faults = 0
        self._latest = 0.0
        self._hurried = False
        self._tally = Tally()
        self._rate = self._client.samplerate
        self._span = self._client.blocksize / self._rate
        self._rolling = RollingWatch(self._client, self._jack, ends.stated)
        self._teller = Thread(target=self._tell, name="antiphon-jack", daemon=True)
        self._overruns = Overruns()
        self._begin(patch or Patch())

    def _begin(self, patch: Patch) -> None:
        client = self._client
        try:
            self._in = client.midi_inports.register("in")
            self._out = client.midi_outports.register("out")
            own: dict[Literal["in", "out"], Any] = {"in": self._in, "out": self._out}
            self._cabling = Cabling(client, own, patch, self._jack.JackError)
            self._cycle = self._cycles()
            self._rest = Rest(self._jack, self._in, self._out, self._process)
            client.set_shutdown_callback(self._shut_down)
            client.set_xrun_callback(self._xrun)
            client.set_blocksize_callback(self._sized)
            self._rest.attend(client)
            client.activate()
        except self._jack.JackError as error:
            _aside(client.close)
            raise PortTrouble(f"JACK took the client back ({error})", "try again") from None
        self._teller.start()
        self._rolling.start()

    def _cycles(self) -> Cycle:
        try:
            ffi = self._jack._ffi
            client = int(ffi.cast("uintptr_t", self._client._ptr))
            return ExactCycle(self._jack._libname, client, self._rate)
        except (OSError, AttributeError) as error:
            log.debug("no cycle times from this JACK: %s", error)
            return CountedCycle(self._rate)

    # What JACK calls, on its threads

    def _shut_down(self, status: object, reason: str) -> None:
        self._alive = False
        self._rolling.end()
        self._drained.set()
        self._happened.put(None)
        self._ends.gone()

    def _xrun(self, delayed: float) -> None:
        self._xruns += 1

    def _sized(self, frames: int) -> None:
        self._span = frames / self._rate

    def _process(self, frames: int) -> None:
        try:
            self._turn(frames)
        except Exception:
            self._faults += 1

    def _turn(self, frames: int) -> None:
        if not self._hurried:  # a server without real-time priority gives its clients none
            self._hurried = True
            hurry_thread()
        came = [(frame, bytes(event)) for frame, event in self._in.incoming_midi_events()]
        self._out.clear_buffer()
        first = self._client.last_frame_time
        rested = self._rest.end()
        self._cycle.rested(rested[0])
        self._overruns.rested(*rested)
        about, span = self._cycle.begin(first, frames, self._xruns)
        self._overruns.cycle(about, span, first, frames, self._xruns)
        if came or self._inbox or self._waiting or self._closing or self._overruns.doubts:
            start, self._span = self._cycle.exact()
            self._take(came, start, frames)
            self._give(start, frames)
        self._rolling.glance()
        if not (self._waiting or self._overruns.watches):
            self._rest.begin(frames, self._rate)

    def _take(self, came: list[tuple[int, bytes]], start: float, frames: int) -> None:
        if came and self._overruns.repetition(came, start, self._span):
            return
        for frame, message in came:
            if not is_whole(message):
                continue
            self._happened.put((message, Seconds(start + self._span * frame / frames), True))

    def _give(self, start: float, frames: int) -> None:
        waiting = self._waiting
        while self._inbox:
            heapq.heappush(waiting, self._inbox.popleft())
        if self._closing:
            self._settle(start)
        self._repeat(start)
        frame, end = 0, start + self._span
        while waiting and waiting[0][0] < end:
            at, _, message = waiting[0]
            exact = round((at - start) / self._span * frames)
            frame = max(frame, min(exact, frames - 1))
            if not self._written(frame, message):
                break
            heapq.heappop(waiting)
            self._tally.count(message)
            self._overruns.left(message, start)
            self._count(at, start)
            self._happened.put((message, Seconds(start + self._span * frame / frames), False))

    def _repeat(self, start: float) -> None:
        """Send again the ends that an overrun may have swallowed."""
        for message in self._overruns.again(self._tally, start):
            self._written(0, message)
            self._again += 1
            self._happened.put((message, Seconds(start), False))

    def _written(self, frame: int, message: bytes) -> bool:
        """Write it; where the port is full it stays for the next period."""
        try:
            self._out.write_midi_event(frame, message)
        except self._jack.JackError:
            return False
        return True

    def _count(self, at: float, start: float) -> None:
        self._sent += 1
        if at < start:
            self._late += 1
            self._latest = max(self._latest, start - at)

    def _settle(self, start: float) -> None:
        """Let only the ends of begun notes leave, at once, and say when all have."""
        ordered = [message for _, _, message in sorted(self._waiting)]
        kept = settled(ordered, self._tally.sounding)
        self._lost += sum(message not in kept for message in ordered)
        self._waiting[:] = [(Seconds(start), n, message) for n, message in enumerate(kept)]
        if not kept:
            self._drained.set()

    # What Antiphon calls

    def _tell(self) -> None:
        """Hand over what happened at the ports, in its order, away from JACK's thread."""
        while (item := self._happened.get()) is not None:
            message, at, inward = item
            if inward:
                self._heard += 1
                self._ends.heard(message, at, f"{NAME}:in")
            else:
                self._ends.left(message, at)

    @property
    def alive(self) -> bool:
        """Whether the server still calls."""
        return self._alive

    @property
    def lead(self) -> Seconds:
        """Two periods: a message must be there before the cycle that holds its frame begins."""
        return Seconds(2 * self._span)

    @property
    def reaches(self) -> bool:
        """Whether anything is connected to the way out."""
        return self._alive and bool(self._cabling.joined("out"))

    def send(self, message: bytes, at: Seconds) -> None:
        """Have a message leave at a moment; on a dead server it is only kept in mind."""
        if message:
            self._inbox.append((at, next(self._order), message))
            self._rest.disturb()

    def unsent(self) -> tuple[bytes, ...]:
        """Return, once, what was given to the dead client and never left."""
        left = sorted(self._waiting)
        self._waiting.clear()
        while self._inbox:
            left.append(self._inbox.popleft())
        self._lost += len(left)
        return tuple(message for _, _, message in left)

    def figures(self) -> Figures:
        """Say how it has done so far."""
        return Figures(
            sent=self._sent,
            heard=self._heard,
            late=self._late,
            latest=Seconds(self._latest),
            lost=self._lost,
            period=Seconds(self._span),
            xruns=self._xruns,
            faults=self._faults,
            again=self._again,
            repeated=self._overruns.repeated,
        )

    # Connections

    def tend(self) -> None:
        """Connect what the player named, and what was connected before, as it appears."""
        if self._alive:
            self._cabling.tend()

    def loop(self) -> None:
        """Connect our way out with our way in.

        Raises:
            PortTrouble: the server refuses.

        """
        try:
            self._client.connect(self._out, self._in)
        except self._jack.JackError as error:
            raise PortTrouble(f"JACK does not connect our ports ({error})", "restart it") from None

    def has(self, direction: Literal["in", "out"]) -> bool:
        """Say whether the port that the player named is, or may be, on this server."""
        return self._cabling.has(direction)

    def offers(self, direction: Literal["in", "out"]) -> set[str]:
        """Return the names of others' ports, as last looked at."""
        return self._cabling.offers(direction)

    @property
    def sources(self) -> frozenset[str]:
        """The names of the ports that are heard, as last looked at."""
        return self._cabling.sources

    @property
    def troubles(self) -> tuple[PortTrouble, ...]:
        """What keeps a named port from being connected."""
        return self._cabling.troubles

    def reports(self) -> tuple[PortReport, ...]:
        """Say what each port is connected to, and what keeps a named one away."""
        if not self._alive:
            return (GONE,)
        return (self._cabling.report("in"), self._cabling.report("out"))

    def close(self) -> None:
        """End what has begun, then leave the server; a server that hangs is left to itself."""
        with self._closed:
            if self._closing:
                return
            self._closing = True
        self._rolling.end()
        self._rest.disturb()
        if self._alive:
            self._drained.wait(max(0.5, 20 * self._span))
            # The messages of the last cycle are read by others in that cycle or the next.
            Event().wait(2 * self._span)
        self._alive = False
        self._happened.put(None)
        self._teller.join(PATIENCE)
        self._rolling.wait(PATIENCE)
        _aside(self._client.close)


def _aside(close: Any) -> None:
    """Close in a thread: a server that is stopped, not dead, never answers."""
    thread = Thread(target=close, name="antiphon-jack-close", daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if thread.is_alive():
        log.warning("JACK does not let go of its client; leaving it")
