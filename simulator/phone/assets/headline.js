// The first lines of the panel: what came of the call, or where the texts with somebody stand, and its summary.

import { byId, el, say } from "./dom.js";
import { WORDS } from "./glossary.js";
import { outcomeOf, price } from "./outcome.js";
import { clock, dayAndTime, phoneNumber } from "./words.js";

const SUMMARY_WITHIN_S = 60;
const LEGS = { completed: "answered", busy: "busy", "no-answer": "not answered", failed: "not reached", canceled: "canceled" };
const ABOUT = { "second leg": WORDS.leg, price: "What the carrier charges for the call." };
const ONBOARDING = {
  completed: "Onboarding is complete",
  failed: "Onboarding was refused",
};

/** Nothing is chosen. */
export function showNothing() {
  put("idle", "", "What the service does", [], "Place a call, write a text, or choose an earlier call.");
}

/** A call as the simulator has it, with the rows that the database holds of it. */
export function showCall(call, rows) {
  const kept = rows.find(({ table }) => table === "call_history")?.row;
  const summary = rows.find(({ table }) => table === "summaries")?.row;
  const { state, words } = outcomeOf(call, kept);
  const length = call.duration_s ?? kept?.duration;
  const facts = [
    ["length", length === null || length === undefined || !call.over ? null : clock(length)],
    ["price", kept?.price ? price(kept.price, kept.price_unit) : null],
    ["from", phoneNumber(call.from)],
    ["to", phoneNumber(call.to)],
    ...(call.dialled ?? []).map((leg) => ["second leg", `${phoneNumber(leg.to)}, ${LEGS[leg.status] ?? leg.status}`]),
    ["operators see it in the", pageOf(kept)],
  ];
  put(state, `Call of ${dayAndTime(call.began_at)}`, words, facts, tldrOf(call, kept, summary), call.sid);
}

/** Where the service shows this call to its operators; null while the database holds none of it. */
function pageOf(kept) {
  const { console: root } = byId("headline").dataset;
  return root && kept?.public_id ? `${root}/calls/${kept.public_id}` : null;
}

function tldrOf(call, kept, summary) {
  if (!call.over) return "The summary is written when the call is over.";
  const tldr = summary?.tldr ?? kept?.summary;
  if (tldr) return tldr;
  if (summary?.generation_status === "failed") return "The summary could not be written; the worker tries again.";
  const ended = call.began_at + (call.duration_s ?? 0);
  if (!kept || Date.now() / 1000 - ended > SUMMARY_WITHIN_S) return "No summary.";
  return "The summary follows in some seconds.";
}

/** The texts with one person. */
export function showThread(person, texts, rows) {
  const last = texts.at(-1);
  const profile = rows.find(({ table }) => table === "user_profiles")?.row;
  const standing = rows.find(({ table, row }) => table === "suppressions" && !row.until)?.row;
  const words = standing
    ? "Opted out: nothing is sent"
    : !last
      ? "No texts"
      : last.direction === "outbound"
        ? "Answered"
        : "Waiting for an answer";
  const state = standing ? "waiting" : last?.direction === "outbound" ? "done" : last ? "live" : "idle";
  const name = [profile?.first_name, profile?.last_name].filter(Boolean).join(" ");
  const facts = [
    ["texts", String(texts.length)],
    ["name", name || null],
    ["place", profile?.location ?? null],
  ];
  const onboarding = profile ? (ONBOARDING[profile.onboarding_status] ?? "Somebody new: onboarding goes on") : "";
  const channel = person.startsWith("whatsapp:") ? "WhatsApp" : "Texts";
  put(state, `${channel} with ${phoneNumber(person.replace("whatsapp:", ""))}`, words, facts, onboarding);
}

function put(state, which, words, facts, tldr, id = "") {
  byId("headline").dataset.state = state;
  const whole = id ? `${which} ${id}` : which;
  if (byId("which").textContent !== whole) {
    byId("which").replaceChildren(...(id ? [`${which} `, el("span", { class: "id" }, id)] : [which]));
  }
  say(byId("service-title"), words);
  say(byId("tldr"), tldr);
  const shown = facts.filter(([, value]) => value !== null);
  const text = JSON.stringify(shown);
  if (byId("facts").dataset.shown === text) return;
  byId("facts").dataset.shown = text;
  byId("facts").replaceChildren(
    ...shown.map(([name, value]) => el("span", { title: ABOUT[name] }, `${name} `, told(value))),
  );
}

function told(value) {
  return value.startsWith("http") ? el("a", { href: value }, "console") : el("b", {}, value);
}
