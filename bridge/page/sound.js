// Sound in the browser: an electric piano for the player, a softer reed for the answers, a pad
// for their chords, and a click. Everything goes through one limiter.

const MOST = 48; // voices; beyond that the oldest gives way
const AHEAD = 0.12; // seconds that clicks are set ahead
const SOUNDS = {
  call: { ratio: 1, index: 1.6, fade: 0.35, attack: 0.004, decay: 1.6, sustain: 0.12, release: 0.09, level: 0.3, pan: -0.12, tine: 0.12 },
  answer: { ratio: 2, index: 0.9, fade: 0.5, attack: 0.012, decay: 1.2, sustain: 0.45, release: 0.12, level: 0.26, pan: 0.15, vibrato: 5 },
  chord: { attack: 0.03, decay: 1.5, sustain: 0.6, release: 0.3, level: 0.085, pan: 0 },
};

export class Sound {
  constructor() {
    this.volume = 0.7;
    this.muted = false;
    this.voices = new Map(); // "who:channel:pitch" -> voices that sound, oldest first
    this.clicks = false;
    this.clicked = -Infinity;
  }

  // Browsers let a page sound only after the player has done something with it.
  wake() {
    if (!this.context) this.build();
    if (this.context.state !== "running") this.context.resume().catch(() => {});
  }

  get awake() {
    return this.context?.state === "running";
  }

  build() {
    const context = new AudioContext({ latencyHint: "interactive" });
    const limiter = new DynamicsCompressorNode(context, { threshold: -12, knee: 6, ratio: 16, attack: 0.002, release: 0.15 });
    this.master = new GainNode(context, { gain: this.level });
    this.bus = new GainNode(context);
    const room = new ConvolverNode(context, { buffer: roomSound(context) });
    const wet = new GainNode(context, { gain: 0.16 });
    this.bus.connect(limiter);
    this.bus.connect(room).connect(wet).connect(limiter);
    limiter.connect(this.master).connect(context.destination);
    this.context = context;
  }

  get level() {
    return this.muted ? 0 : this.volume ** 2;
  }

  setLevel(volume, muted) {
    Object.assign(this, { volume, muted });
    this.master?.gain.setTargetAtTime(this.level, this.context.currentTime, 0.02);
  }

  begin(who, channel, pitch, velocity) {
    if (!this.awake) return;
    this.thin();
    const key = `${who}:${channel}:${pitch}`;
    const voice = who === "chord" ? this.pad(pitch, velocity) : this.bell(who, pitch, velocity);
    if (!this.voices.has(key)) this.voices.set(key, []);
    this.voices.get(key).push(voice);
  }

  end(who, channel, pitch) {
    const key = `${who}:${channel}:${pitch}`;
    const voice = this.voices.get(key)?.shift();
    if (!this.voices.get(key)?.length) this.voices.delete(key);
    if (voice) this.fall(voice);
  }

  endAll(...whose) {
    for (const [key, voices] of [...this.voices]) {
      if (whose.length && !whose.includes(key.split(":")[0])) continue;
      voices.forEach((voice) => this.fall(voice));
      this.voices.delete(key);
    }
  }

  get sounding() {
    let count = 0;
    for (const voices of this.voices.values()) count += voices.length;
    return count;
  }

  thin() {
    while (this.sounding >= MOST) {
      const [key, voices] = this.voices.entries().next().value;
      this.fall(voices.shift());
      if (!voices.length) this.voices.delete(key);
    }
  }

  fall({ amp, parts, release }) {
    const now = this.context.currentTime;
    amp.gain.cancelAndHoldAtTime?.(now) ?? amp.gain.cancelScheduledValues(now);
    amp.gain.setTargetAtTime(0, now, release / 2);
    for (const part of parts) part.stop(now + release * 5);
  }

  // A voice: oscillators into an envelope into a place between left and right.
  voice(kind, velocity, parts, mixed) {
    const { context } = this;
    const now = context.currentTime;
    const peak = kind.level * (velocity / 127) ** 1.4;
    const amp = new GainNode(context, { gain: 0 });
    amp.gain.setValueAtTime(0, now);
    amp.gain.linearRampToValueAtTime(peak, now + kind.attack);
    amp.gain.setTargetAtTime(peak * kind.sustain, now + kind.attack, kind.decay / 2);
    mixed.forEach((node) => node.connect(amp));
    amp.connect(new StereoPannerNode(context, { pan: kind.pan })).connect(this.bus);
    parts[0].onended = () => amp.disconnect();
    parts.forEach((part) => part.start(now));
    return { amp, parts, release: kind.release };
  }

  // Frequency modulation (Chowning 1973): the brighter, the harder the key was struck.
  bell(who, pitch, velocity) {
    const { context } = this;
    const kind = SOUNDS[who];
    const frequency = 440 * 2 ** ((pitch - 69) / 12);
    const now = context.currentTime;
    const carrier = new OscillatorNode(context, { frequency });
    const modulator = new OscillatorNode(context, { frequency: frequency * kind.ratio });
    const depth = frequency * kind.ratio * kind.index * (0.25 + velocity / 127);
    const bright = new GainNode(context, { gain: depth });
    bright.gain.setTargetAtTime(depth * 0.15, now, kind.fade);
    modulator.connect(bright).connect(carrier.frequency);
    const parts = [carrier, modulator];
    const mixed = [carrier];
    if (kind.tine) mixed.push(this.tine(kind.tine, frequency, parts));
    if (kind.vibrato) this.vibrate(kind.vibrato, carrier, parts);
    return this.voice(kind, velocity, parts, mixed);
  }

  tine(level, frequency, parts) {
    const { context } = this;
    const high = new OscillatorNode(context, { frequency: Math.min(frequency * 7, 11000) });
    const gain = new GainNode(context, { gain: level });
    gain.gain.setTargetAtTime(0, context.currentTime, 0.05);
    high.connect(gain);
    parts.push(high);
    return gain;
  }

  vibrate(rate, carrier, parts) {
    const { context } = this;
    const wobble = new OscillatorNode(context, { frequency: rate });
    const cents = new GainNode(context, { gain: 0 });
    cents.gain.setTargetAtTime(7, context.currentTime + 0.25, 0.2);
    wobble.connect(cents).connect(carrier.detune);
    parts.push(wobble);
  }

  pad(pitch, velocity) {
    const { context } = this;
    const frequency = 440 * 2 ** ((pitch - 69) / 12);
    const parts = [-5, 5].map((detune) => new OscillatorNode(context, { type: "sawtooth", frequency, detune }));
    const filter = new BiquadFilterNode(context, { type: "lowpass", Q: 0.4, frequency: 350 + frequency * 1.6 + velocity * 4 });
    parts.forEach((part) => part.connect(filter));
    return this.voice(SOUNDS.chord, velocity, parts, [filter]);
  }

  // Set the clicks of the next moment; called often.
  click(clock) {
    if (!this.clicks || !this.awake || !clock.playing) return;
    const beat = clock.now();
    const ahead = (AHEAD * clock.bpm) / 60;
    const line = clock.barAt(beat);
    for (let nth = Math.ceil((beat - line) / clock.pulse); (line + nth * clock.pulse) < beat + ahead; nth++) {
      const at = line + nth * clock.pulse;
      if (at <= this.clicked && at > this.clicked - 4) continue;
      this.clicked = at;
      this.tick(((at - beat) * 60) / clock.bpm, clock.stress(nth % clock.beats));
    }
  }

  tick(wait, stress) {
    const { context } = this;
    const at = context.currentTime + wait;
    const oscillator = new OscillatorNode(context, { frequency: [1760, 1320, 990][stress] });
    const amp = new GainNode(context, { gain: 0 });
    amp.gain.setValueAtTime([0.22, 0.15, 0.1][stress], at);
    amp.gain.exponentialRampToValueAtTime(0.0005, at + 0.045);
    oscillator.connect(amp).connect(this.bus);
    oscillator.start(at);
    oscillator.stop(at + 0.06);
    oscillator.onended = () => amp.disconnect();
  }
}

// A small room: noise that dies away within a second, a little different left and right.
function roomSound(context) {
  const length = Math.round(context.sampleRate * 0.9);
  const buffer = new AudioBuffer({ numberOfChannels: 2, length, sampleRate: context.sampleRate });
  for (let side = 0; side < 2; side++) {
    const samples = buffer.getChannelData(side);
    for (let n = 0; n < length; n++) samples[n] = (Math.random() * 2 - 1) * (1 - n / length) ** 4;
  }
  return buffer;
}
