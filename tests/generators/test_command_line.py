from collections.abc import Callable

import pytest

from generators.command_line import Parser, number, whole
from generators.music.errors import BadValue


def refused(*words: str) -> str:
    """Return what is said of words that a parser does not take."""
    parser = Parser("sing")
    parser.add_argument("song")
    parser.add_argument("-n", "--number", type=whole(1, 9))
    parser.add_argument("--more", type=whole(0))
    parser.add_argument("--ms", type=number(0, 1000))
    parser.add_argument("--bits", type=int, choices=(4, 8))
    with pytest.raises(BadValue) as error:
        parser.parse_args(list(words))
    return str(error.value)


@pytest.mark.parametrize("text", ["x", "0", "10", "2.5", "", "1e3", "nan"])
def test_a_whole_number_that_is_none_is_one_sentence(text: str) -> None:
    told = f"--number cannot be {text!r}; it is a whole number, 1 to 9"
    assert refused("a", f"--number={text}") == told


def test_other_mistakes_are_one_sentence_too() -> None:
    assert refused("a", "--more", "-1") == "--more cannot be '-1'; it is a whole number, 0 or more"
    assert refused("a", "--ms", "nan") == "--ms cannot be 'nan'; it is a number, 0 to 1000"
    assert refused("a", "--bits", "5") == "--bits cannot be 5; it is one of 4, 8"
    assert refused("a", "--more") == "--more needs a value; see `sing --help`"
    assert refused() == "what is missing is song; see `sing --help`"


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [(whole(1), "12", 12), (number(0, 1), "0.5", 0.5), (whole(0, 0), "0", 0)],
)
def test_what_is_in_the_span_is_read(read: Callable[[str], float], text: str, value: float) -> None:
    assert read(text) == value
