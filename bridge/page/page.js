// The page: what is played here goes to the daemon, what the daemon says is shown and sounds.

import { Clock } from "./clock.js";
import { Controls } from "./controls.js";
import { Hands } from "./hands.js";
import { isTyping, Keys } from "./keys.js";
import { Midi } from "./midi.js";
import { Offers } from "./offers.js";
import { Roll } from "./roll.js";
import { Sound } from "./sound.js";
import { showStatus, Trouble } from "./status.js";
import { Wire } from "./wire.js";

const at = (id) => document.getElementById(id);
const CHECK = 3000; // milliseconds between two looks at the status
const OURS = 0; // the channel under which the sound knows the player's notes

const clock = new Clock();
const sound = new Sound();
const trouble = new Trouble(at("trouble"), at("trouble-text"), at("trouble-close"));
const roll = new Roll(at("roll"), clock);
const channels = { melody: 1, chord: 2 };
const answering = new Set(); // "channel:pitch" of Antiphon's notes that sound
let lastCall = -Infinity;

const wire = new Wire((path, ...args) => HEARD[path]?.(...args), connected);
const say = (path, ...args) => {
  if (!wire.tell(path, ...args)) trouble.show("Antiphon is not there", "start it with `antiphon`; this page comes back by itself");
};
const hands = new Hands(pressed, released, (down) => wire.tell("/antiphon/pedal", down ? 127 : 0));
const keys = new Keys(at("keys"), hands, showHands);
const controls = new Controls(say);
const offers = new Offers(at("offers"), say, (notes) => {
  roll.ghosts = notes;
  roll.stale = true;
});
const midi = new Midi(hands, at("midi-input"), showInputs);

// What the player does

function pressed(pitch, velocity) {
  sound.wake();
  sound.begin("call", OURS, pitch, velocity);
  keys.light(pitch, "call", true);
  at("empty").hidden = true;
  wire.tell("/antiphon/note", pitch, velocity);
}

function released(pitch) {
  sound.end("call", OURS, pitch);
  keys.light(pitch, "call", false);
  wire.tell("/antiphon/note", pitch, 0);
}

function toggle() {
  say(clock.playing ? "/antiphon/transport/stop" : "/antiphon/transport/play");
}

function hush() {
  hands.letGo();
  sound.endAll();
  keys.dark("call", "answer", "chord");
  say("/antiphon/panic");
}

// What the daemon says

const who = (channel) => (channel === channels.chord && channels.chord !== channels.melody ? "chord" : "answer");

const HEARD = {
  "/antiphon/heard/note": (pitch, velocity, channel, beat) => {
    clock.nudge(beat);
    lastCall = performance.now();
    at("empty").hidden = true;
    if (velocity) roll.press("call", pitch, velocity, channel, beat);
    else roll.release("call", pitch, channel, beat);
    if (!hands.holds(pitch)) keys.light(pitch, "call", velocity > 0);
  },
  "/antiphon/played/note": (pitch, velocity, channel, beat) => {
    const name = who(channel);
    const note = `${channel}:${pitch}`;
    if (velocity) {
      answering.add(note);
      roll.press(name, pitch, velocity, channel, beat);
      sound.begin(name, channel, pitch, velocity);
    } else {
      answering.delete(note);
      roll.release(name, pitch, channel, beat);
      sound.end(name, channel, pitch);
    }
    keys.light(pitch, name, velocity > 0);
    clock.nudge(beat);
  },
  "/antiphon/played/chord": (symbol, beat, beats) => roll.chord(symbol, beat, beats),
  "/antiphon/transport": (playing, beat, bpm, beats, unit, source) => {
    if (clock.set(playing, beat, bpm, beats, unit, source)) roll.jump(beat);
    if (!playing) roll.releaseAll();
    roll.stale = true;
    showTransport();
  },
  "/antiphon/barline": (beat) => {
    clock.countFrom(beat);
    roll.stale = true;
  },
  "/antiphon/setting": (name, value) => {
    if (name === "melody_channel") channels.melody = value;
    if (name === "chord_channel") channels.chord = value;
    if (name === "tempo" && clock.source !== "internal") return;
    controls.show(name, value);
  },
  "/antiphon/heard/key": (name) => (at("heard").dataset.key = name, showHeard()),
  "/antiphon/heard/chord": (symbol) => (at("heard").dataset.chord = symbol, showHeard()),
  "/antiphon/suggestion/begin": (...offer) => offers.begin(...offer),
  "/antiphon/suggestion/note": (...note) => offers.note(...note),
  "/antiphon/suggestion/chord": (...chord) => offers.chord(...chord),
  "/antiphon/suggestion/end": (...end) => offers.end(...end),
  "/antiphon/suggestion/state": (id, state) => offers.state(id, state),
  "/antiphon/status": (text) => showStatus(JSON.parse(text)),
  "/antiphon/error": (what, remedy) => trouble.show(what, remedy),
};

function connected(yes) {
  at("link").dataset.state = yes ? "here" : "gone";
  at("link").textContent = yes ? "connected" : "waiting for Antiphon";
  for (const button of document.querySelectorAll("#play, [data-ask], #undo")) button.disabled = !yes;
  if (yes) {
    trouble.hide();
    offers.clear(); // the daemon may be another one, and would not know them
    for (const pitch of new Set(hands.held.values())) wire.tell("/antiphon/note", pitch, keys.velocity);
    return;
  }
  sound.endAll("answer", "chord");
  keys.dark("answer", "chord");
  answering.clear();
  roll.releaseAll();
  clock.set(false, clock.now(), clock.bpm, clock.beats, clock.unit, clock.source);
  showTransport();
}

// What is shown

function showTransport() {
  const hosted = clock.source !== "internal";
  at("play").textContent = clock.playing ? "Stop" : "Start";
  at("play").setAttribute("aria-pressed", clock.playing);
  for (const id of ["tempo", "tap"]) {
    at(id).disabled = hosted;
    at(id).title = hosted ? "the host sets the tempo" : "";
  }
  if (hosted || document.activeElement !== at("tempo")) at("tempo").value = Math.round(clock.bpm * 10) / 10;
  controls.show("meter", `${clock.beats}/${clock.unit}`);
  showPlace();
}

function showPlace() {
  const { bar, beat } = clock.place();
  const text = `${Math.max(1, bar)} · ${beat}`;
  if (at("place").textContent !== text) at("place").textContent = text;
}

function showTurn() {
  const listening = hands.held.size || performance.now() - lastCall < 1200;
  const text = answering.size ? "Antiphon answers" : listening ? "Antiphon listens" : "Your turn";
  if (at("turn").textContent === text) return;
  at("turn").textContent = text;
  at("turn").dataset.whose = answering.size ? "answer" : "call";
}

function showHeard() {
  const { key, chord } = at("heard").dataset;
  at("heard").textContent = [key && `key: ${key}`, chord && `chord: ${chord}`].filter(Boolean).join("  ·  ");
}

function showHands({ octave, velocity }) {
  at("octave").textContent = `octave ${octave}`;
  at("velocity").firstChild.data = `strength ${velocity} `;
}

function showInputs(count) {
  at("midi-field").hidden = count === 0;
  at("midi").textContent = count ? "MIDI is on" : "Plug a MIDI keyboard in";
  at("midi").disabled = count > 0;
}

function frame() {
  roll.draw();
  if (clock.playing) showPlace();
  showTurn();
  requestAnimationFrame(frame);
}

// The page's own controls

at("play").addEventListener("click", toggle);
at("panic").addEventListener("click", hush);
at("undo").addEventListener("click", () => say("/antiphon/undo"));
at("lower").addEventListener("click", () => keys.move(-1));
at("higher").addEventListener("click", () => keys.move(1));
at("click").addEventListener("change", (event) => {
  sound.wake();
  sound.clicks = event.target.checked;
});
for (const id of ["volume", "mute"])
  at(id).addEventListener("input", () => sound.setLevel(at("volume").value / 100, at("mute").checked));
for (const button of document.querySelectorAll("[data-ask]"))
  button.addEventListener("click", () => say("/antiphon/ask", button.dataset.ask, Number(at("ask-bars").value)));
at("midi").addEventListener("click", () => {
  sound.wake();
  midi.open().catch((error) => trouble.show("MIDI cannot be used", error.message));
});

at("tap").addEventListener("pointerdown", () => say("/antiphon/tap"));
at("tap").addEventListener("keydown", (event) => {
  if (!event.repeat && (event.code === "Enter" || event.code === "Space")) say("/antiphon/tap");
});

window.addEventListener("keydown", (event) => {
  sound.wake();
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.code === "Escape") hush();
  if (event.code === "Space" && !isTyping(event.target) && !event.target.closest("button, summary, label, input")) {
    event.preventDefault();
    toggle();
  }
});
window.addEventListener("pointerdown", () => sound.wake());

// No key may stay down when the player looks elsewhere.
for (const away of ["blur", "pagehide"]) window.addEventListener(away, () => hands.letGo());
document.addEventListener("visibilitychange", () => document.hidden && hands.letGo());
document.addEventListener("focusin", (event) => isTyping(event.target) && hands.letGo("key"));

setInterval(() => sound.click(clock), 25);
setInterval(() => document.hidden || wire.tell("/antiphon/status"), CHECK);
if (!Midi.exists) at("midi").hidden = true;
requestAnimationFrame(frame);
