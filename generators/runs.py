"""What followed the longest run that was there before, of any row of numbers."""

from collections.abc import Sequence
from typing import NamedTuple


class Followed(NamedTuple):
    """What came after a run, when it came last."""

    number: int
    """Which of the lengths the run has, counted from the longest."""
    symbol: int
    always: bool
    """Whether nothing else ever followed it."""
    at: int
    """Where that symbol is in the row."""


class Runs:
    """A row as it grows, and what followed each run of some lengths in it."""

    def __init__(self, lengths: tuple[int, ...]) -> None:
        """Begin with nothing; `lengths` fall."""
        self.row: list[int] = []
        self._lengths = lengths
        self._after: dict[tuple[int, ...], tuple[int, bool]] = {}
        self._undo: list[list[tuple[tuple[int, ...], tuple[int, bool] | None]]] = []

    def copy(self) -> "Runs":
        """Return the same row, to go on with apart."""
        other = Runs(self._lengths)
        other.row = self.row.copy()
        other._after, other._undo = self._after.copy(), self._undo.copy()
        return other

    def learn(self, symbol: int) -> None:
        """Remember a symbol, and what it came after."""
        row, after = self.row, self._after
        at = len(row)
        recent = tuple(row[-self._lengths[0] :])
        changed = []
        for length in self._lengths:
            if length <= at:
                run = recent[-length:]
                known = after.get(run)
                changed.append((run, known))
                after[run] = at, known is None or (known[1] and row[known[0]] == symbol)
        self._undo.append(changed)
        row.append(symbol)

    def forget(self) -> None:
        """Forget the last symbol."""
        self.row.pop()
        for run, known in self._undo.pop():
            if known is None:
                del self._after[run]
            else:
                self._after[run] = known

    def followed(self, more: Sequence[int] = ()) -> Followed | None:
        """Return what followed the longest run that ends here, or after some symbols more."""
        recent = (*self.row[-self._lengths[0] :], *more)
        for number, length in enumerate(self._lengths):
            if length <= len(recent):
                known = self._after.get(recent[-length:])
                if known is not None:
                    return Followed(number, self.row[known[0]], known[1], known[0])
        return None
