"""The `antiphon` command: it reads its words, calls one function, and gives an exit code.

0 is done, 1 is that something could not be done, 2 that the words were not understood. Only what
a command needs is imported: `antiphon --help` loads nothing of the rest.
"""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bridge.commands import live, measures, models, ports, songs
from bridge.commands.saying import FAILED, INTERRUPTED, USAGE, complain
from bridge.commands.words import json_word
from bridge.errors import BadSetting, Misunderstood
from generators.command_line import Parser
from generators.music.errors import BadValue, PlayerError

ABOUT = "A composing partner: it answers what you play, and goes on from what you wrote."
EPILOG = "`antiphon COMMAND --help` says more; without a command, antiphon plays."


@dataclass(frozen=True, slots=True)
class Command:
    """One command: what it does, the words it takes, and the function that does it."""

    help: str
    words: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


COMMANDS = {
    "play": Command("answer what is played, live", live.play_words, live.play),
    "record": Command("play, and write the session down for replay", live.record_words, live.play),
    "continue": Command("write new bars after a song's end", songs.song_words, songs.songs),
    "harmonize": Command("write chords for a melody", songs.song_words, songs.songs),
    "improvise": Command("write a melody over a song's chords", songs.song_words, songs.songs),
    "infill": Command("write other bars for some of a song", songs.song_words, songs.songs),
    "ports": Command("list the MIDI ports, and what is missing", json_word, ports.ports),
    "calibrate": Command(
        "measure how long a note is on its way", ports.calibrate_words, ports.calibrate
    ),
    "doctor": Command("look at everything, and say what to mend", json_word, ports.doctor),
    "status": Command("ask the daemon that is running how it is", live.status_words, live.status),
    "models": Command(
        "list the models, or add one of other people", models.models_words, models.models
    ),
    "evaluate": Command(
        "measure the models beside baselines", models.evaluate_words, models.evaluate
    ),
    "bench": Command("measure how well it keeps time here", measures.bench_words, measures.bench),
    "replay": Command(
        "play a recorded session again, and compare", measures.replay_words, measures.replay
    ),
}


def main(words: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code."""
    logging.basicConfig(level=logging.WARNING, format="antiphon: %(message)s")
    try:
        return _run(list(sys.argv[1:] if words is None else words))
    except (Misunderstood, BadValue, BadSetting) as error:
        return complain(error, USAGE)
    except PlayerError as error:
        return complain(error, FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has gone; Python must not complain at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _run(words: list[str]) -> int:
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help", "--version")):
        words.insert(0, "play")
    options, unknown = _parser(words[0]).parse_known_args(words)
    if unknown:
        _refuse(options.command, unknown[0].partition("=")[0])
    code: int = options.run(options)
    return code


def _parser(first: str) -> argparse.ArgumentParser:
    """Return what reads the words; of all commands only the one that is meant takes any."""
    parser = Parser("antiphon", description=ABOUT, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=_version(first))
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        sub = commands.add_parser(
            name, help=command.help, description=command.help, allow_abbrev=False
        )
        if name == first:
            command.words(sub)
            sub.set_defaults(run=command.run, command=name)
    return parser


def _refuse(command: str, word: str) -> None:
    """Raise for a word that a command does not take."""
    if command in ("play", "record") and word.startswith("--"):
        from bridge.config import known

        known(word)
    raise Misunderstood(f"{command} does not take {word}", f"see `antiphon {command} --help`")


def _version(word: str) -> str:
    if word != "--version":
        return ""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"antiphon {version('antiphon')}"
    except PackageNotFoundError:
        return "antiphon, run from its source"
