"""One file for each way in and out: MIDI, JACK, OSC, HTTP."""
