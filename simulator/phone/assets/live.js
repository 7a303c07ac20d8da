// Follow what happens in the simulator, for as long as the page is open, over restarts and lost connections.

import * as api from "./api.js";

const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 5000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Call `happened(events)` for all that happens from now on, and `linked(state)` with "live" or "failed". */
export async function follow(happened, linked) {
  let after = null;
  let wait = FIRST_PAUSE_MS;
  for (;;) {
    try {
      if (after === null) {
        after = await api.lastEvent();
        linked("live");
        happened([]);
      }
      const { events, last } = await api.events(after);
      // Another simulator, younger than this page, counts from the beginning.
      after = last < after ? null : last;
      wait = FIRST_PAUSE_MS;
      if (events.length) happened(events);
    } catch {
      linked("failed");
      after = null;
      await pause(wait);
      wait = Math.min(LONGEST_PAUSE_MS, wait * 2);
    }
  }
}

/** A function that runs `work` now, or once more after the run that is under way; never two at once. */
export function oneAtATime(work) {
  let running = false;
  let again = false;
  return async function run() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    do {
      again = false;
      await work().catch(() => {});
    } while (again);
    running = false;
  };
}
