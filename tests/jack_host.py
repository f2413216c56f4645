"""A host in a process of its own: plays timed messages over JACK and records what comes back.

    python -m tests.jack_host SERVER CLIENT_TO_JOIN < plan.json > record.json

The plan is {"frames": length, "events": [[frame, hex], ...]}; frame 0 is when it says "rolling"
on standard error. The record is {"rate", "period", "xruns", "events": [[frame, hex], ...]}.
Messages are placed and stamped at their exact frames, so that what is measured is the other side.
"""

import errno
import json
import sys
import time
from typing import Any

import jack

LEAD_IN = 24000  # frames between the connection and frame 0


class Host:
    """The ports, and what is played and recorded on them."""

    def __init__(self, server: str, plan: dict[str, Any]) -> None:
        self.client = jack.Client("Host", servername=server, no_start_server=True)
        self.out = self.client.midi_outports.register("out")
        self.inn = self.client.midi_inports.register("in")
        self.events = [(int(frame), bytes.fromhex(text)) for frame, text in plan["events"]]
        self.length = int(plan["frames"])
        self.recorded: list[tuple[int, str]] = []
        self.zero: int | None = None
        self.at = 0
        self.xruns = 0
        self.client.set_process_callback(self.process)
        self.client.set_xrun_callback(self.xrun)

    def xrun(self, _: float) -> None:
        self.xruns += 1

    def process(self, frames: int) -> None:
        start = self.client.last_frame_time
        for offset, data in self.inn.incoming_midi_events():
            if self.zero is not None:
                self.recorded.append((start + offset - self.zero, bytes(data).hex()))
        self.out.clear_buffer()
        while self.zero is not None and self.at < len(self.events):
            frame, message = self.events[self.at]
            offset = self.zero + frame - start
            if offset >= frames:
                return
            self.out.write_midi_event(max(offset, 0), message)
            self.at += 1

    def join(self, other: str) -> None:
        """Connect both ways with another client as soon as its ports are there."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            ports = {port.name for port in self.client.get_ports(f"^{other}:", is_midi=True)}
            if {f"{other}:in", f"{other}:out"} <= ports:
                self.connect(self.out, f"{other}:in")
                self.connect(f"{other}:out", self.inn)
                return
            time.sleep(0.05)
        sys.exit(f"{other} has no ports")

    def connect(self, source: jack.Port | str, target: jack.Port | str) -> None:
        """Connect two ports, unless the other side has just done so: it may know us from before."""
        try:
            self.client.connect(source, target)
        except jack.JackErrorCode as error:
            if error.code != errno.EEXIST:
                raise

    def play(self) -> dict[str, Any]:
        """Play the plan to its end."""
        self.zero = self.client.frame_time + LEAD_IN
        print("rolling", file=sys.stderr, flush=True)
        while self.client.frame_time < self.zero + self.length:
            time.sleep(0.05)
        return {
            "rate": self.client.samplerate,
            "period": self.client.blocksize,
            "xruns": self.xruns,
            "events": self.recorded,
        }


def main(server: str, other: str) -> None:
    host = Host(server, json.load(sys.stdin))
    with host.client:
        host.join(other)
        record = host.play()
    json.dump(record, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:3])
