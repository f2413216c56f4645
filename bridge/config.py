"""The settings: one frozen value; flags, the file, the page and the docs are made from it."""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from bridge.errors import BadSetting
from bridge.latency import latencies
from bridge.values import SOURCES, channels, check, named_ports, named_sources, read, setting
from generators.music.errors import BadValue
from generators.music.harmony import Key
from generators.music.progression import progression
from generators.music.time import Meter
from generators.voicing.styles import AUTO, USUAL, Comping
from generators.voicing.voicing import KINDS, MOST_VOICES, PATTERNS, SPREADS

ROLES = ("answer", "accompany", "improvise", "suggest", "off")
CALLS = ("phrase", "1", "2", "4", "8")
BACKENDS = ("auto", "jack", "system", "none")
CLOCKS = ("auto", "internal", "osc", *SOURCES)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a player can set. `live` ones may change while it plays."""

    # What it does
    role: str = setting("answer", "what Antiphon does beside the player", live=True, choices=ROLES)
    call: str = setting(
        "phrase",
        "how long the player's call is: until the phrase ends, or so many bars",
        live=True,
        choices=CALLS,
    )
    bars: int = setting(
        0, "bars of an answer; 0 makes it as long as the call", live=True, span=(0, 64)
    )
    model: str = setting("", "which model answers; empty takes the one marked as default")
    seed: int = setting(
        1, "the seed: the same call gets the same answer", live=True, span=(0, 2**31)
    )
    # The music
    tempo: float = setting(
        100.0, "quarters a minute while no host gives a tempo", live=True, span=(10, 1000)
    )
    meter: str = setting("4/4", "time signature while no host gives one", live=True)
    key: str = setting("auto", "key of the answers, such as A minor; auto listens", live=True)
    in_key: bool = setting(False, "keep melodies and chords inside the key", live=True)
    chords: str = setting(
        "auto", "chords to play over, such as Am | F | C G; auto listens", live=True
    )
    low: int = setting(55, "lowest pitch of a melody (MIDI number)", live=True, span=(0, 127))
    high: int = setting(88, "highest pitch of a melody (MIDI number)", live=True, span=(0, 127))
    density: float = setting(
        0.0, "most notes in a beat of the meter; 0 for no limit", live=True, span=(0, 16)
    )
    temperature: float = setting(
        0.9, "how daring the answers are; 1 is as the model learnt", live=True, span=(0.05, 5)
    )
    top_p: float = setting(
        0.95, "share of the likeliest choices that are drawn from", live=True, span=(0.01, 1)
    )
    closeness: float = setting(
        0.3, "how much an answer leans on what was just played", live=True, span=(0, 1)
    )
    activity: float = setting(
        0.0, "about how many notes of an answer begin in a bar; 0 leaves it open",
        live=True, span=(0, 32),
    )  # fmt: skip
    # The chords
    style: str = setting(
        AUTO, "style of the answers and of how chords are played; auto leaves it open and plays "
        "chords by the meter",
        live=True, choices=(AUTO, *USUAL),
    )  # fmt: skip
    pattern: str = setting(
        AUTO, "what the hands do with a chord; auto goes by the style and the meter",
        live=True, choices=(AUTO, *PATTERNS),
    )  # fmt: skip
    voicing: str = setting(
        AUTO, "tones of a chord: full, as parts of a choir, rootless as in jazz, a shell of third "
        "and seventh, or in root position; auto goes by the style",
        live=True, choices=(AUTO, *KINDS),
    )  # fmt: skip
    spread: str = setting(
        AUTO, "how wide chords lie; auto goes by the style", live=True, choices=(AUTO, *SPREADS)
    )
    voices: int = setting(
        0, "voices of a chord above its bass; 0 goes by the style", live=True, span=(0, MOST_VOICES)
    )
    bass: int = setting(36, "lowest pitch of the bass (MIDI number)", live=True, span=(0, 91))
    chord_low: int = setting(
        48, "lowest pitch of the chords above the bass", live=True, span=(12, 104)
    )
    chord_high: int = setting(72, "highest pitch of the chords", live=True, span=(35, 127))
    # When it plays
    commit: float = setting(
        1.0, "beats ahead of now that are no longer replaced", live=True, span=(0, 16)
    )
    lookahead: float = setting(
        4.0, "beats that are planned ahead, in whole bars", live=True, span=(0.25, 64)
    )
    ask_cc: int = setting(
        -1, "controller that asks for an answer when it goes above 63 (64 is the pedal); -1: none",
        live=True, span=(-1, 127),
    )  # fmt: skip
    ask_note: int = setting(
        -1, "key that asks for an answer and is not played; -1: none", live=True, span=(-1, 127)
    )
    # The player's side
    thru: bool = setting(
        False, "pass on what the player plays, every controller and bend with it, to the output",
        live=True,
    )  # fmt: skip
    listen_channels: str = setting(
        "all", "MIDI channels that are listened to, such as 1,3-5; what comes on others is neither "
        "heard nor passed on",
        live=True,
    )  # fmt: skip
    split_note: int = setting(
        -1, "key (MIDI number) below which the left hand plays: chords, while the rest is melody; "
        "-1: no split",
        live=True, span=(-1, 127),
    )  # fmt: skip
    left_channel: int = setting(
        0, "MIDI channel on which the left hand plays: chords, while the rest is melody; 0: none",
        live=True, span=(0, 16),
    )  # fmt: skip
    # The wires
    backend: str = setting(
        "auto", "MIDI through JACK, the system's own MIDI, whatever is there, or none",
        choices=BACKENDS,
    )  # fmt: skip
    midi_in: str = setting("", "part of the name of an existing port to listen to as well")
    midi_out: str = setting("", "part of the name of an existing port to play to as well")
    latency: str = setting(
        "", "milliseconds that is sent ahead by each way out, such as JACK=5.3; USB Synth=12; "
        "`antiphon calibrate` measures it",
    )  # fmt: skip
    clock: str = setting(
        "auto", "whose clock is followed; auto follows a host as soon as one starts",
        choices=CLOCKS,
    )  # fmt: skip
    sources: str = setting(
        ",".join(SOURCES),
        "who is followed where clock is auto; the first that plays goes before the others",
        live=True,
    )
    link: bool = setting(
        False, "join the Ableton Link session of the local network, which sends multicast there"
    )
    ardour_port: int = setting(
        0, "UDP port on which Ardour listens for OSC (3819), to be told where its song is; 0: none",
        span=(0, 65535),
    )  # fmt: skip
    tap_cc: int = setting(
        -1, "controller that taps the tempo when it goes above 63; -1: none",
        live=True, span=(-1, 127),
    )  # fmt: skip
    tap_note: int = setting(
        -1, "key that taps the tempo and is not played; -1: none", live=True, span=(-1, 127)
    )
    follow_playing: bool = setting(
        False,
        "without a host, take tempo, bar lines and meter from what is played once they are sure",
        live=True,
    )
    melody_channel: int = setting(1, "MIDI channel of the melody", live=True, span=(1, 16))
    chord_channel: int = setting(2, "MIDI channel of the chords", live=True, span=(1, 16))
    http_port: int = setting(7770, "port of the page, on 127.0.0.1", span=(0, 65535))
    osc_port: int = setting(7771, "port of OSC, on 127.0.0.1", span=(0, 65535))
    osc_out: str = setting("", "ports that get every OSC answer without asking, such as 9000,9001")
    record: str = setting(
        "", "file that the session is recorded to, for replay; one that is there stays, and "
        "the session gets the next free name: jam-2.log beside jam.log",
    )  # fmt: skip
    models: str = setting("", "folder with models of your own")
    model_memory: int = setting(
        6000, "megabytes that the model's process may hold before it is started again; 0: no limit",
        span=(0, 2**20),
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Refuse values that a setting does not take."""
        for each in fields(self):
            check(each.name, getattr(self, each.name), each.metadata)
        _check_words(self)
        _check_range(self)

    @property
    def listened(self) -> frozenset[int]:
        """The channels that are listened to, counted from 0 as on the wire."""
        return channels(self.listen_channels)

    @property
    def ranked(self) -> tuple[str, ...]:
        """The sources of the transport that may be followed, the first before the others."""
        if self.clock in SOURCES:
            return (self.clock,)
        return named_sources(self.sources) if self.clock == "auto" else ()

    def is_left(self, pitch: int, channel: int) -> bool:
        """Say whether the left hand plays this key; channels count from 0."""
        return pitch < self.split_note or channel + 1 == self.left_channel

    @property
    def split(self) -> bool:
        """Whether the left hand is told from the right one."""
        return self.split_note >= 0 or self.left_channel > 0

    @property
    def comping(self) -> Comping:
        """What is wished of the chords."""
        return Comping(
            self.style, self.pattern, self.voicing, self.spread, self.voices,
            self.bass, self.chord_low, self.chord_high,
        )  # fmt: skip

    def changed(self, name: str, value: object) -> "Settings":
        """Return them with one setting changed; text is read as the setting's type.

        Raises:
            BadSetting: no setting is called that, or it refuses the value.

        """
        changes: dict[str, Any] = {known(name): read_as(name, value)}
        return replace(self, **changes)


FIELDS = {each.name: each for each in fields(Settings)}
COMPING = (
    "style", "pattern", "voicing", "spread", "voices", "bass", "chord_low", "chord_high",
)  # fmt: skip
"""The settings of the chords, which hold for files as well."""
LIVE = frozenset(name for name, each in FIELDS.items() if each.metadata["live"])


def known(name: str) -> str:
    """Return the setting's name as written in the table; dashes are underscores.

    Raises:
        BadSetting: there is none; the remedy names the nearest.

    """
    plain = name.strip().lstrip("-").replace("-", "_")
    if plain in FIELDS:
        return plain
    near = difflib.get_close_matches(plain, FIELDS, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else "`antiphon play --help` lists them"
    raise BadSetting(f"no setting is called {name!r}", hint)


def read_as(name: str, value: object) -> object:
    """Return a value as the type of this setting: OSC sends floats, TOML and flags send text.

    Raises:
        BadSetting: it cannot be read so.

    """
    return read(name, value, type(FIELDS[known(name)].default))


def _check_words(settings: Settings) -> None:
    try:
        meter = Meter.named(settings.meter)
        if settings.key != "auto":
            Key.named(settings.key)
        if settings.chords != "auto":
            progression(settings.chords, meter)
        settings.comping.voicing(meter)
        latencies(settings.latency)
        channels(settings.listen_channels)
        named_sources(settings.sources)
        named_ports(settings.osc_out)
    except BadValue as error:
        raise BadSetting(error.what, error.remedy) from error


def _check_range(settings: Settings) -> None:
    if settings.low > settings.high:
        raise BadSetting(f"low {settings.low} is above high {settings.high}", "swap them")
    if settings.key == "auto" or not settings.in_key:
        return
    scale = Key.named(settings.key).scale
    if not any(pitch % 12 in scale for pitch in range(settings.low, settings.high + 1)):
        raise BadSetting(
            f"no note of {settings.key} lies from {settings.low} to {settings.high}",
            "widen the range, or switch in_key off",
        )


def settings_of(given: Mapping[str, object]) -> Settings:
    """Return the settings that are given by name, the others as they usually are.

    Raises:
        BadSetting: one is no setting, or refuses its value.

    """
    return Settings(**{known(name): read_as(name, value) for name, value in given.items()})  # type: ignore[arg-type]


def settings_file() -> Path:
    """Return where the settings file lives on this system."""
    return Path(user_config_path("antiphon", appauthor=False)) / "settings.toml"


def load(path: Path | None = None, changes: Mapping[str, object] | None = None) -> Settings:
    """Return the settings of a file (the user's own unless named), with changes on top.

    Raises:
        BadSetting: the file cannot be read, or names something that is no setting.

    """
    source = path or settings_file()
    given: dict[str, object] = {}
    if source.exists():
        try:
            given = tomllib.loads(source.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BadSetting(
                f"{source} cannot be read ({error})", "mend or move the file"
            ) from None
    elif path is not None:
        raise BadSetting(f"there is no settings file {path}", "check its name")
    return settings_of({**given, **(changes or {})})
