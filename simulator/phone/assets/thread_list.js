// The threads: who texted, the last words, when. One that is chosen is read, and gone on with, in the phone.

import { el, keep, say } from "./dom.js";
import { showStanding, standingBadge, standingOf } from "./standing.js";
import { ago, exactly, phoneNumber } from "./words.js";

const WHO = { person: "", product: "Bot: ", carrier: "Carrier: " };

/** Show the newest text of each thread, and who opted out (`standing`, by address); a click calls `choose(person)`. */
export function showThreads(list, threads, standing, chosen, choose) {
  const items = threads.map((text) => ({
    ...text,
    isChosen: text.with === chosen,
    standing: standingOf(standing.get(text.with)),
  }));
  keep(list, items, {
    key: (text) => text.with,
    make: (text) => {
      const button = el(
        "button",
        { type: "button" },
        el("span", { class: "who" }, phoneNumber(text.with.replace("whatsapp:", ""))),
        el("time", {}),
        standingBadge(),
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
  showStanding(element.querySelector(".standing"), text.standing);
  const button = element.querySelector("button");
  if (text.isChosen) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
}
