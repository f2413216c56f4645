"""The listening page: what was heard, and three answers to it, to be seen and to be played."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from generators.music.errors import BadSong
from generators.music.notes import Phrase
from generators.music.time import Ticks
from generators.prompt import Generator
from onnx_models.workshop.listening import score, sound
from onnx_models.workshop.listening.answers import Chains, Maker, answers
from onnx_models.workshop.listening.drawing import ANSWERED, SHOWN, Call
from onnx_models.workshop.listening.engraving import Engraver
from onnx_models.workshop.listening.roll import roll

COLOURS = {Maker.HUMAN: "#1b7f5c", Maker.MODEL: "#1f6fb4", Maker.MARKOV: "#c2631a"}
MARKDOWN = re.compile(r"([\\`*_\[\]<>#|])")
INTRODUCTION = """\
# Listening

Ten prompts, each with three answers: how the tune itself goes on, how the model `{model}` does, \
and how a Markov chain does. Listen to the MIDI files, or look at the pictures: in the piano rolls \
the call is grey and the answer coloured; in the notation a double bar line stands between them.

* **Drawn, not chosen.** The prompts are drawn by the seed {seed} from the test splits, which are \
kept from training, source after source in turn. Every answer is the first and only one that was \
asked for.
* **The same for both.** Model and chain hear the same bars, are told the key, and answer \
{answered} bars. The model plays at the settings that players begin with.
* **The chain** has learnt the training splits, at the orders at which held-out tunes cost it \
least, and it also listens to the piece. Melody and chords are two chains that do not hear each \
other; where no chords were heard it plays none.
* **Chords are symbols.** In the MIDI files Antiphon's own voicing plays them, in all three \
answers.
* **Repeats are left out**, so a tune goes straight on to its next part.
* **What is not here.** Songs that somebody may still own, as those of POP909, OpenEWLD and \
Rolling Stone's 200 greatest, are measured but not printed. Those drawn from are:

{sources}

{pictures}This page is made by `antiphon-workshop listen --work WORK --model {model} --seed {seed}`.
"""
NO_PICTURES = (
    "The notation is missing, because Verovio was not there when the page was made: "
    "`pip install 'antiphon[listen]'`.\n\n"
)
HEADINGS = {
    Maker.HUMAN: "The tune itself",
    Maker.MODEL: "The model",
    Maker.MARKOV: "The Markov chain",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """A prompt with its answers."""

    call: Call
    answers: Mapping[Maker, Phrase]


@dataclass(frozen=True, slots=True)
class Page:
    """What a page is made of."""

    model: str
    seed: int
    prompts: Sequence[Heard]

    @classmethod
    def of(cls, calls: Sequence[Call], generator: Generator, chains: Chains, seed: int) -> "Page":
        """Have every prompt answered."""
        heard = [Heard(call, answers(call, generator, chains)) for call in calls]
        return cls(generator.name, seed, heard)


def write(page: Page, out: Path, engrave: Engraver | None) -> Path:
    """Write a page and, in a folder of its name, the files that it shows; return where it is.

    Raises:
        BadSong: a prompt is from a source whose music may not be shown.

    """
    for heard in page.prompts:
        if heard.call.tune.source not in SHOWN:
            raise BadSong(f"music of {heard.call.tune.source} may not be shown", "draw again")
    out.mkdir(parents=True, exist_ok=True)
    for number, heard in enumerate(page.prompts, 1):
        for maker in Maker:
            for ending, content in files_of(heard, maker, engrave).items():
                (out / f"{stem(number, maker)}{ending}").write_bytes(content)
    path = out.with_name(f"{out.name}.md")
    path.write_text(text(page, out.name, engraved=engrave is not None), encoding="utf-8")
    return path


def stem(number: int, maker: Maker) -> str:
    """Return how the files of an answer are called, without their endings."""
    return f"{number:02}-{maker}"


def files_of(heard: Heard, maker: Maker, engrave: Engraver | None) -> dict[str, bytes]:
    """Return the files that show an answer, by how their names end."""
    call, whole = heard.call, heard.call.followed(heard.answers[maker])
    bars, pickup = bars_heard(call), call.pickup > 0
    end = Ticks(call.start + call.length)
    picture = roll(whole, call.start, end, COLOURS[maker], pickup=pickup)
    title = f"{call.tune.title} ({maker})"
    made = {
        ".mid": sound.midi(whole, sound.tempo_of(call.tune), title),
        "-roll.svg": picture.encode(),
    }
    if engrave is not None:
        made["-score.svg"] = engrave(score.score(whole, bars + ANSWERED, bars)).encode()
    return made


def bars_heard(call: Call) -> int:
    """Return how many bars of a call are heard, without the pick-up."""
    return call.start // call.heard.meter.bar - (call.pickup > 0)


def text(page: Page, folder: str, *, engraved: bool) -> str:
    """Return the text of a page whose files are in a folder beside it."""
    drawn = {heard.call.tune.source for heard in page.prompts}
    sources = [f"  * `{name}`: {why}." for name, why in SHOWN.items() if name in drawn]
    head = INTRODUCTION.format(
        model=page.model,
        seed=page.seed,
        answered=ANSWERED,
        sources="\n".join(sources),
        pictures="" if engraved else NO_PICTURES,
    )
    contents = [
        f"{number}. [{plain(heard.call.tune.title)}](#prompt-{number}), {heard.call.tune.source}"
        for number, heard in enumerate(page.prompts, 1)
    ]
    sections = [
        line
        for number, heard in enumerate(page.prompts, 1)
        for line in section(number, heard, folder, engraved)
    ]
    return "\n".join([head, *contents, "", *sections])


def section(number: int, heard: Heard, folder: str, engraved: bool) -> Iterator[str]:
    """Give the lines about one prompt."""
    call = heard.call
    pickup = "a pick-up and " if call.pickup else ""
    yield f"## Prompt {number}\n"
    yield (
        f"**{plain(call.tune.title)}** (`{call.tune.source}`), {call.heard.meter}, "
        f"{call.heard.key}. Heard: {pickup}{bars_heard(call)} bars"
        f"{'' if call.heard.chords else ', without chords'}.\n"
    )
    for maker, heading in HEADINGS.items():
        place = f"{folder}/{stem(number, maker)}"
        yield f"### {heading} ({number})\n\n[MIDI]({place}.mid)\n"
        if engraved:
            yield f"![{heading}, notation]({place}-score.svg)\n"
        yield f"![{heading}, piano roll]({place}-roll.svg)\n"


def plain(title: str) -> str:
    """Return a title without anything that a page would take for a mark."""
    return MARKDOWN.sub(r"\\\1", " ".join(title.split()))
