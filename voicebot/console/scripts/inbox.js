// Keys of the inbox, and a draft that comes by itself. Every page works without: keys press what stands on the page.
"use strict";

const rows = () => [...document.querySelectorAll("[data-row]")];
const writes = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

function step(by) {
  const all = rows();
  const next = all[Math.max(0, Math.min(all.length - 1, all.indexOf(document.activeElement) + by))];
  if (next) next.focus();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  r: () => document.querySelector("#reply textarea")?.focus(),
  e: () => document.querySelector("[data-resolve]")?.click(),
  u: () => document.querySelector("[data-list]")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.altKey) return;
  const element = event.target;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && element.matches("#reply textarea")) {
    event.preventDefault();
    element.form.querySelector("[value=now]").click();
  } else if (event.key === "Escape" && writes(element)) {
    element.blur();
  } else if (!event.ctrlKey && !event.metaKey && !writes(element) && KEYS[event.key.toLowerCase()]) {
    event.preventDefault();
    KEYS[event.key.toLowerCase()]();
  }
});

// A form is sent once, however often its button is pressed; coming back by the browser's history it can be sent again.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

document.querySelector("[role=alert]")?.focus();

async function wait(button) {
  const box = document.querySelector("#reply textarea");
  for (let pause = 500; pause < 20000; pause *= 1.4) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (document.hidden) continue;
    const answer = await fetch(button.dataset.draft, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { draft } = await answer.json();
    if (draft?.state === "asked") continue;
    // What somebody has typed meanwhile stays.
    if (!box || box.value === "") location.reload();
    else button.nextElementSibling.textContent = draft?.state === "ready" ? "The draft is there: load the page again." : "The model gave no answer.";
    return;
  }
}
const asked = document.querySelector("[data-draft]");
if (asked) wait(asked);
