"""A model's card: what it is, what it needs, and the proof that it still is what was exported.

A model is found by its card alone. The shelf is the folder `onnx_models`, one folder per model
with `card.toml` beside the file it speaks of; a player may name another folder of the same form.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import file_digest, sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from generators.music.errors import BadModel
from generators.tables import Misfit, filled


@dataclass(frozen=True, slots=True)
class Tensors:
    """What the inputs and outputs of the ONNX file are called.

    `past` and `present` are in the same order: what goes out as present comes in as past.
    """

    tokens: str
    last: str
    length: str
    logits: str
    past: tuple[str, ...]
    present: tuple[str, ...]
    cache_shape: tuple[int, int, int, int]
    """One row, key heads, context, numbers for each head."""
    made: str = ""
    """What goes from the network to the speller of its events, where there is one."""
    told: str = ""
    """The words of an event that the speller is told."""
    hint: str = ""
    """What the memory of what was just played expects of the next word."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a model was trained on."""

    name: str
    tunes: int
    notes: int
    chords: int
    licence: str


@dataclass(frozen=True, slots=True)
class Score:
    """One measure of a model, and the command that makes it."""

    what: str
    value: float
    command: str


@dataclass(frozen=True, slots=True)
class Beside:
    """A file that belongs to a model, beside the one that its card names first."""

    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Proof:
    """How the ONNX file was compared with the network that was trained."""

    difference: float
    """The largest difference of a logit, ONNX against torch."""
    prompt: tuple[int, ...]
    answer: tuple[int, ...]
    """The likeliest tokens after the prompt, one by one."""
    cost: float = 0.0
    """By what share more bits the ONNX file needs for valid tunes than what was trained."""


@dataclass(frozen=True, slots=True)
class Card:
    """A model as its card tells it; `folder` is where the card was found."""

    name: str
    family: str
    """The language it speaks, which says what plays it."""
    file: str
    sha256: str
    vocabulary: str
    """The digest of the vocabulary it was trained with."""
    vocabulary_size: int
    units_per_quarter: int
    context: int
    parameters: int
    licence: str
    tensors: Tensors
    proof: Proof
    about: str = ""
    default: bool = False
    data: tuple[Source, ...] = ()
    scores: tuple[Score, ...] = ()
    beside: tuple[Beside, ...] = ()
    """Weights, or a second network, in files of their own."""
    origins: Beside | None = None
    """The index of the pieces it has learnt from, which models of one training share."""
    folder: Traversable = field(default_factory=Path, compare=False)

    def __post_init__(self) -> None:
        """Refuse what no model can be."""
        if not self.name or not self.family:
            raise BadModel(f"the card in {self.folder.name} gives the model no name or no family")
        if len(self.tensors.past) != len(self.tensors.present) or not self.tensors.past:
            raise BadModel(f"the card of {self.name} does not pair past with present")
        if self.context != self.tensors.cache_shape[2] or self.context < 64:
            raise BadModel(f"the card of {self.name} gives a context that its cache cannot hold")
        if not self.proof.prompt or not self.proof.answer:
            raise BadModel(f"the card of {self.name} has no golden prompt")

    @property
    def table(self) -> dict[str, Any]:
        """The scores, sorted as `antiphon evaluate --json` prints them."""
        found: dict[str, Any] = {}
        for score in self.scores:
            *path, last = score.what.split(" / ")
            place = found
            for word in path:
                place = place.setdefault(word, {})
            place[last] = score.value
        return found

    def model_bytes(self) -> bytes:
        """Return the ONNX file, once it is known to be the one that was exported.

        Raises:
            BadModel: it is missing, cannot be read, or its checksum is another.

        """
        return self.bytes_of(Beside(self.file, self.sha256))

    def bytes_of(self, each: Beside) -> bytes:
        """Return one of the model's files, once it is known to be the one that was exported.

        Raises:
            BadModel: it is missing, cannot be read, or its checksum is another.

        """
        again = "install Antiphon again, or export the model again"
        try:
            content = self.folder.joinpath(each.file).read_bytes()
        except OSError as error:
            raise BadModel(f"the model {self.name} has no file {each.file}", again) from error
        if sha256(content).hexdigest() != each.sha256:
            raise BadModel(f"{each.file} of the model {self.name} has the wrong checksum", again)
        return content

    def checked_path(self) -> Path:
        """Return where the ONNX file is, once it and all files beside it are known to be right.

        Raises:
            BadModel: one is missing, cannot be read, or its checksum is another.

        """
        again = "add the model again"
        folder = Path(str(self.folder))
        for each in (Beside(self.file, self.sha256), *self.beside):
            try:
                with (folder / each.file).open("rb") as file:
                    found = file_digest(file, "sha256").hexdigest()
            except OSError as error:
                raise BadModel(f"the model {self.name} has no file {each.file}", again) from error
            if found != each.sha256:
                raise BadModel(
                    f"{each.file} of the model {self.name} has the wrong checksum", again
                )
        return folder / self.file


def read_card(folder: Traversable) -> Card:
    """Read the card in a folder.

    Raises:
        BadModel: there is none, or it is not a card.

    """
    remedy = f"write {folder.joinpath('card.toml')} as the workshop's export does"
    try:
        table = tomllib.loads(folder.joinpath("card.toml").read_text(encoding="utf-8"))
        return filled(Card, table, folder=folder)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadModel(f"the card in {folder.name} cannot be read", remedy) from error
    except Misfit as misfit:
        what = f"the card in {folder.name} does not do: {misfit.key} {misfit.what}"
        raise BadModel(what, f"{misfit.allowed}; {remedy}") from None


def shelf(models_folder: Path | None = None) -> Iterator[Traversable]:
    """Yield the folders that hold a card: the player's own first, then those that we ship."""
    places: list[Traversable] = [files("onnx_models")]
    if models_folder is not None:
        if not models_folder.is_dir():
            raise BadModel(f"there is no folder {models_folder}", "name a folder of models")
        places.insert(0, models_folder)
    for place in places:
        for folder in sorted(place.iterdir(), key=lambda each: each.name):
            if folder.is_dir() and folder.joinpath("card.toml").is_file():
                yield folder
