// Suggestions: asked for, heard, kept or dropped, and all of it taken back.

const MOST = 24;
const STATES = { offered: "", accepted: "kept", rejected: "dropped" };

export class Offers {
  // `say` sends to the daemon; `look` is given the notes of the suggestion that is pointed at.
  constructor(list, say, look) {
    Object.assign(this, { list, say, look });
    this.known = new Map();
    list.addEventListener("click", (event) => this.chosen(event));
    for (const enter of ["pointerover", "focusin"]) list.addEventListener(enter, (event) => this.point(event));
    for (const leave of ["pointerleave", "focusout"]) list.addEventListener(leave, () => look([]));
  }

  begin(id, kind, bars, beat) {
    this.known.set(id, { id, kind, bars, beat, notes: [], chords: [], state: "offered" });
    for (const old of [...this.known.keys()].slice(0, -MOST)) this.forget(old);
  }

  note(id, start, beats, pitch) {
    this.known.get(id)?.notes.push({ start, end: start + beats, pitch });
  }

  chord(id, beat, beats, symbol) {
    this.known.get(id)?.chords.push({ beat, beats, symbol });
  }

  end(id, score, why) {
    const offer = this.known.get(id);
    if (!offer) return;
    Object.assign(offer, { score, why });
    offer.row?.remove();
    offer.row = row(offer);
    this.list.insertBefore(offer.row, this.after(offer));
    sketch(offer.row.querySelector("canvas"), offer);
    this.shown();
  }

  // The newest set stands on top, and within a set the best.
  after(offer) {
    const rows = [...this.list.children];
    const nth = rows.findIndex((each) => {
      const other = this.known.get(each.dataset.id);
      return other.kind !== offer.kind || other.beat !== offer.beat || other.score < offer.score;
    });
    return rows[nth] ?? null;
  }

  state(id, state) {
    const offer = this.known.get(id);
    if (!offer?.row) return;
    offer.state = state;
    offer.row.dataset.state = state;
    offer.row.querySelector(".state").textContent = STATES[state] ?? state;
    for (const button of offer.row.querySelectorAll("[data-do=accept], [data-do=reject]"))
      button.disabled = state !== "offered";
  }

  forget(id) {
    this.known.get(id)?.row?.remove();
    this.known.delete(id);
  }

  clear() {
    for (const id of [...this.known.keys()]) this.forget(id);
    this.shown();
  }

  shown() {
    document.getElementById("no-offers").hidden = this.list.children.length > 0;
  }

  chosen(event) {
    const what = event.target.closest("[data-do]")?.dataset.do;
    const id = event.target.closest("li")?.dataset.id;
    if (what && id) this.say(`/antiphon/${what}`, id);
  }

  point(event) {
    const offer = this.known.get(event.target.closest("li")?.dataset.id);
    this.look(offer ? offer.notes : []);
  }
}

function row(offer) {
  const item = document.getElementById("offer").content.firstElementChild.cloneNode(true);
  item.dataset.id = offer.id;
  item.dataset.state = offer.state;
  const name = `${offer.kind}, ${offer.bars} ${offer.bars === 1 ? "bar" : "bars"}`;
  const symbols = offer.chords.map((each) => each.symbol).filter((symbol, nth, all) => symbol !== all[nth - 1]);
  item.querySelector(".name").textContent = name;
  item.querySelector(".symbols").textContent = symbols.join(" · ");
  item.querySelector(".why").textContent = offer.why;
  for (const button of item.querySelectorAll("button")) button.setAttribute("aria-label", `${button.textContent}: ${name}, ${offer.id}`);
  return item;
}

// A small picture of it: notes, and bars below where there are only chords.
function sketch(canvas, offer) {
  const pen = canvas.getContext("2d");
  const style = getComputedStyle(document.documentElement);
  const marks = offer.notes.length ? offer.notes : offer.chords.map(({ beat, beats }) => ({ start: beat, end: beat + beats, pitch: 60 }));
  if (!marks.length) return;
  const from = Math.min(offer.beat, ...marks.map((mark) => mark.start));
  const to = Math.max(...marks.map((mark) => mark.end));
  const low = Math.min(...marks.map((mark) => mark.pitch)) - 1;
  const high = Math.max(...marks.map((mark) => mark.pitch)) + 1;
  pen.fillStyle = style.getPropertyValue(offer.notes.length ? "--answer" : "--chord");
  for (const { start, end, pitch } of marks) {
    const x = ((start - from) / (to - from)) * canvas.width;
    const y = ((high - pitch) / (high - low + 1)) * canvas.height;
    pen.fillRect(x, y, Math.max(2, ((end - start) / (to - from)) * canvas.width - 1), Math.max(3, canvas.height / (high - low + 1)));
  }
}
