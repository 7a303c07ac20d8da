// The recording of a call: from a time, a word or a place in the lanes, by mouse and by keys. Without it the player's own controls do.
"use strict";
(() => {
  const player = () => document.getElementById("recording");
  const turns = () => [...document.querySelectorAll(".said [data-t]")];
  const timeOf = (element) => Number(element.dataset.t);
  const here = () => player().currentTime + Number(player().dataset.offset || 0);

  function go(second, plays = true) {
    const audio = player();
    if (!audio || !Number.isFinite(second)) return;
    const place = Math.max(0, second - Number(audio.dataset.offset || 0));
    const seek = () => { audio.currentTime = place; mark(); };
    if (audio.readyState) seek(); else { audio.addEventListener("loadedmetadata", seek, { once: true }); audio.load(); }
    if (plays) audio.play().catch(() => {});
  }

  // The time of the word that was clicked: it is the nth of its utterance.
  function wordAt(words, { clientX, clientY }) {
    const times = (words.dataset.words || "").split(" ").filter(Boolean).map(Number);
    const at = document.caretPositionFromPoint?.(clientX, clientY), range = document.createRange();
    const old = at ? null : document.caretRangeFromPoint?.(clientX, clientY);
    const node = at ? at.offsetNode : old?.startContainer, offset = at ? at.offset : old?.startOffset;
    if (!times.length || !node || !words.contains(node)) return timeOf(words.closest("[data-t]"));
    range.setStart(words, 0);
    range.setEnd(node, offset);
    const nth = range.toString().trimStart().split(/\s+/).length;
    // What follows was heard by nobody.
    return times[Math.min(times.length, nth) - 1];
  }

  function mark() {
    if (!player()) return;
    const now = here();
    let current = null;
    for (const turn of turns()) {
      turn.classList.remove("playing");
      if (timeOf(turn) <= now + 0.05) current = turn;
    }
    if (current) current.classList.add("playing");
    const lanes = document.querySelector(".lanes"), line = lanes?.querySelector(".here");
    if (line) {
      const x = now / Number(lanes.dataset.length) * 1000;
      line.setAttribute("x1", x); line.setAttribute("x2", x); line.setAttribute("data-at", "");
    }
  }

  const fromAddress = () => {
    const found = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash);
    if (found) return go(Number(found[1]));
    const turn = /^#u\d+$/.test(location.hash) && document.querySelector(`${location.hash}[data-t]`);
    if (turn) go(timeOf(turn), false);
  };

  document.addEventListener("click", (event) => {
    const time = event.target.closest("a.at, .lanes rect, .said [data-t] p");
    if (!time || !player() || !getSelection().isCollapsed) return;
    if (time.matches("a.at")) return; // the address changes, and leads there
    go(time.matches("p") ? wordAt(time, event) : timeOf(time.closest("[data-t]")));
  });
  document.addEventListener("timeupdate", mark, true);
  addEventListener("hashchange", fromAddress);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, button, summary, audio, [contenteditable]")) return;
    const audio = player();
    const keys = {
      j: () => step(1), k: () => step(-1),
      " ": () => audio && (audio.paused ? audio.play().catch(() => {}) : audio.pause()),
      ",": () => audio && go(here() - 1, false), ".": () => audio && go(here() + 1, false),
      1: () => audio && (audio.playbackRate = 1), 2: () => audio && (audio.playbackRate = 1.5), 3: () => audio && (audio.playbackRate = 2),
    };
    const does = keys[event.key.toLowerCase()];
    if (!does) return;
    event.preventDefault();
    does();
  });

  function step(by) {
    const all = turns();
    if (!all.length) return;
    const at = all.findIndex((turn) => turn.classList.contains("playing"));
    const next = all[Math.min(all.length - 1, Math.max(0, at + by))];
    all.forEach((turn) => turn.classList.toggle("playing", turn === next));
    next.scrollIntoView({ block: "nearest" });
    if (player()) go(timeOf(next), !player().paused);
  }

  fromAddress();
})();
