"""Titles: which are the same, and on which side of the split a piece of that title stands."""

import re
from hashlib import sha1
from unicodedata import normalize

ARTICLES = (
    "the", "a", "an", "der", "die", "das", "ein", "eine", "le", "la", "les", "un", "une", "il",
    "lo", "gli", "uno", "una", "el", "los", "las", "na", "de", "het", "een",
)  # fmt: skip
"""English, German, French, Italian, Spanish, Irish (`an`, `na`) and Dutch."""
LEADING = re.compile(rf"^(?:(?:{'|'.join(ARTICLES)})\s+|l['’]\s*)(?=\S)")
TRAILING = re.compile(rf"\s*,\s*(?:{'|'.join(ARTICLES)}|l['’])$")
REMARK = re.compile(r"\s*(?:\([^)]*\)|\*)\s*")
"""What a book adds to a title: (reel), (first setting), the star of a footnote."""


def plain_title(title: str) -> str:
    """Return a title as it is compared: small letters, no article, no remark in brackets.

    >>> plain_title("Lasses of Achonry* (reel), The")
    'lasses of achonry'
    """
    small = " ".join(normalize("NFKD", title).lower().split())
    bare = " ".join(REMARK.sub(" ", small).split()).replace(" ,", ",") or small
    return LEADING.sub("", TRAILING.sub("", bare), count=1)


def song_key(title: str, artist: str) -> str:
    """Return what a song is split by: songs of one title by two artists are two songs.

    Only letters and digits are kept, so that a title may be the name of a file.

    >>> song_key("I Can't Explain", "The Who")
    'i cant explain|who'
    """
    return f"{_letters(plain_title(title))}|{_letters(plain_title(artist))}"


def _letters(text: str) -> str:
    """Return its letters and digits, in words."""
    return " ".join(re.sub(r"[^a-z0-9 ]", "", text.replace("&", " and ")).split())


def split_of(title: str) -> str:
    """Return train, valid or test by the title: settings of one tune stay together.

    Of ten buckets, cut by the first eight digits of the SHA-1 of the plain title, eight are train.
    """
    digest = sha1(plain_title(title).encode(), usedforsecurity=False).hexdigest()
    bucket = int(digest[:8], 16) % 10
    return "train" if bucket < 8 else "valid" if bucket == 8 else "test"
