// The truth about the daemon in one line, and what went wrong in one sentence.

const at = (id) => document.getElementById(id);
const READ = 12000; // milliseconds that a sentence stays

export function showStatus(status) {
  const { model, ports = [], late, answers } = status;
  at("model").textContent = describe(model);
  at("answers").textContent = answers === undefined ? "" : `${answers} ${answers === 1 ? "answer" : "answers"}${rungs(status.rungs)}`;
  at("late").textContent = late === undefined ? "" : `${late} late`;
  at("late").dataset.bad = late > 0;
  at("ports").firstElementChild.textContent = count(ports);
  at("port-list").replaceChildren(...ports.map(line));
}

// The name, where it runs, and how long it takes: what it got, not what it asked for.
function describe(model) {
  if (!model?.name) return "model is loading";
  const on = (model.providers_got ?? []).map((each) => each.replace("ExecutionProvider", "")).join(", ");
  const time = model.answer_ms?.p50 != null ? `, ${Math.round(model.answer_ms.p50)} ms` : "";
  return `model ${model.name}${on ? ` on ${on}` : ""}${time}${model.trouble ? `: ${model.trouble}` : ""}`;
}

// Answers that did not come from the model's own plan are told apart.
function rungs(counts = {}) {
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return parts.length > 1 ? ` (${parts.map(([name, count]) => `${count} ${name}`).join(", ")})` : "";
}

// A port that is there may still not work: the list says why.
function count(ports) {
  const all = `${ports.length} MIDI ${ports.length === 1 ? "port" : "ports"}`;
  const idle = ports.filter((port) => port.works === false).length;
  return idle ? `${ports.length - idle} of ${all}` : all;
}

function line(port) {
  const item = document.createElement("li");
  item.textContent = [`${port.wire} ${port.port}`.trim(), port.state, port.remedy].filter(Boolean).join(": ");
  return item;
}

export class Trouble {
  constructor(box, text, close) {
    Object.assign(this, { box, text });
    close.addEventListener("click", () => this.hide());
  }

  show(what, remedy) {
    const sentence = remedy ? `${what}; ${remedy}` : what;
    this.text.textContent = `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`.replace(/\.\.$/, ".");
    this.box.hidden = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.hide(), READ);
  }

  hide() {
    this.box.hidden = true;
  }
}
