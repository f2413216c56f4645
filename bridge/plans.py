"""The plan for the next boundary, and the ladder for when there is none."""

from collections import Counter
from dataclasses import replace

from bridge.events import Planned
from bridge.stage import Stage
from generators.music.time import QUARTER, Ticks
from generators.prompt import Prompt, Suggestion, gather
from generators.recall import Recall
from generators.rules import chord_tones

LADDER_BARS = 4
SMALL = QUARTER // 8  # so much longer or shorter a note is the same music
RUNGS = ("plan", "overlap", "recall", "chord_tones", "rest")


class Plans:
    """The questions asked for one boundary; the answer to the newest wins.

    Where it `grows`, an answer may be played as soon as its beginning is there.
    """

    def __init__(self, stage: Stage, rungs: Counter[str], *, grows: bool = False) -> None:
        self._stage = stage
        self._rungs = rungs
        self._grows = grows
        self._asked: dict[int, Prompt] = {}
        self._ready: dict[int, Suggestion] = {}
        self.due: Ticks | None = None
        self.taken = 0  # the question whose answer is being played
        self.length = Ticks(0)  # how long that answer is
        self._rung = ""  # what it was counted as

    def ask(self, prompt: Prompt, due: Ticks) -> None:
        """Plan what begins at a boundary; a question that is all but the same is not asked."""
        if due != self.due:
            self.clear()
            self.due = due
        if self._asked and _alike(self._asked[max(self._asked)], prompt):
            return
        self._asked[self._stage.ask("plan", prompt, grows=self._grows)] = prompt

    def renew(self) -> None:
        """Forget the answers to what is no longer wished; the boundary stays."""
        self._asked.clear()
        self._ready.clear()
        self.taken = 0

    def carried(self, by: Ticks) -> None:
        """Keep what is being played, and its better answers to come, where the song jumped to."""
        if self.due is not None:
            self.due = Ticks(self.due + by)

    def watch(self, due: Ticks) -> None:
        """Wait for a boundary without planning what begins there."""
        self.clear()
        self.due = due

    def clear(self) -> None:
        """Forget the boundary."""
        self._asked.clear()
        self._ready.clear()
        self.due = None
        self.taken = 0

    def planned(self, event: Planned) -> Suggestion | None:
        """Take an answer; return it where it replaces or goes on with what is being played.

        Of what is being played the beginning is replaced by no other beginning.
        """
        made = event.suggestion
        if event.id not in self._asked or made is None:
            return None
        if self.taken and event.id != self.taken and made.known is not None:
            return None
        self._ready[event.id] = made
        if not self.taken or event.id < self.taken:
            return None
        self.taken = event.id
        return made

    @property
    def known(self) -> Ticks | None:
        """Up to where the answer that is being played is known; None where it is whole."""
        playing = self._ready.get(self.taken)
        return None if playing is None else playing.known

    def rest(self) -> Suggestion:
        """Return what goes on where the rest of an answer does not come, from what is known on."""
        since, prompt = self.known or Ticks(0), self._asked[self.taken]
        rung, suggestion = ladder(prompt)
        self._rungs[self._rung] -= 1  # an answer counts by its lowest rung
        self._count(rung)
        self.taken = -1
        return suggestion.after(since)

    def best(self) -> Suggestion:
        """Return what is to be played, by the highest rung there is."""
        newest = max(self._asked)
        self.length = self._asked[newest].length
        if self._ready:
            self.taken = max(self._ready)
            self._count("plan" if self.taken == newest else "overlap")
            self.length = self._asked[self.taken].length
            return self._ready[self.taken]
        rung, suggestion = ladder(self._asked[newest])
        self._count(rung)
        self.taken = -1  # anything that arrives is better
        return suggestion

    def _count(self, rung: str) -> None:
        self._rung = rung
        self._rungs[rung] += 1


def _alike(asked: Prompt, prompt: Prompt) -> bool:
    """Say whether a plan survives: no note is new or gone, and none much longer or shorter."""
    before, now = asked.heard.notes, prompt.heard.notes
    if len(before) != len(now):
        return False
    heard = replace(prompt.heard, notes=before)
    return replace(prompt, heard=heard) == asked and all(
        one == replace(other, length=one.length) and abs(one.length - other.length) <= SMALL
        for one, other in zip(before, now, strict=True)
    )


def ladder(prompt: Prompt) -> tuple[str, Suggestion]:
    """Return what can be played at once: the player's own material, chord tones, or rest."""
    # A long answer would take long to make, and the model's own replaces it when that comes.
    soon = Ticks(min(prompt.length, LADDER_BARS * prompt.heard.meter.bar))
    prompt = replace(prompt, length=soon)
    recalled = gather(Recall(), prompt, why="takes up what you played, for the model was late")
    if recalled.notes or recalled.chords:
        return "recall", recalled
    tones = chord_tones(prompt)
    if tones:
        return "chord_tones", Suggestion(
            "chord tones", notes=tones, why="plays the tones of the chord"
        )
    return "rest", Suggestion("rest", why="answers nothing, for there was nothing to answer")
