import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from generators.card import Card, read_card
from generators.catalogue import default_name
from generators.leadsheet import LeadSheet
from generators.model import BLOCK, Decoder, Event, GaveWay, Made, Stream
from generators.music.errors import BadModel
from generators.music.harmony import Key
from generators.prompt import Controls, Kind, Prompt
from generators.tokens import leadsheet as words
from generators.tokens.grid import bars_of
from generators.tokens.leadsheet import frame_for
from tests.generators.shipped import shipped_card, shipped_folder
from tests.music import line

TUNE = line("G4 A4 B4 D5 B4 A4 G4:2 E4 G4 A4 B4 A4:4", key="G", under="G | C | Am | D7")


@pytest.fixture(scope="module")
def card() -> Card:
    return shipped_card()


@pytest.fixture(scope="module")
def decoder(card: Card) -> Decoder:
    return Decoder(card)


def sheet(bars: int, moved: int = 0) -> list[int]:
    """Return the words of so many bars of a tune."""
    frame = frame_for(TUNE.notes, Key(7))
    known = bars_of(TUNE)
    each = (words.bar_tokens(known[(n + moved) % 4], frame, True) for n in range(bars))
    head = words.header(True, TUNE.meter, Key(7))
    return [*head, *(token for bar in each for token in bar)]


def told(bars: int, moved: int = 0) -> list[Event]:
    return list(words.events(sheet(bars, moved)))


def fresh(card: Card, events: list[Event]) -> Made:
    return Decoder(card).begin(events)


def test_a_kept_cache_gives_the_same_as_a_fresh_one(decoder: Decoder, card: Card) -> None:
    for bars in (5, 9, 14):
        known = told(bars)
        decoder.begin(known)
        for event in told(3, moved=1)[2:]:
            decoder.feed([event])
        longer = known + told(6, moved=2)[2:]
        kept = decoder.begin(longer)
        assert decoder.reused == (len(known) - 1) // BLOCK * BLOCK
        assert np.array_equal(kept, fresh(card, longer))


@pytest.mark.parametrize("name", ["small", default_name(None)])
def test_whatever_was_read_before_the_logits_are_those_of_a_fresh_model(name: str) -> None:
    """Playing on, another bar, back to the start and on again: what ships as default, too."""
    card = read_card(shipped_folder().parent / name)
    kept, told_last = Decoder(card), ((words.LAST.words),)
    asked = [sheet(4), sheet(9), sheet(9, moved=1), sheet(3), sheet(12), sheet(12)[: -words.ARITY]]
    for nth, prompt in enumerate(asked):
        stream = Stream(kept, prompt)
        place, before = stream.place(), stream.logits()
        assert np.array_equal(before, Stream(Decoder(card), prompt).logits()), nth
        for said in told_last:
            stream.push(*said)
        stream.back(place)
        assert np.array_equal(stream.logits(), before)
    assert kept.reused > 0


def test_only_what_is_new_is_read(decoder: Decoder) -> None:
    known = told(40)[: 6 * BLOCK + 8]
    decoder.begin(known)
    decoder.begin([*known, *told(2)[2:]])
    assert decoder.reused == 6 * BLOCK


def test_reading_gives_way_between_blocks_and_loses_nothing(card: Card) -> None:
    prompt, asked = sheet(60), list[int]()
    decoder = Decoder(card)
    first = Stream(decoder, sheet(1, moved=2))

    def after_two() -> bool:
        asked.append(decoder.length)
        return len(asked) > 2

    decoder.gives_way = after_two
    with pytest.raises(GaveWay):
        Stream(decoder, prompt)
    assert decoder.length == 2 * BLOCK
    decoder.gives_way = None
    gone_on = Stream(decoder, prompt)
    assert decoder.reused == 2 * BLOCK
    assert np.array_equal(gone_on.logits(), Stream(Decoder(card), prompt).logits())
    assert np.array_equal(first.logits(), Stream(Decoder(card), sheet(1, moved=2)).logits())


def test_reading_one_by_one_is_reading_at_once(decoder: Decoder) -> None:
    events = told(10)
    decoder.rewind(0)
    singly = np.array([decoder.feed([event])[0] for event in events])
    decoder.rewind(0)
    assert np.abs(decoder.feed(events) - singly).max() < 1e-3


def test_going_back_is_as_if_nothing_had_been_said(decoder: Decoder) -> None:
    stream = Stream(decoder, sheet(4))
    place, before = stream.place(), stream.logits()
    stream.push(*words.LAST.words, words.UNKNOWN_TOKEN)
    assert not np.array_equal(stream.logits(), before)
    stream.back(place)
    assert np.array_equal(stream.logits(), before)


def test_the_words_of_an_event_are_spelled_one_after_another(decoder: Decoder) -> None:
    stream = Stream(decoder, sheet(2))
    length = stream.length
    stream.push(words.BAR_TOKEN)
    begun = stream.logits()
    stream.push(*words.PLAIN.words[1:])
    assert stream.length == length + 1
    assert not np.array_equal(stream.logits(), begun)


def test_weighing_words_is_reading_their_chances(decoder: Decoder) -> None:
    said = sheet(3)[len(sheet(2)) :]
    weighed = Stream(decoder, sheet(2)).weigh(said)
    stream, singly = Stream(decoder, sheet(2)), []
    for word in said:
        logits = stream.logits().astype(np.float64)
        singly.append(logits[word] - np.log(np.exp(logits).sum()))
        stream.push(word)
    assert np.allclose(weighed, singly, atol=1e-3)


def test_two_lines_that_share_a_model_do_not_disturb_each_other(decoder: Decoder) -> None:
    def words_of(turn: int) -> list[int]:
        return sheet(1 + turn)[len(sheet(turn)) :]

    alone, wanted = Stream(decoder, sheet(4)), []
    for turn in range(3):
        alone.push(*words_of(turn))
        wanted.append(alone.logits())
    one, other, got = Stream(decoder, sheet(4)), Stream(decoder, sheet(6, moved=1)), []
    for turn in range(3):
        one.push(*words_of(turn))
        got.append(one.logits())
        other.push(*words_of(turn + 1))
    assert np.array_equal(np.array(wanted), np.array(got))


def test_the_golden_prompt_goes_on_as_the_card_says(decoder: Decoder, card: Card) -> None:
    stream, said = Stream(decoder, card.proof.prompt), list[int]()
    while len(said) < len(card.proof.answer):
        said.append(int(np.argmax(stream.logits())))
        stream.push(said[-1])
    assert tuple(said) == card.proof.answer


@pytest.mark.parametrize("kind", Kind)
def test_the_count_of_threads_changes_no_note(card: Card, kind: Kind) -> None:
    start = TUNE.end if kind is Kind.CONTINUE else line("C4:4").end
    controls = Controls(chords=TUNE.chords) if kind is Kind.IMPROVISE else Controls()
    prompt = Prompt(TUNE, start, line("C4:4 C4:4").end, kind, seed=5, controls=controls)
    answers = [LeadSheet(card, threads=count).suggest(prompt) for count in (1, 1, 2)]
    assert answers[0].notes or answers[0].chords
    assert answers[1:] == answers[:1] * 2


def test_a_model_reads_no_more_than_its_context(decoder: Decoder, card: Card) -> None:
    with pytest.raises(BadModel, match="reads no more than"):
        decoder.begin([(words.TURN_TOKEN,)] * (card.context + 1))


def test_providers_are_those_that_the_session_has(card: Card) -> None:
    asked = ("CUDAExecutionProvider", "CPUExecutionProvider")
    with pytest.warns(UserWarning, match="CUDAExecutionProvider"):
        decoder = Decoder(card, asked)
    assert decoder.providers_asked == asked
    assert decoder.providers_got == ("CPUExecutionProvider",)


@pytest.mark.parametrize("which", ["the network", "the speller"])
def test_a_model_with_the_wrong_checksum_is_refused(card: Card, tmp_path: Path, which: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(shipped_folder(), folder)
    name = card.file if which == "the network" else card.beside[0].file
    with (folder / name).open("ab") as file:
        file.write(b"more")
    with pytest.raises(BadModel, match="wrong checksum"):
        Decoder(read_card(folder))


def test_a_card_that_names_no_speller_is_refused(card: Card) -> None:
    with pytest.raises(BadModel, match="no file that spells"):
        Decoder(replace(card, beside=()))


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x09" * 4000])
def test_an_onnx_file_that_is_none_is_refused(card: Card, tmp_path: Path, content: bytes) -> None:
    (tmp_path / card.file).write_bytes(content)
    other = replace(card, folder=tmp_path, sha256=sha256(content).hexdigest())
    with pytest.raises(BadModel, match="cannot be run"):
        Decoder(other)


def test_a_truncated_model_is_refused(card: Card, tmp_path: Path) -> None:
    whole = (shipped_folder() / card.file).read_bytes()
    half = whole[: len(whole) // 2]
    (tmp_path / card.file).write_bytes(half)
    other = replace(card, folder=tmp_path, sha256=sha256(half).hexdigest())
    with pytest.raises(BadModel, match="cannot be run"):
        Decoder(other)


@pytest.mark.parametrize("name", ["made", "logits", "tokens"])
def test_a_card_that_names_other_tensors_is_refused(card: Card, name: str) -> None:
    tensors = {
        "made": replace(card.tensors, made="scores"),
        "logits": replace(card.tensors, logits="scores"),
        "tokens": replace(card.tensors, tokens="scores"),
    }
    other = replace(card, tensors=tensors[name])
    with pytest.raises(BadModel, match="no tensor called scores"):
        Decoder(other)


def test_a_file_that_wants_more_than_its_card_names_is_refused(card: Card) -> None:
    names = card.tensors
    fewer = replace(names, past=names.past[:-2], present=names.present[:-2])
    with pytest.raises(BadModel, match="which its card does not name"):
        Decoder(replace(card, tensors=fewer))


def test_a_model_that_speaks_another_language_is_refused(card: Card) -> None:
    with pytest.raises(BadModel, match="speaks another vocabulary"):
        LeadSheet(replace(card, vocabulary="sha256:0"))


def test_a_model_without_its_file_is_refused(card: Card, tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="has no file"):
        Decoder(replace(card, folder=tmp_path))
