from generators.motifs import Motifs
from generators.music.harmony import Key
from generators.tokens import leadsheet as words
from generators.tokens.grid import bars_of
from generators.tokens.leadsheet import Frame
from tests.music import line

FRAME = Frame(Key(0))
TUNE = bars_of(line("C4:1/2 E4:1/2 G4:1/2 C4:1/2 E4:1/2 G4:1/2 C4:1/2 E4:1/2"))


def tokens(names: str) -> list[int]:
    return [FRAME.pitch_token(note.pitch) for note in line(names).notes]


def test_a_motif_goes_on_as_the_player_did_at_any_pitch() -> None:
    leaning = Motifs(TUNE, FRAME, 1.0).next_pitch(tokens("F4 A4"))
    assert leaning is not None
    assert leaning.shares == {tokens("C5")[0]: 2.0}


def test_a_longer_run_leans_more() -> None:
    motifs = Motifs(TUNE, FRAME, 1.0)
    short, long = motifs.next_pitch(tokens("C4 E4")), motifs.next_pitch(tokens("G4 C4 E4"))
    assert short is not None
    assert long is not None
    assert long.weight > short.weight


def test_what_the_player_never_did_leans_nowhere() -> None:
    assert Motifs(TUNE, FRAME, 1.0).next_pitch(tokens("C4 C#4")) is None


def test_the_answer_itself_is_remembered() -> None:
    motifs = Motifs(TUNE, FRAME, 1.0)
    motifs.learn(tokens("C4 B3 D4"))
    leaning = motifs.next_pitch(tokens("F4 E4"))
    assert leaning is not None
    assert leaning.shares == {tokens("G4")[0]: 1.0}


def test_a_pitch_that_is_repeated_too_often_is_left() -> None:
    leaning = Motifs(TUNE, FRAME, 0.5).next_pitch(tokens("C4 C4 C4 C4"))
    assert leaning is not None
    assert tokens("C4")[0] not in leaning.shares


def test_a_bar_that_began_alike_goes_on_alike() -> None:
    places = [words.place_token(0), words.place_token(12)]
    leaning = Motifs(TUNE, FRAME, 1.0).next_place(places, [words.TURN_TOKEN])
    assert leaning is not None
    assert leaning.shares[words.place_token(24)] == 1.0


def test_no_closeness_is_no_leaning() -> None:
    leaning = Motifs(TUNE, FRAME, 0.0).next_pitch(tokens("C4 E4"))
    assert leaning is not None
    assert leaning.weight == 0
