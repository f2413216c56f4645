"""Files answered for others: an HTTP body in, a file out, in a process of its own.

The answer is made by the command that a player would type, so that both give the same bytes,
and the daemon's own process stays free for the clock.
"""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping

from bridge.config import COMPING
from bridge.errors import BadMessage

TIME_OUT = 120.0
MIDI, MUSICXML = "audio/midi", "application/vnd.recordare.musicxml+xml"
FLAGS = {
    name: "--" + name.replace("_", "-")
    for name in ("bars", "seed", "key", "parts", "model", *COMPING)
}


async def answer_file(kind: str, body: bytes, wishes: Mapping[str, str]) -> tuple[bytes, str]:
    """Return the answer to a MIDI or MusicXML file, and its media type.

    Raises:
        BadMessage: the file, or a wish, cannot be understood; the sentence says why.

    """
    unknown = [name for name in wishes if name not in FLAGS]
    if unknown:
        raise BadMessage(
            f"no wish is called {unknown[0][:40]!r}", f"it is one of {', '.join(FLAGS)}"
        )
    flags = [text for name, value in wishes.items() for text in (FLAGS[name] + "=" + value,)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "bridge", kind, "-", "-o", "-", *flags),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        async with asyncio.timeout(TIME_OUT):
            made, said = await process.communicate(body)
    except TimeoutError:
        raise BadMessage("the answer took too long", "send a shorter file") from None
    finally:  # also when whoever asked has gone, or the daemon ends
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise _refusal(said.decode(errors="replace"))
    return made, MIDI if made.startswith(b"MThd") else MUSICXML


def _refusal(said: str) -> BadMessage:
    """Return what the command complained of, without its name and the name of its input."""
    sentence = said.strip().rpartition("\n")[2].removeprefix("antiphon: ").removeprefix("-: ")
    what, _, remedy = sentence.partition("; ")
    return BadMessage(what or "the file could not be answered", remedy)
