// Speak instead of typing, where the browser understands speech by itself.

const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;

/** Whether this browser can. */
export const available = Boolean(Recognition);

/** Listens while it is switched on: `words(text, confidence)` when a phrase is complete, `begins()` when one begins. */
export class Microphone {
  #recognition = null;
  #words;
  #begins;
  #changed;

  constructor({ words, begins, changed }) {
    this.#words = words;
    this.#begins = begins;
    this.#changed = changed;
  }

  get on() {
    return this.#recognition !== null;
  }

  /** Switch on; `changed(problem)` is called on every change, with words when it did not work. */
  start() {
    const recognition = new Recognition();
    recognition.lang = "en-US";
    recognition.continuous = true;
    recognition.addEventListener("speechstart", () => this.#begins());
    recognition.addEventListener("result", (event) => this.#take(event));
    recognition.addEventListener("error", (event) => this.#fail(event.error));
    recognition.addEventListener("end", () => this.stop());
    this.#recognition = recognition;
    recognition.start();
    this.#changed("");
  }

  /** Switch off. */
  stop() {
    const recognition = this.#recognition;
    if (!recognition) return;
    this.#recognition = null;
    recognition.stop();
    this.#changed("");
  }

  #take(event) {
    for (let n = event.resultIndex; n < event.results.length; n += 1) {
      const [best] = event.results[n];
      if (event.results[n].isFinal && best.transcript.trim()) this.#words(best.transcript.trim(), best.confidence);
    }
  }

  #fail(reason) {
    if (reason === "no-speech" || reason === "aborted") return;
    this.#recognition = null;
    const forbidden = reason === "not-allowed" || reason === "service-not-allowed";
    this.#changed(
      forbidden
        ? "The browser does not let this page use the microphone. Allow it in the address bar, or type."
        : `The browser's speech recognition does not work (${reason}). Type what you say.`,
    );
  }
}
