// The page: one call is chosen (its sid stands in the address), or one number texts; the phone and the panels show
// whichever of the two the phone is used for.

import * as api from "./api.js";
import { showCalls } from "./call_list.js";
import { byId, el, say } from "./dom.js";
import { Follower } from "./follow.js";
import { showGlossary } from "./glossary.js";
import { showCall, showNothing, showThread } from "./headline.js";
import { buildKnobs } from "./knobs.js";
import { follow, oneAtATime } from "./live.js";
import { showMails } from "./mail_list.js";
import { Modes } from "./modes.js";
import { Numbers } from "./numbers.js";
import { Phone } from "./phone.js";
import { RowWatch } from "./rows.js";
import { showStanding, standingOf } from "./standing.js";
import { storedCall } from "./stored_call.js";
import { Thread } from "./thread.js";
import { showThreads } from "./thread_list.js";
import { showAnswers, showLegend, showTurns } from "./turn_list.js";
import { messagesOf, showWire } from "./wire.js";
import { phoneNumber } from "./words.js";

const OFTEN_S = 30;
const MAILS_S = 4;
const LINK = { live: "live", failed: "connection lost, trying again", waiting: "connecting" };

// What the panels show now, and what is known of it.
const shown = { about: null, call: null, texts: [], rows: [], asked: [], rest: [] };
let chosen = null;

const rowWatch = new RowWatch((rows) => {
  shown.rows = rows;
  thread.kept(rows);
  if (modes.now === "call") showService();
  else showHeadline();
  refreshLists();
});
const followers = ["turns", "wire", "rows"].map((id) => new Follower(byId(id).closest(".scroll"), byId(id)));
const numbers = new Numbers();
const phone = new Phone(numbers, (sid) => {
  location.hash = sid;
});
const thread = new Thread((person, texts) => {
  if (modes.now === "texts") showPanels();
  if (person === shown.about) shown.texts = texts;
  refreshAsked();
  showHeadline();
});
const modes = new Modes(() => {
  byId("mode-texts").classList.remove("arrival");
  showPanels();
  refreshLists();
});

const refreshCall = oneAtATime(async () => {
  const sid = chosen;
  if (!sid) return;
  const call = await callOf(sid);
  if (sid !== chosen) return;
  if (!call) {
    location.hash = "";
    return;
  }
  phone.show(call);
  if (shown.about !== sid) return;
  shown.call = call;
  showService();
});

/** The call as the simulator knows it, or else the database. */
async function callOf(sid) {
  try {
    return await api.call(sid);
  } catch (error) {
    if (error.status !== 404) throw error;
    return storedCall((await api.rows(sid, "", undefined, 0)).rows);
  }
}

const refreshRest = oneAtATime(async () => {
  const { about } = shown;
  if (!about) return;
  const ledger = await (about === chosen ? api.ledger(about) : api.ledgerOf(about));
  if (about !== shown.about) return;
  shown.rest = about === chosen ? ledger.rest.filter((each) => aboutCall(each, about)) : ledger.rest;
  shown.webhooks = ledger.webhooks;
  showService();
});

const refreshAsked = oneAtATime(async () => {
  const { about } = shown;
  if (!about) return;
  const asked = await api.modelRequests(about);
  if (about !== shown.about) return;
  shown.asked = asked;
  showService();
});

const refreshLists = oneAtATime(async () => {
  const [calls, threads, kept, standing] = await Promise.all([api.calls(), api.threads(), api.earlier(), api.standing()]);
  byId("no-calls").hidden = showCalls(byId("calls"), calls, kept, modes.now === "call" ? chosen : null) > 0;
  const person = modes.now === "texts" ? thread.person : null;
  byId("no-threads").hidden = showThreads(byId("threads"), threads, standing, person, openThread) > 0;
  const texters = threads.map((text) => text.with).filter((each) => each.startsWith("+"));
  const numbers = [...new Set([...calls.map((call) => call.from), ...texters])];
  byId("callers").replaceChildren(...numbers.map((number) => el("option", { value: number })));
});

const refreshMails = oneAtATime(async () => {
  byId("mail").hidden = showMails(byId("mails"), await api.mails()) === 0;
});

function aboutCall(entry, sid) {
  return entry.path.includes(sid) || Object.values(entry.params).some((value) => String(value).includes(sid));
}

/** Turn the panels to what the phone is used for, unless they show it already. */
function showPanels() {
  const texting = modes.now === "texts";
  const about = (texting ? thread.person : chosen) || null;
  byId("texts-count").hidden = false;
  if (about === shown.about) return;
  Object.assign(shown, { about, call: null, texts: [], rows: [], asked: [], rest: [], webhooks: [] });
  say(byId("turns-title"), texting ? "Requests to the model" : "Turns");
  byId("legend").hidden = texting;
  for (const id of ["turns", "wire", "rows"]) byId(id).replaceChildren();
  for (const follower of followers) follower.begin(texting || isGoingOn());
  showService();
  rowWatch.watch(about, () => texting || isGoingOn());
  refreshRest();
  refreshAsked();
  if (texting) thread.refresh();
  else refreshCall();
}

/** The chosen call is not known to be over. */
function isGoingOn() {
  return Boolean(phone.call && !phone.call.over) || phone.isComing;
}

function showService() {
  const { about, call, texts, rest, asked, rows } = shown;
  const isThread = about !== null && modes.now === "texts";
  count("wire", showWire(byId("wire"), { webhooks: isThread ? shown.webhooks : (call?.webhooks ?? []), rest, alerts: call?.alerts ?? [], messages: isThread ? [] : messagesOf(call) }));
  const turns = isThread ? showAnswers(byId("turns"), texts, asked) : showTurns(byId("turns"), call, asked, rows);
  showLegend(byId("legend"), call);
  count("turns", turns);
  // Most of what is texted is answered without a model; then its place is left to the rest.
  byId("turns-flow").hidden = modes.now === "texts" && turns === 0;
  const answered = call?.over && !call.isStored && call.webhooks.some((each) => each.params.SpeechResult);
  byId("elsewhere").hidden = !answered || asked.length > 0;
  showHeadline();
}

function showHeadline() {
  const { about, call, texts, rows } = shown;
  const kept = rows.find(({ table, row }) => table === "conversations" && (row.suppressed || row.blocked))?.row;
  showStanding(byId("standing"), modes.now === "texts" ? standingOf(kept) : null);
  if (about && modes.now === "texts") showThread(about, texts, rows);
  else if (call) showCall(call, rows);
  else showNothing();
}

function count(id, number) {
  say(byId(`${id}-count`), number ? String(number) : "");
  byId(id).closest(".flow").classList.toggle("has-items", number > 0);
}

/** Read the texts of somebody, and go on as they. */
function openThread(person) {
  modes.choose("texts");
  thread.choose(person);
}

function choose() {
  const sid = location.hash.slice(1);
  const isNew = /^CA[0-9a-f]{32}$/.test(sid) ? sid : null;
  chosen = isNew;
  phone.choose(chosen);
  if (chosen) modes.choose("call");
  showPanels();
  refreshCall();
  refreshLists();
}

function happened(events) {
  const kinds = new Set(events.map((event) => event.kind));
  const all = !events.length;
  if (all || events.some((event) => event.call_sid === chosen)) refreshCall();
  if (all || kinds.has("status") || kinds.has("over") || kinds.has("text")) refreshLists();
  if (all || kinds.has("rest") || (kinds.has("webhook") && modes.now === "texts")) refreshRest();
  if (all || events.some((event) => event.kind === "model" && event.data.about === shown.about)) refreshAsked();
  if (all || kinds.has("text")) thread.refresh();
  for (const event of events) if (event.kind === "text") noticed(event.data);
}

/** A text from the bot to whoever is on the phone, or to the number in it, while the phone is not at its texts. */
function noticed(text) {
  if (text.direction !== "outbound" || modes.now === "texts") return;
  if (text.with === phone.caller) phone.notice(text);
  if (text.with === thread.person) byId("mode-texts").classList.add("arrival");
}


function linked(state) {
  byId("link").dataset.state = state;
  say(byId("link-words"), LINK[state]);
  if (state === "live") numbers.refresh().catch(() => {});
}

showLegend(byId("legend"), null);
showGlossary();
buildKnobs();
byId("arrived-open").addEventListener("click", () => openThread(phone.caller));
window.addEventListener("hashchange", choose);
setInterval(refreshLists, OFTEN_S * 1000);
refreshMails();
setInterval(() => document.hidden || refreshMails(), MAILS_S * 1000);
choose();
follow(happened, linked);
