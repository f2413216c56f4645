// The piano roll: call and answer as they sound, chord names above, scrolling with the song.

import { isBlack, noteName } from "./keys.js";

const TOP = 44; // pixels for bar numbers and chord names
const LEFT = 34; // pixels for the names of the Cs
const KEPT = 64; // beats of the past that are remembered
const COLOURS = ["paper", "stripe", "line", "bar", "ink", "faint", "call", "answer", "chord", "now"];

export class Roll {
  constructor(canvas, clock) {
    this.canvas = canvas;
    this.clock = clock;
    this.notes = [];
    this.chords = [];
    this.ghosts = []; // the notes of a suggestion that is looked at
    this.low = 52;
    this.high = 79;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.dye());
    new ResizeObserver(() => this.fit()).observe(canvas);
    this.dye();
  }

  dye() {
    const style = getComputedStyle(document.documentElement);
    this.colour = Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    this.stale = true;
  }

  fit() {
    const scale = Math.min(devicePixelRatio || 1, 3);
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.canvas.width = Math.round(this.width * scale);
    this.canvas.height = Math.round(this.height * scale);
    this.pen = this.canvas.getContext("2d");
    this.pen.setTransform(scale, 0, 0, scale, 0, 0);
    this.stale = true;
  }

  press(who, pitch, velocity, channel, beat) {
    this.notes.push({ who, pitch, velocity, channel, start: beat, end: null });
    this.stale = true;
  }

  release(who, pitch, channel, beat) {
    const note = this.notes.find((each) => each.end === null && each.who === who && each.pitch === pitch && each.channel === channel);
    if (note) note.end = Math.max(beat, note.start + 0.02);
    this.stale = true;
  }

  releaseAll(beat = this.clock.now()) {
    for (const note of this.notes) if (note.end === null) note.end = Math.max(beat, note.start + 0.02);
    this.stale = true;
  }

  chord(symbol, beat, beats) {
    this.chords = this.chords.filter((each) => each.beat + each.beats <= beat + 1e-6 || each.beat >= beat + beats - 1e-6);
    this.chords.push({ symbol, beat, beats });
    this.stale = true;
  }

  // The song went elsewhere: what was drawn at or after this beat is no longer so.
  jump(beat) {
    this.releaseAll();
    this.notes = this.notes.filter((note) => note.start < beat - 1e-6);
    this.chords = this.chords.filter((each) => each.beat < beat - 1e-6);
    this.stale = true;
  }

  // How far back and ahead one sees, in beats.
  view(beat) {
    const span = Math.max(6, Math.min(24, (this.width - LEFT) / 42));
    if (this.calm.matches) {
      const bars = Math.max(1, Math.floor(span / this.clock.bar)) * this.clock.bar;
      const from = Math.floor(beat / bars) * bars;
      return { from, to: from + Math.max(span, bars) };
    }
    return { from: beat - span * 0.72, to: beat + span * 0.28 };
  }

  // Draw if anything moves; says whether it did.
  draw() {
    const moving = this.clock.playing || this.stale || this.settling;
    if (!moving || !this.pen || !this.width) return false;
    this.stale = false;
    const beat = this.clock.now();
    this.forget(beat);
    const view = this.view(beat);
    this.range(view);
    this.x = (at) => LEFT + ((at - view.from) / (view.to - view.from)) * (this.width - LEFT);
    this.row = (this.height - TOP) / (this.high - this.low + 1);
    this.y = (pitch) => TOP + (this.high - pitch) * this.row;
    this.pen.fillStyle = this.colour.paper;
    this.pen.fillRect(0, 0, this.width, this.height);
    this.inside(() => this.paper());
    this.lines(view);
    this.inside(() => this.bodies(beat, view));
    this.names(view);
    this.margin(beat);
    return true;
  }

  forget(beat) {
    if (this.notes.length > 64) this.notes = this.notes.filter((note) => (note.end ?? beat) > beat - KEPT);
    if (this.chords.length > 32) this.chords = this.chords.filter((each) => each.beat + each.beats > beat - KEPT);
  }

  // Let the range follow the notes in view, without jumps.
  range(view) {
    const seen = this.notes.filter((note) => (note.end ?? view.to) > view.from).map((note) => note.pitch);
    for (const ghost of this.ghosts) seen.push(ghost.pitch);
    if (!seen.length) return (this.settling = false);
    let low = Math.min(...seen) - 3;
    let high = Math.max(...seen) + 3;
    const more = Math.max(0, 24 - (high - low));
    low -= Math.floor(more / 2);
    high += Math.ceil(more / 2);
    const pull = this.calm.matches ? 1 : 0.12;
    this.low += (low - this.low) * pull;
    this.high += (high - this.high) * pull;
    this.settling = Math.abs(low - this.low) + Math.abs(high - this.high) > 0.05;
    return this.settling;
  }

  // Draw where notes go, and nowhere else.
  inside(draw) {
    this.pen.save();
    this.pen.beginPath();
    this.pen.rect(LEFT, TOP, this.width, this.height);
    this.pen.clip();
    draw();
    this.pen.restore();
  }

  paper() {
    const { pen, colour } = this;
    pen.fillStyle = colour.stripe;
    for (let pitch = Math.floor(this.low); pitch <= Math.ceil(this.high); pitch++)
      if (isBlack(((pitch % 12) + 12) % 12)) pen.fillRect(LEFT, this.y(pitch), this.width, this.row);
  }

  lines(view) {
    const { pen, colour, clock } = this;
    pen.font = "600 11px system-ui, sans-serif";
    pen.textBaseline = "middle";
    for (let bar = clock.barAt(Math.max(view.from, clock.barLine - 64 * clock.bar)); bar < view.to; bar += clock.bar) {
      for (let nth = 0; nth < clock.beats; nth++) {
        const beat = bar + nth * clock.pulse;
        pen.fillStyle = nth ? colour.line : colour.bar;
        if (beat >= 0) pen.fillRect(Math.round(this.x(beat)), nth ? TOP : 16, 1, this.height);
      }
      pen.fillStyle = colour.faint;
      if (bar >= 0) pen.fillText(clock.place(bar + 1e-4).bar, this.x(bar) + 4, 9);
    }
  }

  bodies(beat, view) {
    for (const ghost of this.ghosts) this.outline(ghost);
    for (const who of ["chord", "answer", "call"])
      for (const note of this.notes)
        if (note.who === who && (note.end ?? beat) >= view.from && note.start <= view.to) this.body(note, beat);
  }

  body(note, beat) {
    const { pen, colour } = this;
    const left = this.x(note.start);
    const right = this.x(note.end ?? Math.max(beat, note.start));
    const thick = Math.max(4, Math.min(this.row - 1, 16));
    pen.globalAlpha = note.who === "chord" ? 0.65 : 0.5 + 0.5 * (note.velocity / 127);
    pen.fillStyle = colour[note.who];
    const top = this.y(note.pitch) + (this.row - thick) / 2;
    pen.beginPath();
    // the player's notes have round ends, the answers square ones: not by colour alone
    pen.roundRect(left, top, Math.max(4, right - left - 1), thick, note.who === "call" ? thick / 2 : 2);
    pen.fill();
    pen.globalAlpha = 1;
    if (note.end === null) {
      pen.strokeStyle = colour.ink;
      pen.lineWidth = 1.5;
      pen.stroke();
    }
  }

  outline(ghost) {
    const { pen, colour } = this;
    const thick = Math.max(4, Math.min(this.row - 1, 16));
    pen.strokeStyle = colour.answer;
    pen.setLineDash([3, 2]);
    pen.strokeRect(this.x(ghost.start), this.y(ghost.pitch) + (this.row - thick) / 2, this.x(ghost.end) - this.x(ghost.start) - 1, thick);
    pen.setLineDash([]);
  }

  names(view) {
    const { pen, colour } = this;
    pen.font = "600 15px system-ui, sans-serif";
    let free = -Infinity;
    for (const { symbol, beat, beats } of [...this.chords].sort((one, other) => one.beat - other.beat)) {
      if (beat + beats < view.from || beat > view.to) continue;
      const left = Math.max(this.x(beat), LEFT);
      const right = this.x(beat + beats);
      const wide = pen.measureText(symbol).width + 8;
      pen.fillStyle = colour.chord;
      pen.fillRect(left, TOP - 4, Math.max(2, right - left - 2), 3);
      if (left < free || (this.x(beat) < LEFT && left + wide > right)) continue;
      pen.fillStyle = colour.ink;
      pen.fillText(symbol, left + 4, 29);
      free = left + wide;
    }
  }

  margin(beat) {
    const { pen, colour } = this;
    pen.fillStyle = colour.paper;
    pen.fillRect(0, 16, LEFT, this.height);
    pen.fillStyle = colour.faint;
    pen.font = "11px system-ui, sans-serif";
    for (let pitch = Math.ceil(this.low / 12) * 12; pitch <= this.high; pitch += 12)
      pen.fillText(noteName(pitch), 8, this.y(pitch) + this.row / 2);
    pen.fillStyle = colour.now;
    pen.fillRect(Math.round(this.x(beat)) - 1, 16, 2, this.height);
  }
}
