"""What Antiphon does beside the player."""

from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from bridge.events import Planned
from bridge.offers import Offers
from bridge.plans import Plans
from bridge.stage import Stage
from generators.hearing.chords import chord_of
from generators.music.notes import ChordSpan, Note
from generators.music.time import QUARTER, Ticks
from generators.prompt import LARGEST_SEED, Kind, Prompt, Suggestion

LONGEST_CALL = 16  # bars after which a phrase is over even if the player goes on
LONGEST_ANSWER = 8  # bars: an answer is as long as its call, up to this
SILENT_BARS = 2  # without the player for so long, accompaniment rests


@dataclass(frozen=True, slots=True)
class Turn:
    """An answer that sounds."""

    start: Ticks
    end: Ticks


class Silent:
    """Plays nothing."""

    def heard(self, tick: Ticks) -> None:
        """Take note that the player did something."""

    def planned(self, event: Planned, tick: Ticks) -> None:
        """Take a plan."""

    def passed(self, tick: Ticks) -> None:
        """Take note that time has passed."""

    def reset(self) -> None:
        """Forget what was going on: the song stopped or jumped."""

    def demand(self, tick: Ticks) -> None:
        """Answer at the next bar: the player asks for it."""

    def renew(self, tick: Ticks) -> None:
        """Plan anew: the player wishes something else."""

    @property
    def next_decision(self) -> Ticks | None:
        """The bar line that something is to be settled for."""
        return None

    @property
    def resting(self) -> bool:
        """Whether neither a call nor an answer is going on."""
        return True


class Call:
    """The player's call: when it began, and whether it is over."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.start: Ticks | None = None
        self._first: Ticks = Ticks(0)

    def begin(self, tick: Ticks) -> None:
        """Begin with its first note: one late in a bar is a pick-up to the next bar."""
        bar = self._stage.bar_at(tick)
        pick_up = tick - bar > self._stage.bar // 2
        self._first = tick
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
        return self._stage.capture.notes(self._first, until)

    def _fingers(self, until: Ticks) -> list[Note]:
        """Return its notes as the fingers held them: a pedal does not make a phrase longer."""
        return self._stage.capture.fingers(self._first, until)

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


class Answer(Silent):
    """Call and response: the player's phrase is answered on the next bar."""

    def __init__(self, stage: Stage, plans: Plans) -> None:
        self._stage = stage
        self._plans = plans
        self._call = Call(stage)
        self._turn: Turn | None = None
        self._demanded = False

    def heard(self, tick: Ticks) -> None:
        """Listen to the call; a player who goes on playing takes the floor."""
        pressed = self._stage.capture.last_press
        if pressed is None:
            return
        if self._turn is not None and pressed == tick:
            if self._belongs_to_call(tick):
                length = Ticks(self._turn.end - self._turn.start)
                again = self._stage.prompt(Kind.CONTINUE, self._turn.start, length)
                self._plans.ask(again, self._turn.start)
                return
            self._yield_floor(tick)
        if self._call.start is None and pressed == tick:
            self._call.begin(tick)
        if self._call.start is not None:
            self._think(self._boundary(tick))

    def planned(self, event: Planned, tick: Ticks) -> None:
        """Keep the plan; one that comes late replaces what is not yet committed."""
        better = self._plans.planned(event)
        if better is not None and self._turn is not None:
            since = max(self._stage.committed(tick), self._turn.start)
            if since < self._turn.end:
                self._stage.cancel(since)
                self._stage.play(better, self._turn.start, since)

    def passed(self, tick: Ticks) -> None:
        """At a bar line: answer, or plan for the next one."""
        if self._turn is not None and self._stage.settled(self._turn.end, tick):
            self._turn = None
        due = self._plans.due
        if self._call.start is None or due is None or not self._stage.settled(due, tick):
            return
        if self._demanded or self._call.over(due):
            self._begin(due)
        else:
            self._think(Ticks(due + self._stage.bar))

    def reset(self) -> None:
        """Forget call and answer."""
        self._call.end()
        self._plans.clear()
        self._turn = None
        self._demanded = False

    def renew(self, tick: Ticks) -> None:
        """Plan the boundary anew."""
        if self._call.start is not None and self._plans.due is not None:
            self._plans.renew()
            self._think(self._plans.due)

    def demand(self, tick: Ticks) -> None:
        """Answer at the next bar, whatever the phrase is doing."""
        if self._call.start is None:
            self._call.begin(tick)
        self._demanded = True
        self._think(self._stage.next_bar(Ticks(tick + 1)))

    @property
    def next_decision(self) -> Ticks | None:
        """The boundary that is planned for, or the end of the answer."""
        if self._call.start is not None and self._plans.due is not None:
            return self._plans.due
        return None if self._turn is None else self._turn.end

    @property
    def resting(self) -> bool:
        """Whether nobody has the floor."""
        return self._call.start is None and self._turn is None

    def _boundary(self, tick: Ticks) -> Ticks:
        due = self._plans.due
        usual = self._call.due(tick)
        return usual if due is None or self._turn is not None else max(due, usual)

    def _think(self, due: Ticks) -> None:
        self._plans.ask(self._stage.prompt(Kind.CONTINUE, due, self._length(due)), due)

    def _length(self, due: Ticks) -> Ticks:
        bars = self._stage.settings.bars or min(self._call.bars(due), LONGEST_ANSWER)
        return Ticks(bars * self._stage.bar)

    def _begin(self, due: Ticks) -> None:
        if not self._call.notes(due) and not self._demanded:
            self.reset()
            return
        suggestion = self._plans.best()
        self._turn = Turn(due, Ticks(due + self._plans.length))
        self._stage.cancel(due)  # one answer at a time, whatever was auditioned or demanded
        self._stage.play(suggestion, due)
        self._call.end()
        self._demanded = False

    def _belongs_to_call(self, tick: Ticks) -> bool:
        """Say whether a note is the last of a call of fixed length whose answer is settled."""
        turn = self._turn
        return turn is not None and tick < turn.start and self._call.fixed

    def _yield_floor(self, tick: Ticks) -> None:
        """Stop beyond the committed part, unless this is a pick-up to the next call."""
        turn = self._turn
        if turn is None or turn.end - tick <= self._stage.transport.meter.pulse:
            return
        started = tick >= turn.start
        self._stage.cancel(self._stage.committed(tick) if started else turn.start)
        self._plans.clear()
        self._turn = None


class Flow(Silent):
    """Goes along bar by bar: chords under the player's melody, or a melody over chords."""

    def __init__(self, stage: Stage, plans: Plans, kind: Kind) -> None:
        self._stage = stage
        self._plans = plans
        self._kind = kind
        self._last_heard: Ticks | None = None
        self._played_to: Ticks | None = None
        self._chord: ChordSpan | None = None

    def heard(self, tick: Ticks) -> None:
        """Every note makes a better plan for the next bar."""
        self._last_heard = tick
        if self._kind is Kind.IMPROVISE and len(self._stage.capture.sounding) >= 3:
            self._chord = ChordSpan(tick, self._stage.bar, chord_of(self._stage.capture.sounding))
        self._think(self._next(tick))

    def planned(self, event: Planned, tick: Ticks) -> None:
        """Keep the plan for its bar."""
        self._plans.planned(event)

    def passed(self, tick: Ticks) -> None:
        """At a bar line: play the bar that was planned, plan the next."""
        due = self._plans.due
        if due is None:
            self._think(self._next(tick))
            return
        if not self._stage.settled(due, tick):
            return
        self._played_to = Ticks(due + self._length)
        if self._awake(due):
            suggestion = self._plans.best()
            self._played_to = Ticks(due + self._plans.length)
            self._stage.cancel(due)
            self._play(suggestion, due)
        self._think(self._played_to)

    def renew(self, tick: Ticks) -> None:
        """Plan the next bar anew."""
        due = self._plans.due
        self._plans.renew()
        self._think(self._next(tick) if due is None else due)

    def demand(self, tick: Ticks) -> None:
        """Go along from the next bar on, though nobody has played for long."""
        self._last_heard = tick
        self._think(self._next(tick))

    def reset(self) -> None:
        """Forget what was going on."""
        self._plans.clear()
        self._last_heard = self._played_to = None

    @property
    def next_decision(self) -> Ticks | None:
        """The bar that is planned."""
        return self._plans.due

    @property
    def resting(self) -> bool:
        """Whether the player has been silent for long."""
        tick = self._plans.due
        return tick is None or not self._awake(tick)

    @property
    def _length(self) -> Ticks:
        return Ticks(max(1, round(self._stage.settings.lookahead)) * self._stage.bar)

    def _next(self, tick: Ticks) -> Ticks:
        following = self._stage.next_bar(Ticks(tick + 1))
        return max(following, self._played_to or following)

    def _awake(self, due: Ticks) -> bool:
        if self._kind is Kind.IMPROVISE and self._stage.settings.chords != "auto":
            return True
        heard = due if self._stage.capture.down else self._last_heard
        return heard is not None and due - heard <= SILENT_BARS * self._stage.bar

    def _play(self, suggestion: Suggestion, due: Ticks) -> None:
        """Play our half: who improvises leaves the chords to others, who accompanies the melody."""
        if self._kind is Kind.IMPROVISE:
            self._stage.remember(suggestion.chords, due)
            self._stage.play(replace(suggestion, chords=()), due)
        else:
            self._stage.play(replace(suggestion, notes=()), due)

    def _think(self, due: Ticks) -> None:
        if self._awake(due):
            self._plans.ask(self._prompt(due), due)
        else:
            self._plans.clear()

    def _prompt(self, due: Ticks) -> Prompt:
        prompt = self._stage.prompt(self._kind, due, self._length)
        # With one seed for all bars, bars that follow like bars would be alike to the note.
        bar = (due - self._stage.first_bar) // self._stage.bar
        prompt = replace(prompt, seed=(prompt.seed + bar) % LARGEST_SEED)
        if self._kind is Kind.IMPROVISE and not prompt.controls.chords and self._chord is not None:
            span = ChordSpan(Ticks(0), self._length, self._chord.chord)
            return replace(prompt, controls=replace(prompt.controls, chords=(span,)))
        return prompt


class Suggest(Answer):
    """Listens like `Answer`, but offers suggestions in silence instead of playing one."""

    def __init__(self, stage: Stage, plans: Plans, offers: Offers) -> None:
        super().__init__(stage, plans)
        self._offers = offers

    def _think(self, due: Ticks) -> None:
        self._plans.watch(due)

    def renew(self, tick: Ticks) -> None:
        """Do nothing: no suggestion is made before the phrase is over."""

    def _begin(self, due: Ticks) -> None:
        self._offers.ask(Kind.CONTINUE, due, self._length(due))
        self._call.end()
        self._plans.clear()
        self._demanded = False
