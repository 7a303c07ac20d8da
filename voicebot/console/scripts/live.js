// A page that follows what happens: elements with data-live are patched with what the server made of them anew.
// One stream a page; where none can be had the page asks now and then, less often the longer an answer takes. A hidden tab rests.
"use strict";
(() => {
  const blocks = () => document.querySelectorAll("[data-live]");
  if (!blocks().length) return;
  const address = (path) => {
    const page = location.pathname.replace(/\/$/, "") + location.search;
    return `/console/live${path}?page=${encodeURIComponent(page)}`;
  };
  const STREAM_AGAIN_MS = 30000;
  let source = null, timer = 0, failures = 0, streamAt = 0, isOver = false;

  // --- patching ---------------------------------------------------------------------------------

  // A form's own `id` may be a field of that name.
  const keyOf = (node) => node.nodeType === 1 ? node.getAttribute("id") || node.getAttribute("data-key") || "" : "";
  const isAlike = (one, other) => one.nodeType === other.nodeType && one.nodeName === other.nodeName && keyOf(one) === keyOf(other);
  // What a person has changed since the server made it is the person's.
  const HELD = { INPUT: ["value", "checked"], TEXTAREA: ["value"], SELECT: ["value"], OPTION: ["selected"], DETAILS: ["open"], DIALOG: ["open"] };

  function patchAttributes(old, made) {
    const held = HELD[old.nodeName] || [];
    for (const { name, value } of made.attributes)
      if (!held.includes(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
    for (const { name } of [...old.attributes])
      if (!held.includes(name) && !made.hasAttribute(name)) old.removeAttribute(name);
  }

  function patch(old, made) {
    if (old.nodeType !== 1) {
      if (old.nodeValue !== made.nodeValue) old.nodeValue = made.nodeValue;
      return;
    }
    if (old.isEqualNode(made) || old.hasAttribute("data-keep")) return;
    patchAttributes(old, made);
    // What somebody types stays; a line that is written while it is looked at would jump.
    if (old.nodeName === "TEXTAREA" || old.isContentEditable) return;
    patchChildren(old, made);
  }

  function patchChildren(old, made) {
    const keyed = new Map();
    for (const child of old.childNodes) if (keyOf(child)) keyed.set(keyOf(child), child);
    const wanted = new Set();
    for (const child of made.childNodes) if (keyOf(child)) wanted.add(keyOf(child));
    let place = old.firstChild;
    for (const child of [...made.childNodes]) {
      const known = keyOf(child) ? keyed.get(keyOf(child)) : null;
      if (known && known !== place && isAlike(known, child)) {
        // What stands before it and is wanted no more goes; so nothing that has the focus is moved.
        while (place && place !== known && !wanted.has(keyOf(place))) place = removed(place);
        if (place !== known) old.insertBefore(known, place);
      }
      const here = known || place;
      if (here && isAlike(here, child)) {
        patch(here, child);
        place = here.nextSibling;
      } else {
        old.insertBefore(child, place);
      }
    }
    while (place) place = removed(place);
  }

  function removed(node) {
    const next = node.nextSibling;
    node.remove();
    return next;
  }

  function show(parts) {
    const end = document.documentElement.scrollHeight - innerHeight - scrollY;
    let follows = false;
    for (const element of blocks()) {
      const html = parts[element.dataset.live];
      if (html === undefined) continue;
      const made = document.createElement("template");
      made.innerHTML = html;
      // Whoever is at the end of what grows stays there.
      follows = follows || (element.dataset.follow !== undefined && end < 40 && scrollY > 0);
      patchChildren(element, made.content);
    }
    if (follows) scrollTo({ top: document.documentElement.scrollHeight });
    document.dispatchEvent(new CustomEvent("live"));
  }

  // What a script has asked for by itself is put in as carefully.
  document.addEventListener("patch", ({ detail }) => patch(detail.old, detail.made));

  // --- where it comes from ----------------------------------------------------------------------

  function open() {
    stop();
    if (document.hidden || isOver) return;
    if (!window.EventSource) return askInstead();
    source = new EventSource(address(""));
    source.onmessage = (event) => { failures = 0; show(JSON.parse(event.data)); };
    source.addEventListener("over", over);
    source.addEventListener("ask", askInstead);
    source.onerror = () => {
      failures += 1;
      // Refused, or cut again and again by something between us and the server.
      if (source && (source.readyState === EventSource.CLOSED || failures > 3)) askInstead();
    };
  }

  function over() {
    stop();
    isOver = true;
    document.dispatchEvent(new CustomEvent("renew", { detail: "This page follows no longer: you are signed out, or may not see it any more. What you typed stays; when you send it, you sign in on the way." }));
  }

  function askInstead() {
    stop();
    // What was in the way may be gone by then.
    streamAt = window.EventSource ? performance.now() + STREAM_AGAIN_MS : Infinity;
    ask();
  }

  async function ask() {
    if (document.hidden) return;
    if (performance.now() > streamAt) { failures = 0; return open(); }
    const began = performance.now();
    let wait = 5000;
    try {
      const answer = await fetch(address("/parts"), { headers: { Accept: "application/json" } });
      // Led to the sign-in, or told that there is nothing to see any more.
      if (answer.redirected || [401, 403, 404].includes(answer.status)) return over();
      if (answer.ok) {
        show(await answer.json());
        wait = Math.max(250 * Math.sqrt(performance.now() - began) - 1000, 1000);
      }
    } catch {
      // The network is away; it is asked again.
    }
    timer = setTimeout(ask, wait);
  }

  function stop() {
    if (source) source.close();
    source = null;
    clearTimeout(timer);
  }

  document.addEventListener("visibilitychange", () => document.hidden ? stop() : (failures = 0, open()));
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  open();
})();
