// The threads: who texted, the last words, when. One that is chosen is read, and gone on with, in the phone.

import { el, keep, say } from "./dom.js";
import { ago, exactly, phoneNumber } from "./words.js";

const WHO = { person: "", product: "Bot: ", carrier: "Carrier: " };

/** Show the newest text of each thread; `choose(person)` is called with the one that is clicked. */
export function showThreads(list, threads, chosen, choose) {
  keep(list, threads.map((text) => ({ ...text, isChosen: text.with === chosen })), {
    key: (text) => text.with,
    make: (text) => {
      const button = el(
        "button",
        { type: "button" },
        el("span", { class: "who" }, phoneNumber(text.with.replace("whatsapp:", ""))),
        el("time", {}),
        el("span", { class: "last" }),
      );
      button.addEventListener("click", () => choose(text.with));
      return el("li", {}, button);
    },
    update: updateThread,
  });
  return threads.length;
}

function updateThread(element, text) {
  const time = element.querySelector("time");
  say(time, ago(text.at));
  time.title = exactly(text.at);
  const by = text.channel === "whatsapp" ? "WhatsApp · " : "";
  say(element.querySelector(".last"), `${by}${WHO[text.author] ?? ""}${text.body || "(a file)"}`);
  const button = element.querySelector("button");
  if (text.isChosen) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
}
