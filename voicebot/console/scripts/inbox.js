// Keys of a thread, and a draft that comes by itself. Every page works without: keys press what stands on the page.
"use strict";

const writes = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

const KEYS = {
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
  } else if (!event.ctrlKey && !event.metaKey && !writes(element) && KEYS[event.key.toLowerCase()]) {
    event.preventDefault();
    KEYS[event.key.toLowerCase()]();
  }
});

async function wait(button) {
  for (let pause = 500; pause < 20000; pause *= 1.4) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (document.hidden) continue;
    const answer = await fetch(button.dataset.draft, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { draft } = await answer.json();
    if (draft?.state === "asked") continue;
    // What somebody has typed meanwhile stays.
    document.dispatchEvent(new CustomEvent("renew", { detail: draft?.state === "ready" ? "The draft is there: load the page again." : "The model gave no answer." }));
    return;
  }
}
const asked = document.querySelector("[data-draft]");
if (asked) wait(asked);
