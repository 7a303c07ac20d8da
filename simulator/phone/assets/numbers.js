// The number that is dialled next: any of the account's, or one of its lines by what carries their calls.

import * as api from "./api.js";
import { byId, el } from "./dom.js";
import { phoneNumber } from "./words.js";

const KEPT = "dial";

/** The field with the number, and the lines above it: whichever is chosen, the other shows it. */
export class Numbers {
  #shown = "";

  constructor() {
    byId("dial").addEventListener("change", () => this.#choose(byId("dial").value));
    byId("lines").addEventListener("change", (event) => this.#choose(event.target.value));
  }

  /** Show what the account has now. What was chosen stays chosen, also when the page is loaded again. */
  async refresh() {
    const numbers = await api.numbers();
    const shown = JSON.stringify(numbers);
    if (!numbers.length || shown === this.#shown) return;
    this.#shown = shown;
    const options = numbers.map(({ number, name, line }) =>
      el("option", { value: number }, [phoneNumber(number), line ? null : name].filter(Boolean).join(" · ")),
    );
    byId("dial").replaceChildren(...options);
    const lines = numbers.filter(({ line }) => line);
    byId("lines").hidden = byId("lines-title").hidden = lines.length < 2;
    const { disabled } = byId("dial");
    byId("lines").replaceChildren(
      ...lines.map(({ number, line }) =>
        el("label", {}, el("input", { type: "radio", name: "line", value: number, disabled }), el("span", {}, line)),
      ),
    );
    const kept = sessionStorage.getItem(KEPT);
    const first = numbers.find((each) => each.number === kept) ?? numbers.find((each) => each.default) ?? numbers[0];
    this.#mark(first.number);
  }

  /** While a call goes on its number stands there. */
  engage(engaged) {
    for (const each of [byId("dial"), ...radios()]) each.disabled = engaged;
  }

  #choose(number) {
    sessionStorage.setItem(KEPT, number);
    this.#mark(number);
  }

  #mark(number) {
    byId("dial").value = number;
    for (const each of radios()) each.checked = each.value === number;
  }
}

const radios = () => byId("lines").querySelectorAll("input");
