"""What Antiphon does beside the player."""

from collections import Counter
from dataclasses import dataclass, replace

from bridge.call import Call
from bridge.events import Planned
from bridge.offers import Offers
from bridge.plans import Plans
from bridge.stage import Stage
from generators.music.notes import ChordSpan
from generators.music.time import Ticks
from generators.prompt import LARGEST_SEED, Kind, Prompt, Suggestion

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

    def rebarred(self, tick: Ticks) -> None:
        """Plan anew by other bar lines."""

    def carried(self, by: Ticks) -> None:
        """Go on with what was settled: the song went round its loop, by so many ticks."""

    def changed(self, tick: Ticks) -> None:
        """Take note that the player's chord is another."""

    def demand(self, tick: Ticks) -> None:
        """Answer at the next bar: the player asks for it."""

    def renew(self, tick: Ticks) -> None:
        """Plan anew: the player wishes something else."""

    @property
    def next_decision(self) -> Ticks | None:
        """The bar line that something is to be settled for."""
        return None

    @property
    def answers(self) -> bool:
        """Whether an answer sounds that ends by itself."""
        return False

    @property
    def resting(self) -> bool:
        """Whether neither a call nor an answer is going on."""
        return True


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
        """Keep the plan; one that comes late replaces what is not yet committed.

        Of an answer whose beginning is being played the rest is played; another one begins at
        the latest where that beginning ends.
        """
        playing, known = self._plans.taken, self._plans.known
        better = self._plans.planned(event)
        turn = self._turn
        if better is None or turn is None:
            return
        if event.id == playing:
            if known is not None:
                self._stage.go_on(better, turn.start, Ticks(turn.start + known))
            return
        since = max(self._stage.committed(tick), turn.start)
        if known is not None:
            since = max(tick, min(since, Ticks(turn.start + known)))
        if since < turn.end:
            self._stage.cancel(since)
            self._stage.play(better, turn.start, since)

    def passed(self, tick: Ticks) -> None:
        """At a bar line: answer, or plan for the next one."""
        out = self._runs_out
        if self._turn is not None and out is not None and self._stage.settled(out, tick):
            self._stage.play(self._plans.rest(), self._turn.start, out)
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

    def rebarred(self, tick: Ticks) -> None:
        """Go on with the call, and plan its boundary by the new bar lines.

        An answer goes on, and leaves the player the floor as before.
        """
        called, demanded = self._call.start is not None, self._demanded
        if self._turn is not None and not called:
            return
        self.reset()
        if called:
            self._call.begin(self._call.first)
            self._demanded = demanded
            self._think(self._call.due(tick))

    def carried(self, by: Ticks) -> None:
        """Go on with an answer that sounds or begins; a call must begin again."""
        turn = self._turn
        if turn is None:
            self.reset()
            return
        self._call.end()
        self._demanded = False
        self._turn = Turn(Ticks(turn.start + by), Ticks(turn.end + by))
        self._plans.carried(by)

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
        return None if self._turn is None else self._runs_out or self._turn.end

    @property
    def _runs_out(self) -> Ticks | None:
        """Where the beginning of an answer ends whose rest has not come yet."""
        known = self._plans.known
        return None if self._turn is None or known is None else Ticks(self._turn.start + known)

    @property
    def answers(self) -> bool:
        """Whether it has the floor."""
        return self._turn is not None

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

    def heard(self, tick: Ticks) -> None:
        """Every note makes a better plan for the next bar."""
        self._last_heard = tick
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

    def changed(self, tick: Ticks) -> None:
        """Plan a melody over the chord that is played now."""
        if self._kind is Kind.IMPROVISE:
            self._think(self._next(tick))

    def carried(self, by: Ticks) -> None:
        """Go on with the bar that was settled, and plan the one after it anew."""
        self._plans.clear()
        if self._last_heard is not None:
            self._last_heard = Ticks(self._last_heard + by)
        if self._played_to is not None:
            self._played_to = Ticks(self._played_to + by)

    def renew(self, tick: Ticks) -> None:
        """Plan the next bar anew."""
        due = self._plans.due
        self._plans.renew()
        self._think(self._next(tick) if due is None else due)

    def rebarred(self, tick: Ticks) -> None:
        """Go along from the next of the new bar lines on, which may cut the bar that sounds."""
        self._plans.clear()
        self._played_to = None

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
        bars = round(self._stage.settings.lookahead / self._stage.transport.meter.beats)
        return Ticks(max(1, bars) * self._stage.bar)

    def _next(self, tick: Ticks) -> Ticks:
        following = self._stage.next_bar(Ticks(tick + 1))
        return max(following, self._played_to or following)

    def _awake(self, due: Ticks) -> bool:
        if self._kind is Kind.IMPROVISE and self._stage.settings.chords != "auto":
            return True
        heard = due if self._stage.down else self._last_heard
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
        chord = self._stage.chord
        if self._kind is Kind.IMPROVISE and not prompt.controls.chords and chord is not None:
            span = ChordSpan(Ticks(0), self._length, chord)
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


def role(name: str, stage: Stage, rungs: Counter[str], offers: Offers) -> Silent:
    """Return the role of this name; any other name is `off`."""
    plans = Plans(stage, rungs)
    match name:
        case "answer":
            return Answer(stage, Plans(stage, rungs, grows=True))
        case "accompany":
            return Flow(stage, plans, Kind.HARMONIZE)
        case "improvise":
            return Flow(stage, plans, Kind.IMPROVISE)
        case "suggest":
            return Suggest(stage, plans, offers)
    return Silent()
