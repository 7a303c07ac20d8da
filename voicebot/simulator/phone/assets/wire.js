// What went over the wire about a call: webhooks to the service, its requests to the carrier, alerts.

import { el, keep, pairs, say, unfolding } from "./dom.js";
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

/** Show the webhooks of a call. */
export function showWebhooks(list, webhooks) {
  keep(list, webhooks, { key: (each) => each.n, make: (each) => line(webhookHead(each), () => webhookBody(each)) });
  return webhooks.length;
}

/** Show what the service asked of the carrier. */
export function showRest(list, entries) {
  keep(list, entries, {
    key: (each) => each.n,
    make: (each) =>
      line([method(each.method), path(pathOf(each.path)), outcome(each.status), meta(time(each.at))], () => [
        pairs([["path", each.path], ...Object.entries(each.params)].map(([name, value]) => [name, String(value)])),
        ...(each.code ? [el("p", { class: "hint" }, `Error ${each.code}`)] : []),
      ]),
  });
  return entries.length;
}

/** Show what the carrier's debugger complains about. */
export function showAlerts(list, alerts) {
  keep(list, alerts, {
    key: (each) => each.n,
    make: (each) =>
      line(
        [
          badge(each.log_level === "error" ? "failed" : "waiting", each.log_level),
          el("span", { class: "path plain" }, each.text),
          meta(time(each.at)),
        ],
        () => [
          pairs([
            ["code", String(each.error_code)],
            ["address", each.url || "none"],
          ]),
        ],
      ),
  });
  return alerts.length;
}

function webhookHead(each) {
  const retry = each.attempt > 1 ? `, try ${each.attempt}` : "";
  return [
    method(each.method),
    path(pathOf(each.url)),
    outcome(each.status),
    el("span", { class: "took" }, duration(each.took_ms / 1000)),
    meta(`${KINDS[each.kind] ?? each.kind}${retry} · `, time(each.at)),
  ];
}

function webhookBody(each) {
  const form = Object.entries(each.params);
  const sent = [el("h4", {}, form.length ? "Form" : "Request"), pairs([["address", each.url], ...form])];
  const failed = each.error_code ? [el("p", { class: "problem" }, `The carrier's error ${each.error_code}`)] : [];
  const answered = each.body ? [el("h4", {}, `Answer, ${each.content_type || "no type"}`), readable(each.body)] : [];
  return [...failed, ...answered, ...sent];
}

function line(head, body) {
  return el("li", { class: "line" }, unfolding(head, body));
}

const method = (text) => el("span", { class: "method" }, text);
const meta = (...parts) => el("span", { class: "meta" }, ...parts);
const path = (text) => el("span", { class: "path" }, text);
const time = (at) => el("time", { title: exactly(at), datetime: new Date(at * 1000).toISOString() }, timeOfDay(at));

function outcome(status) {
  if (status === null) return badge("failed", "no answer");
  return badge(status < 400 ? "live" : "failed", String(status));
}

/** A word with the colour of its meaning. */
export function badge(state, word) {
  const element = el("span", { class: "badge" });
  element.dataset.state = state;
  say(element, word);
  return element;
}
