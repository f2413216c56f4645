"""What keeping the cache is worth: reading one note more, against reading all anew."""

from statistics import median
from time import perf_counter
from typing import Any

from bridge.config import Settings
from generators.catalogue import default_name, generator
from generators.model import BLOCK, Decoder
from generators.tokens import leadsheet as words

EVENTS = 512  # of a full prompt: about forty bars


def replan(settings: Settings, rounds: int) -> dict[str, Any] | None:
    """Return milliseconds and ratios of a new note against a full prompt of 512 events.

    The last 32 lengths up to the full one are gone through, since a prompt is read in blocks of
    32. `naive` forgets what it has read. None where the model is not one of ours.
    """
    from pathlib import Path

    folder = Path(settings.models) if settings.models else None
    decoder = getattr(generator(settings.model or default_name(folder), folder), "decoder", None)
    if not isinstance(decoder, Decoder) or decoder.card.context < EVENTS:
        return None
    golden = list(words.events(decoder.card.proof.prompt))
    events = (golden * (EVENTS // len(golden) + 1))[:EVENTS]
    decoder.begin(events)
    kept, anew, full = [], [], []
    for _ in range(rounds):
        for length in range(EVENTS - BLOCK + 1, EVENTS + 1):
            decoder.begin(events[: length - 1])
            kept.append(_read(decoder, events[:length]))
        for length in range(EVENTS - BLOCK + 1, EVENTS + 1, BLOCK // 4):
            decoder.rewind(0)
            anew.append(_read(decoder, events[:length]))
            decoder.rewind(0)
            full.append(_read(decoder, events))
    prefill = median(full)
    return {
        "replan_ms": round(median(kept) * 1000, 3),
        "prefill_ms": round(prefill * 1000, 3),
        "ratio": round(median(kept) / prefill, 4),
        "naive_ratio": round(median(anew) / prefill, 4),
    }


def _read(decoder: Decoder, events: list[tuple[int, ...]]) -> float:
    began = perf_counter()
    decoder.begin(events)
    return perf_counter() - began
