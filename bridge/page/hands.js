// What the player holds down, by whatever means. Every press has exactly one release.

export class Hands {
  // `begin(pitch, velocity)` and `end(pitch)` are called once for each pitch, whoever holds it.
  constructor(begin, end, sustain) {
    this.begin = begin;
    this.end = end;
    this.sustain = sustain;
    this.held = new Map(); // finger (a key, a pointer, a MIDI input's pitch) -> pitch
    this.pedals = new Set();
  }

  press(finger, pitch, velocity) {
    if (pitch < 0 || pitch > 127) return;
    this.release(finger);
    if (this.holds(pitch)) this.end(pitch); // struck again while held elsewhere
    this.held.set(finger, pitch);
    this.begin(pitch, Math.max(1, Math.min(127, Math.round(velocity))));
  }

  release(finger) {
    const pitch = this.held.get(finger);
    if (pitch === undefined) return;
    this.held.delete(finger);
    if (!this.holds(pitch)) this.end(pitch);
  }

  pedal(foot, value) {
    const before = this.pedals.size;
    if (value >= 64) this.pedals.add(foot);
    else this.pedals.delete(foot);
    if (Boolean(before) !== Boolean(this.pedals.size)) this.sustain(this.pedals.size > 0);
  }

  // Let go of everything, or of all fingers whose name begins so.
  letGo(prefix = "") {
    for (const finger of [...this.held.keys()]) if (finger.startsWith(prefix)) this.release(finger);
    for (const foot of [...this.pedals]) if (foot.startsWith(prefix)) this.pedal(foot, 0);
  }

  holds(pitch) {
    for (const held of this.held.values()) if (held === pitch) return true;
    return false;
  }
}
