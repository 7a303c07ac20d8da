// The phone itself: call, speak, press keys, mute, hang up; its state in words.

import * as api from "./api.js";
import { showConversation, isSpoken } from "./conversation.js";
import { byId, el, say } from "./dom.js";
import * as microphone from "./microphone.js";
import { Earpiece } from "./sound.js";
import { wasStreamed } from "./spoken_turns.js";
import { statusOf } from "./status.js";
import { canTalk, Listener, Talker } from "./stream_sound.js";
import { clock, fictionalNumber, phoneNumber } from "./words.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const NAMES = { "*": "star: hear it again", "#": "hash: end the call", 0: "0: ask for a person" };
const TYPING_S = 6;
const TYPING_EVERY_MS = 3000;
const KEPT = "number";
const SILENCED = "The browser keeps this page silent: click anywhere on it.";
const BY = { media: "sound by a media stream", relay: "words by a relay" };
const SOUND_ONLY =
  "The microphone's sound goes into the call. It serves turn taking only: nothing here understands it. Type the words.";

/** One phone. `numbers` is what it dials; `chosen(sid)` is told of a call that was placed here. */
export class Phone {
  #call = null;
  #placing = false;
  #pending = [];
  #played = 0;
  #placedHere = null;
  #justPlaced = null;
  #toldTyping = 0;
  #keptNumber = false;
  #numbers;
  #chosen;
  #earpiece = new Earpiece(byId("audio"), () => this.#complain(SILENCED));
  #listener = new Listener(() => this.#complain(SILENCED));
  #talker = new Talker((problem) => this.#microphoneChanged(problem));
  #microphone = new microphone.Microphone({
    words: (text, confidence) => this.#say(text, confidence),
    begins: () => this.#begins(),
    changed: (problem) => this.#microphoneChanged(problem),
  });

  constructor(numbers, chosen) {
    this.#numbers = numbers;
    this.#chosen = chosen;
    // Whoever has texted, or chose a number, is the same person after the page is loaded again.
    const kept = sessionStorage.getItem(KEPT);
    this.#keptNumber = kept !== null;
    byId("caller").value = kept ?? fictionalNumber();
    byId("keypad").append(...KEYS.map((key) => this.#key(key)));
    this.#listen();
    setInterval(() => this.#showClock(), 500);
    this.#showAll();
  }

  get call() {
    return this.#call;
  }

  /** Another call is on the page: what was heard in it before now is not played. */
  choose(sid) {
    const isNew = sid !== null && sid === this.#justPlaced;
    this.#justPlaced = null;
    if (isNew) return;
    this.#earpiece.stop();
    this.#listener.stop();
    this.#talker.stop();
    this.#call = null;
    this.#pending = [];
    this.#played = Infinity;
    this.#showAll();
  }

  /** The call as it is now. */
  show(call) {
    const first = !this.#call || this.#call.sid !== call.sid;
    this.#call = call;
    if (first && this.#played === Infinity) this.#played = call.heard.length;
    this.#sound(call);
    this.#pending = this.#pending.filter((each) => !call.heard.some((item) => item.kind === each.kind && item.n > each.after && item.text === each.text));
    if (call.over) this.#finish();
    this.#showAll();
  }

  /** A text came for the caller of this call: it is on the same phone. */
  notice(text) {
    byId("arrived").hidden = !text || !this.#live;
    say(byId("arrived-open"), text ? `Text: ${text.body}` : "");
  }

  /** Whose phone it is while a call goes on. */
  get caller() {
    return this.#live ? this.#call.from : null;
  }

  #sound(call) {
    if (call.on_stream && call.speed === 1 && this.#listener.sid !== call.sid) this.#listener.start(call.sid);
    for (const item of call.heard) {
      // What comes by a stream is heard as it comes.
      if (!isSpoken(item) || wasStreamed(call, item.at_s)) continue;
      if (item.n > this.#played && call.speed === 1) this.#earpiece.play(call.sid, item.n);
      if (item.cut) this.#earpiece.cut(call.sid, item.n);
    }
    this.#played = Math.max(this.#played, call.heard.length);
  }

  #finish() {
    this.#pending = [];
    this.#microphone.stop();
    this.#talker.stop();
    if (this.#placedHere === this.#call.sid) {
      this.#placedHere = null;
      if (!this.#keptNumber) byId("caller").value = fictionalNumber();
    }
  }

  async #place() {
    const from = byId("caller").value.replaceAll(/[\s().-]/g, "");
    if (!/^(\+[1-9]\d{6,14}|anonymous)$/.test(from)) {
      this.#complain("Your number: expected something like +12025550123, or anonymous.");
      byId("caller").focus();
      return;
    }
    this.#placing = true;
    this.#complain("");
    // The click that places the call allows the sound of it.
    this.#listener.open().catch(() => {});
    this.#showAll();
    this.#focusWords();
    try {
      const { sid } = await api.place(from, byId("dial").value);
      this.#call = null;
      this.#pending = [];
      this.#played = 0;
      this.#placedHere = this.#justPlaced = sid;
      // From the first sound on, should the call be on a stream.
      this.#listener.start(sid);
      this.#chosen(sid);
    } catch (error) {
      this.#complain(`The call could not be placed: ${error.message}`);
    }
    this.#placing = false;
    this.#showAll();
  }

  /** Whoever calls is about to speak. On glass the field would bring up a keyboard, in front of the keypad. */
  #focusWords() {
    if (!matchMedia("(pointer: coarse)").matches) byId("words").focus({ preventScroll: true });
  }

  async #act(does) {
    if (!this.#live) return;
    this.#complain("");
    try {
      await does(this.#call.sid);
    } catch (error) {
      if (error.status !== 409) this.#complain(error.message);
    }
  }

  #say(text, confidence) {
    const words = { text, barge_in: byId("over").checked };
    // A browser that does not know how sure it is says 0.
    if (confidence) words.confidence = confidence;
    this.#wait("caller", text);
    return this.#act((sid) => api.say(sid, words));
  }

  #press(key) {
    this.#wait("key", key);
    return this.#act((sid) => api.press(sid, key));
  }

  #wait(kind, text) {
    if (!this.#live) return;
    const after = this.#call.heard.length;
    this.#pending.push({ kind, text, after });
    this.#showAll();
  }

  #begins() {
    if (Date.now() - this.#toldTyping < TYPING_EVERY_MS) return;
    this.#toldTyping = Date.now();
    this.#act((sid) => api.typing(sid, TYPING_S));
  }

  /** A call was placed here and has not been seen yet. */
  get isComing() {
    return !this.#call && this.#played === 0 && this.#placedHere !== null;
  }

  get #live() {
    return Boolean(this.#call && !this.#call.over);
  }

  /** A call goes on, or is about to. */
  get #engaged() {
    return this.#live || this.#placing || this.isComing;
  }

  #listen() {
    byId("call").addEventListener("click", () => {
      if (this.#live) this.#hangUp();
      else if (!this.#engaged) this.#place();
    });
    byId("caller-form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#engaged && !byId("pane-call").hidden) this.#place();
    });
    byId("caller").addEventListener("input", () => {
      this.#keptNumber = true;
      sessionStorage.setItem(KEPT, byId("caller").value);
    });
    byId("fresh").addEventListener("click", () => {
      this.#keptNumber = false;
      sessionStorage.removeItem(KEPT);
      byId("caller").value = fictionalNumber();
    });
    byId("say-form").addEventListener("submit", (event) => {
      event.preventDefault();
      // Before anybody has picked up nothing can be said: what is typed waits in its field.
      if (!this.#live) return;
      const text = byId("words").value.trim();
      byId("words").value = "";
      if (text) this.#say(text);
      this.#focusWords();
    });
    new ResizeObserver(() => (byId("log").scrollTop = byId("log").scrollHeight)).observe(byId("log"));
    byId("words").addEventListener("input", () => byId("words").value && this.#begins());
    byId("mute").addEventListener("click", () => this.#mute());
    byId("microphone").addEventListener("click", () => this.#switchMicrophone());
  }

  #switchMicrophone() {
    if (this.#microphone.on) this.#microphone.stop();
    else if (this.#talker.on) this.#talker.stop();
    else if (this.#call?.on_stream === "media") this.#talker.start(this.#call.sid);
    else this.#microphone.start();
  }

  #hangUp() {
    this.#earpiece.stop();
    this.#listener.stop();
    return this.#act((sid) => api.hangUp(sid));
  }

  #mute() {
    const muted = byId("mute").getAttribute("aria-pressed") !== "true";
    byId("mute").setAttribute("aria-pressed", String(muted));
    this.#earpiece.mute(muted);
    this.#listener.mute(muted);
  }

  #microphoneChanged(problem) {
    byId("microphone").setAttribute("aria-pressed", String(this.#microphone.on || this.#talker.on));
    this.#complain(problem || (this.#talker.on ? SOUND_ONLY : ""));
  }

  #key(key) {
    const button = el("button", { type: "button", class: "key", "aria-label": NAMES[key] ?? key, disabled: true }, key);
    button.addEventListener("click", () => this.#press(key));
    return button;
  }

  #showAll() {
    const call = this.#call;
    const { state, words } = this.#placing || this.isComing ? { state: "waiting", words: "Ringing" } : statusOf(call);
    byId("status").dataset.state = state;
    say(byId("status-words"), words);
    byId("phone").dataset.live = String(this.#live);
    byId("welcome").hidden = Boolean(call || this.isComing);
    byId("log").hidden = !byId("welcome").hidden;
    showConversation(byId("log"), byId("talk"), call ?? { heard: [] }, this.#pending);
    this.#enable();
    say(byId("call").querySelector("span"), this.#live ? "Hang up" : "Call");
    byId("call").setAttribute("aria-disabled", String(this.#engaged && !this.#live));
    this.#numbers.engage(this.#engaged);
    byId("caller-field").hidden = this.#live;
    byId("caller-as").hidden = !this.#live;
    if (this.#live) say(byId("caller-as"), [phoneNumber(call.from), BY[call.on_stream]].filter(Boolean).join(" · "));
    byId("microphone").hidden = !(call?.on_stream === "media" ? canTalk : microphone.available);
    if (!this.#live) byId("arrived").hidden = true;
    this.#showClock();
  }

  #enable() {
    const speaking = [byId("words"), byId("say")];
    const others = [byId("microphone"), ...byId("keypad").children];
    const losing = [...speaking, ...others].includes(document.activeElement) && !this.#engaged;
    for (const control of speaking) control.disabled = !this.#engaged;
    for (const control of others) control.disabled = !this.#live;
    // What is switched off loses the focus; the next thing to do is to call again.
    if (losing) byId("call").focus({ preventScroll: true });
  }

  #showClock() {
    const call = this.#call;
    const seconds = !call ? 0 : call.over ? (call.duration_s ?? 0) : Date.now() / 1000 - call.began_at;
    say(byId("clock"), clock(seconds));
  }

  #complain(words) {
    say(byId("problem"), words);
  }
}
