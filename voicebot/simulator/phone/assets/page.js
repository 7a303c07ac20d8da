// The page: one call is chosen (its sid stands in the address); the phone and the panels show it as it goes on. Without
// one the panels show the texts with the number that stands in the phone.

import * as api from "./api.js";
import { showCalls } from "./call_list.js";
import { byId, el, say } from "./dom.js";
import { buildKnobs } from "./knobs.js";
import { follow, oneAtATime } from "./live.js";
import { Phone } from "./phone.js";
import { RowWatch } from "./rows.js";
import { Thread } from "./thread.js";
import { showLegend, showTurns } from "./turn_list.js";
import { showAlerts, showRest, showWebhooks } from "./wire.js";
import { exactly, phoneNumber } from "./words.js";

const OFTEN_S = 30;
const LINK = { live: "live", failed: "connection lost, trying again", waiting: "connecting" };

const rows = new RowWatch();
const phone = new Phone((sid) => (location.hash = sid));
const thread = new Thread({ shown: showTexts, written: lookAtTexts });
let chosen = null;
let texter = null;

const refreshCall = oneAtATime(async () => {
  const sid = chosen;
  if (!sid) return;
  try {
    const call = await api.call(sid);
    if (sid !== chosen) return;
    phone.show(call);
    showService(call);
  } catch (error) {
    if (error.status === 404 && sid === chosen) location.hash = "";
    else throw error;
  }
});

const refreshWires = oneAtATime(async () => {
  const person = texter;
  if (!person || chosen) return;
  const { rest, webhooks } = await api.ledgerOf(person);
  if (person !== texter || chosen) return;
  count("webhooks", showWebhooks(byId("webhooks"), webhooks));
  count("rest", showRest(byId("rest"), rest));
});

const refreshRest = oneAtATime(async () => {
  const sid = chosen;
  if (!sid) return;
  const entries = (await api.ledger(sid)).rest;
  if (sid !== chosen) return;
  count("rest", showRest(byId("rest"), entries.filter((each) => aboutCall(each, sid))));
});

const refreshCalls = oneAtATime(async () => {
  const [calls, threads] = await Promise.all([api.calls(), api.threads()]);
  byId("no-calls").hidden = showCalls(byId("calls"), calls, chosen) > 0;
  const texters = threads.map((text) => text.with).filter((person) => person.startsWith("+"));
  const numbers = [...new Set([...calls.map((call) => call.from), ...texters])];
  byId("callers").replaceChildren(...numbers.map((number) => el("option", { value: number })));
});

function aboutCall(entry, sid) {
  return entry.path.includes(sid) || Object.values(entry.params).some((value) => String(value).includes(sid));
}

function showService(call) {
  count("turns", showTurns(byId("turns"), call));
  count("webhooks", showWebhooks(byId("webhooks"), call?.webhooks ?? []));
  count("alerts", showAlerts(byId("alerts"), call?.alerts ?? []));
  const which = byId("which");
  if (!call) {
    say(which, "Place a call, write a text, or choose an earlier call.");
    return;
  }
  const [id] = which.getElementsByClassName("id");
  if (id?.textContent === call.sid) return;
  const who = `${phoneNumber(call.from)} calls ${phoneNumber(call.to)}, ${exactly(call.began_at)} `;
  which.replaceChildren(who, el("span", { class: "id" }, call.sid));
}

/** The panels are for the texts while no call is chosen. */
function showTexts(person, texts) {
  const newcomer = texts.length ? person : null;
  if (chosen || (!newcomer && !texter)) return;
  if (newcomer !== texter) {
    texter = newcomer;
    showService(null);
    rows.watch(texter, () => true);
  }
  if (texter) say(byId("which"), `Texts with ${phoneNumber(person.replace("whatsapp:", ""))}`);
  refreshWires();
}

/** Who writes wants to see what becomes of it, unless a call is going on. */
function lookAtTexts() {
  if (phone.call?.over) location.hash = "";
}

function count(name, number) {
  say(byId(`${name}-count`), number ? String(number) : "");
  byId(name).parentElement.classList.toggle("has-items", number > 0);
}

function choose() {
  const sid = /^#(CA[0-9a-f]{32})$/.exec(location.hash)?.[1] ?? null;
  if (sid === chosen) return;
  chosen = sid;
  texter = null;
  phone.choose(sid);
  showService(null);
  count("rest", showRest(byId("rest"), []));
  rows.watch(sid, () => !phone.call?.over);
  refreshCall();
  refreshRest();
  refreshCalls();
  if (!sid) thread.refresh();
}

function happened(events) {
  const kinds = new Set(events.map((event) => event.kind));
  if (!events.length || events.some((event) => event.call_sid === chosen)) refreshCall();
  if (!events.length || kinds.has("status") || kinds.has("over")) refreshCalls();
  if (!events.length || kinds.has("rest")) refreshRest();
  if (!events.length || kinds.has("rest") || kinds.has("webhook")) refreshWires();
  if (!events.length || kinds.has("text") || kinds.has("over")) thread.refresh();
}

function linked(state) {
  byId("link").dataset.state = state;
  say(byId("link-words"), LINK[state]);
}

showLegend(byId("legend"));
buildKnobs();
window.addEventListener("hashchange", choose);
setInterval(refreshCalls, OFTEN_S * 1000);
choose();
follow(happened, linked);
