// Earlier calls: who, what happened, when, how long.

import { el, keep, say } from "./dom.js";
import { badge } from "./wire.js";
import { ago, clock, exactly, phoneNumber } from "./words.js";

const STATES = {
  completed: ["done", "completed"],
  "in-progress": ["live", "in progress"],
  ringing: ["waiting", "ringing"],
  queued: ["waiting", "queued"],
  busy: ["failed", "busy"],
  failed: ["failed", "failed"],
  "no-answer": ["failed", "not answered"],
  canceled: ["failed", "given up"],
};

/** Show the calls; `chosen` is the sid of the one that the page shows. */
export function showCalls(list, calls, chosen) {
  const inbound = calls.filter((call) => call.direction === "inbound");
  keep(list, inbound.map((call) => ({ ...call, isChosen: call.sid === chosen })), {
    key: (call) => call.sid,
    make: (call) =>
      el(
        "li",
        {},
        el(
          "a",
          { href: `#${call.sid}` },
          el("span", { class: "who" }, phoneNumber(call.from)),
          badge("done", ""),
          el("time", { title: exactly(call.began_at), datetime: new Date(call.began_at * 1000).toISOString() }),
          el("span", { class: "length" }),
        ),
      ),
    update: updateCall,
  });
  return inbound.length;
}

function updateCall(element, call) {
  const [state, word] = STATES[call.status] ?? ["waiting", call.status];
  const sign = element.querySelector(".badge");
  sign.dataset.state = state;
  say(sign, word);
  say(element.querySelector("time"), ago(call.began_at));
  say(element.querySelector(".length"), call.duration_s === null ? "" : clock(call.duration_s));
  const link = element.querySelector("a");
  if (call.isChosen) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
}
