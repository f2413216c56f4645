// The line to the daemon: JSON messages both ways, and it comes back by itself.

const PATIENCE = [250, 500, 1000, 2000]; // milliseconds between tries
const FLOOD = 1 << 18; // bytes that wait to leave: the daemon is stuck, so say no more

export class Wire {
  constructor(hear, changed) {
    this.hear = hear;
    this.changed = changed;
    this.tries = 0;
    this.token = document.querySelector("meta[name=antiphon-token]").content;
    this.open();
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
    window.addEventListener("pageshow", () => this.hurry());
  }

  get connected() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  tell(path, ...args) {
    if (!this.connected || this.socket.bufferedAmount > FLOOD) return false;
    this.socket.send(JSON.stringify([path, ...args]));
    return true;
  }

  open() {
    clearTimeout(this.timer);
    const protocols = ["antiphon.v1", `antiphon.token.${this.token}`];
    const socket = new WebSocket(`ws://${location.host}/ws`, protocols);
    this.socket = socket;
    socket.onopen = () => {
      this.tries = 0;
      this.changed(true);
    };
    socket.onmessage = (event) => this.hear(...JSON.parse(event.data));
    socket.onclose = () => socket === this.socket && this.again();
  }

  again() {
    this.changed(false);
    const wait = PATIENCE[Math.min(this.tries++, PATIENCE.length - 1)];
    this.timer = setTimeout(() => this.retry(), wait);
  }

  async retry() {
    // a new installation has a new token, and a refused socket does not say why it was refused
    if (this.tries > 1) await this.renew();
    this.open();
  }

  async renew() {
    try {
      const text = await (await fetch("/", { cache: "no-store" })).text();
      const page = new DOMParser().parseFromString(text, "text/html");
      this.token = page.querySelector("meta[name=antiphon-token]")?.content || this.token;
    } catch {
      // nobody is there yet
    }
  }

  hurry() {
    if (this.socket.readyState === WebSocket.CLOSED) this.open();
  }
}
