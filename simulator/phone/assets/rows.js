// The database's rows about a call, or the texts with a person: they appear, and change, while it goes on.

import * as api from "./api.js";
import { byId, el, keep, pairs, say, unfolding } from "./dom.js";
import { exactly, timeOfDay } from "./words.js";

const SETTLED_S = 90;
const PAUSE_MS = 2000;
const FLASH_MS = 4000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// What tells one row from another, and what of it is worth seeing at once.
const TELLING = {
  call_history: (row) => [row.call_status, row.end_reason, row.duration === null ? "" : `${row.duration} s`, row.outcome],
  webhook_events: (row) => [row.type, row.event_type],
  call_turns: (row) => [`turn ${row.turn}`, row.finished_at ? "finished" : "under way"],
  transcripts: (row) => [`${row.speaker}: ${row.content}`, inPart(row)],
  summaries: (row) => [row.generation_status, row.title ?? row.tldr],
  user_profiles: (row) => [`onboarding ${row.onboarding_status}`, [row.first_name, row.last_name].join(" ").trim(), row.location],
  conversations: (row) => [row.channel, `ai_mode ${row.ai_mode}`, row.status],
  sms_history: (row) => [`${whose(row)}: ${row.content ?? ""}`, row.status],
  onboarding_messages: (row) => [row.message_type, row.status],
  verifications: (row) => [row.status, row.channel, `${row.attempts} checked`],
  consents: (row) => [row.purpose, row.state, row.wording_version],
  suppressions: (row) => [row.reason, row.scope, row.until ? "lifted" : "standing"],
  support_escalations: (row) => [row.reason, row.message],
};

function whose({ direction, kind }) {
  if (direction !== "inbound") return kind;
  return kind === "reaction" ? "a reaction from them" : "from them";
}

function inPart({ content, heard, heard_source: source }) {
  return heard === null || heard === content ? "" : `heard in part${source === "estimate" ? ", by estimate" : ""}`;
}

/** Follows the rows of one call, or of one person's texts, at a time. */
export class RowWatch {
  #stopped = null;
  #told;

  /** `told(rows)` is called whenever they are read. */
  constructor(told) {
    this.#told = told;
  }

  /** Show the rows about this call or person, and go on while `isRecent()`; null shows none. */
  watch(about, isRecent) {
    this.#stopped?.abort();
    this.#stopped = new AbortController();
    show({ rows: [], problem: "", configured: true });
    if (about) this.#follow(about, isRecent, this.#stopped.signal).catch(() => {});
  }

  async #follow(about, isRecent, signal) {
    let version = "";
    let settledAt = null;
    while (!signal.aborted) {
      let answer = null;
      try {
        answer = await api.rows(about, version, signal);
      } catch {
        if (signal.aborted) return;
        await pause(PAUSE_MS);
        continue;
      }
      if (signal.aborted) return;
      show(answer);
      this.#told(answer.rows);
      if (!answer.configured) return;
      version = answer.version;
      // The summary and the price come some time after the call; then nothing changes any more.
      settledAt = isRecent() ? null : (settledAt ?? Date.now());
      if (settledAt && Date.now() - settledAt > SETTLED_S * 1000) return;
      while (document.hidden && !signal.aborted) await pause(PAUSE_MS);
      if (answer.problem) await pause(PAUSE_MS);
    }
  }
}

function show({ rows, problem, configured }) {
  keep(byId("rows"), rows, { key: keyOf, make: makeRow, update: updateRow });
  say(byId("rows-count"), rows.length ? String(rows.length) : "");
  say(byId("rows-problem"), problem);
  byId("rows-empty").hidden = rows.length > 0 || Boolean(problem);
  say(
    byId("rows-empty"),
    configured
      ? "Rows appear while you talk or text; the summary some seconds after a call."
      : "No database was given: start the simulator with --database-url to see the service's rows here.",
  );
}

function keyOf({ table, row }) {
  return `${table}:${row.id ?? row.event_id ?? ""}:${row.turn ?? ""}`;
}

function makeRow() {
  const head = [
    el("span", { class: "table" }),
    el("span", { class: "path plain" }),
    el("span", { class: "changed" }),
    el("time", {}),
  ];
  return el("li", { class: "line" }, unfolding(head, () => []));
}

function updateRow(element, { at, table, row }, isNew) {
  say(element.querySelector(".table"), table);
  const telling = (TELLING[table]?.(row) ?? [String(row.id ?? "")]).filter(Boolean);
  const words = telling.join(" · ");
  say(element.querySelector(".path"), words);
  element.querySelector(".path").title = words;
  const time = element.querySelector("time");
  say(time, timeOfDay(at));
  time.title = exactly(at);
  time.dateTime = at;
  element.querySelector("details").refill(() => [pairs(columnsOf(row))]);
  if (!isNew) {
    flash(element);
  }
}

function columnsOf(row) {
  return Object.entries(row)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value, null, 2) : String(value)]);
}

function flash(element) {
  say(element.querySelector(".changed"), "changed");
  clearTimeout(element.calmsDown);
  element.calmsDown = setTimeout(() => say(element.querySelector(".changed"), ""), FLASH_MS);
  element.classList.remove("flash");
  // Reading a size makes the browser notice that the class was gone, so that the motion starts anew.
  void element.offsetWidth;
  element.classList.add("flash");
}
