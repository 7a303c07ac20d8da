// Play what the caller hears, when it is heard: a call placed from this page runs in real time.

import { audioOf } from "./api.js";

/** The earpiece of the phone: one thing at a time, in order; `refused` is called when the browser forbids sound. */
export class Earpiece {
  #audio;
  #queue = [];
  #current = null;
  #refused;

  constructor(audio, refused) {
    this.#audio = audio;
    this.#refused = refused;
    audio.addEventListener("ended", () => this.#next());
    audio.addEventListener("error", () => this.#next());
  }

  /** Something begins to be heard. */
  play(sid, n) {
    this.#queue.push({ sid, n });
    if (!this.#current) this.#next();
  }

  /** It was cut off in the middle. */
  cut(sid, n) {
    const same = (each) => each.sid === sid && each.n === n;
    this.#queue = this.#queue.filter((each) => !same(each));
    if (this.#current && same(this.#current)) {
      this.#audio.pause();
      this.#next();
    }
  }

  /** The receiver is put down. */
  stop() {
    this.#queue = [];
    this.#current = null;
    this.#audio.pause();
    this.#audio.removeAttribute("src");
  }

  /** Let nothing be heard, while the call goes on. */
  mute(muted) {
    this.#audio.muted = muted;
  }

  #next() {
    this.#current = this.#queue.shift() ?? null;
    if (!this.#current) return;
    this.#audio.src = audioOf(this.#current.sid, this.#current.n);
    this.#audio.play().catch((error) => {
      if (error.name === "NotAllowedError") this.#refused();
    });
  }
}
