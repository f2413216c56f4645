// MIDI keyboards that the browser sees. Nothing is asked of the browser before a click.

export class Midi {
  constructor(hands, select, changed) {
    this.hands = hands;
    this.select = select;
    this.changed = changed;
    this.chosen = "";
    select.addEventListener("change", () => {
      this.chosen = select.value;
      hands.letGo("midi");
      select.blur();
    });
  }

  static get exists() {
    return "requestMIDIAccess" in navigator;
  }

  // Ask the browser, once. Throws with a sentence for the player.
  async open() {
    if (!Midi.exists) throw new Error("this browser has no MIDI; use Chrome, Edge or Firefox");
    try {
      this.access = await navigator.requestMIDIAccess({ sysex: false });
    } catch {
      throw new Error("the browser does not allow MIDI; allow it for this page, then try again");
    }
    this.access.addEventListener("statechange", () => this.look());
    this.look();
  }

  // Inputs come and go while we play: hold what is there, let go of what has gone.
  look() {
    const inputs = [...this.access.inputs.values()].filter((input) => input.state === "connected");
    for (const input of inputs) input.onmidimessage = (event) => this.hear(input, event.data);
    const here = new Set(inputs.map((input) => input.id));
    for (const id of this.known ?? []) if (!here.has(id)) this.hands.letGo(`midi:${id}:`);
    this.known = here;
    this.list(inputs);
    this.changed(inputs.length);
  }

  list(inputs) {
    const every = new Option("every input", "");
    this.select.replaceChildren(every, ...inputs.map((input) => new Option(input.name || input.id, input.id)));
    if (!inputs.some((input) => input.id === this.chosen)) this.chosen = "";
    this.select.value = this.chosen;
  }

  hear(input, [status, first, second]) {
    if (this.chosen && this.chosen !== input.id) return;
    const channel = status & 15;
    const finger = `midi:${input.id}:${channel}:${first}`;
    const kind = status & 0xf0;
    if (kind === 0x90 && second > 0) this.hands.press(finger, first, second);
    else if (kind === 0x80 || kind === 0x90) this.hands.release(finger);
    else if (kind === 0xb0 && first === 64) this.hands.pedal(`midi:${input.id}:${channel}`, second);
    else if (kind === 0xb0 && (first === 123 || first === 120)) this.hands.letGo(`midi:${input.id}:${channel}:`);
  }
}
