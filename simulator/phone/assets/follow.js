// A list that grows at its end stays at its end, unless the reader has scrolled up or unfolded a line: then a button
// says that there is something new.

import { el, say } from "./dom.js";

const NEAR_PX = 24;

/** Follow what is added to `list` within the scrolling `box`, once `begin(true)` has said that something goes on. */
export class Follower {
  #box;
  #button = el("button", { type: "button", class: "news", hidden: true });
  #goesOn = false;
  #atEnd = true;
  #news = 0;

  constructor(box, list) {
    this.#box = box;
    box.after(this.#button);
    this.#button.addEventListener("click", () => {
      this.#toEnd();
      box.focus({ preventScroll: true });
    });
    box.addEventListener("scroll", () => this.#scrolled());
    box.addEventListener("toggle", (event) => event.target.open && (this.#atEnd = false), true);
    new MutationObserver((changes) => this.#grew(changes)).observe(list, { childList: true });
    new ResizeObserver(() => this.#goesOn && this.#atEnd && this.#toEnd()).observe(box);
  }

  /** Another subject is shown: one that goes on is followed, one that is over is read from its beginning. */
  begin(goesOn) {
    this.#goesOn = goesOn;
    this.#atEnd = true;
    this.#box.scrollTop = 0;
    this.#forget();
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (this.#atEnd) this.#forget();
  }

  #grew(changes) {
    const added = changes.reduce((sum, change) => sum + change.addedNodes.length, 0);
    if (!added || !this.#goesOn) return;
    if (this.#atEnd) {
      this.#toEnd();
      return;
    }
    this.#news += added;
    this.#button.hidden = false;
    say(this.#button, `${this.#news} new ↓`);
  }

  #toEnd() {
    this.#atEnd = true;
    this.#box.scrollTop = this.#box.scrollHeight;
    this.#forget();
  }

  #forget() {
    this.#news = 0;
    this.#button.hidden = true;
  }
}
