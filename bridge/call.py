"""The player's call: when it began, and whether it is over."""

from itertools import pairwise
from statistics import median

from bridge.stage import Stage
from generators.music.notes import Note
from generators.music.time import QUARTER, Ticks

LONGEST_CALL = 16  # bars after which a phrase is over even if the player goes on


class Call:
    """The player's call: when it began, and whether it is over."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.start: Ticks | None = None
        self.first: Ticks = Ticks(0)
        """Its first note, which may be a pick-up."""

    def begin(self, tick: Ticks) -> None:
        """Begin with its first note: one late in a bar is a pick-up to the next bar."""
        bar = self._stage.bar_at(tick)
        pick_up = tick - bar > self._stage.bar // 2
        self.first = tick
        self.start = Ticks(bar + self._stage.bar) if pick_up else bar

    def end(self) -> None:
        """Close it: it was answered, or given up."""
        self.start = None

    def due(self, now: Ticks) -> Ticks:
        """Return the boundary to plan for: of the fixed length, or the next bar line."""
        start = self.start or Ticks(0)
        bars = self._fixed_bars()
        first = Ticks(start + max(bars, 1) * self._stage.bar)
        return max(first, self._stage.next_bar(Ticks(now + 1)))

    def bars(self, due: Ticks) -> int:
        """Return how many bars the call has, without the silence at its end."""
        start = self.start or Ticks(0)
        last = max((note.end for note in self._fingers(due)), default=due)
        end = self._stage.next_bar(Ticks(last - self._stage.transport.meter.beat // 4))
        return max(1, (min(end, due) - start) // self._stage.bar)

    def notes(self, until: Ticks) -> list[Note]:
        """Return its notes, the held ones lasting until a tick."""
        return self._stage.capture.notes(self.first, until)

    def _fingers(self, until: Ticks) -> list[Note]:
        """Return its notes as the fingers held them: a pedal does not make a phrase longer."""
        return self._stage.capture.fingers(self.first, until)

    def over(self, due: Ticks) -> bool:
        """Say whether the phrase is over at this bar line.

        A phrase ends with a rest or with a long note. It mostly has an even number of bars, so
        an odd bar needs more silence; a rest no longer than those within it ends nothing.
        """
        start = self.start or Ticks(0)
        bars = (due - start) // self._stage.bar
        notes = self._fingers(due)
        if self.fixed or bars >= LONGEST_CALL:
            return True
        if not notes:
            return False
        rest = self._rest(notes, due)
        empty = self._stage.bar - self._stage.transport.meter.pulse / 2  # nobody plays to the tick
        return rest >= empty or (bars % 2 == 0 and self._closes(notes, rest, bars))

    def _rest(self, notes: list[Note], due: Ticks) -> Ticks:
        """Return the silence before a bar line; none while a key is down."""
        if self._stage.capture.down:
            return Ticks(0)
        return Ticks(due - max(note.end for note in notes))

    def _closes(self, notes: list[Note], rest: Ticks, bars: int) -> bool:
        """Say whether an even number of bars ends here: four more willingly than two."""
        pulse = min(self._stage.transport.meter.pulse, QUARTER)  # a jig ends on a dotted quarter
        within = _longest_rest(notes)
        if bars % 4:
            return rest >= max(pulse, 1.5 * within)
        if rest >= max(pulse / 2, 0.9 * within):
            return True
        return notes[-1].length >= max(1.4 * pulse, 1.5 * _usual_length(notes[:-1]))

    @property
    def fixed(self) -> bool:
        """Whether calls have a fixed number of bars."""
        return self._fixed_bars() > 0

    def _fixed_bars(self) -> int:
        call = self._stage.settings.call
        return 0 if call == "phrase" else int(call)


def _usual_length(notes: list[Note]) -> float:
    return median([note.length for note in notes]) if notes else 0.0


def _longest_rest(notes: list[Note]) -> Ticks:
    return max((Ticks(later.onset - one.end) for one, later in pairwise(notes)), default=Ticks(0))
