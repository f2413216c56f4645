// The settings on the page: each element with data-setting shows one and changes one.

const TONICS = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
const MINORS = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B"];
const PAUSE = 60; // milliseconds between two messages of a slider that is being moved

export class Controls {
  constructor(say) {
    this.say = say;
    this.places = new Map();
    this.timers = new Map();
    fillKeys(document.getElementById("key"));
    for (const place of document.querySelectorAll("[data-setting]")) this.bind(place);
  }

  bind(place) {
    const name = place.dataset.setting;
    this.places.set(name, place);
    if (place.type === "range") place.addEventListener("input", () => this.soon(name, place));
    place.addEventListener("change", () => this.send(name, place));
    if (place.matches("input[type=text], input[type=number]"))
      place.addEventListener("keydown", (event) => event.key === "Enter" && place.blur());
  }

  soon(name, place) {
    if (this.timers.has(name)) return;
    this.timers.set(name, setTimeout(() => this.send(name, place), PAUSE));
  }

  send(name, place) {
    clearTimeout(this.timers.get(name));
    this.timers.delete(name);
    const value = read(place);
    if (value !== null) this.say("/antiphon/set", name, value);
    if (place.matches("select, fieldset")) document.activeElement?.blur(); // letters play again
  }

  // The daemon says what a setting is now; a field in which someone types is left alone.
  show(name, value) {
    const place = this.places.get(name);
    if (!place || (place === document.activeElement && place.matches("input[type=text], input[type=number]"))) return;
    write(place, value);
  }

  // What was asked for was refused, or the line was down: show what holds.
  get(name) {
    return this.places.get(name);
  }
}

function read(place) {
  if (place.matches("fieldset")) return place.querySelector("input:checked")?.value ?? null;
  if (place.type === "checkbox") return place.checked ? 1 : 0;
  if (place.type === "number" || place.type === "range") return place.value === "" ? null : Number(place.value);
  return place.value.trim() || place.dataset.empty || null;
}

function write(place, value) {
  if (place.matches("fieldset")) {
    const chosen = [...place.querySelectorAll("input")].find((each) => each.value === value);
    if (chosen) chosen.checked = true;
  } else if (place.type === "checkbox") place.checked = Boolean(value);
  else if (place.matches("select")) choose(place, String(value));
  else if (place.type === "number") place.value = Math.round(value * 100) / 100;
  else place.value = value === place.dataset.empty ? "" : value;
}

// Another program may have set what is not in our list: show it all the same.
function choose(select, value) {
  if (![...select.options].some((option) => option.value === value)) select.add(new Option(value, value));
  select.value = value;
}

function fillKeys(select) {
  for (const [label, names, mode] of [["Major", TONICS, "major"], ["Minor", MINORS, "minor"]]) {
    const group = document.createElement("optgroup");
    group.label = label;
    for (const name of names) group.append(new Option(`${name.replace("b", "♭").replace("#", "♯")} ${mode}`, `${name} ${mode}`));
    select.append(group);
  }
}
