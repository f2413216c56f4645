"""How often one may be told the same kind of thing."""

from dataclasses import dataclass

from generators.music.time import Seconds


@dataclass(slots=True)
class Allowance:
    """So many a second and no more: a flood of bad messages must not make a flood of answers."""

    a_second: int
    refused: int = 0
    _left: int = 0
    _since: float = float("-inf")

    def spend(self, now: Seconds) -> bool:
        """Say whether one more may go out now, and count it as gone if so."""
        if now - self._since >= 1:
            self._since, self._left = now, self.a_second
        if self._left <= 0:
            self.refused += 1
            return False
        self._left -= 1
        return True
