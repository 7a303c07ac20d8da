// What the model was asked, and how long it took: one line for each request, which unfolds into the whole prompt.

import { el, keep, pairs, say, unfolding } from "./dom.js";
import { duration } from "./words.js";

const ROLES = { system: "System", developer: "System", user: "Caller", assistant: "Bot", tool: "Tool" };
const WANTS = { answer: "", call_summary: "for the summary" };
const ENDS = { running: "under way", whole: "", cut: "broke off", failed: "failed", left: "given up by the service" };

/** Show some requests in a list of their own. */
export function showRequests(list, requests) {
  keep(list, requests, {
    key: (request) => request.n,
    make: () => el("li", { class: "line" }, unfolding(head(), () => [])),
    update: updateRequest,
  });
}

function head() {
  return [el("span", { class: "kind" }), el("span", { class: "path" }), el("span", { class: "took" })];
}

function updateRequest(element, request) {
  say(element.querySelector(".kind"), request.model);
  const wants = WANTS[request.wants] ?? `for ${request.wants.replaceAll("_", " ")}`;
  say(element.querySelector(".path"), [wants, tokens(request), ENDS[request.finished]].filter(Boolean).join(" · "));
  element.querySelector(".path").title = "tokens in → tokens out";
  say(element.querySelector(".took"), times(request));
  element.querySelector("details").refill(() => body(request));
}

function tokens({ prompt_tokens: asked, completion_tokens: answered }) {
  return asked === null ? "" : `${asked} → ${answered} tokens`;
}

function times({ first_token_ms: first, total_ms: total }) {
  const parts = [];
  if (first !== null) parts.push(`first ${duration(first / 1000)}`);
  if (total !== null) parts.push(`all ${duration(total / 1000)}`);
  return parts.join(", ");
}

function body(request) {
  const answer = [request.answer, ...request.tool_calls.map(({ name, arguments: given }) => `${name}(${JSON.stringify(given)})`)];
  return [
    el("h4", {}, "Prompt"),
    ...request.messages.map(message),
    el("h4", {}, "Answer"),
    el("dl", { class: "said" }, el("dt", {}, "Bot"), el("dd", {}, answer.filter(Boolean).join("\n") || "none")),
    el("h4", {}, "Request"),
    pairs([
      ["model", request.model],
      ["tools", request.tools.join(", ") || "none"],
    ]),
  ];
}

/** The long instructions stay folded; what was said is read at once. */
function message({ role, content, tool_calls: calls }) {
  const who = ROLES[role] ?? role;
  const words = [content, ...(calls ?? []).map((call) => `${call.name}(${call.arguments})`)].filter(Boolean).join("\n");
  if (role !== "system" && words.length < 400) {
    return el("dl", { class: "said" }, el("dt", {}, who), el("dd", {}, words));
  }
  const folded = unfolding([`${who}, ${words.length} characters`], () => [
    el("pre", { class: "document", tabindex: "0", "aria-label": `What stands in the prompt as ${who}` }, words),
  ]);
  folded.classList.add("prompt");
  return folded;
}
