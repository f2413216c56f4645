"""The daemon: `play` and `record` start it, `status` asks it."""

import argparse
import logging

from bridge.commands.words import json_word, loaded, setting_words

NO_SETTINGS = ("run", "command", "settings")


def play_words(parser: argparse.ArgumentParser) -> None:
    """Take every setting."""
    from bridge.config import FIELDS

    setting_words(parser, FIELDS)
    _file_word(parser)


def record_words(parser: argparse.ArgumentParser) -> None:
    """Take the name of a log, and every other setting."""
    from bridge.config import FIELDS

    parser.add_argument("record", metavar="LOG", help="the file that the session is written to")
    setting_words(parser, (name for name in FIELDS if name != "record"))
    _file_word(parser)


def _file_word(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--settings", metavar="FILE", help="take the settings from this file")


def play(options: argparse.Namespace) -> int:
    """Play until told to stop."""
    from bridge.daemon import run

    given = {name: word for name, word in vars(options).items() if name not in NO_SETTINGS}
    logging.getLogger().setLevel(logging.INFO)
    return run(loaded(given, options.settings), print)


def status_words(parser: argparse.ArgumentParser) -> None:
    """Take the place of the daemon's page."""
    parser.add_argument("--http-port", metavar="PORT", help="ask the daemon with its page there")
    json_word(parser)


def status(options: argparse.Namespace) -> int:
    """Ask the daemon how it is."""
    from bridge.status import report

    given = {} if options.http_port is None else {"http_port": options.http_port}
    text, code = report(loaded(given), options.json)
    print(text)
    return code
