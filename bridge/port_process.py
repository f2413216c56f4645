"""The process that holds the MIDI ports.

JACK waits for the answer of each of its clients in every cycle, a millisecond or ten, and so
does the sound of every other program: with a busy interpreter (a page, a session, a file) that
answer comes too late. And a library that hangs or crashes with its server takes only this process
along. When the daemon dies, whichever way, this process sees the end of its input, ends every
note that sounds, and goes.
"""

import gc
import logging
import os
import pickle
import signal
import sys
from collections.abc import Iterator
from threading import Lock
from typing import Any, BinaryIO

from bridge.errors import PortTrouble
from bridge.events import Stated
from bridge.lines import Lines, Listener, Standing, Wish
from bridge.priority import hurry_process
from generators.music.time import Seconds

SWITCH = 0.0005  # seconds: JACK's thread gets its turn within half a millisecond

Order = tuple[bytes, Seconds]
"""A message and its moment; the end of the input means: end all notes and close."""


class Post:
    """What the ports have to say, to the daemon: one pickled tuple after another."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._lock = Lock()

    def say(self, *what: object) -> None:
        """Say it; a daemon that is gone hears nothing more."""
        letter = pickle.dumps(what)
        with self._lock:
            try:
                self._pipe.write(letter)
                self._pipe.flush()
            except (OSError, ValueError):
                return

    def heard(self, message: bytes, at: Seconds, port: str) -> None:
        """Tell what came in."""
        self.say("heard", message, at, port)

    def left(self, line: int, message: bytes, at: Seconds) -> None:
        """Tell what left by a line, and when."""
        self.say("left", line, message, at)

    def standing(self, standing: Standing) -> None:
        """Tell how the ports are."""
        self.say("standing", standing)

    def stated(self, word: Stated) -> None:
        """Tell where JACK's transport is."""
        self.say("stated", word)


class _Remarks(logging.Handler):
    """Hands what is logged here to the log of the daemon."""

    def __init__(self, post: Post) -> None:
        super().__init__()
        self._post = post

    def emit(self, record: logging.LogRecord) -> None:
        self._post.say("log", record.levelno, self.format(record))


def main() -> None:
    """Open the ports that the first letter wishes for, and serve until the input ends."""
    for name in ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP"):
        if hasattr(signal, name):  # the daemon decides when it ends, also on Ctrl-C for all
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    post = Post(_own_output())
    logging.basicConfig(level=logging.INFO, handlers=[_Remarks(post)])
    sys.setswitchinterval(SWITCH)
    letters = _letters(sys.stdin.buffer)
    wish = next(letters, None)
    if not isinstance(wish, Wish):
        return
    hurry_process()
    try:
        lines = Lines(wish, Listener(post.heard, post.left, post.standing, post.stated))
    except PortTrouble as trouble:
        post.say("refused", trouble.what, trouble.remedy)
        return
    gc.freeze()  # what is here stays: the collector need not look at it again
    with lines:
        for message, at in letters:
            lines.send(message, at)


def _own_output() -> BinaryIO:
    """Return the pipe to the daemon, and keep the remarks of C libraries out of it."""
    pipe = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return pipe


def _letters(pipe: BinaryIO) -> Iterator[Any]:
    while True:
        try:
            yield pickle.load(pipe)  # noqa: S301 - our own daemon's pipe
        except (EOFError, OSError, pickle.UnpicklingError):
            return


if __name__ == "__main__":
    main()
