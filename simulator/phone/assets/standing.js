// Where a person stands who opted out, or whose number is blocked: a badge in words, with when and why in its title.

import { el, say } from "./dom.js";
import { dayAndTime } from "./words.js";

const REASONS = {
  STOP: "the person wrote STOP",
  spoken_request: "the person asked for it in other words",
  operator: "an operator decided so",
  21610: "the carrier says that the person unsubscribed",
  30004: "the carrier says that the person blocked us",
};

/** `{words, title}` of a thread, or null; `suppressed` and `blocked` are columns of its row. */
export function standingOf(thread) {
  const { suppressed, blocked } = thread ?? {};
  if (suppressed) {
    const words = suppressed.texts ? "opted out: nothing is sent" : "opted out of calls";
    const reason = REASONS[suppressed.reason] ?? suppressed.reason;
    return { words, title: `Since ${dayAndTime(suppressed.since)}: ${reason}.` };
  }
  if (blocked) return { words: "blocked: nothing is answered", title: "What comes from this number is kept, and not answered." };
  return null;
}

/** An element for the badge, empty until `showStanding` fills it. */
export const standingBadge = () => el("span", { class: "badge standing", "data-state": "waiting", hidden: true });

/** Fill a badge, or hide it when nothing stands. */
export function showStanding(badge, standing) {
  badge.hidden = !standing;
  say(badge, standing?.words ?? "");
  badge.title = standing?.title ?? "";
}
