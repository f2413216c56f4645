"""Files answered without a port or a clock: one song, or many."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.errors import Unwritable
from bridge.whole import numbered, write_whole
from generators.music import files
from generators.music.documents import LARGEST
from generators.music.errors import BadSong, PlayerError
from generators.music.notes import Note
from generators.music.song import Form
from generators.music.spelling import symbol
from generators.music.time import quarters
from generators.origins import Origin
from generators.prompt import Generator
from generators.songs import MELODY, NAMES, Answer, Wish, answered

PIPE = "-"
"""Standard input as a song, standard output as an answer."""


Nearest = Callable[[Sequence[Note]], Sequence[Origin]]
"""Names the pieces that a melody is most like."""


@dataclass(frozen=True, slots=True)
class Task:
    """A song to answer, and where the answer goes; `form` None keeps the song's own format."""

    song: str
    out: str
    form: Form | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a task: the answer that was written, or the sentence that says why not."""

    task: Task
    answer: Answer | None = None
    notices: tuple[str, ...] = ()
    trouble: PlayerError | None = None
    nearest: tuple[Origin, ...] | None = None
    """The pieces of the training that the melody is most like; None where that was not asked."""

    def reasons(self) -> Iterator[str]:
        """Yield in lines by what the answer was chosen, and what it is like."""
        several = self.answer is not None and len(self.answer.choices) > 1
        for number, choice in enumerate(self.answer.choices if self.answer else (), 1):
            told = sorted(choice.worths.items(), key=lambda worth: -worth[1])
            worths = ", ".join(f"{name} {worth:+.2f}" for name, worth in told if round(worth, 2))
            called = f"stretch {number}: " if several else ""
            by = f"by {choice.worth:+.2f}: {worths}" if worths else "as it came"
            yield f"{called}the best of {choice.drawn}, {by}"
        if self.nearest:
            pieces = ", ".join(f"{each.piece} {each.share:.0%}" for each in self.nearest)
            yield f"nearest in the training, by shared patterns of six notes: {pieces}"
        elif self.nearest is not None:
            yield "no training piece shares a pattern of six notes with the melody"

    def as_json(self) -> dict[str, Any]:
        """Return it as a program may read it; `start` and `end` are in quarters."""
        told: dict[str, Any] = {"song": self.task.song, "out": self.task.out}
        if self.trouble is not None:
            return told | {"error": self.trouble.what, "remedy": self.trouble.remedy}
        answer = self.answer
        if answer is None:
            return told
        return told | {
            "start": quarters(answer.start),
            "end": quarters(answer.end),
            "key": str(answer.key),
            "meter": str(answer.meter),
            "tempo": answer.tempo,
            "model": answer.source,
            "why": answer.why,
            "choices": [
                {"place": c.place, "of": c.drawn, "worths": dict(c.worths)} for c in answer.choices
            ],
            "nearest": None if self.nearest is None else [_told(each) for each in self.nearest],
            "parts": [
                {
                    "name": part.name,
                    "notes": len(part.notes),
                    "chords": [symbol(span.chord, answer.key) for span in part.chords],
                }
                for part in answer.parts
            ],
            "notices": list(self.notices),
        }

    def __str__(self) -> str:
        """Say it in a line."""
        if self.trouble is not None:
            return f"{self.task.song}: {self.trouble}"
        if self.answer is None:
            return self.task.song
        return f"{self.task.out}: {self.answer.sentence}"


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of every song of a run, and of whom; `tune` is its number in a book of ABC."""

    wish: Wish
    generator: Generator
    tune: int = 1
    nearest: Nearest | None = None
    """What names the pieces of the training that a melody is like, where that is asked."""


def run(task: Task, order: Order) -> Done:
    """Answer one song; trouble that the player can put right is part of what is returned."""
    try:
        if PIPE not in (task.out, task.song) and _same(task.song, task.out):
            raise Unwritable("the answer would take the song's own place", "choose another name")
        song = files.read(load(task.song), order.tune)
        answer = answered(song, order.wish, order.generator)
        made = files.write(song, answer.parts, task.form or files.written_form(song))
        save(task.out, made)
    except PlayerError as trouble:
        return Done(task, trouble=trouble)
    return Done(task, answer, song.notices, nearest=_nearest(answer, order))


def _nearest(answer: Answer, order: Order) -> tuple[Origin, ...] | None:
    """Return the pieces of the training that an answer's melody is most like."""
    sung = [part.notes for part in answer.parts if part.name == NAMES[MELODY]]
    return tuple(order.nearest(sung[0])) if order.nearest is not None and sung else None


def _told(origin: Origin) -> dict[str, Any]:
    piece = origin.piece
    return {"title": piece.title, "source": piece.source, "share": round(origin.share, 3)}


def _same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def planned(songs: Sequence[str], out_dir: Path, form: Form | None) -> Iterator[Task | Done]:
    """Give the tasks of a batch: every song, and every song in a folder, has its place.

    What is in subfolders comes into subfolders of the same name. A folder without music is a
    task that is done, with the trouble that it is.
    """
    taken: set[Path] = set()
    for name in songs:
        try:
            found = list(_found(name, out_dir))
        except BadSong as trouble:
            yield Done(Task(name, str(out_dir)), trouble=trouble)
            continue
        for path, place in found:
            target = _free(out_dir / place.with_suffix(_ending(path, form)), taken)
            taken.add(target)
            yield Task(str(path), str(target), form or files.ENDINGS.get(target.suffix))


def _found(name: str, out_dir: Path) -> Iterator[tuple[Path, Path]]:
    """Give the songs that a name stands for, each with its place under the folder of answers."""
    path = Path(name)
    if not path.is_dir():
        yield path, Path(path.name if name != PIPE else "song")
        return
    inside = sorted(each for each in path.rglob("*") if each.suffix.lower() in files.ENDINGS)
    answers = out_dir.resolve()
    among = path.resolve() in answers.parents  # answers of before are no songs to answer
    songs = [
        each
        for each in inside
        if each.is_file()
        and not each.name.startswith(".")
        and not (among and answers in each.resolve().parents)
    ]
    if not songs:
        raise BadSong("the folder holds no music", f"songs end in {', '.join(files.ENDINGS)}")
    yield from ((each, each.relative_to(path)) for each in songs)


def _ending(path: Path, form: Form | None) -> str:
    """Return the ending of an answer's name: the song's own, where that can be written."""
    own = files.ENDINGS.get(path.suffix.lower(), Form.MIDI)
    if form is None and own in files.MEDIA_TYPES:
        return path.suffix.lower() if path.suffix.lower() in files.ENDINGS else ".mid"
    wanted = form or Form.MUSICXML
    return next(ending for ending, each in files.ENDINGS.items() if each is wanted)


def _free(target: Path, taken: set[Path]) -> Path:
    """Return a name that no other answer of this run has."""
    return next(name for name in numbered(target) if name not in taken)


def load(name: str) -> bytes:
    """Return the bytes of a song, from a file or from standard input.

    Raises:
        BadSong: there is no such file, it cannot be read, or it is larger than any song.

    """
    try:
        if name == PIPE:
            return sys.stdin.buffer.read(LARGEST + 1)
        with Path(name).open("rb") as file:
            return file.read(LARGEST + 1)
    except FileNotFoundError:
        raise BadSong("there is no such file", "check its name") from None
    except OSError as error:
        raise BadSong(f"the file cannot be read ({error.strerror or error})", "check it") from None


def save(name: str, data: bytes) -> None:
    """Write an answer, whole or not at all: it is written beside its place, then renamed.

    Raises:
        Unwritable: the disk is full, or the folder cannot be made or written.

    """
    if name == PIPE:
        _print(data)
        return
    target = Path(os.path.realpath(name))  # a link stays, what it points to is replaced
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not target.is_file():
            target.write_bytes(data)  # a pipe or a device has no place beside it
        else:
            write_whole(target, data)
    except OSError as error:
        why = error.strerror or str(error)
        raise Unwritable(f"{name} cannot be written ({why})", "choose another place") from None


def _print(data: bytes) -> None:
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise  # whoever listened has heard enough
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing is flushed at exit
        why = error.strerror or str(error)
        raise Unwritable(f"the answer cannot be written ({why})", "send it elsewhere") from None
