"""What the player can put right on the bridge's side.

PlayerError (generators.music.errors)
  BadSetting      a setting that does not exist, or a value that it refuses
  BadMessage      an OSC or WebSocket message that the protocol does not know
  Misunderstood   words on the command line that do not go together
  Unwritable      an answer that has no place to go
  Unmeasured      a measure that did not come to its end
  PortTrouble     a MIDI port, or a network port, that cannot be had
"""

from generators.music.errors import PlayerError


class BadSetting(PlayerError):
    """A setting that does not exist, or a value that it refuses."""


class BadMessage(PlayerError):
    """A message that the protocol does not know, or whose arguments do not fit."""


class PortTrouble(PlayerError):
    """A MIDI or network port that is in use, missing, or named ambiguously."""


class Misunderstood(PlayerError):
    """Words on the command line that do not go together."""


class Unwritable(PlayerError):
    """An answer that has no place to go: a full disk, a folder that cannot be written."""


class Unmeasured(PlayerError):
    """A measure that did not come to its end: the model or the machine is too slow for it."""
