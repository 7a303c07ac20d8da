// The mail that the service sent: what about, to whom and when; one that is clicked shows its words.

import { el, keep, say, unfolding } from "./dom.js";
import { ago, exactly } from "./words.js";

/** Show the mails, the newest first; returns how many there are. */
export function showMails(list, mails) {
  keep(list, mails.toReversed(), { key: (mail) => mail.n, make, update });
  return mails.length;
}

function make(mail) {
  const head = [
    el("span", { class: "who" }, mail.subject || "(no subject)"),
    el("span", { class: "last" }, `to ${mail.to.join(", ")}`),
    el("time", { title: exactly(mail.at) }),
  ];
  return el("li", {}, unfolding(head, () => [el("p", { class: "letter" }, mail.text.trim() || "(no words)")]));
}

function update(element, mail) {
  say(element.querySelector("time"), ago(mail.at));
}
