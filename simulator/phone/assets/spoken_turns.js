// The turns of a call on a stream: there no request tells them apart, only what is heard. Pure: no page, no network.

import { TARGET_S } from "./turns.js";

const BY_BOT = new Set(["say", "play"]);
const TOO_LONG_S = 4;

/** Whether the call was on a websocket at this second of it. */
export function wasStreamed(call, at_s) {
  return (call.streams ?? []).some((spell) => at_s >= spell.since_s && (spell.until_s === null || at_s <= spell.until_s));
}

/** One turn for each thing that the caller said or pressed, timed from its end to the first sound after it. */
export function spokenTurnsOf(call) {
  const acts = call.heard.filter((item) => (item.kind === "caller" || item.kind === "key") && wasStreamed(call, item.at_s));
  return acts.map((act) => measured(call, act));
}

function measured(call, act) {
  const ends = act.at_s + act.duration_s;
  const after = call.heard.filter((item) => item.n > act.n && !(item.kind === "key" && act.kind === "key"));
  const answer = after.find((item) => BY_BOT.has(item.kind));
  const next = after.find((item) => item.kind === "caller" || item.kind === "key");
  // Whoever speaks again before the answer has not waited for it.
  const answered = answer && (!next || answer.n < next.n) ? answer : null;
  const wait_s = answered ? Math.max(0, answered.at_s - ends) : 0;
  return {
    n: `spoken-${act.n}`,
    at: call.began_at + act.at_s,
    did: act.kind === "caller" ? { kind: "said", text: act.text } : { kind: "key", text: `You pressed ${act.text}` },
    documents: 0,
    tries: 0,
    target_s: TARGET_S,
    stages: { answer: wait_s },
    wait_s,
    answer_s: null,
    done: Boolean(answered || next || call.over),
    tooLong: wait_s > TOO_LONG_S,
  };
}
