// The keyboard on the screen, and the computer's own as one of those.

const ROW = ["KeyA", "KeyW", "KeyS", "KeyE", "KeyD", "KeyF", "KeyT", "KeyG", "KeyY", "KeyH", "KeyU",
  "KeyJ", "KeyK", "KeyO", "KeyL", "KeyP", "Semicolon", "Quote"];
const US = { Semicolon: ";", Quote: "'" };
const BLACK = new Set([1, 3, 6, 8, 10]);
const NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
const NARROWEST = 40; // pixels of a white key that a finger can hit
const [SOFTEST, LOUDEST] = [45, 115];

export const isBlack = (pitch) => BLACK.has(pitch % 12);
export const noteName = (pitch) => `${NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;

export class Keys {
  constructor(place, hands, shown) {
    this.place = place;
    this.hands = hands;
    this.shown = shown;
    this.octave = 4;
    this.velocity = 88;
    this.letters = { ...US };
    this.lit = new Map(); // pitch -> Set of who sounds it
    this.listen();
    new ResizeObserver(() => this.build()).observe(place);
    navigator.keyboard?.getLayoutMap?.().then((map) => this.relabel(map)).catch(() => {});
  }

  get base() {
    return (this.octave + 1) * 12;
  }

  // Show as many octaves as fit; the row of letters lies inside.
  build() {
    const whites = Math.max(8, Math.min(29, Math.floor(this.place.clientWidth / NARROWEST)));
    const before = whites >= 22 ? 12 : 0;
    const first = Math.max(0, this.base - before);
    if (whites === this.whites && first === this.first) return;
    this.hands.letGo("pointer");
    Object.assign(this, { whites, first });
    this.fill();
  }

  fill() {
    const keys = document.createDocumentFragment();
    for (let pitch = this.first, white = 0; white < this.whites && pitch < 128; pitch++) {
      keys.append(this.key(pitch, white));
      if (!isBlack(pitch)) white++;
    }
    this.place.style.setProperty("--whites", this.whites);
    this.place.replaceChildren(keys);
    for (const pitch of this.lit.keys()) this.paint(pitch);
    this.shown(this);
  }

  key(pitch, white) {
    const key = document.createElement("div");
    key.className = isBlack(pitch) ? "key black" : "key white";
    key.dataset.pitch = pitch;
    key.style.setProperty("--at", white);
    const letter = document.createElement("kbd");
    letter.textContent = this.letter(pitch);
    key.append(letter);
    if (pitch % 12 === 0) key.append(noteName(pitch));
    return key;
  }

  letter(pitch) {
    const code = ROW[pitch - this.base];
    return code ? (this.letters[code] ?? code.slice(-1)).toUpperCase() : "";
  }

  relabel(map) {
    for (const code of ROW) if (map.get(code)) this.letters[code] = map.get(code);
    this.whites = 0;
    this.build();
  }

  move(octaves) {
    const octave = Math.max(-1, Math.min(8, this.octave + octaves));
    if (octave === this.octave) return;
    this.octave = octave;
    this.whites = 0;
    this.build();
  }

  // Light a key for as long as it sounds: `who` is call, answer or chord.
  light(pitch, who, on) {
    const by = this.lit.get(pitch) ?? new Set();
    if (on) by.add(who);
    else by.delete(who);
    if (by.size) this.lit.set(pitch, by);
    else this.lit.delete(pitch);
    this.paint(pitch);
  }

  dark(...whose) {
    for (const pitch of [...this.lit.keys()]) for (const who of whose) this.light(pitch, who, false);
  }

  paint(pitch) {
    const key = this.place.querySelector(`[data-pitch="${pitch}"]`);
    if (key) key.dataset.lit = ["call", "answer", "chord"].find((who) => this.lit.get(pitch)?.has(who)) ?? "";
  }

  listen() {
    const { place } = this;
    place.addEventListener("pointerdown", (event) => this.touch(event, true));
    place.addEventListener("pointermove", (event) => event.buttons && this.touch(event, false));
    place.addEventListener("contextmenu", (event) => event.preventDefault());
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"])
      place.addEventListener(end, (event) => this.hands.release(`pointer${event.pointerId}`));
    window.addEventListener("keydown", (event) => this.down(event));
    window.addEventListener("keyup", (event) => this.hands.release(`key${event.code}`));
  }

  // A finger plays the key that it is on, and slides to the next.
  touch(event, fresh) {
    const finger = `pointer${event.pointerId}`;
    if (fresh) {
      if (event.button !== 0) return;
      event.preventDefault();
      this.place.setPointerCapture(event.pointerId);
    } else if (!this.hands.held.has(finger)) return;
    const key = document.elementFromPoint(event.clientX, event.clientY)?.closest(".key");
    if (!key || !this.place.contains(key)) return;
    const pitch = Number(key.dataset.pitch);
    if (this.hands.held.get(finger) !== pitch) this.hands.press(finger, pitch, strength(key, event.clientY));
  }

  down(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      this.hands.letGo("key"); // no key-up comes for letters while such a key is down
      return;
    }
    if (event.repeat || isTyping(event.target)) return;
    const nth = ROW.indexOf(event.code);
    if (nth >= 0) {
      this.hands.press(`key${event.code}`, this.base + nth, this.velocity);
      event.preventDefault();
    } else this.steer(event.code);
  }

  steer(code) {
    if (code === "KeyZ") this.move(-1);
    if (code === "KeyX") this.move(1);
    if (code === "KeyC" || code === "KeyV") {
      this.velocity = Math.max(8, Math.min(127, this.velocity + (code === "KeyC" ? -10 : 10)));
      this.shown(this);
    }
  }
}

// The nearer to the player, the stronger, as on a real key.
function strength(key, y) {
  const box = key.getBoundingClientRect();
  return SOFTEST + (LOUDEST - SOFTEST) * Math.max(0, Math.min(1, (y - box.top) / box.height));
}

export function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches(
    "textarea, select, input:not([type=checkbox]):not([type=radio]):not([type=range])",
  ));
}
