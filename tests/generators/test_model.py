import shutil
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from generators.card import Card, read_card
from generators.model import BLOCK, Decoder, Stream
from generators.music.errors import BadModel

SHIPPED = Path(str(files("onnx_models"))) / "leadsheet"


@pytest.fixture(scope="module")
def card() -> Card:
    return read_card(SHIPPED)


@pytest.fixture(scope="module")
def decoder(card: Card) -> Decoder:
    return Decoder(card)


def fresh(card: Card, tokens: list[int]) -> np.ndarray:
    return Decoder(card).begin(tokens)


def prompt(decoder: Decoder, length: int, seed: int = 0) -> list[int]:
    rng = np.random.default_rng(seed)
    return [int(t) for t in rng.integers(1, decoder.card.vocabulary_size, length)]


def test_a_kept_cache_gives_the_same_logits_as_a_fresh_one(decoder: Decoder, card: Card) -> None:
    for seed in range(12):
        known = prompt(decoder, 40 + 17 * seed, seed)
        decoder.begin(known)
        for token in prompt(decoder, 30, seed + 100):
            decoder.feed([token])
        longer = known + prompt(decoder, 50, seed + 200)
        kept = decoder.begin(longer)
        assert decoder.reused == (len(known) - 1) // BLOCK * BLOCK
        assert np.array_equal(kept, fresh(card, longer))


def test_only_what_is_new_is_read(decoder: Decoder) -> None:
    known = prompt(decoder, 200)
    decoder.begin(known)
    decoder.begin([*known, 5, 6, 7])
    assert decoder.reused == 6 * BLOCK


def test_reading_one_by_one_is_reading_at_once(decoder: Decoder, card: Card) -> None:
    tokens = prompt(decoder, 90)
    decoder.rewind(0)
    singly = np.array([decoder.feed([token])[0] for token in tokens])
    decoder.rewind(0)
    assert np.abs(decoder.feed(tokens) - singly).max() < 1e-3


def test_going_back_is_setting_the_length(decoder: Decoder) -> None:
    stream = Stream(decoder, prompt(decoder, 50))
    before, steps = stream.logits, stream.steps
    first = stream.push(9)
    stream.push(10)
    stream.back(steps, before)
    assert np.array_equal(stream.push(9), first)


def test_two_lines_that_share_a_model_do_not_disturb_each_other(decoder: Decoder) -> None:
    alone = Stream(decoder, prompt(decoder, 40))
    wanted = [alone.push(token) for token in (9, 30, 150)]
    one = Stream(decoder, prompt(decoder, 40))
    got = [one.push(9)]
    two = Stream(decoder, prompt(decoder, 60, seed=1))
    two.push(11)
    got.append(one.push(30))
    two.push(12)
    got.append(one.push(150))
    assert np.array_equal(np.array(wanted), np.array(got))


def test_the_golden_prompt_goes_on_as_the_card_says(decoder: Decoder, card: Card) -> None:
    logits = decoder.begin(card.proof.prompt)
    said: list[int] = []
    while len(said) < len(card.proof.answer):
        said.append(int(np.argmax(logits)))
        logits = decoder.feed(said[-1:])[-1]
    assert tuple(said) == card.proof.answer


def test_a_model_reads_no_more_than_its_context(decoder: Decoder, card: Card) -> None:
    with pytest.raises(BadModel, match="reads no more than"):
        decoder.begin([5] * (card.context + 1))


def test_providers_are_those_that_the_session_has(card: Card) -> None:
    asked = ("CUDAExecutionProvider", "CPUExecutionProvider")
    with pytest.warns(UserWarning, match="CUDAExecutionProvider"):
        decoder = Decoder(card, asked)
    assert decoder.providers_asked == asked
    assert decoder.providers_got == ("CPUExecutionProvider",)


def test_a_model_with_the_wrong_checksum_is_refused(card: Card, tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "leadsheet")
    with (tmp_path / "leadsheet" / card.file).open("ab") as file:
        file.write(b"more")
    with pytest.raises(BadModel, match="wrong checksum"):
        Decoder(read_card(tmp_path / "leadsheet"))


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x09" * 4000])
def test_an_onnx_file_that_is_none_is_refused(card: Card, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.onnx").write_bytes(content)
    other = replace(card, folder=tmp_path, sha256=sha256(content).hexdigest())
    with pytest.raises(BadModel, match="cannot be run"):
        Decoder(other)


def test_a_truncated_model_is_refused(card: Card, tmp_path: Path) -> None:
    half = (SHIPPED / card.file).read_bytes()[: 2**20]
    (tmp_path / "model.onnx").write_bytes(half)
    other = replace(card, folder=tmp_path, sha256=sha256(half).hexdigest())
    with pytest.raises(BadModel, match="cannot be run"):
        Decoder(other)


def test_a_card_that_names_other_tensors_is_refused(card: Card) -> None:
    other = replace(card, tensors=replace(card.tensors, logits="scores"))
    with pytest.raises(BadModel, match="no tensor called scores"):
        Decoder(other)


def test_a_model_without_its_file_is_refused(card: Card, tmp_path: Path) -> None:
    with pytest.raises(BadModel, match=r"has no file model\.onnx"):
        Decoder(replace(card, folder=tmp_path))
