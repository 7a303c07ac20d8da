// Earlier calls: who, what came of it, when, how long.

import { el, keep, say } from "./dom.js";
import { outcomeOf } from "./outcome.js";
import { listedCall } from "./stored_call.js";
import { ago, clock, exactly, phoneNumber } from "./words.js";

/** Show the simulator's calls and, under them, the database's; `chosen` is the sid of the one that the page shows. */
export function showCalls(list, calls, kept, chosen) {
  const bySid = new Map(kept.map((row) => [row.call_sid, row]));
  const here = new Set(calls.map((call) => call.sid));
  const older = kept.filter((row) => !here.has(row.call_sid)).map(listedCall);
  const all = [...calls.filter((call) => call.direction === "inbound"), ...older];
  const shown = all.map((call) => ({
    ...call,
    ...outcomeOf(call, bySid.get(call.sid)),
    isChosen: call.sid === chosen,
  }));
  keep(list, shown, {
    key: (call) => call.sid,
    make: (call) =>
      el(
        "li",
        {},
        el(
          "a",
          { href: `#${call.sid}` },
          el("span", { class: "who" }, phoneNumber(call.from)),
          el("time", { title: exactly(call.began_at), datetime: new Date(call.began_at * 1000).toISOString() }),
          el("span", { class: "came" }),
          el("span", { class: "length" }),
        ),
      ),
    update: updateCall,
  });
  return all.length;
}

function updateCall(element, call) {
  const came = element.querySelector(".came");
  came.dataset.state = call.state;
  say(came, call.words);
  say(element.querySelector("time"), ago(call.began_at));
  say(element.querySelector(".length"), call.duration_s === null || call.duration_s === undefined ? "" : clock(call.duration_s));
  const link = element.querySelector("a");
  if (call.isChosen) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
}
