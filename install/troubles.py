"""What stops a set-up, and what to type about it."""


class Trouble(Exception):
    """Something the person at the keyboard can put right: what is wrong, and the remedy."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        """Give it as one line."""
        return f"{self.what}; {self.remedy}"
