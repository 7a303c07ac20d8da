// On every page: keys that go through a list and to the search, and forms that are sent once. Every page works without.
"use strict";
(() => {
  const writes = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;
  const rows = () => [...document.querySelectorAll("main :is(tbody tr, .found > li, .timeline > li)")].map((row) => row.querySelector("a[href]")).filter(Boolean);
  const help = document.getElementById("keys");

  function step(by) {
    const all = rows(), at = all.indexOf(document.activeElement?.closest("tr, li")?.querySelector("a[href]"));
    const next = all[Math.max(0, Math.min(all.length - 1, at + by))];
    if (next) next.focus();
    return Boolean(next);
  }

  const KEYS = {
    // A call has turns, which its own script goes through.
    j: () => !document.querySelector(".said [data-t]") && step(1),
    k: () => !document.querySelector(".said [data-t]") && step(-1),
    "/": () => { document.querySelector(".seek input")?.focus(); return true; },
    "?": () => { if (!help?.open) help?.showModal(); return true; },
  };

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (writes(event.target)) {
      if (event.key === "Escape") event.target.blur();
    } else if (!help?.open && KEYS[event.key.toLowerCase()]?.()) event.preventDefault();
  });

  // Where the pages of a section do not fit in a line, the one that is open is in sight.
  const here = document.querySelector(".section [aria-current]");
  if (here) here.parentElement.scrollLeft += here.getBoundingClientRect().right - innerWidth + 16;

  const opener = document.querySelector("[data-keys]");
  if (opener && help) {
    opener.hidden = false;
    opener.addEventListener("click", () => help.showModal());
  }

  // Times stand there by the clock of the team; whoever has another one sees it behind a time that is pointed at.
  const own = document.querySelector("[data-own-clock]");
  const at = (moment, timeZone) => new Intl.DateTimeFormat("sv", { timeZone, dateStyle: "short", timeStyle: "medium" }).format(moment);
  const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const isOther = (moment) => own && mine && at(moment, own.dataset.ownClock) !== at(moment, mine);
  if (isOther(new Date())) own.textContent = ` Yours is ${mine.replaceAll("_", " ")}: point at a time to see it there, too.`;
  document.addEventListener("pointerover", ({ target }) => {
    const time = target.closest?.("time[datetime]");
    if (!time || time.dataset.there || !isOther(new Date(time.dateTime))) return;
    time.dataset.there = "1";
    time.title = `${time.title || time.textContent} · ${at(new Date(time.dateTime), mine)} ${mine.replaceAll("_", " ")}`;
  });

  // A page that is out of date is loaded anew, but never from under somebody who writes: "renew" says why it is.
  const isTyped = () => document.body.dataset.readAt !== undefined || [...document.querySelectorAll("main :is(textarea, input:not([type=hidden], [type=checkbox], [type=radio]))")].some((field) => field.value !== field.defaultValue);
  document.addEventListener("renew", ({ detail }) => {
    if (!isTyped()) return location.reload();
    const told = document.createElement("p");
    told.className = "problem";
    told.setAttribute("role", "alert");
    told.textContent = detail;
    if (!document.querySelector("main > .problem")) document.querySelector("main").prepend(told);
  });

  // A form is sent once, however often its button is pressed. One whose answer is a file stays, and can be sent again a little later.
  const sent = new WeakMap();
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    if (Date.now() - (sent.get(event.target) ?? -Infinity) < 10000) event.preventDefault();
    else sent.set(event.target, Date.now());
  });
  // Coming back by the browser's history a form can be sent again.
  addEventListener("pageshow", (event) => { if (event.persisted) for (const form of document.forms) sent.delete(form); });

  // What a form was answered with is nothing to load anew or to come back to: that would send the form again.
  const readAt = document.body.dataset.readAt;
  if (readAt !== undefined) history.replaceState(null, "", document.querySelector("[data-back]")?.href || readAt || document.querySelector(".crumb a")?.href || "/console");

  if (!document.querySelector("[autofocus]")) document.querySelector("main [role=alert][tabindex]")?.focus();
})();
