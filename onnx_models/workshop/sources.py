"""Where each source is published, under which licence, and what of it goes where.

Folders are counted from the folder of the corpora. Sizes are what is kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from generators.music.errors import BadValue


@dataclass(frozen=True, slots=True)
class Part:
    """Files of a repository, and where the readers look for them."""

    path: str
    goes: str
    only: str = "*"
    """Which files of a folder, by their names."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A public repository at one commit."""

    name: str
    """Owner and name, on GitHub."""
    commit: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One source of tunes, as its publishers describe it."""

    name: str
    about: str
    licence: str
    repositories: tuple[Repository, ...] = ()
    """None where music21 ships it, or where it has to be laid there by hand."""
    megabytes: int = 0
    by_hand: str = ""
    """What is nowhere published, and has to be laid beside it."""


BOOK = "public domain tunes (shipped with music21)"
WHEN_IN_ROME = ("MarkGotham/When-in-Rome", "59dd9c88338dc086ff076c61c800d69f8d56c044")
TABLE = (
    Source(
        "nottingham",
        "1,034 British dance tunes in ABC, with chord symbols",
        "GPL-3.0 (traditional tunes)",
        (
            Repository(
                "jukedeck/nottingham-dataset",
                "0992bb6cd864f6d4b90d6663e08c0ef53ffaa08f",
                (
                    Part("ABC_cleaned", "nottingham/ABC_cleaned"),
                    Part("LICENSE.md", "nottingham/LICENSE.md"),
                ),
            ),
        ),
        1,
        "nottingham_split_boulanger.csv: jukedeck_id, split and jaccard of each tune, its place in "
        "the split of Boulanger-Lewandowski (2012)",
    ),
    Source(
        "openewld",
        "502 lead sheets in MusicXML, of which those in the public domain are read",
        "public domain (MIT collection)",
        (
            Repository(
                "00sapo/OpenEWLD",
                "ec03cbd809ca5296ee708591b970d0423dcbe31c",
                (Part("dataset", "openewld/dataset"), Part("LICENSE", "openewld/LICENSE")),
            ),
        ),
        8,
        "pd_status.csv: leadsheet, title, main_genre and pd_status of each sheet; US_PD_1930 and "
        "TRADITIONAL are read",
    ),
    Source("oneills1850", "O'Neill's Music of Ireland in ABC", BOOK),
    Source("ryansMammoth", "Ryan's Mammoth Collection (1883) in ABC", BOOK),
    Source("airdsAirs", "Aird's Airs (1778 to 1801) in ABC", BOOK),
    Source(
        "pop909",
        "909 Chinese pop songs in MIDI, and the chords and bars of their corrected twins",
        "MIT (collection); weights only, the songs are not passed on",
        (
            Repository(
                "music-x-lab/POP909-Dataset",
                "d83e6edba6872a704f5d3b8b32f5cb540088dae6",
                (Part("POP909", "pop909/POP909", "*.mid"), Part("LICENSE", "pop909/LICENSE")),
            ),
            Repository(
                "AndyWeasley2004/POP909-CL-Dataset",
                "be9094392903c471a930519e1c0bacf8b6be5d62",
                (
                    Part("POP909_processed", "pop909/POP909_CL_processed", "*.mid"),
                    Part("LICENSE", "pop909/LICENSE.POP909-CL"),
                ),
            ),
        ),
        48,
        "split_midibert.csv: file and split, as MIDI-BERT (wazenmai/MIDI-BERT) has them; "
        "pop909_cl_alignment.csv: song, offset_24ths_melody_to_CL and match_fraction, the shift "
        "between the two collections",
    ),
    Source(
        "wir_bach_chorales",
        "analyses in Roman numerals of Bach's chorales, whose scores music21 ships",
        "public domain scores (shipped with music21), CC BY-SA analyses",
        (
            Repository(
                *WHEN_IN_ROME,
                (
                    Part(
                        "Corpus/Early_Choral/Bach,_Johann_Sebastian/Chorales",
                        "wir_bach_chorales/Chorales",
                    ),
                    Part("README.md", "wir_bach_chorales/README_upstream.md"),
                ),
            ),
            Repository(
                "czhuang/JSB-Chorales-dataset",
                "9a7f733ddb4ed91f48da64ac7f0f621c34aadd4d",
                (Part("Jsb16thSeparated.json", "jsb_chorales/Jsb16thSeparated.json"),),
            ),
        ),
        7,
    ),
    Source(
        "open_hymnal",
        "292 hymns for four voices in ABC, of which those in the public domain are read",
        "public domain (the hymns that say so)",
        (
            Repository(
                "jclements3/tutor",
                "1c42d4459542c5b88053e90b816fea2667d0523d",
                (Part("OpenHymnal.abc", "open_hymnal/OpenHymnal.abc"),),
            ),
        ),
        2,
    ),
    Source(
        "openscore_lieder",
        "1,460 art songs in MusicXML, and chords that a machine heard in 1,156 of them",
        "CC0 scores, CC BY-SA analyses",
        (
            Repository(
                "OpenScore/Lieder",
                "bca122458de6da362abe62dd6aec62e25d7759b1",
                (
                    Part("scores", "openscore_lieder/scores", "*.mxl"),
                    Part("LICENSE.txt", "openscore_lieder/LICENSE.txt"),
                ),
            ),
            Repository(
                *WHEN_IN_ROME,
                (
                    Part(
                        "Corpus/OpenScore-LiederCorpus",
                        "openscore_lieder/scores",
                        "analysis_automatic.rntxt",
                    ),
                ),
            ),
        ),
        39,
    ),
    Source(
        "rs200",
        "melody and harmony of 200 rock songs, as T. de Clercq and D. Temperley heard them",
        "CC BY 4.0 (T. de Clercq, D. Temperley); weights only, the songs are not passed on",
        megabytes=3,
        by_hand="the folders rs200_melody (.mel) and rs200_harmony (.har) of version 2.1 of the "
        "Rock Corpus, which danigb/rock-corpus copies at 89a0960",
    ),
    Source(
        "mcgill_billboard",
        "the chords of 739 songs of the charts, bar by bar",
        "CC0 (J. A. Burgoyne, J. Wild, I. Fujinaga)",
        megabytes=4,
        by_hand="the folders 0003 to 1300, each with its salami_chords.txt, of the McGill "
        "Billboard project, which corpusmusic/billboardcorpus copies at 26b7dcd",
    ),
    Source(
        "cre_irish",
        "1,195 Irish dance tunes of Ceol Rince na hÉireann in MIDI",
        "CC BY 4.0 (Polifonia project; traditional tunes)",
        (
            Repository(
                "polifonia-project/folk_ngram_analysis",
                "9d8ccf9fe40ffdd2a1787e75527062fc1d07c669",
                (
                    Part("cre_corpus/MIDI", "cre_irish/MIDI", "*.mid"),
                    Part("cre_corpus/LICENSE.md", "cre_irish/LICENSE.md"),
                ),
            ),
        ),
        5,
    ),
)
BY_NAME = {source.name: source for source in TABLE}
LICENCES = {source.name: source.licence for source in TABLE}


def described(names: Iterable[str]) -> list[Source]:
    """Return the sources of these names.

    Raises:
        BadValue: nobody knows a source of that name.

    """
    wanted = list(names)
    if unknown := [name for name in wanted if name not in BY_NAME]:
        raise BadValue(f"no source is called {unknown[0]!r}", f"there are {', '.join(BY_NAME)}")
    return [BY_NAME[name] for name in wanted]


def page(sources: Iterable[Source]) -> str:
    """Return a table of sources, and below it what has to be laid there by hand."""
    every = list(sources)
    lines = [
        "| source | what it is | licence | published as | folder | MB |",
        "| --- | --- | --- | --- | --- | --: |",
        *(_row(source) for source in every),
    ]
    if hand := [source for source in every if source.by_hand]:
        lines += ["", "Not published, to be laid into the folder by hand:", ""]
        lines += [f"* {source.name}: {source.by_hand}" for source in hand]
    return "\n".join(lines) + "\n"


def _row(source: Source) -> str:
    where = "<br>".join(f"{each.name} at {each.commit}" for each in source.repositories)
    folders = {part.goes.split("/")[0]: "" for each in source.repositories for part in each.parts}
    return (
        f"| {source.name} | {source.about} | {source.licence} | {where or 'with music21'} | "
        f"{', '.join(folders) or '-'} | {source.megabytes or '-'} |"
    )
