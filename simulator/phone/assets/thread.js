// The thread of texts with the number that stands in the phone: what was written, by whom, and what became of it.

import * as api from "./api.js";
import { byId, el, keep, say } from "./dom.js";
import { oneAtATime } from "./live.js";
import { exactly, timeOfDay } from "./words.js";

const WHO = { person: "You", product: "Bot", carrier: "Carrier" };
const WORDS = {
  accepted: "waiting",
  queued: "waiting",
  scheduled: "scheduled",
  sending: "on its way",
  sent: "sent",
  delivered: "delivered",
  read: "read",
  received: "",
  undelivered: "not delivered",
  failed: "failed",
  canceled: "taken back",
};
const BAD = new Set(["undelivered", "failed"]);

/** The texts of one person; `refresh()` shows them as they are now and tells `shown(person, texts)`. */
export class Thread {
  #shown = null;
  #texts = [];
  #reactions = new Set();
  #tellShown;

  constructor(shown) {
    this.#tellShown = shown;
    byId("text-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    for (const [id, event] of [["caller", "input"], ["fresh", "click"], ["by-whatsapp", "change"]]) {
      byId(id).addEventListener(event, () => this.refresh());
    }
  }

  refresh = oneAtATime(async () => {
    const { person } = this;
    const texts = person ? await api.texts(person) : [];
    if (person === this.person) this.#show(person, texts);
  });

  /** Say of each text that the service keeps as a reaction that it is one. */
  kept(rows) {
    const isReaction = ({ table, row }) => table === "sms_history" && row.kind === "reaction";
    const sids = rows.filter(isReaction).map(({ row }) => row.message_sid);
    if (sids.every((sid) => this.#reactions.has(sid))) return;
    sids.forEach((sid) => this.#reactions.add(sid));
    this.#show(this.#shown, this.#texts);
  }

  /** Read, and go on with, the texts of another person: from now on the phone is theirs. */
  choose(person) {
    byId("by-whatsapp").checked = person.startsWith("whatsapp:");
    byId("caller").value = person.replace("whatsapp:", "");
    byId("caller").dispatchEvent(new Event("input"));
    byId("text").focus({ preventScroll: true });
  }

  /** Whose thread it is; empty while the field holds no number. */
  get person() {
    const number = byId("caller").value.replaceAll(/[\s().-]/g, "");
    if (!/^\+[1-9]\d{6,14}$/.test(number)) return "";
    return byId("by-whatsapp").checked ? `whatsapp:${number}` : number;
  }

  async #send() {
    const { person } = this;
    const body = byId("text").value.trim();
    if (!body) return;
    if (!person) {
      say(byId("text-problem"), "A text needs a number to come from, such as +12025550123.");
      byId("caller").focus();
      return;
    }
    say(byId("text-problem"), "");
    // Emptied at once: a second Enter must not send it twice, nor what is typed meanwhile be lost.
    byId("text").value = "";
    try {
      await api.text(person, byId("dial").value, body);
      // Who has written keeps the number: the next call is made by the same person.
      byId("caller").dispatchEvent(new Event("input"));
    } catch (error) {
      if (!byId("text").value) byId("text").value = body;
      say(byId("text-problem"), `The text could not be sent: ${error.message}`);
    }
  }

  #show(person, texts) {
    const [box, list] = [byId("thread-log"), byId("thread")];
    const before = person === this.#shown ? list.childElementCount : 0;
    this.#shown = person;
    this.#texts = texts;
    const marked = texts.map((text) => ({ ...text, reaction: this.#reactions.has(text.sid) }));
    keep(list, marked, { key: (text) => text.sid, make, update });
    byId("no-texts").hidden = texts.length > 0;
    box.hidden = texts.length === 0;
    say(byId("texts-count"), texts.length ? String(texts.length) : "");
    if (list.childElementCount > before) box.scrollTop = box.scrollHeight;
    this.#tellShown(person, texts);
  }
}

function make(text) {
  const kind = text.author === "carrier" ? "note" : `bubble ${text.author === "person" ? "mine" : "bot"}`;
  return el(
    "li",
    { class: kind, title: exactly(text.at) },
    el("span", { class: "hidden" }, `${WHO[text.author]}: `),
    el("span", { class: "text" }),
    el("span", { class: "aside" }),
  );
}

function update(element, text) {
  const pictures = text.media.length ? ` (${text.media.length === 1 ? "a file" : `${text.media.length} files`})` : "";
  say(element.querySelector(".text"), text.body + pictures);
  say(element.querySelector(".aside"), asideOf(text));
  element.classList.toggle("bad", BAD.has(text.status));
}

function asideOf(text) {
  const by = text.author === "carrier" ? "by the carrier" : "";
  const error = text.error_code ? `error ${text.error_code}` : "";
  const parts = text.segments > 1 ? `${text.segments} segments` : "";
  const kind = text.reaction ? "reaction" : "";
  return [timeOfDay(text.at), by, kind, WORDS[text.status] ?? text.status, error, parts].filter(Boolean).join(" · ");
}
