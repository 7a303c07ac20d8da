// The two things that the phone is used for. As with any row of tabs, the arrow keys go from one to the other.

import { byId } from "./dom.js";

const MODES = ["call", "texts"];
const KEPT = "mode";

/** Switches between calling and texting; `changed(mode)` is told. */
export class Modes {
  #changed;
  #mode = "call";

  constructor(changed) {
    this.#changed = changed;
    for (const mode of MODES) {
      const tab = byId(`mode-${mode}`);
      tab.addEventListener("click", () => this.choose(mode));
      tab.addEventListener("keydown", (event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        this.choose(MODES.find((other) => other !== mode));
        byId(`mode-${this.#mode}`).focus();
      });
    }
    this.#show(sessionStorage.getItem(KEPT) === "texts" ? "texts" : "call");
  }

  get now() {
    return this.#mode;
  }

  choose(mode) {
    if (mode === this.#mode) return;
    this.#show(mode);
    this.#changed(mode);
  }

  #show(mode) {
    this.#mode = mode;
    sessionStorage.setItem(KEPT, mode);
    for (const each of MODES) {
      const tab = byId(`mode-${each}`);
      tab.setAttribute("aria-selected", String(each === mode));
      tab.tabIndex = each === mode ? 0 : -1;
      byId(`pane-${each}`).hidden = each !== mode;
    }
  }
}
