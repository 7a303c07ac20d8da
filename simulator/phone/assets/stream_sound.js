// The sound of a call on a stream, played as it comes, and the browser's microphone on its way into the call.

import { listenTo, microphone } from "./api.js";
import { fromUlaw, toUlaw } from "./ulaw.js";

const PHONE_HZ = 8000;
const AHEAD_S = 0.08;
const HEAD_BYTES = 5;
const CLEAR = 2;
const SEND_EVERY_MS = 100;

/** What is heard of one call: `refused` is called when the browser forbids sound. */
export class Listener {
  #context = null;
  #volume = null;
  #until = 0;
  #playing = new Set();
  #stopped = null;
  #muted = false;
  #sid = null;
  #refused;

  constructor(refused) {
    this.#refused = refused;
  }

  /** The call that is listened to. */
  get sid() {
    return this.#sid;
  }

  /** Make sound possible: browsers ask for a click before it. */
  async open() {
    this.#context ??= new AudioContext({ sampleRate: PHONE_HZ });
    if (!this.#volume) {
      this.#volume = this.#context.createGain();
      this.#volume.connect(this.#context.destination);
    }
    this.mute(this.#muted);
    // Without a click this stays pending, for as long as nobody clicks.
    const opened = this.#context.resume().then(() => true);
    const late = new Promise((resolve) => setTimeout(() => resolve(false), 500));
    if (!(await Promise.race([opened, late]))) this.#refused();
  }

  /** Listen to a call from now on, to its end. */
  async start(sid) {
    if (this.#sid === sid) return;
    this.stop();
    this.#sid = sid;
    const stopped = (this.#stopped = new AbortController());
    try {
      const [response] = await Promise.all([listenTo(sid, stopped.signal), this.open()]);
      await this.#read(response.body.getReader());
    } catch {
      // The line is gone, or nobody listens any more.
    }
    if (this.#stopped === stopped) this.#sid = null;
  }

  /** Listen no more; what has not been played is not played. */
  stop() {
    this.#stopped?.abort();
    this.#stopped = this.#sid = null;
    this.#hush();
  }

  mute(muted) {
    this.#muted = muted;
    if (this.#volume) this.#volume.gain.value = muted ? 0 : 1;
  }

  async #read(reader) {
    let rest = new Uint8Array();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest = joined(rest, value);
      for (;;) {
        if (rest.length < HEAD_BYTES) break;
        const length = new DataView(rest.buffer, rest.byteOffset).getUint32(1);
        if (rest.length < HEAD_BYTES + length) break;
        if (rest[0] === CLEAR) this.#hush();
        else this.#play(rest.subarray(HEAD_BYTES, HEAD_BYTES + length));
        rest = rest.subarray(HEAD_BYTES + length);
      }
    }
  }

  #play(ulaw) {
    if (!ulaw.length) return;
    const buffer = this.#context.createBuffer(1, ulaw.length, PHONE_HZ);
    buffer.copyToChannel(fromUlaw(ulaw), 0);
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#volume);
    const now = this.#context.currentTime;
    // Pieces follow each other without a gap; the first one waits a little for those behind it.
    const at = this.#until > now ? this.#until : now + AHEAD_S;
    source.start(at);
    this.#until = at + buffer.duration;
    this.#playing.add(source);
    source.addEventListener("ended", () => this.#playing.delete(source));
  }

  #hush() {
    for (const source of this.#playing) source.stop();
    this.#playing.clear();
    this.#until = 0;
  }
}

/** The microphone as sound, for calls whose service listens to sound: `changed(problem)` on every change. */
export class Talker {
  #changed;
  #stream = null;
  #context = null;
  #heard = [];
  #timer = null;

  constructor(changed) {
    this.#changed = changed;
  }

  get on() {
    return this.#stream !== null;
  }

  /** Speak into this call from now on. */
  async start(sid) {
    try {
      const sound = { channelCount: 1, echoCancellation: true, noiseSuppression: true };
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: sound });
      this.#context = new AudioContext({ sampleRate: PHONE_HZ });
      await this.#context.audioWorklet.addModule(new URL("./capture.js", import.meta.url));
      const capture = new AudioWorkletNode(this.#context, "capture", { numberOfOutputs: 0 });
      capture.port.onmessage = ({ data }) => this.#heard.push(data);
      this.#context.createMediaStreamSource(this.#stream).connect(capture);
      this.#timer = setInterval(() => this.#send(sid), SEND_EVERY_MS);
      this.#changed("");
    } catch (error) {
      this.stop();
      const forbidden = error.name === "NotAllowedError";
      this.#changed(
        forbidden
          ? "The browser does not let this page use the microphone. Allow it in the address bar, or type."
          : "There is no microphone that works. Type what you say.",
      );
    }
  }

  stop() {
    clearInterval(this.#timer);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#context?.close();
    const was = this.on;
    this.#stream = this.#context = null;
    this.#heard = [];
    if (was) this.#changed("");
  }

  #send(sid) {
    if (!this.#heard.length) return;
    const ulaw = toUlaw(this.#heard);
    this.#heard = [];
    microphone(sid, btoa(String.fromCharCode(...ulaw))).catch(() => this.stop());
  }
}

/** Whether this browser has a microphone to offer. */
export const canTalk = Boolean(navigator.mediaDevices?.getUserMedia && window.AudioWorkletNode);

function joined(first, second) {
  if (!first.length) return second;
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
