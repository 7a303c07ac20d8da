// How numbers, times and durations are written.

/** "+1 202 555 0123" for a North American number; anything else as it is. */
export function phoneNumber(text) {
  const parts = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(text ?? "");
  return parts ? `+1 ${parts[1]} ${parts[2]} ${parts[3]}` : (text ?? "");
}

/** "1:05" */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** "0.42 s", or "38 ms" when it is short. */
export function duration(seconds) {
  if (seconds < 0.1) return `${Math.round(seconds * 1000)} ms`;
  return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
}

/** "14:03:09" in the viewer's zone. */
export function timeOfDay(at) {
  const moment = moment_(at);
  return moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

/** The moment with everything, for a tooltip. */
export function exactly(at) {
  return moment_(at).toLocaleString([], { dateStyle: "full", timeStyle: "long" });
}

/** "Nov 28, 2026, 14:03:09" in the viewer's zone. */
export function dayAndTime(at) {
  return moment_(at).toLocaleString([], { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });
}

/** "just now", "4 min ago" */
export function ago(at, now = Date.now() / 1000) {
  const seconds = now - at;
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86400)} d ago`;
}

/** The path and the query of an address, without its middle where a token makes it long. */
export function pathOf(url) {
  try {
    const parts = new URL(url, "http://here");
    return (parts.pathname + parts.search).replaceAll(/([\w-]{10})[\w-]{16,}([\w-]{4})/g, "$1…$2");
  } catch {
    return url;
  }
}

function moment_(at) {
  return typeof at === "number" ? new Date(at * 1000) : new Date(at);
}

// Real area codes; 555-0100 to 555-0199 belong to nobody.
const AREAS = ["202", "206", "212", "303", "312", "415", "512", "617"];

/** A number that belongs to nobody. */
export function fictionalNumber() {
  const area = AREAS[Math.floor(Math.random() * AREAS.length)];
  return `+1${area}55501${String(Math.floor(Math.random() * 100)).padStart(2, "0")}`;
}
