// Where the song is, between one word of the daemon and the next.

export class Clock {
  playing = false;
  bpm = 100;
  beats = 4;
  unit = 4;
  source = "internal";
  barLine = 0; // a beat that is a bar line: meters may change anywhere
  barsBefore = 0; // it
  beat = 0;
  at = performance.now();

  // Positions are in quarters from the start of the song.
  now(moment = performance.now()) {
    return this.beat + (this.playing ? ((moment - this.at) * this.bpm) / 60000 : 0);
  }

  get bar() {
    return (this.beats * 4) / this.unit;
  }

  get pulse() {
    return 4 / this.unit;
  }

  // The daemon says where the song is; returns whether it went back or far ahead.
  set(playing, beat, bpm, beats, unit, source) {
    const expected = this.now();
    if (beat < this.barLine) this.barLine = this.barsBefore = 0;
    if (beats !== this.beats || unit !== this.unit) {
      const line = this.barAt(beat);
      this.barsBefore += Math.round((line - this.barLine) / this.bar);
      this.barLine = line;
    }
    Object.assign(this, { playing: Boolean(playing), beat, bpm, beats, unit, source });
    this.at = performance.now();
    return beat < expected - 0.5 || beat > expected + 64;
  }

  // The daemon says where bars are counted from.
  countFrom(beat) {
    while (beat > this.now()) beat -= this.bar;
    this.barsBefore += Math.floor((beat - this.barLine) / this.bar + 1e-6);
    this.barLine = beat;
  }

  // A note came with its beat: pull the clock gently, for a host's tempo wavers untold.
  nudge(beat) {
    if (!this.playing) return;
    const off = beat - this.now();
    if (Math.abs(off) < 0.25) this.beat += off * 0.1;
  }

  barAt(beat) {
    return Math.floor((beat - this.barLine) / this.bar + 1e-6) * this.bar + this.barLine;
  }

  // Bar and beat as musicians count them, from 1.
  place(beat = this.now()) {
    const bar = this.barAt(beat);
    return {
      bar: Math.round((bar - this.barLine) / this.bar) + this.barsBefore + 1,
      beat: Math.floor((beat - bar) / this.pulse + 1e-6) + 1,
    };
  }

  // Whether a beat of the bar is a stressed one (0: the bar's first, 1: a group of three, 2: no).
  stress(nth) {
    if (nth === 0) return 0;
    return this.unit === 8 && this.beats % 3 === 0 && nth % 3 === 0 ? 1 : 2;
  }
}
