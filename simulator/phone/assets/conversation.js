// The conversation: what was heard as bubbles, solid; what was cut off fades; everything else as small notes.

import { el, keep, say } from "./dom.js";

const BY_BOT = new Set(["say", "play"]);
const DIALS = {
  answered: "Somebody picked up: you are connected",
  busy: "The line is busy",
  "no-answer": "Nobody picked up",
  failed: "That number cannot be reached",
  canceled: "The other call was canceled",
};
const ENDS = {
  caller: "You hung up",
  bot: "The bot hung up",
  person: "The person you talked with hung up",
  api: "The service ended the call",
  "time limit": "The call reached its time limit",
  busy: "The line was busy",
  "no-answer": "Nobody answered",
  carrier: "The carrier ended the call",
  simulator: "The simulator failed; see its log",
};

/** Whether the bot is saying this item. */
export const isSpoken = (item) => BY_BOT.has(item.kind);

/** How a call ended, in words. */
export function ending(call) {
  const last = call.heard.findLast((item) => item.kind === "hangup");
  return last ? (ENDS[last.text] ?? `Ended: ${last.text}`) : "Ended";
}

/** Show what was heard, and what has been said but not taken yet. */
export function showConversation(box, list, call, pending) {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  const before = list.childElementCount;
  const waiting = pending.map((each, place) => ({ ...each, n: `waiting-${place}`, waiting: true }));
  keep(list, [...call.heard, ...waiting], { key: (item) => item.n, make: makeItem, update: updateItem });
  if (atEnd || list.childElementCount > before) box.scrollTop = box.scrollHeight;
}

function makeItem(item) {
  if (isSpoken(item) || item.kind === "caller") {
    const who = item.kind === "caller" ? "You" : "Bot";
    return el(
      "li",
      { class: `bubble ${item.kind === "caller" ? "mine" : "bot"}` },
      el("span", { class: "hidden" }, `${who}: `),
      el("span", { class: "text" }),
      el("span", { class: "aside" }),
    );
  }
  return el("li", { class: `note note-${item.kind}` }, el("span", { class: "text" }));
}

function updateItem(element, item) {
  say(element.querySelector(".text"), wordsOf(item));
  const speaking = isSpoken(item) && !item.cut && item.duration_s === 0;
  element.classList.toggle("cut", Boolean(item.cut));
  element.classList.toggle("waiting", Boolean(item.waiting));
  element.classList.toggle("speaking", speaking);
  const aside = element.querySelector(".aside");
  if (aside) say(aside, asideOf(item));
}

function asideOf(item) {
  if (item.waiting) return "said as soon as the bot can hear it";
  if (item.cut && isSpoken(item)) return "cut off here";
  return item.kind === "say" ? "in the carrier's voice" : "";
}

function wordsOf(item) {
  if (item.waiting && item.kind === "key") return `You press ${item.text}, as soon as it is taken`;
  switch (item.kind) {
    case "key":
      return `You pressed ${item.text}`;
    case "ring":
      return item.duration_s ? "The other phone rang" : "The other phone rings";
    case "beep":
      return "The mailbox beeps";
    case "dial":
      return DIALS[item.text] ?? `Dialled: ${item.text}`;
    case "hangup":
      return ENDS[item.text] ?? `Ended: ${item.text}`;
    default:
      return item.text || "(a sound without words)";
  }
}
