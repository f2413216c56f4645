"""Chord symbols become notes: voice-led, in a register, in a comping pattern."""
