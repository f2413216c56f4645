"""What the process that thinks says to the daemon."""

from dataclasses import dataclass

from generators.prompt import Suggestion


@dataclass(frozen=True, slots=True)
class Ready:
    """The generator is loaded: what it is, and where it runs.

    Where another one was wished, `trouble` says why it is not that one, and `remedy` what to do.
    """

    name: str
    providers_asked: tuple[str, ...] = ()
    providers_got: tuple[str, ...] = ()
    trouble: str = ""
    remedy: str = ""

    @property
    def sentence(self) -> str:
        """What to tell the player; nothing where all is as it was wished."""
        return f"{self.trouble}; {self.remedy}" if self.trouble else ""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer or its beginning, or none, with the seconds that it took."""

    id: int
    suggestion: Suggestion | None
    took: float
    trouble: str = ""

    @property
    def is_begun(self) -> bool:
        """Whether more of it comes."""
        return self.suggestion is not None and self.suggestion.known is not None
