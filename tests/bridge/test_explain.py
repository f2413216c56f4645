"""What `--explain` says of the pieces that a model has learnt from."""

import json
import shutil
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

from bridge import cli, headless
from bridge.config import settings_file
from bridge.headless import Order, Task
from generators.catalogue import cards
from generators.music.song import Form
from generators.origins import Origins, Piece, origins_of
from generators.prompt import Kind
from generators.songs import Wish
from tests import tunes
from tests.bridge.test_cli import folder, run
from tests.fakes import Scripted
from tests.generators.shipped import shipped_folder
from tests.music import line
from tests.songs.made import line as played
from tests.songs.made import midi

__all__ = ["folder"]
ODE = line("E4 E4 F4 G4 G4 F4 E4 D4 C4 C4 D4 E4 E4:3/2 D4:1/2 D4:2")


@cache
def learnt() -> Origins:
    """Return the index of a dozen tunes and of Beethoven's."""
    ryans = enumerate(tunes.phrases(12, 16))
    pieces = [*((Piece(f"No. {n}", "Ryan"), each.notes) for n, each in ryans)]
    return Origins.of([*pieces, (Piece("Ode", "Ninth"), ODE.notes)])


def a_model(shelf: Path, index: bytes, told: bytes | None = None) -> None:
    """Put a model on a shelf, with an index; its card tells of this one or another."""
    shutil.copytree(shipped_folder(), shelf / "small")
    (shelf / "origins.bin").write_bytes(index)
    card = shelf / "small" / "card.toml"
    said = card.read_text(encoding="utf-8")
    before, _, after = said.partition("[origins]")
    digest = sha256(index if told is None else told).hexdigest()
    table = f'[origins]\nfile = "../origins.bin"\nsha256 = "{digest}"\n'
    rest = after[after.index("\n[[") :] if after else ""
    card.write_text(before + table + rest, encoding="utf-8")


def kept(index: Origins, path: Path) -> bytes:
    index.save(path)
    return path.read_bytes()


def explained(shelf: Path, *words: str) -> int:
    """Let the model of a shelf go on with a song, and explain it."""
    settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings_file().write_text(f"models = {json.dumps(str(shelf))}\n", encoding="utf-8")
    words = ("--bars", "2", "--explain", "--model", "small", *words)
    return cli.main(["continue", "a.mid", "-o", "o.mid", *words])


def test_the_piece_that_a_melody_was_copied_from_is_named_first(tmp_path: Path) -> None:
    higher = [replace(n, pitch=n.pitch + 3) for n in ODE.notes]
    (tmp_path / "a.mid").write_bytes(midi(played()))
    order = Order(Wish(Kind.CONTINUE, bars=4), Scripted(*higher), nearest=learnt().nearest)
    done = headless.run(Task(str(tmp_path / "a.mid"), str(tmp_path / "o.mid"), Form.MIDI), order)
    assert done.nearest is not None
    assert done.nearest[0].piece == Piece("Ode", "Ninth")
    assert done.nearest[0].share == pytest.approx(1)
    assert "six notes: Ode (Ninth) 100%" in list(done.reasons())[-1]


def test_a_program_can_read_which_pieces_are_near(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_model(folder / "shelf", kept(learnt(), folder / "index"))
    assert explained(folder / "shelf", "--json") == 0
    told = json.loads(capsys.readouterr().out)["songs"][0]["nearest"]
    assert all(set(each) == {"title", "source", "share"} for each in told)
    assert len(told) <= 3


@pytest.mark.parametrize("whole", [True, False])
def test_a_broken_index_is_told_in_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], whole: bool
) -> None:
    index = kept(learnt(), folder / "index")
    a_model(folder / "shelf", index[:-40], index if whole else None)
    assert explained(folder / "shelf") == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert ("wrong checksum" if whole else "cannot be read") in said[0]


def test_a_model_whose_card_tells_no_pieces_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_model(folder / "shelf", b"")
    card = folder / "shelf" / "small" / "card.toml"
    said = card.read_text(encoding="utf-8")
    before, _, after = said.partition("[origins]")
    card.write_text(before + after[after.index("\n[[") :], encoding="utf-8")
    assert explained(folder / "shelf") == 0
    assert "what small has learnt is not known" in capsys.readouterr().err


def test_the_rules_have_learnt_from_no_piece(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("continue", "a.mid", "-o", "o.mid", "--explain") == 0
    assert "rules has learnt from no piece" in capsys.readouterr().err


def test_every_index_on_the_shelf_is_the_one_that_its_card_names() -> None:
    named = [card for card in cards() if card.origins is not None]
    assert "small" in {card.name for card in named}
    for card in named:
        index = origins_of(card)
        assert index is not None
        assert {piece.source for piece in index.pieces} <= {source.name for source in card.data}
        assert index.nearest(ODE.notes[:3]) == []
