"""Suggestions: asked for, auditioned, accepted, rejected, and all of it undone."""

from collections import deque
from dataclasses import dataclass, replace
from enum import StrEnum

from bridge.errors import BadMessage
from bridge.events import Planned
from bridge.stage import Heard, Stage, beats
from generators.music.time import Ticks
from generators.prompt import LARGEST_SEED, Kind, Prompt, Suggestion

N_BEST = 3
MOST_KEPT = 64


class State(StrEnum):
    """What has become of a suggestion."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Offer:
    """A suggestion and its place in the song."""

    id: str
    kind: Kind
    start: Ticks
    length: Ticks
    suggestion: Suggestion
    state: State = State.OFFERED


class Offers:
    """Sets of suggestions. They are made one after another, beside the plans of the roles."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._kept: dict[str, Offer] = {}
        self._past: deque[Offer] = deque(maxlen=MOST_KEPT)
        self._asked: dict[int, tuple[Ticks, Prompt]] = {}
        self._count = 0

    def ask(self, kind: Kind, start: Ticks, length: Ticks, seed: int | None = None) -> None:
        """Ask for the best of a set of suggestions that begin at this tick of the song.

        Raises:
            BadMessage: nothing was played yet that an answer of this kind could be made from.

        """
        heard = self._stage.heard(start)
        start, length = self._place(kind, start, length, heard)
        prompt = self._stage.prompt(kind, start, length, heard)
        first = self._stage.settings.seed if seed is None else seed
        for place in range(N_BEST):
            each = replace(prompt, seed=first % LARGEST_SEED, place=place)
            self._asked[self._stage.ask("set", each)] = (start, each)

    def planned(self, event: Planned) -> None:
        """Offer an answer to the listeners."""
        asked = self._asked.pop(event.id, None)
        if asked is None:
            return
        if event.suggestion is None:
            self._stage.tell("/antiphon/error", "the model gave no suggestion", "ask again")
            return
        start, prompt = asked
        self._count += 1
        offer = Offer(f"s{self._count}", prompt.kind, start, prompt.length, event.suggestion)
        self._keep(offer)
        self._tell(offer)

    def audition(self, name: str, now: Ticks) -> None:
        """Play a suggestion from the next bar on, wherever it belongs.

        Raises:
            BadMessage: there is no such suggestion.

        """
        offer = self.find(name)
        self._stage.cancel(now)
        self._stage.play(offer.suggestion, self._stage.next_bar(now))

    def accept(self, name: str) -> None:
        """Keep a suggestion: later answers know it.

        Raises:
            BadMessage: there is no such suggestion.

        """
        self._change(name, State.ACCEPTED)

    def reject(self, name: str) -> None:
        """Drop a suggestion.

        Raises:
            BadMessage: there is no such suggestion.

        """
        self._change(name, State.REJECTED)

    def undo(self) -> None:
        """Take the last accept or reject back.

        Raises:
            BadMessage: there is nothing to undo.

        """
        if not self._past:
            raise BadMessage("there is nothing to undo", "accept or reject a suggestion first")
        before = self._past.pop()
        self._keep(before)
        self._hand_over()
        self._stage.tell("/antiphon/suggestion/state", before.id, before.state.value)

    @property
    def accepted(self) -> tuple[Offer, ...]:
        """The suggestions that were kept, in order of place."""
        kept = (offer for offer in self._kept.values() if offer.state is State.ACCEPTED)
        return tuple(sorted(kept, key=lambda offer: offer.start))

    def _change(self, name: str, state: State) -> None:
        offer = self.find(name)
        self._past.append(offer)
        self._keep(replace(offer, state=state))
        self._hand_over()
        self._stage.tell("/antiphon/suggestion/state", offer.id, state.value)

    def _hand_over(self) -> None:
        """Let later answers know what was accepted."""
        self._stage.accepted = tuple((each.start, each.suggestion) for each in self.accepted)

    def _keep(self, offer: Offer) -> None:
        self._kept[offer.id] = offer
        while len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]

    def find(self, name: str) -> Offer:
        """Return a suggestion by its id.

        Raises:
            BadMessage: there is none.

        """
        if name not in self._kept:
            known = ", ".join(list(self._kept)[-5:]) or "none yet: send /antiphon/ask"
            raise BadMessage(f"no suggestion is called {name[:40]!r}", f"there is {known}")
        return self._kept[name]

    def _place(self, kind: Kind, start: Ticks, length: Ticks, heard: Heard) -> tuple[Ticks, Ticks]:
        """Return where an answer begins, and its length.

        Chords go under the last bars that were heard, what is filled in is in their middle.
        """
        bar = self._stage.bar
        if kind is Kind.CONTINUE or (
            kind is Kind.IMPROVISE and self._stage.settings.chords != "auto"
        ):
            return start, length
        if not heard.phrase.notes:
            raise BadMessage(f"nothing was played yet to {kind.value}", "play something first")
        whole = heard.phrase.bars
        bars = min(length // bar, whole)
        first = whole - bars if kind is not Kind.INFILL else max(0, (whole - bars) // 2)
        return Ticks(heard.origin + first * bar), Ticks(bars * bar)

    def _tell(self, offer: Offer) -> None:
        tell, name, at = self._stage.tell, offer.id, offer.start
        bars = offer.length // self._stage.bar
        tell("/antiphon/suggestion/begin", name, offer.kind.value, bars, beats(at))
        for span in offer.suggestion.chords:
            where = beats(at + span.onset), beats(span.length)
            tell("/antiphon/suggestion/chord", name, *where, str(span.chord))
        for note in offer.suggestion.notes:
            place = beats(at + note.onset), beats(note.length)
            tell("/antiphon/suggestion/note", name, *place, note.pitch, note.velocity)
        made = offer.suggestion
        tell("/antiphon/suggestion/end", name, made.score, made.sentence)
