"""What the player can put right.

    PlayerError
      BadValue        a number or a name outside what music or the program knows
      BadSong         a file that cannot be read, or holds nothing to work with
      BadModel        a model that does not match its card, or cannot be run

`bridge.errors` adds those of ports, settings and the protocol. Any other exception is a bug.
"""

ANEW = "put the model on its shelf again: install Antiphon, or add or export the model, anew"


class PlayerError(Exception):
    """Something the player can put right: what is wrong, and the remedy."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        """Give one sentence: what is wrong, then what to do about it."""
        return f"{self.what}; {self.remedy}" if self.remedy else self.what


class BadValue(PlayerError, ValueError):
    """A number or a name outside what music, or Antiphon, knows."""


class BadSong(PlayerError):
    """A file that cannot be read, or that holds nothing to answer."""


class BadModel(PlayerError):
    """A model that does not match its card, or that cannot be run."""

    def __init__(self, what: str, remedy: str = ANEW) -> None:
        super().__init__(what, remedy)
