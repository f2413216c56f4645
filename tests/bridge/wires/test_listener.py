import json

from bridge.protocol import Args
from bridge.wires.listener import MOST, Listener


def test_of_a_state_only_the_newest_waits_and_of_notes_all() -> None:
    listener = Listener()
    states: list[tuple[str, Args]] = [("/antiphon/transport", (1, float(n))) for n in range(MOST)]
    for path, args in states:
        listener.put(path, args)
        listener.put("/antiphon/setting", ("tempo", args[1]))
    listener.put("/antiphon/played/note", (60, 80, 1, 0.0))
    listener.put("/antiphon/played/note", (60, 0, 1, 0.0))
    assert [json.loads(text)[-1] for text in listener.waiting.values()] == [511.0, 511.0, 0.0, 0.0]
    assert not listener.given_up.is_set()
