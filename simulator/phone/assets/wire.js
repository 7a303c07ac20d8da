// What went over the wire: webhooks to the service, its requests to the carrier, and what the carrier complains about.
// One line each, in the order in which they began; a webhook that was made again is one line with its tries.

import { el, keep, pairs, say, unfolding } from "./dom.js";
import { WORDS } from "./glossary.js";
import { readable } from "./twiml.js";
import { duration, exactly, pathOf, timeOfDay } from "./words.js";

const KINDS = {
  voice: "call comes in",
  action: "caller acted",
  redirect: "next document",
  media: "clip",
  status: "status",
  recording: "recording",
  fallback: "fallback",
  partial: "half-way words",
  amd: "machine detection",
  sms: "text comes in",
  "sms fallback": "fallback for a text",
  delivery: "what became of a text",
};
const ABOUT = {
  media: WORDS.clip,
  redirect: WORDS.document,
  fallback: "The carrier asks here when the address itself failed.",
  status: "The carrier tells that the call has changed.",
};

/** Show all of it; returns how many lines there are. */
export function showWire(list, { webhooks, rest, alerts, messages = [] }) {
  const entries = [
    ...messages.map((each) => ({ ...each, from: "message" })),
    ...tried(webhooks).map((each) => ({ ...each, from: "webhook" })),
    ...rest.map((each) => ({ ...each, from: "rest" })),
    ...alerts.map((each) => ({ ...each, from: "alert" })),
  ].sort((a, b) => a.at - b.at || a.n - b.n);
  keep(list, entries, { key: (each) => `${each.from}:${each.token ?? each.n}`, make, update });
  return entries.length;
}

/** Each webhook once, as its last try ended. */
function tried(webhooks) {
  const byToken = new Map();
  for (const each of webhooks) {
    const tries = [...(byToken.get(each.token)?.tries ?? []), each];
    byToken.set(each.token, { ...each, at: tries[0].at, n: tries[0].n, tries });
  }
  return [...byToken.values()];
}

function make() {
  return el("li", { class: "line" }, unfolding([], () => []));
}

function update(element, each) {
  const { head, body } = PARTS[each.from](each);
  element.querySelector("summary").replaceChildren(...head);
  element.querySelector("details").refill(() => body);
}

const PARTS = {
  webhook: (each) => ({
    head: [
      kind(KINDS[each.kind] ?? each.kind, ABOUT[each.kind] ?? WORDS.webhook),
      path(pathOf(each.url)),
      ...(each.tries.length > 1 ? [badge("waiting", `${each.tries.length} tries`)] : []),
      outcome(each.status),
      took(each),
    ],
    body: webhookBody(each),
  }),
  rest: (each) => ({
    head: [
      kind(each.method === "GET" ? "service asks" : "service orders", "A request of the service to the carrier's REST API."),
      path(pathOf(each.path).replace(/^\/2010-04-01\/Accounts\/[^/]+/, "")),
      outcome(each.status),
      time(each.at),
    ],
    body: [
      pairs([["path", each.path], ...Object.entries(each.params)].map(([name, value]) => [name, String(value)])),
      ...(each.code ? [el("p", { class: "hint" }, `Error ${each.code}`)] : []),
    ],
  }),
  message: (each) => ({
    head: [
      kind(each.by === "app" ? "service sends" : "carrier sends", "A message of the call's websocket."),
      path(nameOf(each.message)),
      time(each.at),
    ],
    body: [readable(JSON.stringify(each.message, null, 2))],
  }),
  alert: (each) => ({
    head: [
      badge(each.log_level === "error" ? "failed" : "waiting", each.log_level),
      el("span", { class: "path plain", title: each.text }, each.text),
      time(each.at),
    ],
    body: [
      pairs([
        ["code", String(each.error_code)],
        ["address", each.url || "none"],
      ]),
    ],
  }),
};

/** The messages of all websockets of a call but their sound; neighbouring tokens are one line. */
export function messagesOf(call) {
  const lines = [];
  for (const { at_s, by, message } of (call?.streams ?? []).flatMap((spell) => spell.messages)) {
    const last = lines.at(-1);
    const isMore = message?.type === "text" && last?.message?.type === "text" && last.message.last !== true;
    if (isMore) last.message = { ...message, token: last.message.token + message.token };
    else lines.push({ n: lines.length, at: call.began_at + at_s, by, message });
  }
  return lines;
}

function nameOf(message) {
  const name = message?.type ?? message?.event ?? "no JSON";
  const words = message?.token ?? message?.voicePrompt ?? message?.utteranceUntilInterrupt ?? message?.mark?.name ?? message?.value;
  return [name, words ?? message?.digit ?? message?.dtmf?.digit].filter(Boolean).join(": ");
}

function webhookBody(each) {
  const form = Object.entries(each.params);
  const sent = [el("h4", {}, form.length ? "Form" : "Request"), pairs([["address", `${each.method} ${each.url}`], ...form])];
  const failed = each.error_code ? [el("p", { class: "problem" }, `The carrier's error ${each.error_code}`)] : [];
  const answered = each.body ? [el("h4", {}, `Answer, ${each.content_type || "no type"}`), readable(each.body)] : [];
  return [...triesOf(each), ...failed, ...answered, ...sent];
}

function triesOf({ tries }) {
  if (tries.length < 2) return [];
  const told = tries.map((each) => [
    `try ${each.attempt}`,
    `${each.status ?? "no answer"} after ${duration(each.took_ms / 1000)}, ${timeOfDay(each.at)}`,
  ]);
  return [el("h4", {}, "Tries"), pairs(told)];
}

const kind = (text, about) => el("span", { class: "kind", title: about }, text);
const path = (text) => el("span", { class: "path", title: text }, text);
const time = (at) => el("time", { title: exactly(at), datetime: new Date(at * 1000).toISOString() }, timeOfDay(at));
const took = ({ at, took_ms: ms }) => el("span", { class: "took", title: exactly(at) }, duration(ms / 1000));

function outcome(status) {
  if (status === null) return badge("failed", "no answer");
  return badge(status < 400 ? "live" : "failed", String(status));
}

function badge(state, word) {
  const element = el("span", { class: "badge" });
  element.dataset.state = state;
  say(element, word);
  return element;
}
