// The turns of a call on a stream: there no request tells them apart, only what is heard. Pure: no page, no network.

import { TARGET_S } from "./turns.js";

const BY_BOT = new Set(["say", "play"]);
const TOO_LONG_S = 4;
const NEAR_S = 2;

/** What such a wait is made of, in the order of the bar; `column` is where the service keeps it with its turn. */
export const SPOKEN_STAGES = [
  { name: "pause", column: "wait_ms", title: "end of speech", about: "until it was clear that you were done" },
  { name: "words", column: "words_ms", title: "transcription", about: "the transcriber, until your last words" },
  { name: "token", column: "token_ms", title: "first token", about: "the model, until it began to answer" },
  { name: "sentence", column: "sentence_ms", title: "first sentence", about: "the model, until a sentence was there" },
  { name: "voice", column: "voice_ms", title: "first audio", about: "the voice, until its first sound" },
  { name: "ours", column: "ours_ms", title: "ours", about: "what the service itself took" },
  { name: "answer", title: "the rest", about: "everything that the service has not told apart, and the line" },
];

/** Whether the call was on a websocket at this second of it. */
export function wasStreamed(call, at_s) {
  return (call.streams ?? []).some((spell) => at_s >= spell.since_s && (spell.until_s === null || at_s <= spell.until_s));
}

/** One turn for each thing that the caller said or pressed, timed from its end to the first sound after it.
 *
 * `rows` are the database's: the service keeps there what it measured at its own socket.
 */
export function spokenTurnsOf(call, rows = []) {
  const kept = rows.filter(({ table, row }) => table === "call_turns" && row.gap_ms != null).map(({ row }) => row);
  const acts = call.heard.filter((item) => (item.kind === "caller" || item.kind === "key") && wasStreamed(call, item.at_s));
  return acts.map((act) => measured(call, act, kept));
}

function measured(call, act, kept) {
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
    isSpoken: true,
    stages: stagesOf(wait_s, keptOf(call, ends, kept)),
    wait_s,
    answer_s: null,
    done: Boolean(answered || next || call.over),
    tooLong: wait_s > TOO_LONG_S,
  };
}

function keptOf(call, ends, kept) {
  const ended = (row) => Date.parse(row.caller_ended_at) / 1000 - call.began_at;
  return kept.find((row) => row.caller_ended_at && Math.abs(ended(row) - ends) < NEAR_S) ?? null;
}

function stagesOf(wait_s, row) {
  if (!row) return { answer: wait_s };
  const stages = {};
  let left_s = wait_s;
  for (const { name, column } of SPOKEN_STAGES.filter((each) => each.column)) {
    stages[name] = Math.max(0, Math.min(left_s, (row[column] ?? 0) / 1000));
    left_s -= stages[name];
  }
  return { ...stages, answer: left_s };
}
