"""Other people's models are taken in whole and proved, or refused in one sentence.

No weights of theirs are here: the models are of the true architecture and vocabulary, small and
diced by the test.
"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="taking in a model needs torch")
pytest.importorskip("transformers", reason="taking in a model needs transformers")
pytest.importorskip("safetensors", reason="taking in a model needs safetensors")
pytest.importorskip("onnx", reason="taking in a model needs onnx")

import torch
from safetensors.torch import load_file, save_file

from bridge.config import Settings
from bridge.doctor import models as checked
from generators.anticipation import Anticipation
from generators.card import Card, read_card
from generators.catalogue import generator, names
from generators.growing import Reader
from generators.music.errors import BadModel, BadValue
from generators.music.notes import ChordSpan, Note
from generators.music.time import QUARTER, Ticks
from generators.prompt import Controls, Kind, Prompt
from generators.skytnt import SkyTNT
from onnx_models.workshop.adopt.adopt import Order, adopt
from onnx_models.workshop.violations import broken
from tests.music import line
from tests.onnx_models.adopt import made

BAR = Ticks(4 * QUARTER)
MAKERS: dict[str, Callable[[Path], Path]] = {
    "anticipation": made.gpt2,
    "v1": lambda folder: made.pair(folder, "v1"),
    "v2": lambda folder: made.pair(folder, "v2"),
}


def quiet(sentence: str) -> None:
    """Say nothing."""


def taken_in(source: Path, shelf: Path, name: str = "theirs") -> Card:
    return adopt(Order(source, shelf, name), quiet)


@pytest.fixture(scope="module", params=MAKERS)
def shelf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    taken_in(MAKERS[request.param](folder / "source"), folder / "shelf")
    return folder / "shelf"


def test_onnx_computes_what_torch_computes(shelf: Path) -> None:
    card = read_card(shelf / "theirs")
    assert 0 < card.proof.difference < 1e-3


def test_the_golden_prompt_goes_on_as_the_card_says(shelf: Path) -> None:
    player = generator("theirs", shelf)
    assert isinstance(player, Anticipation | SkyTNT)
    assert player.golden() == player.card.proof.answer
    assert len(set(player.card.proof.answer)) > 3


def test_the_doctor_finds_it_well(shelf: Path) -> None:
    said = [str(check.says) for check in checked(Settings(models=str(shelf)))]
    assert any("theirs is as its card says and runs on" in each for each in said)


@pytest.mark.parametrize("kind", Kind)
def test_it_answers_within_the_hard_wishes(shelf: Path, kind: Kind) -> None:
    heard = line("C4 E4 G4 E4 D4 F4 A4 F4 E4 G4 C5 G4 F4 D4 B3 C4", under="C | Dm | Em | G")
    wishes = Controls(low=60, high=80, in_key=True, grid=Ticks(240), density=2)
    prompt = Prompt(heard, Ticks(2 * BAR), Ticks(2 * BAR), kind, 7, wishes)
    player = generator("theirs", shelf)
    items = list(player(prompt))
    assert broken(prompt, items) == []
    assert items == list(player(prompt))
    assert items == list(generator("theirs", shelf)(prompt))


def test_it_goes_on_in_melody_and_chords(shelf: Path) -> None:
    prompt = Prompt(line("C4 E4 G4 E4"), BAR, Ticks(4 * BAR), seed=3)
    items = list(generator("theirs", shelf)(prompt))
    assert {type(item) for item in items} == {Note, ChordSpan}


def test_what_was_read_is_kept(shelf: Path) -> None:
    reader = Reader(read_card(shelf / "theirs"))
    player = generator("theirs", shelf)
    width = 8 if isinstance(player, SkyTNT) else 0
    words = [(3 + n % 7,) * width if width else n for n in range(100)]
    first = reader.begin(words)
    again = reader.begin(words)
    assert reader.reused == 96
    assert np.array_equal(first, again)
    reader.begin(words[:50])
    assert np.array_equal(reader.begin(words), first)


def test_a_model_beside_which_a_file_is_damaged_is_refused(shelf: Path, tmp_path: Path) -> None:
    card = read_card(shelf / "theirs")
    for each in (card.file, *(beside.file for beside in card.beside)):
        content = (shelf / "theirs" / each).read_bytes()
        (shelf / "theirs" / each).write_bytes(content[:-9] + bytes(9))
        with pytest.raises(BadModel, match="wrong checksum"):
            generator("theirs", shelf)
        (shelf / "theirs" / each).write_bytes(content)


def test_the_licence_is_the_one_that_is_told(tmp_path: Path) -> None:
    source = made.gpt2(tmp_path / "source")
    (source / "README.md").write_text("---\nlicense: apache-2.0\ntags: [x]\n---\n# Music\n")
    assert taken_in(source, tmp_path / "shelf").licence == "apache-2.0 (as its README says)"
    (source / "README.md").unlink()
    assert taken_in(source, tmp_path / "shelf", "two").licence.startswith("not told")
    (source / "LICENSE").write_text("\nMIT License\n\nCopyright\n")
    licence = taken_in(source, tmp_path / "shelf", "three").licence
    assert licence == "MIT License (first line of its LICENSE)"


def test_half_precision_is_read(tmp_path: Path) -> None:
    source = made.gpt2(tmp_path / "source")
    whole = load_file(source / "model.safetensors")
    save_file(
        {n: each.to(torch.bfloat16) for n, each in whole.items()}, source / "model.safetensors"
    )
    assert taken_in(source, tmp_path / "shelf").proof.difference < 1e-3


def test_old_weights_are_read_without_running_them(tmp_path: Path) -> None:
    source = made.gpt2(tmp_path / "source")
    torch.save(load_file(source / "model.safetensors"), source / "pytorch_model.bin")
    (source / "model.safetensors").unlink()
    assert taken_in(source, tmp_path / "shelf").proof.difference < 1e-3


def test_weights_in_several_files_are_read(tmp_path: Path) -> None:
    source = made.gpt2(tmp_path / "source")
    whole = load_file(source / "model.safetensors")
    (source / "model.safetensors").unlink()
    halves = {name: f"half-{at % 2}.safetensors" for at, name in enumerate(whole)}
    for file in set(halves.values()):
        save_file({n: each for n, each in whole.items() if halves[n] == file}, source / file)
    index = source / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": halves}), encoding="utf-8")
    assert taken_in(source, tmp_path / "shelf").proof.difference < 1e-3


@pytest.mark.parametrize("changes", [{"scale_attn_by_inverse_layer_idx": True}, {"n_inner": 48}])
def test_other_habits_of_gpt2_are_kept(tmp_path: Path, changes: dict[str, int]) -> None:
    source = made.gpt2(tmp_path / "source", **changes)
    assert taken_in(source, tmp_path / "shelf").proof.difference < 1e-3


def test_heads_that_share_their_keys_are_known(tmp_path: Path) -> None:
    source = made.pair(tmp_path / "source", num_key_value_heads=1)
    assert taken_in(source, tmp_path / "shelf").proof.difference < 1e-3


def spoilt(folder: Path, how: str) -> Path:
    """Return a model that is wrong in one way."""
    if how == "no model":
        (folder / "source").mkdir(parents=True)
        return folder / "source"
    source = made.gpt2(folder / "source")
    weights = source / "model.safetensors"
    match how:
        case "truncated":
            weights.write_bytes(weights.read_bytes()[:-1000])
        case "no weights":
            weights.unlink()
        case "lacking":
            save_file({n: e for n, e in load_file(weights).items() if "ln_f" not in n}, weights)
        case "pickled":
            weights.unlink()
            torch.save({"model": print}, source / "pytorch_model.bin")
        case "garbage":
            (source / "config.json").write_bytes(b"\xff{")
        case _:
            made.changed(source, **json.loads(how))
    return source


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("no model", "has no config.json"),
        ("truncated", "cannot be read"),
        ("no weights", "has no weights"),
        ("lacking", "lack ln_f.weight"),
        ("pickled", "holds no plain weights"),
        ("garbage", "cannot be read"),
        ('{"model_type": "mamba"}', "'mamba' is not known"),
        ('{"vocab_size": 50257}', "a vocabulary of 50257 words is not the one"),
        ('{"vocab_size": 34025}', "counts time from note to note"),
        ('{"vocab_size": 55030}', "another size than config.json says"),
        ('{"n_embd": 64}', "another size than config.json says"),
        ('{"n_layer": null}', "says no n_layer"),
        ('{"n_head": 5}', "sizes that do not go together"),
        ('{"activation_function": "relu"}', "built in another way"),
    ],
)
def test_what_cannot_be_played_is_refused_and_nothing_is_written(
    tmp_path: Path, how: str, says: str
) -> None:
    source = spoilt(tmp_path, how)
    with pytest.raises(BadModel, match=says):
        taken_in(source, tmp_path / "shelf")
    assert not list((tmp_path / "shelf").glob("*"))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"tokenizer": {"version": "v3"}}, "version 'v3' are not known"),
        ({"tokenizer": {"version": "v1"}}, "a vocabulary of 3406 words is not the one"),
        ({"net_token_config": None}, "has no net_token_config"),
    ],
)
def test_a_midi_model_of_other_words_is_refused(
    tmp_path: Path, changes: dict[str, object], says: str
) -> None:
    source = made.changed(made.pair(tmp_path / "source"), **changes)
    with pytest.raises(BadModel, match=says):
        taken_in(source, tmp_path / "shelf")


def test_a_model_takes_no_others_place(tmp_path: Path) -> None:
    source = made.gpt2(tmp_path / "source")
    taken_in(source, tmp_path / "shelf")
    with pytest.raises(BadValue, match="there is a model"):
        taken_in(source, tmp_path / "shelf")


@pytest.mark.parametrize("name", ["", "..", "a/b", "über", "a" * 80])
def test_a_name_that_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadValue, match="cannot be called"):
        Order(tmp_path, tmp_path, name)


def test_where_nothing_can_be_written_one_sentence_says_so(tmp_path: Path) -> None:
    source = made.gpt2(tmp_path / "source")
    (tmp_path / "shelf").write_text("a file is in the way")
    with pytest.raises(BadModel, match="cannot be written"):
        taken_in(source, tmp_path / "shelf")


def test_a_model_that_was_taken_in_is_in_the_catalogue(shelf: Path) -> None:
    assert "theirs" in names(shelf)
