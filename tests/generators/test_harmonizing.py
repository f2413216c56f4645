"""Which of several harmonizations is the best."""

import pytest

from generators.asked import Asked
from generators.harmonizing import Harmony, agreements, in_spreads, likeliness
from generators.leadsheet import LeadSheet
from generators.music.harmony import Chord
from generators.music.time import Ticks
from generators.prompt import Kind, Prompt
from tests.generators.shipped import shipped_card
from tests.music import line

C, AM, G, CIS = Chord(0), Chord(9, "m"), Chord(7), Chord(1)


def test_the_line_of_chords_that_others_are_like_is_agreed_with_most() -> None:
    found = agreements([[C, C, G], [C, AM, G], [CIS, CIS, CIS]])
    assert found[0] == pytest.approx(found[1])
    assert found[2] < found[0]
    assert agreements([[C, G]]) == [0.0]


def test_merits_are_compared_in_units_of_their_spread() -> None:
    merits = in_spreads([0.1, 0.5, 0.4]) + in_spreads([1000.0, -1000.0, 900.0])
    assert merits.argmax() == 2
    assert in_spreads([5.0, 5.0]).tolist() == [0, 0]
    assert in_spreads([3.0]).tolist() == [0]


def test_a_melody_is_likelier_under_chords_that_suit_it() -> None:
    tune = line("C4 E4 G4 C5 F4 A4 C5 A4 G4 B4 D5 B4 C5 G4 E4 C4", key="C")
    asked = Asked(Prompt(tune, Ticks(0), tune.end, Kind.HARMONIZE))
    decoder = LeadSheet(shipped_card()).decoder

    def likely(*roots: int) -> float:
        harmony = Harmony(tuple(((0, Chord(root)),) for root in roots), ())
        return likeliness(decoder, asked, [], harmony)

    suits = likely(0, 5, 7, 0)
    assert suits > likely(0, 7, 5, 0)
    assert suits > likely(6, 11, 1, 6)
    assert suits == likely(0, 5, 7, 0)
