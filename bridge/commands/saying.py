"""How a command says what came of it: its exit code, its sentences, and JSON for a program."""

import json
import sys

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
VERSION = 1
"""Of what --json prints."""


def say(sentence: object) -> None:
    """Say something to the player, beside what the command prints."""
    print(f"antiphon: {sentence}", file=sys.stderr)


def complain(error: object, code: int) -> int:
    """Say what went wrong, and return the exit code."""
    say(error)
    return code


def print_json(**told: object) -> None:
    """Print what a program asked for."""
    print(json.dumps({"version": VERSION, **told}, indent=2))
